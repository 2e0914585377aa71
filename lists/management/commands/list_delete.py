"""manage.py list_delete TENANT LIST: delete a list with all its records."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import list_find
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand, confirm_typed
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from lists.manage.delete import list_delete, list_deletion_facts


class Command(TenantCommand):
    """Delete a calling list with all its records."""

    help = "Delete a calling list with all its records; calls on it are dropped."
    needs = Capability.LIST_DELETE
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST and --yes."""
        super().add_arguments(parser)
        parser.add_argument("list", metavar="LIST", help="name or id of the list")
        parser.add_argument(
            "--yes", action="store_true", help="do it without asking; needed where there is no terminal"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what goes with the list, ask, and delete it."""
        found = list_find(tenant=tenant, name_or_id=options["list"])
        with tenant_client(tenant) as client:
            facts = list_deletion_facts(calling_list=client.get_list(found.id), others=None)
        where = f" It hangs in {', '.join(facts.campaigns)}: calls of it are dropped there." if facts.campaigns else ""
        one = facts.records == 1
        records = "its records" if facts.records is None else f"{facts.records:,} record{'' if one else 's'}"
        confirm_typed(
            self,
            f"“{found.name}” and {records} will be deleted; this cannot be undone.{where}",
            name=found.name,
            is_sure=options["yes"],
        )
        act = list_delete(tenant=tenant, list_id=found.id, list_name=found.name, actor=Actor(name="shell"))
        data = {"tenant": tenant.slug, "id": found.id, "name": found.name, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})

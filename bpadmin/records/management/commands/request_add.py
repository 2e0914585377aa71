"""manage.py request_add TENANT SOURCE: add one request to be called."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.records.requests.services import request_add
from bpadmin.records.services import source_find
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Add one request to a source."""

    help = "Add one request to be called to a source, such as a voice campaign, where the platform offers that."
    needs = Capability.REQUEST_ADD
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add SOURCE and whom to call."""
        super().add_arguments(parser)
        parser.add_argument("source", metavar="SOURCE", help="name or id, as the page of records has it")
        parser.add_argument("--name", required=True)
        parser.add_argument("--number", required=True, help="number to call")
        parser.add_argument("--identifier", default="", help="by which other systems know the person")
        parser.add_argument("--note", default="")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the source and add the request."""
        source = source_find(tenant=tenant, name_or_id=options["source"])
        act = request_add(
            tenant=tenant,
            source=source,
            name=options["name"],
            contact_number=options["number"],
            contact_identifier=options["identifier"],
            note=options["note"],
            actor=Actor(name="shell"),
        )
        data = {"tenant": tenant.slug, "source": source.id, "id": act.id, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})

"""manage.py results_group TENANT DISPOSITION GROUP: what a disposition counts as."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.results.groups.services import GroupRefused, disposition_find, dispositions_group, dispositions_of
from bpadmin.results.models import DispositionGroup
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """List dispositions with their groups, or change one."""

    help = "List the dispositions that were seen with what they count as, or let one count as something else."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, GroupRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the disposition and its group."""
        super().add_arguments(parser)
        parser.add_argument("disposition", nargs="?", default="", metavar="DISPOSITION")
        parser.add_argument(
            "group", nargs="?", default=None, choices=[value or "none" for value in DispositionGroup.values]
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change where both are given, then list."""
        changed = 0
        if options["group"] is not None:
            found = disposition_find(tenant=tenant, name=options["disposition"])
            wanted = "" if options["group"] == "none" else options["group"]
            changed = dispositions_group(tenant=tenant, wanted={found.pk: wanted}, actor=Actor(name="shell"))
        rows = list(dispositions_of(tenant=tenant))
        for each in rows:
            self.say(f"{each.seen:>10,}  {each.name or 'No disposition'}  {each.get_group_display()}")
        data = [{"disposition": each.name, "group": each.group or None, "seen": each.seen} for each in rows]
        return Result({"tenant": tenant.slug, "changed": changed, "dispositions": data})

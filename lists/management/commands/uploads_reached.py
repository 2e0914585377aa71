"""manage.py uploads_reached TENANT LIST: what became of the rows of a list's newest uploads."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant
from lists.reached.services import reached_json, uploads_reached
from lists.uploads.target.place import target_find

SECONDS = 600.0


class Command(TenantCommand):
    """Print of each upload how many of its rows were dialled since, and how many reached a person."""

    help = "Say of each of the newest uploads into a list how many of its rows were dialled and reached since."
    needs = Capability.LISTS_READ

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST."""
        super().add_arguments(parser)
        parser.add_argument("list", metavar="LIST", help="name or id of a calling list")
        parser.add_argument("--seconds", type=float, default=SECONDS, metavar="N", help="look for at most so long")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Look through the uploads."""
        found = target_find(tenant=tenant, name_or_id=options["list"])
        told = uploads_reached(tenant=tenant, list_id=found.id, seconds=options["seconds"])
        for each in told:
            name = f"Job {each.job.pk}, {each.job.file_name or 'upload'}"
            if each.trouble:
                self.say(f"{name}: {each.trouble}")
                continue
            self.say(f"{name}: {each.reached:,} of {each.looked:,} rows reached a person, {each.dialled:,} dialled")
            if not each.is_whole:
                self.say(f"  still looking through its {each.job.n_in_list:,} rows: ask again, or give --seconds")
        if not told:
            self.say(f"Nothing was uploaded into {found.name} from here.")
        return Result({"tenant": tenant.slug, **reached_json(found.id, told)})

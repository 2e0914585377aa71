"""manage.py results_read TENANT: read results now, without worker or broker."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.results.management.naming import source_find
from bpadmin.results.reading.turns import tenant_read
from bpadmin.results.services import ResultsRefused, recount_ask
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Read what is due, or whole lists anew."""

    help = "Read results in the foreground, within the tenant's budget of calls."
    needs = Capability.SOURCES_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, ResultsRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what, and for how long."""
        super().add_arguments(parser)
        parser.add_argument(
            "--seconds", type=float, default=60.0, help="how long it may read, 60 unless told otherwise"
        )
        parser.add_argument("--recount", action="store_true", help="count whole lists anew, and tell the difference")
        parser.add_argument("--campaign", default="", metavar="CAMPAIGN", help="with --recount: of this campaign alone")
        parser.add_argument("--list", default="", metavar="LIST", help="with --recount: of this list alone")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Read, and say how many pages came."""
        asked = 0
        if options["recount"]:
            sources = source_find(tenant=tenant, campaign=options["campaign"], calling_list=options["list"])
            asked = recount_ask(tenant=tenant, sources=sources, actor=Actor(name="shell"))
        pages = tenant_read(tenant=tenant, seconds=options["seconds"], waits=True)
        self.say(f"{pages:,} page{'' if pages == 1 else 's'} of results read.")
        return Result({"tenant": tenant.slug, "pages": pages, "recounts": asked})

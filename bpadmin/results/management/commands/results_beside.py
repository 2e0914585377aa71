"""manage.py results_beside TENANT: lists beside the other lists of a tenant at the same penetration."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.counts import percent_words
from bpadmin.platforms.base import Capability
from bpadmin.results.figures.comparison import Comparison, comparison_json, comparisons_of
from bpadmin.results.management.naming import source_find
from bpadmin.results.services import ResultsRefused
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant

SECONDS = 600.0


class Command(TenantCommand):
    """Print contact and success rates of lists, and of the others when as much of them had been attempted."""

    help = "Compare the lists of a campaign, or a list, with the other lists of the tenant at the same penetration."
    needs = Capability.SOURCES_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, ResultsRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add of what."""
        super().add_arguments(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--campaign", default="", metavar="CAMPAIGN", help="name or id of a campaign")
        which.add_argument("--list", default="", metavar="LIST", help="name or id of a list")
        parser.add_argument("--seconds", type=float, default=SECONDS, metavar="N", help="look for at most so long")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the lists, and print them beside the others."""
        sources = source_find(tenant=tenant, campaign=options["campaign"], calling_list=options["list"])
        found = comparisons_of(tenant=tenant, sources=sources, seconds=options["seconds"])
        for each in found:
            self._say(each)
        return Result({"tenant": tenant.slug, "lists": [comparison_json(each) for each in found]})

    def _say(self, found: Comparison) -> None:
        mine = found.mine
        self.say(f"{mine.source.title} in {mine.source.campaign_name}, at {found.percent} % penetration")
        self.say(f"  this list: {_rates(mine.calls, mine.contact_rate, mine.success_rate)} {mine.trouble}".rstrip())
        words = f"{found.compared} of {len(found.others)} others"
        self.say(f"  {words}: {_rates(found.calls, found.contact_rate, found.success_rate)}")
        for each in found.others:
            rates = _rates(each.calls, each.contact_rate, each.success_rate)
            self.say(f"    {each.source.title}: {rates} {each.trouble}".rstrip())
        if found.missing:
            self.say(f"  {found.missing} were not looked at in time: ask again, or give --seconds.")


def _rates(calls: int | None, contact: float | None, success: float | None) -> str:
    told = [f"{name} {percent_words(rate)}" for name, rate in (("contact", contact), ("success", success))]
    return f"{'–' if calls is None else f'{calls:,}'} calls, {', '.join(told)}"

"""manage.py results_show TENANT: the results of a campaign, a list or all, as the pages show them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.counts import percent_words
from bpadmin.platforms.base import Capability
from bpadmin.results.figures.periods import RANGE_NAMES, period_of
from bpadmin.results.management.naming import source_find
from bpadmin.results.services import ResultsRefused, results_json, results_of
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Print results under the names of the dictionary."""

    help = "Print results of a campaign, of a list or of all, as they were read; asks the dialler nothing."
    needs = Capability.SOURCES_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, ResultsRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what of, and when."""
        super().add_arguments(parser)
        parser.add_argument("--campaign", default="", metavar="CAMPAIGN", help="name or id of a campaign")
        parser.add_argument("--list", default="", metavar="LIST", help="name or id of a list")
        parser.add_argument("--range", default="24h", choices=RANGE_NAMES)
        parser.add_argument("--from", dest="first", default="", metavar="DAY", help="first day, such as 2026-03-01")
        parser.add_argument("--to", dest="last", default="", metavar="DAY", help="last day")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the sources, and print their results."""
        sources = source_find(tenant=tenant, campaign=options["campaign"], calling_list=options["list"])
        given = {"range": options["range"], "from": options["first"], "to": options["last"]}
        results = results_of(tenant=tenant, sources=sources, period=period_of(tenant, given))
        stock, events = results.stock, results.events
        self.say(f"{results.period.words}; read until {results.known.until or '– (not read yet)'}")
        self.say(
            f"Records: {_number(stock.total)} total, {_number(stock.never)} never attempted, {stock.open:,} open, "
            f"{stock.completed:,} completed, {stock.gone:,} gone since, difference {stock.difference:+,}"
        )
        if results.is_covered:
            rate = percent_words(events.contact_rate)
            self.say(f"Calls: {events.calls:,}, contact rate {rate}, not dialled {events.decisions:,}")
            for ending, calls, share in events.by_ending:
                self.say(f"  {calls:>8,}  {ending.label}  ({percent_words(share)})")
            for each in events.by_disposition:
                name = each.disposition.name or "No disposition"
                self.say(f"  {each.count:>8,}  {name}  ({each.disposition.get_group_display()})")
        else:
            self.say("Calls: – (nothing of this span was read)")
        for gap in results.known.gaps:
            self.say(
                f"Gap: {gap.source.title}, {gap.began_at or 'before'} – {gap.ended_at}: {gap.get_reason_display()}"
            )
        return Result({"tenant": tenant.slug, **results_json(results)})


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"

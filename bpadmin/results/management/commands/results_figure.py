"""manage.py results_figure TENANT OF: a figure opened, with the attempts or records that it counts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.platforms.base import Capability
from bpadmin.results.figures.periods import HOUR, RANGE_NAMES, WEEK_AGO
from bpadmin.results.figures.words import BY_KEY
from bpadmin.results.management.naming import source_find
from bpadmin.results.opening import BOUND, ENABLED, FigureUnknown, figure_asked, figure_open, opened_json, rows_json
from bpadmin.results.services import ResultsRefused
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant

MOST = 10_000


class Command(TenantCommand):
    """Print a figure's formula, what it is made of, its age and gaps, and its rows one by one."""

    help = "Open a figure of results: what it is made of, until when it is known, and what it counts one by one."
    needs = Capability.SOURCES_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, ResultsRefused, FigureUnknown)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which figure, of what, and when."""
        super().add_arguments(parser)
        parser.add_argument("of", metavar="OF", choices=sorted(BY_KEY), help="name in the dictionary, such as calls")
        parser.add_argument("--campaign", default="", metavar="CAMPAIGN", help="name or id of a campaign")
        parser.add_argument("--list", default="", metavar="LIST", help="name or id of a list")
        parser.add_argument(
            "--lists", default="", choices=["", BOUND, ENABLED], help="only lists that are bound, or enabled"
        )
        ranges = [*RANGE_NAMES, WEEK_AGO, HOUR]
        parser.add_argument("--range", default="24h", choices=ranges)
        parser.add_argument("--from", dest="first", default="", metavar="DAY", help="first day, such as 2026-03-01")
        parser.add_argument("--to", dest="last", default="", metavar="DAY", help="last day")
        parser.add_argument("--until", default="", metavar="TIME", help="all until then, such as 2026-03-01T12:00Z")
        parser.add_argument("--disposition", default="", metavar="NAME", help="only what ended like this")
        parser.add_argument("--group", default=None, metavar="GROUP", help="only what counts as this, or none")
        parser.add_argument("--first", dest="start", type=int, default=0, metavar="N", help="skip so many rows")
        parser.add_argument("--most", type=int, default=100, metavar="N", help=f"print so many rows, at most {MOST:,}")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the figure, and print it."""
        given = {name: options[name] for name in ("of", "lists", "range", "until", "disposition")}
        given |= {"from": options["first"], "to": options["last"]}
        if options["group"] is not None:
            given["group"] = options["group"]
        if options["campaign"] or options["list"]:
            (first, *_) = source_find(tenant=tenant, campaign=options["campaign"], calling_list=options["list"])
            given["campaign"] = first.campaign_id if options["campaign"] else ""
            given["list"] = first.list_id if options["list"] else ""
        opened = figure_open(tenant=tenant, asked=figure_asked(tenant=tenant, given=given))
        told = opened_json(opened)
        told["rows"] = rows_json(
            tenant=tenant, opened=opened, first=max(0, options["start"]), most=max(0, min(MOST, options["most"]))
        )
        self.say(f"{told['title']}: {opened.words} {opened.note}".rstrip())
        self.say(f"  {told['sentence']}")
        for term in opened.terms:
            self.say(f"  {term.role or 'counted':>8} {term.words}  {term.figure.name}: {term.figure.numerator}")
        self.say(f"  read until {told['read_until'] or '– (not read yet)'}")
        for gap in told["gaps"]:
            self.say(f"  gap: {gap['list']}, {gap['from'] or 'before'} – {gap['until']}: {gap['reason']}")
        for row in told["rows"]["rows"]:
            self.say("  " + "  ".join(str(value) for value in row.values() if value is not None))
        return Result({"tenant": tenant.slug, **told})

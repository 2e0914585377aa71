"""manage.py plan_add TENANT KIND [CAMPAIGN [LIST]] --at TIMES: plan what is to happen."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.plans.kinds import plan_kinds
from bpadmin.plans.management.base import SHELL, PlanCommand, plan_told
from bpadmin.plans.models import HolidayCalendar, LateRule
from bpadmin.plans.services import PlanRefused, PlanWish, plan_add
from bpadmin.plans.times import exceptions_read
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant

DAILY = "FREQ=DAILY"


class Command(PlanCommand):
    """Make a plan."""

    help = "Plan what is to happen; whoever has a shell is its owner, and no role is asked for when it acts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what is to happen and when."""
        super().add_arguments(parser)
        parser.add_argument("kind", metavar="KIND", help=", ".join(kind.key for kind in plan_kinds()))
        parser.add_argument(
            "campaign", metavar="CAMPAIGN", nargs="?", default="", help="name or id, where the kind is about one"
        )
        parser.add_argument("list", metavar="LIST", nargs="?", default="", help="name or id of the list")
        parser.add_argument("--name", default="", metavar="TEXT", help="name of the plan")
        parser.add_argument("--at", required=True, metavar="TIMES", help="times of the day, such as 09:00,13:30")
        parser.add_argument("--zone", default="", metavar="ZONE", help="their clock; the tenant's unless given")
        parser.add_argument("--on", default="", metavar="DAYS", help="days of the week, such as MO,TU,WE")
        parser.add_argument("--rule", default="", metavar="RRULE", help="days by a rule of iCalendar")
        parser.add_argument("--once", action="store_true", help="on the first day only")
        parser.add_argument("--from", dest="first_day", type=date.fromisoformat, metavar="DATE", help="first day")
        parser.add_argument("--until", dest="last_day", type=date.fromisoformat, metavar="DATE", help="last day")
        parser.add_argument("--calendar", default="", metavar="NAME", help="holiday calendar on which it rests")
        parser.add_argument("--exceptions", default="", metavar="FILE", help="lines: DATE, or DATE TIMES")
        parser.add_argument("--make-up", type=int, metavar="MINUTES", help="made up within so many minutes")
        parser.add_argument("--trial", action="store_true", help="only write down what it would have done")
        parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="an option of the kind")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Make it."""
        said = dict(each.partition("=")[::2] for each in options["set"])
        rule = options["rule"] or (f"FREQ=WEEKLY;BYDAY={options['on'].upper()}" if options["on"] else DAILY)
        exceptions = Path(options["exceptions"]).read_text(encoding="utf-8") if options["exceptions"] else ""
        wish = PlanWish(
            name=options["name"],
            kind=options["kind"],
            campaign=options["campaign"],
            list_name=options["list"],
            options=said,
            time_zone=options["zone"],
            times=options["at"],
            first_day=options["first_day"] or datetime.now(ZoneInfo(tenant.time_zone)).date(),
            last_day=options["last_day"],
            rule="" if options["once"] else rule,
            calendar=_calendar(tenant, options["calendar"]),
            exceptions=exceptions_read(exceptions),
            late_rule=LateRule.MAKE_UP if options["make_up"] else LateRule.SKIP,
            late_minutes=options["make_up"] or 60,
            is_trial=options["trial"],
        )
        return plan_told(self, plan_add(tenant=tenant, wish=wish, actor=SHELL))


def _calendar(tenant: Tenant, name: str) -> HolidayCalendar | None:
    if not name:
        return None
    found = HolidayCalendar.objects.filter(tenant=tenant, name=name).first()
    if found is None:
        raise PlanRefused(f"There is no holiday calendar “{name}” in {tenant.name}.")
    return found

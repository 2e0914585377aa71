"""manage.py plan_calendar TENANT NAME: keep a holiday calendar on which plans rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.plans.holidays import calendar_remove, calendar_save, days_written
from bpadmin.plans.management.base import SHELL, PlanCommand
from bpadmin.plans.models import HolidayCalendar
from bpadmin.plans.services import PlanRefused, calendar_changed
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant


class Command(PlanCommand):
    """Keep a holiday calendar."""

    help = "Make a holiday calendar, or put other days into it; what is not given stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and its days."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--dates", metavar="FILE", help="lines such as 2026-12-25 Christmas")
        parser.add_argument("--ics", metavar="FILE", help="iCalendar file, of which every day with an event counts")
        parser.add_argument("--remove", action="store_true", help="remove it, where no plan rests on it")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Keep it."""
        found = HolidayCalendar.objects.filter(tenant=tenant, name=options["name"]).first()
        if options["remove"]:
            if found is None:
                raise PlanRefused(f"There is no holiday calendar “{options['name']}”.")
            calendar_remove(calendar=found, actor=SHELL)
            self.say(f"“{options['name']}” is removed.")
            return Result({"tenant": tenant.slug, "removed": options["name"]})
        days = Path(options["dates"]).read_text(encoding="utf-8") if options["dates"] else _days(found)
        ics = Path(options["ics"]).read_bytes() if options["ics"] else None
        saved = calendar_save(
            tenant=tenant,
            name=options["name"],
            days=days,
            ics=ics,
            ics_name=Path(options["ics"] or "").name,
            actor=SHELL,
            calendar=found,
        )
        calendar_changed(calendar=saved)
        self.say(f"“{saved.name}” is kept.")
        return Result({"tenant": tenant.slug, "name": saved.name, "days": saved.days, "file": saved.ics_name})


def _days(calendar: HolidayCalendar | None) -> str:
    return days_written(calendar) if calendar else ""

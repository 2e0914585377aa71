"""manage.py report_run TENANT REPORT: make a report here and now, and deliver it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.services import job_drive
from bpadmin.reports.deliveries import deliveries_drive
from bpadmin.reports.making import edition_begin, edition_look
from bpadmin.reports.management.base import SHELL, OneReportCommand, edition_json
from bpadmin.reports.models import DeliveryState, EditionState, Report
from bpadmin.tenants.management.base import FAILED, OK, SOME_REJECTED, CommandRefused, Result
from bpadmin.tenants.times.local_times import TimeUnclear, moment_said


class Command(OneReportCommand):
    """Make a report."""

    help = (
        "Make a report for the days that now (or --at) stands for, and deliver it; needs no worker. Exit code 0: it is "
        "made and arrived everywhere; 3: it is made, but not complete or not everywhere; 1: it could not be made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --at."""
        super().add_arguments(parser)
        parser.add_argument("--at", default="", metavar="T", help="as if made then: ISO time, else the report's zone")

    def run_with(self, report: Report, options: dict[str, Any]) -> Result:
        """Make it and deliver it."""
        if reason := hold_reason():
            raise CommandRefused(reason)
        moment = _moment(options["at"], report.time_zone)
        edition = edition_begin(report=report, actor=SHELL, moment=moment, ring=False)
        if edition.state == EditionState.MAKING and edition.job_id:
            job_drive(job_id=edition.job_id, seconds=None, worker="shell")
            edition_look(edition)
        self.say(f"{edition.file_name}: {edition.sentence}")
        for each in deliveries_drive(edition):
            each.refresh_from_db()
            self.say(f"  {each.destination_name}: {each.state}. {each.sentence}")
        edition.refresh_from_db()
        data = {"tenant": report.tenant.slug, "report": report.name, **edition_json(edition)}
        if edition.state != EditionState.READY:
            return Result(data, FAILED)
        arrived = all(each.state == DeliveryState.SENT for each in edition.deliveries.all())
        return Result(data, OK if edition.is_complete and arrived else SOME_REJECTED)


def _moment(given: str, time_zone: str) -> datetime | None:
    if not given:
        return None
    try:
        return moment_said(given, ZoneInfo(time_zone))
    except TimeUnclear as unclear:
        raise CommandRefused(str(unclear)) from unclear
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T06:00.") from error

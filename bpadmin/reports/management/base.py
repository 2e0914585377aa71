"""What the commands on reports share."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.plans.services import when_words
from bpadmin.platforms.base import Capability
from bpadmin.reports.delivery.types import DestinationRefused
from bpadmin.reports.destinations import destination_place
from bpadmin.reports.models import Delivery, Destination, Edition, Report
from bpadmin.reports.services import ReportRefused, report_find, report_plans
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant

SHELL = Actor(name="shell")


class ReportCommand(TenantCommand):
    """Base of the commands on reports."""

    needs = Capability.SOURCES_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        ReportRefused,
        DestinationRefused,
        LookupRefused,
    )


class OneReportCommand(ReportCommand):
    """Base of the commands on one report: implement `run_with(report, options)`."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add REPORT after TENANT."""
        super().add_arguments(parser)
        parser.add_argument("report", metavar="REPORT", help="name or number of the report")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the report, then do the work."""
        return self.run_with(report_find(tenant=tenant, name_or_number=options["report"]), options)

    def run_with(self, report: Report, options: dict[str, Any]) -> Result:
        """Do the work."""
        raise TypeError(f"{type(self).__name__} must implement run_with()")


def report_json(report: Report) -> dict[str, Any]:
    """Return a report for scripts."""
    return {
        "tenant": report.tenant.slug,
        "number": report.pk,
        "name": report.name,
        "subject": report.subject,
        "content": report.content,
        "period": report.period,
        "format": report.format,
        "time_zone": report.time_zone,
        "file_name": report.file_name,
        "destinations": [each.name for each in report.destinations.all()],
        "plans": [{"plan": plan.name, "state": plan.state, "when": when_words(plan)} for plan in report_plans(report)],
    }


def edition_json(edition: Edition) -> dict[str, Any]:
    """Return a file with its deliveries for scripts."""
    return {
        "file": edition.pk,
        "file_name": edition.file_name,
        "moment": edition.moment,
        "from": edition.begin,
        "until": edition.end,
        "state": edition.state,
        "complete": edition.is_complete,
        "sentence": edition.sentence,
        "rows": edition.rows,
        "bytes": edition.size,
        "sha256": edition.sha256,
        "job": edition.job_id,
        "asked_by": edition.asked_by_name,
        "deliveries": [delivery_json(each) for each in edition.deliveries.all()],
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery for scripts."""
    return {
        "delivery": delivery.pk,
        "destination": delivery.destination_name,
        "way": delivery.way,
        "state": delivery.state,
        "sentence": delivery.sentence,
        "tries": delivery.tries,
        "ended_at": delivery.ended_at,
    }


def destination_json(destination: Destination) -> dict[str, Any]:
    """Return a destination for scripts; never its secret."""
    return {"name": destination.name, "way": destination.way, "place": destination_place(destination)}

"""manage.py report_show TENANT REPORT: one report, its files and what became of their deliveries."""

from __future__ import annotations

from typing import Any

from bpadmin.reports.management.base import OneReportCommand, edition_json, report_json
from bpadmin.reports.models import Report
from bpadmin.tenants.management.base import Result

MOST = 20


class Command(OneReportCommand):
    """Show a report."""

    help = "Show a report: what it shows, when it is made, its files and what became of their deliveries."

    def run_with(self, report: Report, options: dict[str, Any]) -> Result:
        """Print it."""
        editions = [edition_json(each) for each in report.editions.prefetch_related("deliveries")[:MOST]]
        self.say(f"{report.name} ({report.pk}): {report.get_subject_display()} as {report.get_format_display()}")
        for edition in editions:
            self.say(f"  {edition['file']:>6}  {edition['file_name']}: {edition['state']}. {edition['sentence']}")
            for each in edition["deliveries"]:
                self.say(f"          {each['destination']}: {each['state']}. {each['sentence']}")
        return Result({**report_json(report), "files": editions})

"""manage.py report_remove TENANT REPORT: remove a report."""

from __future__ import annotations

from typing import Any

from bpadmin.reports.management.base import SHELL, OneReportCommand
from bpadmin.reports.models import Report
from bpadmin.reports.services import report_remove
from bpadmin.tenants.management.base import Result


class Command(OneReportCommand):
    """Remove a report."""

    help = "Remove a report with its files that are kept here; what was delivered stays where it is."

    def run_with(self, report: Report, options: dict[str, Any]) -> Result:
        """Remove it."""
        data = {"tenant": report.tenant.slug, "removed": report.name}
        report_remove(report=report, actor=SHELL)
        self.say(f"“{data['removed']}” is removed.")
        return Result(data)

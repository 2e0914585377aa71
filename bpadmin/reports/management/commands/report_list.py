"""manage.py report_list TENANT: the reports, and the places that they go to."""

from __future__ import annotations

from typing import Any

from bpadmin.reports.destinations import destinations_of
from bpadmin.reports.management.base import ReportCommand, destination_json, report_json
from bpadmin.reports.services import reports_of
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant


class Command(ReportCommand):
    """List the reports."""

    help = "List the reports of a tenant, and the destinations that they can go to."

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Print them."""
        reports = [report_json(each) for each in reports_of(tenant=tenant)]
        places = [destination_json(each) for each in destinations_of(tenant=tenant)]
        for report in reports:
            when = "; ".join(plan["when"] for plan in report["plans"]) or "by hand"
            self.say(f"{report['number']:>6}  {report['name']}: {when}, to {', '.join(report['destinations']) or '–'}")
        for place in places:
            self.say(f"Destination: {place['name']} ({place['way']}), {place['place']}")
        return Result({"tenant": tenant.slug, "reports": reports, "destinations": places})

"""manage.py automation_export TENANT [FILE]: plans, recipes, rules and reports as one file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.plans.management.base import SHELL, PlanCommand
from bpadmin.plans.transfer import automation_write
from bpadmin.tenants.management.base import Result, path_to_write
from bpadmin.tenants.models import Tenant
from bpadmin.web.downloads import file_write


class Command(PlanCommand):
    """Export what acts by itself."""

    help = "Write plans, holidays, recipes, recycling rules and reports of a tenant as one JSON file, no secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FILE."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", nargs="?", default="", help="else TENANT.automation.json")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Write it."""
        path = path_to_write(options["file"] or f"{tenant.slug}.automation.json", option="FILE")
        data = automation_write(tenant=tenant, actor=SHELL)
        if path is not None:
            file_write(path, [data])
        self.say(f"Written: {path}")
        return Result({"tenant": tenant.slug, "file": str(path), "bytes": len(data)})

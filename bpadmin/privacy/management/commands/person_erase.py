"""manage.py person_erase TENANT KNOWN_BY… --yes"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.privacy.management.commands import person_find as finding
from bpadmin.privacy.services import person_erase
from bpadmin.tenants.management.base import Result, confirm_yes
from bpadmin.tenants.models import Tenant


class Command(finding.Command):
    """Erase a person."""

    help = "Erase a person from what is kept here of a tenant, and say what stays and why; --json gives the proof."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --yes."""
        super().add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask, erase, and say what came of it."""
        confirm_yes(self, "What is erased cannot be had back; whole uploaded files go.", is_sure=options["yes"])
        report = person_erase(tenant=tenant, known_by=options["known_by"], actor=finding.SHELL)
        finding.report_say(self, report)
        return Result(report.as_json())

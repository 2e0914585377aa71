"""manage.py plan_hold TENANT PLAN: keep a plan from acting until it is released."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.plans.management.base import SHELL, OnePlanCommand, plan_told
from bpadmin.plans.models import Plan
from bpadmin.plans.services import plan_hold
from bpadmin.tenants.management.base import Result


class Command(OnePlanCommand):
    """Hold a plan."""

    help = "Keep a plan from acting until it is released."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --reason."""
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", metavar="TEXT", help="shown to who wants to release it")

    def run_with(self, plan: Plan, options: dict[str, Any]) -> Result:
        """Hold it."""
        return plan_told(self, plan_hold(plan=plan, reason=options["reason"], actor=SHELL))

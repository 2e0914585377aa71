"""manage.py plan_release TENANT PLAN: let a held plan act again, or end its trial."""

from __future__ import annotations

from typing import Any

from bpadmin.plans.management.base import SHELL, OnePlanCommand, plan_told
from bpadmin.plans.models import Plan
from bpadmin.plans.services import plan_release
from bpadmin.tenants.management.base import Result


class Command(OnePlanCommand):
    """Release a plan."""

    help = "Let a held plan act again, or end the trial of one. What passed meanwhile is not made up."

    def run_with(self, plan: Plan, options: dict[str, Any]) -> Result:
        """Release it."""
        return plan_told(self, plan_release(plan=plan, actor=SHELL))

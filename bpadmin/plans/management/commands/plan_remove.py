"""manage.py plan_remove TENANT PLAN: remove a plan."""

from __future__ import annotations

from typing import Any

from bpadmin.plans.management.base import SHELL, OnePlanCommand
from bpadmin.plans.models import Plan
from bpadmin.plans.services import plan_remove
from bpadmin.tenants.management.base import Result


class Command(OnePlanCommand):
    """Remove a plan."""

    help = "Remove a plan with what is kept of its runs; the activity log keeps what it did."

    def run_with(self, plan: Plan, options: dict[str, Any]) -> Result:
        """Remove it."""
        data = {"tenant": plan.tenant.slug, "removed": plan.name}
        plan_remove(plan=plan, actor=SHELL)
        self.say(f"“{plan.name}” is removed.")
        return Result(data)

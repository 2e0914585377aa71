"""manage.py plan_run TENANT PLAN: have a plan act now, if all is as it expects."""

from __future__ import annotations

from typing import Any

from bpadmin.plans.management.base import SHELL, OnePlanCommand, run_json
from bpadmin.plans.models import Plan, RunState
from bpadmin.plans.running import plan_run
from bpadmin.tenants.management.base import CommandRefused, Result

GOOD = (RunState.DONE, RunState.WAITING)


class Command(OnePlanCommand):
    """Have a plan act now."""

    help = "Have a plan act now, if all is as it expects. Exit code 0 when it was done or goes on, else 1."

    def run_with(self, plan: Plan, options: dict[str, Any]) -> Result:
        """Run it."""
        run = plan_run(plan=plan, actor=SHELL)
        data = {"tenant": plan.tenant.slug, "plan": plan.name, **run_json(run)}
        if run.state not in GOOD:
            raise CommandRefused(run.sentence, **data)
        self.say(run.sentence)
        return Result(data)

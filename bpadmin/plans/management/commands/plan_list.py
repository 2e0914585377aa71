"""manage.py plan_list TENANT: what is planned, and what of it needs a look."""

from __future__ import annotations

from typing import Any

from bpadmin.plans.management.base import PlanCommand, plan_json, run_json
from bpadmin.plans.services import plans_of, runs_to_look_at, when_words
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.times.local_times import clock_line

MOST = 50


class Command(PlanCommand):
    """List the plans."""

    help = "List the plans of a tenant, and what was planned and not done, as long as nobody has seen it."

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Print them."""
        plans = list(plans_of(tenant=tenant))
        for plan in plans:
            self.say(f"{plan.pk:>6}  {plan.get_state_display():<6}  {plan.name}: {when_words(plan)}")
        troubled = list(runs_to_look_at(tenant=tenant)[:MOST])
        for run in troubled:
            self.say(f"Not done: {run.plan.name}, {clock_line(run.planned_at, run.plan.time_zone)}. {run.sentence}")
        not_done = [{"plan": run.plan.name, **run_json(run)} for run in troubled]
        return Result({"tenant": tenant.slug, "plans": [plan_json(plan) for plan in plans], "not_done": not_done})

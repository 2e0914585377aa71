"""manage.py plan_show TENANT PLAN: one plan, its next times and what came of the last ones."""

from __future__ import annotations

from typing import Any

from bpadmin.plans.management.base import RUNS, OnePlanCommand, ahead_json, plan_json, plan_told, run_json
from bpadmin.plans.models import Plan
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.times.local_times import clock_line


class Command(OnePlanCommand):
    """Show a plan."""

    help = "Show a plan: what it does, its next times on its own clock, and what came of the last ones."

    def run_with(self, plan: Plan, options: dict[str, Any]) -> Result:
        """Print it."""
        plan_told(self, plan)
        ahead, runs = ahead_json(plan), [run_json(run) for run in plan.runs.all()[:RUNS]]
        for moment in ahead:
            self.say(f"  next {moment['there']} {moment['note']}".rstrip())
        for run in runs:
            self.say(f"  {clock_line(run['planned_at'], plan.time_zone)} {run['state']}: {run['sentence']}")
        return Result({**plan_json(plan), "ahead": ahead, "runs": runs})

"""What tests of plans share: fields of a list, and plans made in one line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bpadmin.dialler.types import Actor
from bpadmin.plans.models import Plan, PlanRun
from bpadmin.plans.running import plans_sweep, run_go
from bpadmin.plans.services import PlanWish, plan_add

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
SHELL = Actor(name="shell")


def planned(tenant: Any, kind: str, campaign: str, list_name: str = "", *, now: datetime, **said: Any) -> Plan:
    """Make a plan of every day, at 09:00 unless told otherwise."""
    actor = said.pop("actor", SHELL)
    wish = {
        "name": f"{kind} {campaign} {list_name}",
        "times": "09:00",
        "first_day": date(2026, 1, 1),
        "rule": "FREQ=DAILY",
    }
    wish |= {"kind": kind, "campaign": campaign, "list_name": list_name, **said}
    return plan_add(tenant=tenant, wish=PlanWish(**wish), actor=actor, now=now)


def turn(now: datetime) -> list[PlanRun]:
    """Let a worker look once; returns the runs that it went on with and that are still there."""
    ids = plans_sweep(now=now)
    for run_id in ids:
        run_go(run_id=run_id, now=now)
    return list(PlanRun.objects.filter(pk__in=ids).order_by("planned_at"))


def passing(plan: Plan, *, later: timedelta = timedelta()) -> list[PlanRun]:
    """Let a plan's next moment come, noticed so much later."""
    plan.refresh_from_db()
    assert plan.next_at is not None
    turn(plan.next_at + later)
    return list(plan.runs.all())

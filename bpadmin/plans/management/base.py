"""What the commands on plans share."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser
from django.utils import timezone

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.plans.holidays import HolidaysRefused
from bpadmin.plans.kinds import plan_kind
from bpadmin.plans.models import Plan, PlanRun
from bpadmin.plans.services import PlanRefused, plan_find, plan_moments, requests_a_day, when_words
from bpadmin.plans.times import TimingRefused
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant

SHELL = Actor(name="shell")
AHEAD = 5
RUNS = 20


class PlanCommand(TenantCommand):
    """Base of the commands on plans."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        PlanRefused,
        LookupRefused,
        TimingRefused,
        HolidaysRefused,
    )


class OnePlanCommand(PlanCommand):
    """Base of the commands on one plan: implement `run_with(plan, options)`."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add PLAN after TENANT."""
        super().add_arguments(parser)
        parser.add_argument("plan", metavar="PLAN", help="name or number of the plan")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the plan, then do the work."""
        return self.run_with(plan_find(tenant=tenant, name_or_number=options["plan"]), options)

    def run_with(self, plan: Plan, options: dict[str, Any]) -> Result:
        """Do the work."""
        raise TypeError(f"{type(self).__name__} must implement run_with()")


def plan_told(command: TenantCommand, plan: Plan) -> Result:
    """Say how a plan is now."""
    until = f", next {_there(plan.next_at, plan)}" if plan.next_at else ""
    command.say(f"“{plan.name}” ({plan.pk}) is {plan.get_state_display().lower()}: {when_words(plan)}{until}.")
    return Result(plan_json(plan))


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return a plan for scripts."""
    kind = plan_kind(plan.kind)
    return {
        "tenant": plan.tenant.slug,
        "number": plan.pk,
        "name": plan.name,
        "kind": plan.kind,
        "does": kind.words(plan) if kind else "",
        "campaign": plan.campaign_name,
        "list": plan.list_name,
        "options": plan.options,
        "state": plan.state,
        "held_reason": plan.held_reason,
        "when": when_words(plan),
        "time_zone": plan.time_zone,
        "times": plan.times,
        "rule": plan.rule,
        "first_day": plan.first_day,
        "last_day": plan.last_day,
        "calendar": plan.calendar.name if plan.calendar else "",
        "exceptions": plan.exceptions,
        "late_rule": plan.late_rule,
        "late_minutes": plan.late_minutes,
        "owner": plan.owner_name,
        "next_at": plan.next_at,
        "requests_a_day": round(requests_a_day(plan, now=timezone.now()), 1),
        "note": plan.note,
    }


def ahead_json(plan: Plan) -> list[dict[str, Any]]:
    """Return a plan's next moments."""
    if not plan.is_on:
        return []
    found = islice(plan_moments(plan, after=timezone.now()), AHEAD)
    return [{"at": each.at, "there": _there(each.at, plan), "note": each.note} for each in found]


def run_json(run: PlanRun) -> dict[str, Any]:
    """Return a run for scripts."""
    return {
        "planned_at": run.planned_at,
        "cause": run.cause,
        "state": run.state,
        "sentence": run.sentence,
        "ended_at": run.ended_at,
        "seen_by": run.seen_by,
    }


def _there(moment: datetime, plan: Plan) -> str:
    return f"{moment.astimezone(ZoneInfo(plan.time_zone)):%Y-%m-%d %H:%M %Z}"

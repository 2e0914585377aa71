"""Plans: made, held, released, removed, and when their next moment is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.plans.holidays import calendar_days
from bpadmin.plans.kinds import KindRefused, PlanKind, plan_kind
from bpadmin.plans.models import (
    NAME_LENGTH,
    TROUBLED,
    HolidayCalendar,
    LateRule,
    Plan,
    PlanRun,
    PlanState,
)
from bpadmin.plans.times import (
    Moment,
    Timing,
    TimingRefused,
    moments,
    rule_check,
    times_read,
    times_written,
)
from bpadmin.tenants.access import role_of
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.limits import CAMPAIGNS, LISTS, limit_of, limited, limited_or_none
from bpadmin.tenants.models import Role
from bpadmin.tenants.times.zones import time_zones

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

TRIAL = timedelta(days=1)
MOST_PLANS = 500
LONGEST_LATE = 7 * 24 * 60


class PlanRefused(Exception):
    """What is asked of a plan cannot be; the message is a sentence, `field` names the input at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """What a person wants done, when, and what of it is theirs to decide; texts are as they typed them.

    With a `held_reason` it begins held, and does nothing before somebody releases it.
    """

    name: str
    kind: str
    campaign: str
    list_name: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = ""
    times: str
    first_day: date
    last_day: date | None = None
    rule: str = ""
    calendar: HolidayCalendar | None = None
    exceptions: Mapping[date, tuple[Any, ...]] = field(default_factory=dict)
    late_rule: LateRule = LateRule.SKIP
    late_minutes: int = 60
    is_trial: bool = False
    held_reason: str = ""


def plans_of(*, tenant: Tenant) -> QuerySet[Plan]:
    """Return a tenant's plans by name; those of their campaigns and lists for somebody whose role is limited."""
    plans = Plan.objects.filter(tenant=tenant).select_related("calendar", "owner", "tenant")
    return limited_or_none(limited(plans, CAMPAIGNS, "campaign_id"), LISTS, "list_id")


def plan_find(*, tenant: Tenant, name_or_number: str) -> Plan:
    """Find a plan by its name or number. Raises PlanRefused."""
    typed = name_or_number.strip()
    found = plans_of(tenant=tenant).filter(name=typed).first()
    if found is None and typed.isdigit() and len(typed) < 18:
        found = plans_of(tenant=tenant).filter(pk=int(typed)).first()
    if found is None:
        raise PlanRefused(f"There is no plan “{typed}” in {tenant.name}.")
    return found


def kind_offered(tenant: Tenant, key: str) -> PlanKind:
    """Return a kind that the tenant's platform offers. Raises PlanRefused."""
    kind = plan_kind(key)
    if kind is None:
        raise PlanRefused(f"There is no kind of plan “{key}”.", "kind")
    if kind.needs not in capabilities_known(tenant):
        raise PlanRefused(f"“{kind.label}” needs what this tenant's dialler does not offer through its API.", "kind")
    return kind


def plan_add(*, tenant: Tenant, wish: PlanWish, actor: Actor, now: datetime | None = None) -> Plan:
    """Make a plan of which `actor` is the owner. Raises PlanRefused, LookupRefused and PlatformError."""
    now = now or timezone.now()
    kind = kind_offered(tenant, wish.kind)
    role_check(tenant, actor, kind.role)
    if Plan.objects.filter(tenant=tenant).count() >= MOST_PLANS:
        raise PlanRefused(f"A tenant has at most {MOST_PLANS} plans. Remove some that have ended.")
    try:
        aim = kind.aim(tenant, campaign=wish.campaign, list_name=wish.list_name, options=wish.options)
        times = times_read(wish.times)
        rule = rule_check(wish.rule, wish.first_day)
    except (KindRefused, TimingRefused) as refused:
        raise PlanRefused(str(refused), refused.field) from refused
    is_trial = wish.is_trial or kind.needs_trial
    plan = Plan(
        tenant=tenant,
        name=wish.name.strip()[:NAME_LENGTH] or f"{kind.label}: {aim.list_name or aim.campaign_name}"[:NAME_LENGTH],
        kind=kind.key,
        campaign_id=aim.campaign_id,
        campaign_name=aim.campaign_name,
        list_id=aim.list_id,
        list_name=aim.list_name,
        instance_id=aim.instance_id,
        options=dict(aim.options),
        target_key=aim.key,
        time_zone=wish.time_zone or tenant.time_zone,
        times=times_written(times),
        rule=rule,
        first_day=wish.first_day,
        last_day=wish.last_day,
        calendar=wish.calendar,
        exceptions={day.isoformat(): times_written(tuple(said)) for day, said in wish.exceptions.items()},
        late_rule=LateRule.SKIP if kind.is_dangerous else wish.late_rule,
        late_minutes=min(max(wish.late_minutes, 1), LONGEST_LATE),
        owner=actor.user,
        owner_name=actor.called,
        is_of_shell=actor.user is None,
        state=PlanState.SHADOW if is_trial else PlanState.ACTIVE,
        shadow_since=now if is_trial else None,
        created_at=now,
    )
    _check(plan, kind, times)
    plan.next_at = plan_next(plan, after=now)
    if plan.next_at is None:
        raise PlanRefused(
            "No moment of this plan lies ahead: its days are over, or all of them are left out.", "first_day"
        )
    if wish.held_reason:
        plan.state, plan.held_reason, plan.next_at = PlanState.HELD, wish.held_reason, None
    try:
        with transaction.atomic():
            plan.save()
            plan_log(Verb.PLAN_ADD, plan, actor, f"To {kind.words(plan)}, {when_words(plan)}.")
            if wish.held_reason:
                plan_log(Verb.PLAN_HOLD, plan, actor, wish.held_reason)
    except IntegrityError:
        raise PlanRefused(f"There is a plan “{plan.name}” already.", "name") from None
    return plan


def _check(plan: Plan, kind: PlanKind, times: tuple[Any, ...]) -> None:
    if plan.time_zone not in time_zones():
        raise PlanRefused(f"There is no time zone “{plan.time_zone}”. Write it like America/New_York.", "time_zone")
    if not times and not any(plan.exceptions.values()):
        raise PlanRefused("Say at which time of the day, such as 09:00.", "times")
    if kind.watches and len(times) != 2:
        raise PlanRefused("Say from when to when it watches, such as 09:00 17:00.", "times")
    if plan.last_day and plan.last_day < plan.first_day:
        raise PlanRefused("The last day lies before the first.", "last_day")


def plan_hold(*, plan: Plan, reason: str, actor: Actor) -> Plan:
    """Keep a plan from acting until it is released. Raises PlanRefused."""
    kind = plan_kind(plan.kind)
    role_check(plan.tenant, actor, kind.role if kind else Role.SUPERVISOR)
    if not plan.is_on:
        raise PlanRefused(f"“{plan.name}” does not act now: it is {plan.get_state_display().lower()} already.")
    _hold(plan, reason.strip() or "Nobody said why.", actor)
    return plan


def plan_hold_by_itself(plan: Plan, reason: str, *, is_orphan: bool = False) -> None:
    """Hold a plan whose owner may not act any more, and tell."""
    from bpadmin.plans.extensions import plan_told

    if _hold(plan, reason, Actor(name="the system"), is_orphan=is_orphan):
        for told in plan_told:
            told(plan, reason, needs_a_look=True)


def _hold(plan: Plan, reason: str, actor: Actor, *, is_orphan: bool = False) -> bool:
    with transaction.atomic():
        held = Plan.objects.filter(pk=plan.pk, state__in=[PlanState.ACTIVE, PlanState.SHADOW]).update(
            state=PlanState.HELD, held_reason=reason, is_orphan=is_orphan, next_at=None
        )
        if held:
            plan_log(Verb.PLAN_HOLD, plan, actor, reason)
    plan.refresh_from_db()
    return bool(held)


def plan_release(*, plan: Plan, actor: Actor, now: datetime | None = None) -> Plan:
    """Let a held plan act again, or end a plan's trial. Raises PlanRefused.

    A plan without an owner becomes that of the administrator who releases it. What passed meanwhile is not made up.
    """
    now = now or timezone.now()
    kind = kind_offered(plan.tenant, plan.kind)
    role_check(plan.tenant, actor, Role.ADMINISTRATOR if plan.is_orphan else kind.role)
    if plan.state in (PlanState.ACTIVE, PlanState.ENDED):
        raise PlanRefused(f"“{plan.name}” is not held: it is {plan.get_state_display().lower()}.")
    if plan.state == PlanState.SHADOW:
        if (ends := trial_ends(plan, kind)) and now < ends:
            there = ends.astimezone(ZoneInfo(plan.time_zone))
            raise PlanRefused(
                f"Its trial lasts a day, until {there:%-d %B at %H:%M}: look then at what it would have done."
            )
        plan.shadow_since = None
    plan.state = PlanState.SHADOW if plan.shadow_since else PlanState.ACTIVE
    if plan.is_orphan or owner_refusal(plan, kind):
        plan.owner, plan.owner_name, plan.is_of_shell = actor.user, actor.called, actor.user is None
    plan.is_orphan, plan.held_reason = False, ""
    plan.next_at = plan_next(plan, after=now)
    if plan.next_at is None:
        raise PlanRefused(f"No moment of “{plan.name}” lies ahead. Make a new plan.")
    with transaction.atomic():
        plan.save()
        words = "On trial again." if plan.state == PlanState.SHADOW else "It acts from now on."
        plan_log(Verb.PLAN_RELEASE, plan, actor, words)
    return plan


def trial_ends(plan: Plan, kind: PlanKind) -> datetime | None:
    """Return from when on the trial of a plan may be ended, None where that is at any time."""
    return plan.shadow_since + TRIAL if kind.needs_trial and plan.shadow_since else None


def owner_refusal(plan: Plan, kind: PlanKind) -> str:
    """Say why the one in whose name a plan acts may not do so now, "" where they may."""
    if plan.is_of_shell:
        return ""
    role = role_of(plan.owner, plan.tenant) if plan.owner else None
    if plan.owner is None or role is None:
        return owner_gone(plan)
    then = "Somebody who may do it can release it, and it is theirs then."
    if not role.covers(kind.role):
        return f"{plan.owner_name}, whose plan this is, is {role.label} here now; this needs {kind.role.label}. {then}"
    limit = limit_of(plan.owner, plan.tenant)
    is_theirs = limit is None or (
        limit.holds(CAMPAIGNS, plan.campaign_id) and (not plan.list_id or limit.holds(LISTS, plan.list_id))
    )
    if not is_theirs:
        return (
            f"{plan.owner_name}, whose plan this is, is limited to some campaigns and lists now, and this is about "
            f"others. {then}"
        )
    return ""


def owner_gone(plan: Plan) -> str:
    """Say that the owner of a plan is gone, and what can be done."""
    return (
        f"{plan.owner_name}, whose plan this is, is not one of the people here any more. "
        "An administrator of the tenant can release it, and it is theirs then."
    )


def plan_remove(*, plan: Plan, actor: Actor) -> None:
    """Remove a plan with what is kept of its runs; the activity log keeps what it did. Raises PlanRefused."""
    kind = plan_kind(plan.kind)
    role_check(plan.tenant, actor, kind.role if kind else Role.SUPERVISOR)
    with transaction.atomic():
        plan_log(Verb.PLAN_REMOVE, plan, actor, "")
        plan.delete()


def calendar_changed(*, calendar: HolidayCalendar, now: datetime | None = None) -> None:
    """Return the plans that rest on a calendar their next moment anew."""
    for plan in calendar.plans.filter(state__in=[PlanState.ACTIVE, PlanState.SHADOW]).select_related("calendar"):
        if plan.next_at and plan.next_at > (now or timezone.now()):
            following = plan_next(plan, after=now or timezone.now())
            Plan.objects.filter(pk=plan.pk, next_at=plan.next_at).update(next_at=following)


def runs_to_look_at(*, tenant: Tenant) -> QuerySet[PlanRun]:
    """Return the runs that did not do what was planned and that nobody has seen yet, newest first."""
    found = PlanRun.objects.filter(tenant=tenant, state__in=TROUBLED, seen_at=None)
    found = limited_or_none(limited(found, CAMPAIGNS, "plan__campaign_id"), LISTS, "plan__list_id")
    return found.select_related("plan", "tenant")


def runs_seen(*, tenant: Tenant, actor: Actor, plan: Plan | None = None) -> int:
    """Note that somebody has seen the runs that did not do what was planned."""
    found = PlanRun.objects.filter(tenant=tenant, state__in=TROUBLED, seen_at=None)
    if plan is not None:
        found = found.filter(plan=plan)
    return found.update(seen_at=timezone.now(), seen_by=actor.called)


def timing_of(plan: Plan) -> Timing:
    """Return when a plan's moments are."""
    kind = plan_kind(plan.kind)
    return Timing(
        zone=ZoneInfo(plan.time_zone),
        times=times_read(plan.times),
        first_day=plan.first_day,
        rule=plan.rule,
        last_day=plan.last_day,
        exceptions={date.fromisoformat(day): times_read(said) for day, said in plan.exceptions.items()},
        every=int(plan.option("every", 0) or 0) if kind and kind.watches else 0,
    )


def plan_moments(plan: Plan, *, after: datetime) -> Iterator[Moment]:
    """Yield a plan's moments later than `after`, without its holidays."""
    calendar = plan.calendar
    return moments(timing_of(plan), after=after, holidays=lambda first, last: calendar_days(calendar, first, last))


def plan_next(plan: Plan, *, after: datetime) -> datetime | None:
    """Return a plan's next moment, None where there is none in five years."""
    found = next(plan_moments(plan, after=after), None)
    return found.at if found else None


def requests_a_day(plan: Plan, *, now: datetime) -> float:
    """Estimate how many requests a day a plan costs the tenant, over its next seven days."""
    kind = plan_kind(plan.kind)
    if kind is None or not plan.is_on:
        return 0.0
    until = now + timedelta(days=7)
    coming = sum(1 for _ in takewhile(lambda moment: moment.at < until, plan_moments(plan, after=now)))
    return coming * kind.requests(plan) / 7


DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}


def when_words(plan: Plan) -> str:
    """Say when a plan acts: "Mon, Tue at 09:00 (Europe/Berlin)"."""
    kind = plan_kind(plan.kind)
    at = plan.times.replace(" ", ", ")
    if kind and kind.watches:
        at = f"{plan.times.replace(' ', '–')}, every {plan.option('every')} min"
    until = f" until {plan.last_day:%-d %B %Y}" if plan.last_day and plan.rule else ""
    return f"{days_words(plan.rule, plan.first_day)}{until} at {at} ({plan.time_zone})"


def days_words(rule: str, first_day: date) -> str:
    """Say on which days a rule is: "Mon, Tue"."""
    parts = dict(part.partition("=")[::2] for part in rule.split(";")) if rule else {}
    if not parts:
        return f"once, {first_day:%-d %B %Y}"
    if parts == {"FREQ": "DAILY"}:
        return "every day"
    if set(parts) == {"FREQ", "BYDAY"} and parts["FREQ"] == "WEEKLY" and set(parts["BYDAY"].split(",")) <= set(DAYS):
        return ", ".join(DAYS[each] for each in parts["BYDAY"].split(","))
    if set(parts) == {"FREQ", "BYMONTHDAY"} and parts["FREQ"] == "MONTHLY":
        return f"on day {parts['BYMONTHDAY'].replace(',', ', ').replace('-1', 'last')} of the month"
    return f"by the rule {rule}"


def role_check(tenant: Tenant, actor: Actor, wanted: Role) -> None:
    """Raise PlanRefused unless the actor has the role; whoever has a shell runs the system."""
    if words := role_refusal(tenant, actor, wanted):
        raise PlanRefused(words)


def role_refusal(tenant: Tenant, actor: Actor, wanted: Role) -> str:
    """Say which role is needed where the actor has it not, "" where they have; whoever has a shell runs the system."""
    role = role_of(actor.user, tenant) if actor.user else Role.ADMINISTRATOR
    return "" if role is not None and role.covers(wanted) else f"This needs the role {wanted.label} in {tenant.name}."


def plan_log(verb: Verb, plan: Plan, actor: Actor, message: str, outcome: Outcome = Outcome.DONE) -> None:
    """Write into the activity log what became of a plan."""
    audit_record(
        verb=verb,
        tenant=plan.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="plan",
        target_id=str(plan.pk),
        target_name=plan.name,
        outcome=outcome,
        message=message,
        details={"kind": plan.kind, "campaign": plan.campaign_name, "list": plan.list_name},
    )

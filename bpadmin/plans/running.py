"""Moments that come: each is claimed once, judged by its lateness, and acted on only where all is as expected.

The claim is the move of `Plan.next_at` together with the row of the run, in one transaction; a run is then claimed by
whoever works on it. So a message of the broker may come twice or never, and a process may die at any point: nothing is
done twice, and what was interrupted is told.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.installation.hold import hold_reason
from bpadmin.plans.extensions import plan_told
from bpadmin.plans.kinds import Look, PlanKind, Step, plan_kind
from bpadmin.plans.models import OPEN, LateRule, Plan, PlanRun, PlanState, RunCause, RunState
from bpadmin.plans.services import (
    PlanRefused,
    kind_offered,
    owner_gone,
    owner_refusal,
    plan_hold_by_itself,
    plan_log,
    plan_moments,
    role_check,
)
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Membership
from bpadmin.tenants.services import tenant_client

log = logging.getLogger(__name__)

# Up to here a moment is on time: the sweep comes every ten seconds, and a worker may be busy.
LEEWAY = timedelta(minutes=5)
AGAIN = timedelta(seconds=60)
# Longer than any act takes; a run that is at work for longer was interrupted.
INTERRUPTED = timedelta(minutes=15)
AT_ONCE = 200
# A watching plan says the same once in so long.
SAME = timedelta(hours=12)
READ_SECONDS = 20.0
STATES = {Outcome.DONE: RunState.DONE, Outcome.REFUSED: RunState.REFUSED, Outcome.UNKNOWN: RunState.UNKNOWN}
ON = [PlanState.ACTIVE, PlanState.SHADOW]


def plans_sweep(*, now: datetime | None = None) -> list[int]:
    """Claim the moments that have come and return the runs that somebody should go on with, oldest first.

    While the installation is held nothing is claimed: what passes then is late when the hold ends.
    """
    now = now or timezone.now()
    _interrupted_end(now)
    if hold_reason():
        return []
    orphans_hold()
    for plan in _due(now):
        _claim(plan, now)
    runs = PlanRun.objects.filter(Q(state=RunState.PENDING) | Q(state=RunState.WAITING, look_at__lte=now))
    return list(runs.order_by("planned_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


def _due(now: datetime) -> QuerySet[Plan]:
    due = Plan.objects.filter(state__in=ON, next_at__lte=now).select_related("tenant", "calendar", "owner")
    return due.order_by("next_at")[:AT_ONCE]


def _claim(plan: Plan, now: datetime) -> None:
    """Move a plan on and write down what became of the moments that have come."""
    kind = plan_kind(plan.kind)
    before = plan.next_at
    if before is None:
        return
    due: list[datetime] = []
    following = None
    for moment in plan_moments(plan, after=before - timedelta(microseconds=1)):
        if moment.at > now:
            following = moment.at
            break
        due.append(moment.at)
    watches = kind is not None and kind.watches
    runs = [] if watches and due and now - due[-1] > LEEWAY else [_run_of(plan, kind, at, now) for at in due[-1:]]
    if not watches:
        runs += [_earlier(plan, kind, at) for at in due[:-1]]
    with transaction.atomic():
        changes = {"next_at": following, **({} if following else {"state": PlanState.ENDED})}
        if not Plan.objects.filter(pk=plan.pk, next_at=before, state__in=ON).update(**changes):
            return
        for run in runs:
            run.ended_at = None if run.is_open else now
        PlanRun.objects.bulk_create(runs, ignore_conflicts=True)
    for run in runs:
        if not run.is_open:
            _tell(run)


def _run_of(plan: Plan, kind: PlanKind | None, at: datetime, now: datetime) -> PlanRun:
    run = PlanRun(tenant=plan.tenant, plan=plan, planned_at=at)
    judge(run, kind, now)
    return run


def _earlier(plan: Plan, kind: PlanKind | None, at: datetime) -> PlanRun:
    """Return the run of a moment after which another one has come already."""
    is_made_up = plan.late_rule == LateRule.MAKE_UP and kind is not None and not kind.is_dangerous
    state = RunState.REPLACED if is_made_up else RunState.MISSED
    words = "Nothing ran at that time, and a later moment of the same plan has come since."
    return PlanRun(tenant=plan.tenant, plan=plan, planned_at=at, state=state, sentence=words)


def judge(run: PlanRun, kind: PlanKind | None, now: datetime) -> None:
    """Say by how late a run is whether it may act; returns it the state in which it ends where it may not."""
    plan, late = run.plan, now - run.planned_at
    if late <= LEEWAY:
        return
    minutes = int(late.total_seconds() // 60)
    words = f"Nothing ran at that time; it was noticed {_span(minutes)} later."
    if kind is None or kind.is_dangerous:
        run.state, run.sentence = RunState.MISSED, f"{words} What may drop calls is never made up."
    elif plan.late_rule == LateRule.SKIP:
        run.state, run.sentence = RunState.MISSED, f"{words} By its rule it is left out then."
    elif late > timedelta(minutes=plan.late_minutes):
        run.state, run.sentence = RunState.MISSED, f"{words} It is made up within {_span(plan.late_minutes)} only."
    elif newer := _newer(run, now):
        run.state = RunState.REPLACED
        run.sentence = f"{words} It is not made up, since “{newer.name}” has had its time since, about the same."
    else:
        run.cause = RunCause.LATE


def _newer(run: PlanRun, now: datetime) -> Plan | None:
    """Return another plan about the same that had a moment since, whose wish is newer than this one's."""
    plan = run.plan
    others = Plan.objects.filter(tenant_id=plan.tenant_id, target_key=plan.target_key).exclude(pk=plan.pk)
    others = others.exclude(state=PlanState.HELD).select_related("calendar")
    for other in others:
        moment = next(plan_moments(other, after=run.planned_at), None)
        if moment is not None and moment.at <= now:
            return other
    return None


def run_go(*, run_id: int, now: datetime | None = None) -> PlanRun | None:
    """Go on with a run, if nobody else does; None where somebody did."""
    now = now or timezone.now()
    if hold_reason():
        return None
    mine = Q(state=RunState.PENDING) | Q(state=RunState.WAITING, look_at__lte=now)
    if not PlanRun.objects.filter(mine, pk=run_id).update(state=RunState.RUNNING, claimed_at=now):
        return None
    run = PlanRun.objects.select_related("plan__tenant", "plan__owner", "tenant", "actor").get(pk=run_id)
    return _go(run, now)


def plan_run(*, plan: Plan, actor: Actor, now: datetime | None = None) -> PlanRun:
    """Have a plan act now, by the wish of a person, on the same conditions. Raises PlanRefused."""
    now = now or timezone.now()
    kind = kind_offered(plan.tenant, plan.kind)
    role_check(plan.tenant, actor, kind.role)
    if reason := hold_reason():
        raise PlanRefused(reason)
    if plan.runs.filter(state__in=[RunState.RUNNING, RunState.WAITING]).exists():
        raise PlanRefused(f"“{plan.name}” is at work.")
    run = PlanRun(
        tenant=plan.tenant,
        plan=plan,
        planned_at=now,
        cause=RunCause.PERSON,
        actor=actor.user,
        actor_name=actor.called,
        state=RunState.RUNNING,
        claimed_at=now,
    )
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        raise PlanRefused(f"“{plan.name}” has its moment just now.") from None
    return _go(run, now)


def _go(run: PlanRun, now: datetime) -> PlanRun:
    plan, kind = run.plan, plan_kind(run.plan.kind)
    has_acted = bool(run.memory.get("step"))
    if run.cause != RunCause.PERSON and not has_acted:
        run.cause, was = RunCause.TIME, run.cause
        judge(run, kind, now)
        run.cause = was if run.cause == RunCause.TIME else run.cause
        if not run.is_open:
            return _end(run, RunState(run.state), run.sentence, now)
    if kind is None or kind.needs not in capabilities_known(run.tenant):
        return _end(run, RunState.REFUSED, "This tenant's dialler does not offer that through its API any more.", now)
    if plan.state == PlanState.HELD and run.cause != RunCause.PERSON:
        return _end(run, RunState.REFUSED, f"The plan was held before it acted. {plan.held_reason}", now)
    actor = _actor(run)
    if why := _forbidden(run, actor, kind):
        return _end(run, RunState.REFUSED, why, now)
    try:
        with tenant_client(run.tenant, read_timeout=READ_SECONDS) as client:
            look = kind.look(run, client, now)
    except PlatformError as error:
        return _later(run, f"The dialler could not be read: {error.message}", now)
    return _seen(run, kind, look, actor, now)


def _seen(run: PlanRun, kind: PlanKind, look: Look, actor: Actor, now: datetime) -> PlanRun:
    plan = run.plan
    if kind.watches or look.memory is not None:
        memory = plan.memory if look.memory is None else dict(look.memory)
        Plan.objects.filter(pk=plan.pk).update(note=look.sentence, noted_at=now, memory=memory)
    if look.is_quiet:
        if run.cause == RunCause.PERSON:
            return _end(run, RunState.NOTHING, look.sentence, now)
        run.delete()
        return run
    would = plan.state == PlanState.SHADOW and run.cause != RunCause.PERSON and not run.memory.get("step")
    if (
        kind.watches
        and (would or not look.is_expected)
        and _is_told(run, RunState.WOULD if would else RunState.NOTHING, now)
    ):
        run.delete()
        return run
    if not look.is_expected:
        return _end(run, RunState.NOTHING, look.sentence, now)
    if would:
        return _end(run, RunState.WOULD, f"Would have acted: {look.sentence}", now)
    try:
        step = kind.act(run, look, actor, now)
    except Exception:
        # Whether anything left is told by the activity log; a guess here would be one.
        log.exception("plan %s failed while it acted", plan.pk)
        words = "It was stopped by an error of ours while it acted. The activity log says what was asked."
        return _end(run, RunState.UNKNOWN, words, now)
    return _stepped(run, step, now)


def _is_told(run: PlanRun, state: RunState, now: datetime) -> bool:
    """Return whether a plan that looks every few minutes has said the same today already."""
    said = run.plan.runs.filter(state=state, planned_at__gt=now - SAME)
    return run.cause != RunCause.PERSON and said.exists()


def _stepped(run: PlanRun, step: Step, now: datetime) -> PlanRun:
    if step.wait is None:
        return _end(run, STATES[step.outcome], step.sentence, now)
    run.state, run.sentence, run.memory = RunState.WAITING, step.sentence, {"step": True, **step.memory}
    run.look_at = now + timedelta(seconds=step.wait)
    run.save()
    return run


def _later(run: PlanRun, sentence: str, now: datetime) -> PlanRun:
    """Look again in a minute, as long as the moment is not over; nothing was sent."""
    until = run.planned_at + (timedelta(minutes=run.plan.late_minutes) if run.cause == RunCause.LATE else LEEWAY)
    if run.cause == RunCause.PERSON or (now + AGAIN > until and not run.memory.get("step")):
        return _end(run, RunState.REFUSED, f"{sentence} Nothing was done.", now)
    run.state, run.sentence, run.look_at = RunState.WAITING, f"{sentence} It is tried again.", now + AGAIN
    run.save()
    return run


def _actor(run: PlanRun) -> Actor:
    plan = run.plan
    if run.cause == RunCause.PERSON:
        return Actor(run.actor, run.actor_name)
    return Actor(plan.owner, f"{plan.owner_name}, by plan “{plan.name}”")


def _forbidden(run: PlanRun, actor: Actor, kind: PlanKind) -> str:
    """Say why the one in whose name a run acts may not do so now, "" where they may; such a plan is held."""
    plan = run.plan
    if run.cause == RunCause.PERSON or not (why := owner_refusal(plan, kind)):
        return ""
    plan_hold_by_itself(plan, why, is_orphan=why == owner_gone(plan))
    return why


def orphans_hold() -> int:
    """Hold the plans whose owners are gone, before their moment comes; returns how many."""
    member = Membership.objects.filter(tenant=OuterRef("tenant"), user=OuterRef("owner"))
    gone = Plan.objects.filter(state__in=ON, is_of_shell=False).filter(
        Q(owner=None) | Q(owner__is_active=False) | (Q(owner__is_superuser=False) & ~Exists(member))
    )
    found = list(gone.select_related("tenant", "owner"))
    for plan in found:
        plan_hold_by_itself(plan, owner_gone(plan), is_orphan=True)
    return len(found)


def _span(minutes: int) -> str:
    """Say minutes as people do."""
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2880 else f"{minutes // 1440} days"


def _interrupted_end(now: datetime) -> None:
    """End the runs whose process died."""
    dead = PlanRun.objects.filter(state=RunState.RUNNING, claimed_at__lt=now - INTERRUPTED)
    for run in dead.select_related("plan__tenant", "tenant"):
        words = "bpadmin stopped while it acted, so its outcome is not known. The activity log says what was asked."
        _end(run, RunState.UNKNOWN, words, now)


def runs_tidy(*, now: datetime | None = None) -> int:
    """Remove the runs that are older than jobs are kept; returns how many. What they did stays in the activity log."""
    if not settings.JOB_KEEP_DAYS:
        return 0
    old = PlanRun.objects.filter(planned_at__lt=(now or timezone.now()) - timedelta(days=settings.JOB_KEEP_DAYS))
    return old.exclude(state__in=OPEN).delete()[0]


def _end(run: PlanRun, state: RunState, sentence: str, now: datetime) -> PlanRun:
    run.state, run.sentence, run.ended_at, run.look_at = state, sentence, now, None
    if run.cause == RunCause.PERSON:  # who asked for it has read the answer
        run.seen_at, run.seen_by = now, run.actor_name
    with transaction.atomic():
        run.save()
        if state in (RunState.DONE, RunState.REFUSED, RunState.UNKNOWN, RunState.NOTHING):
            outcome = {RunState.DONE: Outcome.DONE, RunState.UNKNOWN: Outcome.UNKNOWN}.get(state, Outcome.REFUSED)
            plan_log(Verb.PLAN_RUN, run.plan, _actor(run), sentence, outcome)
    _tell(run)
    return run


def _tell(run: PlanRun) -> None:
    for told in plan_told:
        told(run.plan, run.sentence, needs_a_look=run.needs_a_look)

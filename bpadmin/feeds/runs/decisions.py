"""What people decide on a file that was held back, or on one that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from bpadmin.approvals.services import approval_first
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor, Target
from bpadmin.feeds.models import Feed, FeedRun, FeedRunState
from bpadmin.feeds.runs.guards import Finding
from bpadmin.feeds.runs.judging import check_begin, run_send
from bpadmin.feeds.schedule import look_next
from bpadmin.feeds.services import FeedAsked, FeedRefused, feed_log, feed_role_check, target_offered
from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.approvals import OF_FEED, confirmed_digest
from bpadmin.jobs.models import JobState
from bpadmin.jobs.services import IllegalMove, job_cancel
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval

NOT_AWAITED = (FeedRunState.HELD, FeedRunState.MISSING, FeedRunState.FAILED, FeedRunState.FOUND)


def choices_of(run: FeedRun) -> list[str]:
    """Return the options that have to be chosen before a run can be released."""
    return [each.choice for each in findings_of(run) if each.choice]


def findings_of(run: FeedRun) -> list[Finding]:
    """Return what stood out."""
    return [Finding.from_json(each) for each in run.findings]


def run_release(
    *,
    run: FeedRun,
    actor: Actor,
    answers: Mapping[str, str] | None = None,
    approval: Approval | None = None,
    now: datetime | None = None,
) -> FeedRun:
    """Have a held file sent, in the name of who releases it. Raises FeedRefused, and FeedAsked without an `approval`
    where the tenant has the rule of two people.

    `answers` are the options by which it is checked anew (encoding, order of dates). A file that could not be checked
    is checked again by what the feed says now.
    """
    now = now or timezone.now()
    feed = run.feed
    target = target_offered(feed.tenant, feed.target)
    feed_role_check(feed.tenant, actor, target.role)
    said = {name: value for name, value in (answers or {}).items() if value}
    if reason := hold_reason():
        raise FeedRefused(reason)
    if run.state != FeedRunState.HELD:
        raise FeedRefused(f"{run.file_name} is not held back: {FeedRunState(run.state).label.lower()}.")
    if run.job is None:
        raise FeedRefused("There is nothing in it that could be sent. Refuse it, and have a better one delivered.")
    if left := [name for name in choices_of(run) if name not in said]:
        raise FeedRefused(f"Say first what the check asks: {', '.join(left)}.", left[0])
    if words := _newer(run):
        raise FeedRefused(words)
    if waits := release_waits(run, actor, said, approval):
        raise FeedAsked(waits)
    with transaction.atomic():
        changes = {"state": FeedRunState.RELEASED, "decided_by": actor.called, "decided_at": now, "claimed_at": now}
        changes |= {"actor": actor.user, "actor_name": actor.called}
        if not FeedRun.objects.filter(pk=run.pk, state=FeedRunState.HELD).update(**changes):
            raise FeedRefused("Somebody has decided on it already. Reload the page.")
        guards = [each.guard.value for each in findings_of(run)]
        details = {"file": run.file_name, "sha256": run.file_sha256, "guards": guards, "answers": said}
        feed_log(Verb.FEED_FILE_RELEASE, feed, actor, f"{run.file_name}: {run.sentence}", details=details)
    run.refresh_from_db()
    job = run.job
    if job is None or job.state != JobState.READY or said:
        return check_begin(run, actor, answers=said)
    accepted = [each.name for each in target.questions(feed, job) if not each.choice]
    return run_send(run, actor, accepted=accepted, now=now)


def _newer(run: FeedRun) -> str:
    """Say why an older file must not come after a newer one; "" where it may."""
    if run.feed.option("mode", "add") == "add":
        return ""
    newer = FeedRun.objects.filter(feed=run.feed, state=FeedRunState.SENT, found_at__gt=run.found_at).first()
    if newer is None:
        return ""
    return f"{newer.file_name} was sent since, and is newer: this one would put older data over it. Refuse it."


def run_refuse(*, run: FeedRun, actor: Actor, reason: str = "", now: datetime | None = None) -> FeedRun:
    """Say that a file is not to be sent, or that none is awaited any more. Raises FeedRefused."""
    feed = run.feed
    feed_role_check(feed.tenant, actor, Role.SUPERVISOR)
    if run.state not in NOT_AWAITED:
        raise FeedRefused(f"Nothing is to be decided on it: {FeedRunState(run.state).label.lower()}.")
    now = now or timezone.now()
    words = reason.strip() or ("Not awaited any more." if run.state == FeedRunState.MISSING else "Nobody said why.")
    with transaction.atomic():
        changes = {"state": FeedRunState.REFUSED, "decided_by": actor.called, "decided_at": now, "ended_at": now}
        if not FeedRun.objects.filter(pk=run.pk, state=run.state).update(**changes, is_followed=True):
            raise FeedRefused("Somebody has decided on it already. Reload the page.")
        details = {"file": run.file_name, "sha256": run.file_sha256, "held": run.sentence}
        feed_log(Verb.FEED_FILE_REFUSE, feed, actor, f"{run.file_name}: {words}", details=details)
    if run.job is not None:
        with suppress(IllegalMove):
            job_cancel(job=run.job, actor=actor.user, actor_name=actor.called)
    if feed.is_on:
        Feed.objects.filter(pk=feed.pk).update(next_look_at=look_next(feed, now))
    run.refresh_from_db()
    return run


def release_waits(run: FeedRun, actor: Actor, answers: Mapping[str, str], approval: Approval | None) -> str:
    """Return "" where a held file may be sent now, else that it waits for another person.

    Its target is the list, so that whoever may not touch that list may not approve it either. What is frozen: the file,
    and what its job would send where it is checked already.
    """
    job, feed = run.job, run.feed
    is_checked = job is not None and job.state == JobState.READY and not answers
    wanted = {
        "run": run.pk,
        "sha256": run.file_sha256,
        "answers": dict(answers),
        "job": run.job_id,
        "confirmed": confirmed_digest(job) if job is not None and is_checked else "",
    }
    return approval_first(
        kind=f"{feed.target}{OF_FEED}",
        tenant=feed.tenant,
        target=Target(feed.target, feed.target_id, feed.target_name),
        wanted=wanted,
        sentence=f"Send {run.file_name} of the feed “{feed.name}” to “{feed.target_name}” all the same. {run.sentence}",
        actor=actor,
        approval=approval,
    )

"""A file that was taken: checked, held against the ones before, then sent or held back; and what follows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import UNDER_WAY, FeedRun, FeedRunState
from bpadmin.feeds.runs.facts import FileFacts, overlap_of, sketch_of
from bpadmin.feeds.runs.guards import Finding, Guard, Limits, compare
from bpadmin.feeds.runs.live import live_facts
from bpadmin.feeds.services import (
    FeedRefused,
    feed_hold_by_itself,
    feed_log,
    owner_actor,
    owner_refusal,
    target_offered,
)
from bpadmin.feeds.targets import FeedTarget, TargetRefused, target_of
from bpadmin.jobs.handlers import JobRefused, structure_read
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import FileOptions
from bpadmin.jobs.services import IllegalMove, job_submit
from bpadmin.plans.models import Plan, PlanState
from bpadmin.plans.services import PlanRefused, PlanWish, plan_add
from bpadmin.platforms.errors import PlatformError
from bpadmin.storage.troubles import StorageAway
from bpadmin.uploads.files import upload_forget
from bpadmin.uploads.same_file import same_file_before, same_file_words

log = logging.getLogger(__name__)

# By how many files what is usual is measured.
EARLIER = 5
THEN_IN = timedelta(minutes=1)


def check_begin(run: FeedRun, actor: Actor, *, answers: Mapping[str, str] | None = None) -> FeedRun:
    """Say of a run's file what its feed says, and have it checked; held back where that cannot be."""
    feed, job = run.feed, cast(Job, run.job)
    try:
        target = target_offered(feed.tenant, feed.target)
        target.configure(feed, job, answers=answers or {}, actor=actor)
        job_submit(job=job)
    except (TargetRefused, FeedRefused) as refused:
        guard = Guard(getattr(refused, "guard", "") or Guard.UNREADABLE)
        choice = getattr(refused, "field", "") if guard in (Guard.ENCODING, Guard.QUESTION) else ""
        before = former_of(run)
        old = ", ".join(facts_of(before).header[:12]) if before and guard == Guard.HEADER else ""
        return run_hold(run, [Finding(guard, str(refused), old, "", choice)])
    except PlatformError as error:
        return run_hold(run, [Finding(Guard.UNREADABLE, f"The dialler could not be read: {error.message}")])
    except IllegalMove as refused:
        log.info("run %s: %s", run.pk, refused)
    return run


def run_checked(run: FeedRun, now: datetime) -> FeedRun | None:
    """Go on with a run whose file was taken, as far as its job lets it; None where somebody else does."""
    if not FeedRun.objects.filter(pk=run.pk, state=run.state, claimed_at=run.claimed_at).update(claimed_at=now):
        return None
    run.claimed_at = now
    return _checked(run, now)


def _checked(run: FeedRun, now: datetime) -> FeedRun:
    job = run.job
    if job is None:
        return _end(run, FeedRunState.FAILED, "Its job was removed before the file was sent.", now)
    if job.started_at is not None or job.state in (JobState.QUEUED, JobState.RUNNING):
        # Somebody has looked at the job's own page and sent it from there.
        return _end(run, FeedRunState.SENT, f"Job {job.pk} was sent from its own page.", now)
    if job.state == JobState.PREPARING:
        return run
    if job.state == JobState.DRAFT:  # a process died between two steps
        return check_begin(run, _actor(run))
    if job.state == JobState.CANCELLED:
        return _end(run, FeedRunState.REFUSED, f"Job {job.pk} was cancelled before anything was sent.", now)
    if job.state != JobState.READY:
        return run_hold(run, [_unreadable(run, job)])
    return run_judge(run, now)


def _unreadable(run: FeedRun, job: Job) -> Finding:
    if job.rows_total == 0 and job.state == JobState.FAILED and "row" in job.told_message:
        before = former_of(run)
        return Finding(
            Guard.EMPTY, job.told_message, f"{before.rows:,} rows" if before and before.rows else "", "no row"
        )
    return Finding(Guard.UNREADABLE, job.told_message or "It could not be checked.")


def run_judge(run: FeedRun, now: datetime) -> FeedRun:
    """Hold a checked file against the ones before and against the feed's limits; send it, or hold it back."""
    feed, job = run.feed, cast(Job, run.job)
    try:
        target = target_offered(feed.tenant, feed.target)
        facts = _facts(run, job, target)
        facts = live_facts(facts, feed, job, target)
        asked = target.questions(feed, job)
    except (JobRefused, StorageAway, FeedRefused) as error:
        return run_hold(run, [Finding(Guard.UNREADABLE, str(error))])
    former = former_of(run)
    old = facts_of(former) if former else None
    facts = replace(facts, overlap=overlap_of(facts, old) if old else None)
    run.rows, run.columns, run.former = facts.rows, len(facts.header), former
    run.facts = facts.as_json()
    found = [*_late(run), *_same(run, job)]
    found += compare(facts, old, [facts_of(each) for each in _earlier(run)], Limits.from_json(feed.limits))
    found += [Finding(Guard.QUESTION, each.sentence, choice=each.choice) for each in asked]
    if run.state == FeedRunState.RELEASED:
        # A person has seen all but what a choice of theirs has brought up.
        found = [each for each in found if each.choice]
    if run.is_dry:
        return _told_only(run, found, now)
    if found:
        return run_hold(run, found)
    actor = _actor(run)
    if run.state == FeedRunState.CHECKING and not run.actor_name and (why := owner_refusal(feed)):
        feed_hold_by_itself(feed, why, is_orphan=feed.owner is None)
        return run_hold(run, [Finding(Guard.QUESTION, why)])
    accepted = [each.name for each in asked if not each.choice] if run.state == FeedRunState.RELEASED else []
    return run_send(run, actor, accepted=accepted, now=now)


def run_send(run: FeedRun, actor: Actor, *, accepted: Sequence[str], now: datetime) -> FeedRun:
    """Have a checked file sent by its job."""
    feed, job = run.feed, cast(Job, run.job)
    try:
        target_offered(feed.tenant, feed.target).send(feed, job, accepted=accepted, actor=actor)
    except (TargetRefused, FeedRefused) as refused:
        return run_hold(run, [Finding(Guard.QUESTION, str(refused))])
    except IllegalMove as refused:
        job.refresh_from_db()
        if job.started_at is None and job.state not in (JobState.QUEUED, JobState.RUNNING):
            return run_hold(run, [Finding(Guard.QUESTION, str(refused))])
    return _end(run, FeedRunState.SENT, f"Sent by job {job.pk}: {job.rows_total:,} rows.", now)


def run_hold(run: FeedRun, findings: Sequence[Finding]) -> FeedRun:
    """Keep a file from being sent until a person decides; what was sent before stays as it is."""
    run.findings = [each.as_json() for each in findings]
    sentence = " ".join(each.sentence for each in findings)
    if run.is_dry:
        return _told_only(run, findings, timezone.now())
    run.state, run.sentence = FeedRunState.HELD, sentence
    if run.former is None:
        run.former = former_of(run)
    run.save()
    details = {"file": run.file_name, "sha256": run.file_sha256, "guards": [each.guard.value for each in findings]}
    words = f"{run.file_name}: {sentence}"
    feed_log(Verb.FEED_FILE_HOLD, run.feed, owner_actor(run.feed), words, outcome=Outcome.REFUSED, details=details)
    return run


def _told_only(run: FeedRun, findings: Sequence[Finding], now: datetime) -> FeedRun:
    """End a dry run: say how it would go, and leave no job behind."""
    run.findings = [each.as_json() for each in findings]
    told = " ".join(each.sentence for each in findings)
    rows = f"{run.rows or 0:,} rows"
    words = f"It would be held back. {told}" if findings else f"It would be sent: {rows}, and no guard trips."
    job, run.job = run.job, None
    run = _end(run, FeedRunState.WOULD, words, now)
    if job is not None:
        upload_forget(job=job)
    return run


def _facts(run: FeedRun, job: Job, target: FeedTarget) -> FileFacts:
    options = structure_read(FileOptions, job.options, job)
    sketch, keys = sketch_of(target.keys(job))
    return FileFacts(
        size=job.file_size,
        rows=job.rows_total,
        rejected=job.n_rejected,
        header=tuple(options.header),
        encoding=str(options.dialect.get("encoding", "")),
        ends_whole=run.facts.get("ends_whole"),
        sketch=sketch,
        keys=keys,
    )


def facts_of(run: FeedRun) -> FileFacts:
    """Return what is known of a run's file."""
    return FileFacts.from_json(run.facts)


def former_of(run: FeedRun) -> FeedRun | None:
    """Return the last file of the feed that was sent before this one."""
    return _earlier(run).first()


def _earlier(run: FeedRun) -> QuerySet[FeedRun]:
    sent = FeedRun.objects.filter(feed=run.feed, state=FeedRunState.SENT, found_at__lte=run.found_at)
    ids = sent.exclude(pk=run.pk).exclude(facts={}).order_by("-found_at", "-pk").values_list("pk", flat=True)[:EARLIER]
    return FeedRun.objects.filter(pk__in=list(ids)).order_by("-found_at", "-pk")


def _late(run: FeedRun) -> list[Finding]:
    feed = run.feed
    if run.expected_at is None or run.actor_name:
        return []
    until = run.expected_at + timedelta(minutes=feed.late_minutes)
    if run.found_at <= until:
        return []
    zone = ZoneInfo(feed.time_zone)
    due, came = (f"{each.astimezone(zone):%H:%M}" for each in (run.expected_at, run.found_at))
    words = f"It came later than {until.astimezone(zone):%H:%M}, until when it is taken without a question."
    return [Finding(Guard.LATE, words, f"expected by {due}", f"found at {came}")]


def _same(run: FeedRun, job: Job) -> list[Finding]:
    sent = FeedRun.objects.filter(feed=run.feed, state=FeedRunState.SENT, file_sha256=job.file_sha256)
    before = sent.exclude(pk=run.pk).order_by("-found_at").first()
    if before is not None:
        there = before.found_at.astimezone(ZoneInfo(run.feed.time_zone))
        name = "under the same name" if before.file_name == run.file_name else f"as {before.file_name}"
        words = f"Its content is, byte for byte, that of a file that came before, {name}."
        return [Finding(Guard.SAME, words, f"{before.file_name}, {there:%-d %b %Y %H:%M}", run.file_name)]
    if (other := same_file_before(job)) is not None:
        return [Finding(Guard.SAME, same_file_words(other), other.file_name, run.file_name)]
    return []


def _actor(run: FeedRun) -> Actor:
    """Return in whose name a run goes on: who released it, or asked for it, else the feed's owner."""
    if run.actor_name:
        return Actor(run.actor, run.actor_name)
    return owner_actor(run.feed)


def _end(run: FeedRun, state: FeedRunState, sentence: str, now: datetime) -> FeedRun:
    run.state, run.sentence = state, sentence
    if state != FeedRunState.SENT:
        run.ended_at, run.is_followed = now, True
    run.save()
    return run


def run_follow(run: FeedRun, now: datetime) -> FeedRun:
    """Once a file's job has ended: have what follows done, or say why it is not."""
    job = run.job
    if job is not None and not job.is_final:
        return run
    if not FeedRun.objects.filter(pk=run.pk, is_followed=False).update(is_followed=True, ended_at=now):
        return run
    run.is_followed, run.ended_at = True, now
    if job is None:
        run.sentence += " Its job was removed."
    else:
        run.sentence = f"Job {job.pk}: {job.told_message or job.get_state_display()}"
        if target := target_of(run.feed.target):
            _after(run, job, target, now)
    run.save()
    return run


def _after(run: FeedRun, job: Job, target: FeedTarget, now: datetime) -> None:
    is_in = job.state in (JobState.SUCCEEDED, JobState.PARTIAL)
    is_open = job.n_uncertain or job.n_unaccounted or job.n_not_sent
    if not is_in or is_open:
        if run.feed.then:
            run.sentence += " What was to follow is left out, since not every row is where it belongs."
        return
    actor = _actor(run)
    try:
        target.done(run, job, actor)
        if run.feed.then:
            run.then_plan = _then(run, actor, now)
            run.sentence += f" What follows is the plan “{run.then_plan.name}”."
    except (TargetRefused, PlanRefused, LookupRefused) as refused:
        run.sentence += f" What was to follow could not be: {refused}"
    except PlatformError as error:
        run.sentence += f" What was to follow could not be: {error.message}"


def _then(run: FeedRun, actor: Actor, now: datetime) -> Plan:
    """Plan what follows for the next minute: with the checks, the roles and the log of any plan."""
    feed = run.feed
    ended = FeedRun.objects.filter(feed=feed, then_plan__state=PlanState.ENDED).values("then_plan")
    Plan.objects.filter(pk__in=list(ended.values_list("then_plan", flat=True))).delete()
    zone = ZoneInfo(feed.time_zone)
    at = (now + THEN_IN + timedelta(seconds=59)).astimezone(zone)
    wish = PlanWish(
        name=f"{feed.name[:80]}, run {run.pk}",
        kind=feed.then["kind"],
        campaign=feed.then["campaign"],
        list_name=feed.target_id,
        time_zone=feed.time_zone,
        times=f"{at:%H:%M}",
        first_day=at.date(),
        rule="",
    )
    return plan_add(tenant=feed.tenant, wish=wish, actor=actor, now=now)


def runs_tidy(*, now: datetime | None = None) -> int:
    """Remove the runs that are older than jobs are kept; returns how many. What they did stays in the activity log."""
    if not settings.JOB_KEEP_DAYS:
        return 0
    old = FeedRun.objects.filter(found_at__lt=(now or timezone.now()) - timedelta(days=settings.JOB_KEEP_DAYS))
    return old.exclude(state__in=[*UNDER_WAY, FeedRunState.HELD]).delete()[0]

"""The watch: what happened since the last look becomes events, and events become messages, in one transaction."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bpadmin.jobs.models import Job, JobState
from bpadmin.notifications.conditions import Found, conditions_of, conditions_of_installation
from bpadmin.notifications.messages import messages_plan
from bpadmin.notifications.models import Event, Watch
from bpadmin.notifications.topics import Topic
from bpadmin.pace import scaled
from bpadmin.tenants.models import Role, Tenant

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=scaled(25.0, least=5.0))
# What was missed by one look must be missed by a later one as well before it counts as over.
MISSED_FOR = timedelta(seconds=scaled(45.0, least=5.0))
OVERLAP = timedelta(minutes=2)
TONES = {
    JobState.SUCCEEDED: "ok",
    JobState.PARTIAL: "warn",
    JobState.FAILED: "bad",
    JobState.ERRORED: "bad",
}
ENDED = {
    JobState.SUCCEEDED: "The job on “{name}” has succeeded.",
    JobState.PARTIAL: "The job on “{name}” is partly done.",
    JobState.FAILED: "The job on “{name}” has failed.",
    JobState.ERRORED: "The job on “{name}” was stopped by an error of ours.",
}


def watch_of(tenant: Tenant) -> Watch:
    """Return how far a tenant was looked at; a new one begins now, so that nobody is told what is long over."""
    return Watch.objects.get_or_create(tenant=tenant)[0]


def jobs_watch() -> int:
    """Turn the jobs that ended since the last look into events, of all tenants; returns how many.

    While nothing has ended that costs two queries, however many tenants there are.
    """
    now = timezone.now()
    watches = {each.tenant_id: each for each in Watch.objects.all()}
    for tenant in Tenant.objects.exclude(pk__in=list(watches)):
        watches[tenant.pk] = watch_of(tenant)
    if not watches:
        return 0
    since = min(each.jobs_until for each in watches.values()) - OVERLAP
    ended = Job.objects.filter(finished_at__gt=since, state__in=list(TONES)).select_related("tenant")
    made = 0
    by_tenant: dict[Tenant, list[Job]] = {}
    for job in ended.defer("report", "remote", "options").order_by("finished_at"):
        if job.finished_at and job.finished_at > watches[job.tenant_id].jobs_until - OVERLAP:
            by_tenant.setdefault(job.tenant, []).append(job)
    for tenant, jobs in by_tenant.items():
        made += _jobs_note(tenant, jobs, now)
    Watch.objects.filter(jobs_until__lt=now - OVERLAP).update(jobs_until=now)
    return made


def _jobs_note(tenant: Tenant, jobs: Sequence[Job], now: datetime) -> int:
    marks = {_mark(tenant.pk, job.pk, job.state, job.finished_at): job for job in jobs}
    known = set(Event.objects.filter(mark__in=list(marks)).values_list("mark", flat=True))
    fresh = {mark: job for mark, job in marks.items() if mark not in known}
    if not fresh:
        return 0
    with transaction.atomic():
        events = [_job_event(tenant, mark, job) for mark, job in fresh.items()]
        Event.objects.bulk_create(events, ignore_conflicts=True)
        stored = list(Event.objects.filter(mark__in=list(fresh), messages=None).distinct())
        messages_plan(tenant, stored, [], now)
        faults = [job for job in fresh.values() if job.state == JobState.ERRORED]
        if faults:
            mine = [_fault_event(tenant, job) for job in faults]
            Event.objects.bulk_create(mine, ignore_conflicts=True)
            messages_plan(
                None, list(Event.objects.filter(mark__in=[each.mark for each in mine], messages=None)), [], now
            )
    return len(fresh)


def _job_event(tenant: Tenant, mark: str, job: Job) -> Event:
    state = JobState(job.state)
    return Event(
        tenant=tenant,
        topic=Topic.MY_JOBS,
        kind=f"job.{state.value}",
        subject=str(job.pk),
        mark=mark,
        tone=TONES[state],
        title=ENDED[state].format(name=job.target_name or job.file_name),
        words=job.told_message,
        path=reverse("jobs:detail", kwargs={"slug": tenant.slug, "job_id": job.pk}),
        owner_id=job.owner_id,
        needs_person=state in (JobState.FAILED, JobState.ERRORED),
        began_at=job.finished_at or timezone.now(),
        ended_at=job.finished_at,
    )


def _fault_event(tenant: Tenant, job: Job) -> Event:
    return Event(
        topic=Topic.INSTALLATION,
        kind="job.fault",
        subject=str(job.pk),
        mark=_mark("fault", job.pk, job.finished_at),
        tone="bad",
        title=f"Job {job.pk} of {tenant.name} was stopped by an error of ours.",
        words="The log of the worker has the details under its number.",
        path=reverse("jobs:detail", kwargs={"slug": tenant.slug, "job_id": job.pk}),
        is_critical=True,
        began_at=job.finished_at or timezone.now(),
        ended_at=job.finished_at,
    )


def tenants_watch() -> int:
    """Look at what lasts in each tenant that is due and in the installation; returns how many events changed."""
    now = timezone.now()
    changed = 0
    for tenant in Tenant.objects.filter(notification_watch=None):
        watch_of(tenant)
    for watch in Watch.objects.filter(Q(looked_at=None) | Q(looked_at__lt=now - LOOK_EVERY)).select_related("tenant"):
        # Two processes that look at once share no tenant.
        mine = Watch.objects.filter(pk=watch.pk, looked_at=watch.looked_at).update(looked_at=now)
        if not mine:
            continue
        try:
            found = conditions_of(watch.tenant, now)
        except Exception:
            # One tenant's trouble must not keep the others from being told.
            log.exception("what needs a person in %s could not be found", watch.tenant.slug)
            continue
        changed += conditions_note(watch.tenant, found, now)
    # No tenant's row says whose turn this is.
    if cache.add("notifications:installation", 1, LOOK_EVERY.total_seconds()):
        changed += conditions_note(None, conditions_of_installation(), now)
    return changed


def conditions_note(tenant: Tenant | None, found: Sequence[Found], now: datetime) -> int:
    """Begin an event for what is new, end those that are over, and tell both; returns how many."""
    wanted = {(each.kind, each.subject): each for each in found}
    lasting = Event.objects.filter(tenant=tenant, is_lasting=True, ended_at=None)
    open_ = {(each.kind, each.subject): each for each in lasting}
    gone = [event for key, event in open_.items() if key not in wanted]
    over = [each for each in gone if each.missing_since is not None and now - each.missing_since >= MISSED_FOR]
    back = [open_[key].pk for key in wanted if key in open_ and open_[key].missing_since is not None]
    missed = [each.pk for each in gone if each.missing_since is None]
    new = [each for key, each in wanted.items() if key not in open_]
    if not (new or over or back or missed):
        return 0
    with transaction.atomic():
        Event.objects.filter(pk__in=back).update(missing_since=None)
        Event.objects.filter(pk__in=missed).update(missing_since=now)
        events = [_begun(tenant, each, now) for each in new]
        Event.objects.bulk_create(events, ignore_conflicts=True)
        stored = list(Event.objects.filter(mark__in=[each.mark for each in events]))
        ended = [each for each in over if Event.objects.filter(pk=each.pk, ended_at=None).update(ended_at=now)]
        followed = {each.path for each in found}
        messages_plan(tenant, stored, [each for each in ended if not _is_followed(each, followed)], now)
    return len(stored) + len(ended)


def _is_followed(event: Event, paths: set[str]) -> bool:
    """Return whether something worse about the same took its place, so that "it is over" would be wrong."""
    return event.kind in ("campaign.dry", "job.asks", "job.paused", "job.ready") and event.path in paths


def _begun(tenant: Tenant | None, found: Found, now: datetime) -> Event:
    return Event(
        tenant=tenant,
        topic=found.topic,
        kind=found.kind,
        subject=found.subject,
        mark=_mark(tenant.pk if tenant else "", found.kind, found.subject, now),
        tone=found.tone,
        title=found.title,
        words=found.words,
        path=found.path,
        owner_id=found.owner,
        role=found.role if found.topic != Topic.MY_JOBS else Role.VIEWER,
        needs_person=found.needs_person,
        is_critical=found.is_critical,
        is_lasting=True,
        began_at=now,
    )


def _mark(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()

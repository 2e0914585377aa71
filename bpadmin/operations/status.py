"""What the whole installation does: its parts, and the work of every tenant. For the operator, never for a tenant."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from bpadmin import VERSION
from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.engine.dispatch import QUEUES, queue_of
from bpadmin.jobs.files.retention import removed_read
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState, WorkerBeat
from bpadmin.jobs.queue.next_job import jobs_waiting, waits_since
from bpadmin.operations.health import Part, parts_read
from bpadmin.tenants.endings import TenantEnding, endings_read

# A driver that is gone is replaced within seconds; one that is not after this long is told to the operator.
STUCK_AFTER = timedelta(seconds=60)
WAITING = (JobState.QUEUED, JobState.PREPARING)
TROUBLE = (JobState.FAILED, JobState.ERRORED)
RECENT = timedelta(days=1)
MOST_TO_SETTLE = 200


@dataclass(slots=True)
class TenantWork:
    """The jobs of one tenant: how many wait (the oldest for how long, in seconds), run, stand still, ask, have failed.

    `failed` counts those that failed or were stopped by an error of ours within a day.
    """

    tenant: str
    name: str
    waiting: int = 0
    oldest_waiting: float = 0.0
    running: int = 0
    stuck: int = 0
    asking: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process: its name, queues, version, and how many seconds ago it showed itself."""

    name: str
    queues: str
    version: str
    seconds_ago: float


@dataclass(frozen=True, slots=True)
class JobToSettle:
    """A job that was under way when everything was held: rows `in_question`, and what it says."""

    job: int
    tenant: str
    name: str
    state: str
    in_question: int
    message: str


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was removed for its age so far, and when last."""

    jobs: int = 0
    chunks: int = 0
    entries: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment; `held` is why nothing may be sent, "" when it may."""

    version: str
    held: str
    parts: list[Part]
    work: list[TenantWork]
    workers: list[Worker]
    to_settle: list[JobToSettle]
    removed: Removed = Removed()
    endings: tuple[TenantEnding, ...] = ()

    @property
    def is_well(self) -> bool:
        """Return whether no part is missing and nothing stands still."""
        return all(part.is_ok for part in self.parts) and not any(each.stuck for each in self.work)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict."""
        return {
            "version": self.version,
            "well": self.is_well,
            "held": self.held,
            "parts": [part.as_json() for part in self.parts],
            "tenants": [asdict(each) for each in self.work],
            "workers": [asdict(each) for each in self.workers],
            "to_settle": [asdict(each) for each in self.to_settle],
            "removed": asdict(self.removed),
            "endings": [asdict(each) for each in self.endings],
        }


def status_read() -> Status:
    """Look at everything now. Without a database only its parts are told."""
    parts = parts_read()
    if not parts[0].is_ok:
        return Status(VERSION, "", parts, [], [], [])
    held = hold_reason()
    to_settle = jobs_to_settle() if held else []
    return Status(VERSION, held, parts, work_read(), workers_read(), to_settle, removed_sum(), tuple(endings_read()))


def removed_sum() -> Removed:
    """Return what was removed of all tenants."""
    rows = list(removed_read())
    return Removed(
        jobs=sum(row.jobs for row in rows),
        chunks=sum(row.chunks for row in rows),
        entries=sum(row.entries for row in rows),
        last_at=max((row.last_at for row in rows if row.last_at), default=None),
    )


def jobs_to_settle() -> list[JobToSettle]:
    """Return the jobs on which somebody should decide before a hold is released: paused ones, and those that ask."""
    asking = Chunk.objects.filter(state=ChunkState.ASK).values("job_id")
    jobs = Job.objects.filter(Q(state=JobState.PAUSED) | Q(pk__in=asking)).select_related("tenant").order_by("pk")
    return [
        JobToSettle(
            job.pk, job.tenant.slug, job.file_name or job.target_name, job.state, job.n_uncertain, job.told_message
        )
        for job in jobs[:MOST_TO_SETTLE]
    ]


def work_read() -> list[TenantWork]:
    """Return the work of every tenant that has any; four queries, however many tenants and jobs there are."""
    now = timezone.now()
    found: dict[int, TenantWork] = {}
    oldest: dict[int, datetime] = {}
    since = Coalesce("waiting_since", "started_at", "created_at")
    is_left = Q(lease_until__lt=now - STUCK_AFTER) | Q(lease_until=None)
    rows = (
        Job.objects.filter(Q(state__in=Job.ACTIVE) | Q(state__in=TROUBLE, finished_at__gt=now - RECENT))
        .order_by()
        .values("tenant_id", "state", slug=F("tenant__slug"), tenant_name=F("tenant__name"))
        .annotate(number=Count("pk"), left=Count("pk", filter=is_left), first=Min(since))
    )
    for row in rows:
        each = found.setdefault(row["tenant_id"], TenantWork(row["slug"], row["tenant_name"]))
        if row["state"] in WAITING:
            each.waiting += row["number"]
            oldest[row["tenant_id"]] = min(row["first"], oldest.get(row["tenant_id"], row["first"]))
        elif row["state"] == JobState.RUNNING:
            each.running += row["number"]
            each.stuck += row["left"]
        else:
            each.failed += row["number"]
    for tenant_id, first in oldest.items():
        found[tenant_id].oldest_waiting = max(0.0, (now - first).total_seconds())
    for tenant_id, asking in _asking().items():
        if tenant_id in found:
            found[tenant_id].asking = asking
    return sorted(found.values(), key=lambda each: each.tenant)


def _asking() -> dict[int, int]:
    """Count the jobs with rows on which a person must decide, by tenant."""
    jobs = Chunk.objects.filter(state=ChunkState.ASK).order_by().values("job__tenant_id").distinct()
    counted: dict[int, int] = defaultdict(int)
    for row in jobs.annotate(number=Count("job_id", distinct=True)):
        counted[row["job__tenant_id"]] = row["number"]
    return counted


def queue_ages() -> dict[str, float]:
    """Return for each queue how many seconds the job that waits longest in it has waited for a worker, 0 for none."""
    now = timezone.now()
    ages = dict.fromkeys(QUEUES, 0.0)
    for job in jobs_waiting(now):
        queue = queue_of(job)
        ages[queue] = max(ages[queue], (now - waits_since(job)).total_seconds())
    return ages


def workers_read() -> list[Worker]:
    """Return the worker processes that were seen within a day, the latest first."""
    now = timezone.now()
    beats = WorkerBeat.objects.filter(seen_at__gt=now - RECENT).order_by("-seen_at")
    return [
        Worker(beat.name, beat.queues, beat.version, round(max(0.0, (now - beat.seen_at).total_seconds()), 1))
        for beat in beats
    ]

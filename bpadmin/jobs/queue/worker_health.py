"""Whether anybody is there to work, in words; a job that waits for a worker says so instead of showing 0 % for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from bpadmin.installation.life import broker_answers, sweep_shown
from bpadmin.jobs.engine.dispatch import queue_of
from bpadmin.jobs.models import Job, JobState, WorkerBeat
from bpadmin.jobs.queue.signs import FORGOTTEN, FRESH_SECONDS

SWEEP_SILENCE = 20.0


@dataclass(frozen=True, slots=True)
class Health:
    """When a worker for the job was last seen, whether that is well, and a sentence when it is not (else "")."""

    seen_seconds_ago: float | None
    sentence: str
    is_ok: bool


def worker_health(job: Job) -> Health:
    """Return whether the job is moving or will: always well for one that waits for a person or has ended.

    Where it is not, the broker is asked first: without it neither the sweep runs nor can a worker be rung for.
    """
    health = _health(job)
    if health.is_ok or broker_answers():
        return health
    words = f"The broker (Redis) does not take commands, so {_fate(job, 'it')}"
    return Health(health.seen_seconds_ago, words, is_ok=False)


def _health(job: Job) -> Health:
    now = timezone.now()
    if not job.is_active or (job.lease_until and job.lease_until > now):
        return Health(0.0, "", is_ok=True)
    if (sentence := _sweep_missing(job, now)) is not None:
        return Health(None, sentence, is_ok=False)
    queue = queue_of(job)
    beats = WorkerBeat.objects.filter(seen_at__gt=now - FORGOTTEN).order_by("-seen_at")
    seen = next((beat.seen_at for beat in beats if queue in beat.queues.split(",")), None)
    if seen is None:
        return Health(None, f"No worker is running, so {_fate(job)}", is_ok=False)
    seconds = max(0.0, (now - seen).total_seconds())
    if seconds <= FRESH_SECONDS:
        return Health(seconds, "", is_ok=True)
    return Health(seconds, f"No worker has been seen for {_span(seconds)}, so {_fate(job)}", is_ok=False)


def _sweep_missing(job: Job, now: datetime) -> str | None:
    """Say that nothing wakes waiting jobs any more, None while the sweep runs (or has never been noted)."""
    swept_at = sweep_shown()
    if swept_at is None or (now - swept_at).total_seconds() <= SWEEP_SILENCE:
        return None
    at = f"{swept_at.astimezone(ZoneInfo(job.tenant.time_zone)):%H:%M:%S}"
    return f"What wakes waiting jobs (beat, through the broker) has not run since {at}, so {_fate(job, 'it')}"


def _fate(job: Job, who: str = "a worker") -> str:
    what = "the check" if job.state == JobState.PREPARING else "this job"
    return f"{what} is standing still. It goes on by itself when {who} is back; tell the operator if that lasts."


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds // 60:.0f} minutes"
    return f"{seconds // 3600:.0f} hours" if seconds < 172_800 else f"{seconds // 86_400:.0f} days"

"""Messages that tell a worker to look for a job. They may get lost: the sweep rings again.

A message names a job as a hint only; which one the worker takes is decided by `bpadmin.jobs.queue.next_job`.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from bpadmin.jobs.handlers import JobRefused, job_options, job_remote
from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import Job, JobPhase, JobState

log = logging.getLogger(__name__)

INTERACTIVE, BULK, POLL = "interactive", "bulk", "poll"
QUEUES = (INTERACTIVE, BULK, POLL)
SMALL_ROWS = 200
SMALL_WORK = 10_000  # records of a job that reads them
SMALL_BYTES = 5_000_000


def _broker_trouble() -> tuple[type[Exception], ...]:
    """Return what a broker that is away raises; asked for when something was raised, since importing it takes long."""
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    return OperationalError, RedisError, OSError


def queue_of(job: Job) -> str:
    """Name the queue in which the job's next message belongs, so that small work never waits behind large work."""
    if job.rows_total or job.phase:
        if job.phase == JobPhase.BEGIN and job.remote_job_id:
            return POLL
        if job.phase == JobPhase.READ_BACK:
            return INTERACTIVE if job.work_total <= SMALL_WORK else BULK
        if kind_of(job).only_reads:
            return BULK if is_long(job) or job.work_total > SMALL_WORK else INTERACTIVE
        return INTERACTIVE if job.rows_total <= SMALL_ROWS else BULK
    return INTERACTIVE if job.file_size <= SMALL_BYTES else BULK


def is_long(job: Job) -> bool:
    """Return whether a job that counts as it goes is known to be a long one."""
    try:
        return job_options(job).is_long or job_remote(job).is_long
    except JobRefused:
        return False  # its turn says in words what is wrong with it


def task_of(job: Job) -> str:
    """Name the task of a message for the job."""
    return "bpadmin.jobs.tasks.job_prepare" if job.state == JobState.PREPARING else "bpadmin.jobs.tasks.job_run"


def wait_fields(*, since: datetime, is_offered: bool) -> dict[str, Any]:
    """Return what the row says of a job that waits for a worker from `since` on.

    `is_offered` is False where the caller drives it itself: workers leave it alone for some seconds.
    """
    return {"waiting_since": since, "enqueued_at": timezone.now() if is_offered else None}


def ring_check(job: Job) -> None:
    """Ask for a worker to check the job's file, once the present transaction is stored."""
    transaction.on_commit(partial(ring, "bpadmin.jobs.tasks.job_prepare", job.pk, queue_of(job)))


def ring_run(job: Job) -> None:
    """Ask for a worker to send the job's next chunks, once the present transaction is stored."""
    transaction.on_commit(partial(ring, "bpadmin.jobs.tasks.job_run", job.pk, queue_of(job)))


def ring(task: str, job_id: int, queue: str, *, expires: float | None = None) -> bool:
    """Send one message; False when the broker cannot be reached, which is no error.

    A worker that meets it more than `expires` seconds later throws it away.
    """
    from bpadmin.celery import app

    try:
        app.send_task(task, args=[job_id], queue=queue, expires=expires)
    except _broker_trouble() as exc:
        log.warning("job %s: the broker cannot be reached, the sweep will ring again: %s", job_id, exc)
        return False
    return True

"""Messages that tell a worker to look at a job. They may get lost: the sweep rings again."""

from __future__ import annotations

import logging
from functools import partial

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from bpadmin.jobs.models import Job, JobKind, JobPhase
from bpadmin.jobs.registry import JobRefused, job_options, job_remote

log = logging.getLogger(__name__)

INTERACTIVE, BULK, POLL = "interactive", "bulk", "poll"
QUEUES = (INTERACTIVE, BULK, POLL)
SMALL_ROWS = 200
SMALL_WORK = 10_000  # records of a job that reads them
SMALL_BYTES = 5_000_000

_BROKER_TROUBLE = (OperationalError, RedisError, OSError)


def queue_of(job: Job) -> str:
    """Name the queue in which the job's next message belongs, so that small work never waits behind large work."""
    if job.rows_total or job.phase:
        if job.phase == JobPhase.BEGIN and job.remote_job_id:
            return POLL
        if job.phase == JobPhase.READ_BACK:
            return INTERACTIVE if job.work_total <= SMALL_WORK else BULK
        if job.kind == JobKind.RESULTS_EXPORT:
            return BULK if _is_long(job) or job.work_total > SMALL_WORK else INTERACTIVE
        return INTERACTIVE if job.rows_total <= SMALL_ROWS else BULK
    return INTERACTIVE if job.file_size <= SMALL_BYTES else BULK


def _is_long(job: Job) -> bool:
    try:
        return job_options(job).is_long or job_remote(job).is_long
    except JobRefused:
        return False  # its turn says in words what is wrong with it


def ring_check(job: Job) -> None:
    """Ask for a worker to check the job's file, once the present transaction is stored."""
    transaction.on_commit(partial(ring, "bpadmin.jobs.tasks.job_prepare", job.pk, queue_of(job)))


def ring_run(job: Job) -> None:
    """Ask for a worker to send the job's next chunks, once the present transaction is stored."""
    transaction.on_commit(partial(ring, "bpadmin.jobs.tasks.job_run", job.pk, queue_of(job)))


def ring(task: str, job_id: int, queue: str) -> bool:
    """Send one message; False when the broker cannot be reached, which is no error."""
    from bpadmin.celery import app

    try:
        app.send_task(task, args=[job_id], queue=queue)
    except _BROKER_TROUBLE as exc:
        log.warning("job %s: the broker cannot be reached, the sweep will ring again: %s", job_id, exc)
        return False
    return True


def queues_empty() -> frozenset[str]:
    """Name the queues in which no message waits; none when the broker cannot be asked."""
    from bpadmin.celery import app

    try:
        with app.connection_for_write() as connection:
            channel = connection.default_channel
            return frozenset(
                name for name in QUEUES if not channel.queue_declare(queue=name, passive=False).message_count
            )
    except _BROKER_TROUBLE as exc:
        log.warning("the broker cannot be asked how many messages wait: %s", exc)
        return frozenset()

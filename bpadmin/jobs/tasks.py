"""What the broker's messages do; they carry ids only and may come twice or never."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.core.management import call_command

from bpadmin.jobs.files import cleanup, orphans, retention
from bpadmin.jobs.queue import look, sweep, turn, worker


@shared_task(name="bpadmin.jobs.tasks.job_prepare", bind=True)
def job_prepare(self: Any, job_id: int) -> None:
    """Take the next job of the message's queue; the one it names is to be checked."""
    turn.turn_take(hint=job_id, queue=_queue(self), worker=worker.worker_name())


@shared_task(name="bpadmin.jobs.tasks.job_run", bind=True)
def job_run(self: Any, job_id: int) -> None:
    """Take the next job of the message's queue; the one it names is to be sent."""
    turn.turn_take(hint=job_id, queue=_queue(self), worker=worker.worker_name())


@shared_task(name="bpadmin.jobs.tasks.file_look")
def file_look(job_id: int) -> None:
    """Find out how the file of a job reads."""
    look.job_look(job_id=job_id)


@shared_task(name="bpadmin.jobs.tasks.jobs_sweep")
def jobs_sweep() -> None:
    """Ring for jobs that should move and do not."""
    sweep.jobs_sweep()


@shared_task(name="bpadmin.jobs.tasks.jobs_tidy")
def jobs_tidy() -> None:
    """Give back the storage of what was given up, of what is older than it is to be kept, and of what has no owner."""
    cleanup.jobs_tidy()
    retention.old_remove()
    call_command("clearsessions")
    orphans.orphans_collect()


def _queue(task: Any) -> str | None:
    """Name the queue from which the present message came, None when it came from none."""
    return (task.request.delivery_info or {}).get("routing_key")

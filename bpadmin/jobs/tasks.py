"""What the broker's messages do; they carry ids only and may come twice or never."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task

from bpadmin.jobs import engine, orphans, sweep, tidying, worker
from bpadmin.jobs.models import Job


@shared_task(name="bpadmin.jobs.tasks.job_prepare")
def job_prepare(job_id: int) -> None:
    """Check the file of a submitted job."""
    with suppress(Job.DoesNotExist):
        engine.job_prepare_now(job_id=job_id, worker=worker.worker_name())


@shared_task(name="bpadmin.jobs.tasks.job_run")
def job_run(job_id: int) -> None:
    """Work on a job for one slice of time, so that jobs and tenants take turns."""
    with suppress(Job.DoesNotExist):
        engine.job_turn(job_id=job_id, worker=worker.worker_name())


@shared_task(name="bpadmin.jobs.tasks.jobs_sweep")
def jobs_sweep() -> None:
    """Ring for jobs that should move and do not."""
    sweep.jobs_sweep()


@shared_task(name="bpadmin.jobs.tasks.jobs_tidy")
def jobs_tidy() -> None:
    """Give back the storage of what was given up or ended long ago, and of what has no owner."""
    tidying.jobs_tidy()
    orphans.orphans_collect()

"""What the broker's messages do; they carry ids only and may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.jobs import doorbell, engine, sweep, tidying, worker

SLICE_SECONDS = 30.0
# Small jobs share a worker with the sweep, and must not keep it waiting for a platform that hangs.
SMALL_SLICE_SECONDS = 10.0


@shared_task(name="bpadmin.jobs.tasks.job_prepare")
def job_prepare(job_id: int) -> None:
    """Check the file of a submitted job."""
    engine.job_prepare_now(job_id=job_id, worker=worker.worker_name())


@shared_task(name="bpadmin.jobs.tasks.job_run")
def job_run(job_id: int) -> None:
    """Work on a job for one slice of time, so that jobs and tenants take turns."""
    seconds = SLICE_SECONDS if doorbell.queue_is_bulk(job_id) else SMALL_SLICE_SECONDS
    engine.job_drive(job_id=job_id, seconds=seconds, worker=worker.worker_name(), may_wait=False)


@shared_task(name="bpadmin.jobs.tasks.jobs_sweep")
def jobs_sweep() -> None:
    """Ring for jobs that should move and do not."""
    sweep.jobs_sweep()


@shared_task(name="bpadmin.jobs.tasks.jobs_tidy")
def jobs_tidy() -> None:
    """Give back the storage of what was given up or ended long ago."""
    tidying.jobs_tidy()

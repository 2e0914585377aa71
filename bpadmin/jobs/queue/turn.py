"""A worker's turn: it takes the next job of its queue from the database and works on it for one slice of time."""

from __future__ import annotations

from bpadmin.jobs.engine.check import check_run
from bpadmin.jobs.engine.dispatch import QUEUES, queue_of
from bpadmin.jobs.engine.driver import job_turn
from bpadmin.jobs.engine.lease import lease_take_check
from bpadmin.jobs.engine.shutdown import is_shutting_down
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.queue.next_job import is_locked_out, line_of, turn_note
from bpadmin.logs import log_with


def turn_take(*, hint: int, queue: str | None, worker: str) -> int | None:
    """Work on the job whose turn it is in `queue`, and return its id; None when nothing waits there.

    `hint` is the job that the message named. It says which queue is meant where that is not known, and is taken when
    nothing waits in the queue but it waits in another. A worker that is to end takes nothing.
    """
    if is_shutting_down():
        return None
    hinted = Job.objects.filter(pk=hint).first()
    # Trying to take a job that waits for another one on its list makes it say so on its page.
    if hinted and is_locked_out(hinted) and job_turn(job_id=hint, worker=worker):
        return hint
    queues = [name for name in (queue, queue_of(hinted) if hinted else None) if name in QUEUES]
    for name in dict.fromkeys(queues):
        if (taken := _take(name, hint, worker)) is not None:
            return taken
    return None


def _take(queue: str, hint: int, worker: str) -> int | None:
    tried: set[int] = set()
    while (job := line_of(queue).next(hint=hint, but_not=tried)) is not None:
        tried.add(job.pk)
        if _work(job, worker):
            turn_note(tenant_id=job.tenant_id, queue=queue)
            return job.pk
    return None


def _work(job: Job, worker: str) -> bool:
    """Work on a job for its turn; False when somebody else was quicker."""
    with log_with(job=job.pk, **({"request": job.request} if job.request else {})):
        if job.state != JobState.PREPARING:
            return job_turn(job_id=job.pk, worker=worker)
        lease = lease_take_check(job_id=job.pk, worker=worker)
        if lease is not None:
            check_run(lease)
        return lease is not None

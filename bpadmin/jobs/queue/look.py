"""The worker's part of looking into a file that has just come."""

from __future__ import annotations

from bpadmin.jobs.handlers import Looks, handler_of
from bpadmin.jobs.models import Job


def job_look(*, job_id: int) -> None:
    """Find out how the file of a job reads; nothing where the job is gone, or somebody has done it."""
    job = Job.objects.select_related("tenant").filter(pk=job_id).first()
    if job is not None and isinstance(handler := handler_of(job), Looks):
        handler.look(job)

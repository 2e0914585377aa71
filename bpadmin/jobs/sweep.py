"""The sweep: every two seconds it rings for the jobs that should move and that nobody works on.

It, not the broker, is what brings a job back after a worker was killed or the broker lost its messages.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bpadmin.jobs.doorbell import queue_of, queues_empty, ring
from bpadmin.jobs.lease import leases_expire_dead
from bpadmin.jobs.models import Job, JobState, WriteLock

AT_MOST = 200


def jobs_sweep() -> list[int]:
    """Ring for every job that is due and give their ids.

    Only into queues that are empty: a message that is lost is missed as soon as its queue has run dry, and messages
    do not pile up while all workers are busy.
    """
    now = timezone.now()
    leases_expire_dead()
    due = list(jobs_due(now)[:AT_MOST])
    empty = queues_empty() if due else frozenset()
    rung = []
    for job in due:
        task = "job_prepare" if job.state == JobState.PREPARING else "job_run"
        queue = queue_of(job)
        if queue in empty and ring(f"bpadmin.jobs.tasks.{task}", job.pk, queue):
            rung.append(job.pk)
    return rung


def jobs_due(now: datetime) -> QuerySet[Job]:
    """Find the jobs that should be worked on now and are not, the longest waiting first."""
    is_unheld = Q(lease_until=None) | Q(lease_until__lt=now)
    is_time = Q(next_run_at=None) | Q(next_run_at__lte=now)
    others = WriteLock.objects.filter(
        tenant_id=OuterRef("tenant_id"), target_kind=OuterRef("target_kind"), target_id=OuterRef("target_id")
    )
    is_locked_out = Exists(others.exclude(job_id=OuterRef("pk")))
    queued = Q(state=JobState.QUEUED) & is_time & ~is_locked_out
    left_behind = Q(state__in=[JobState.RUNNING, JobState.PREPARING]) & is_unheld & is_time
    return Job.objects.filter(queued | left_behind).order_by("pk")

"""The sweep: every two seconds it sends messages for the jobs that wait and for which no worker has come.

It, not the broker, is what brings a job back after a worker was killed or the broker lost its messages. It goes by how
long a job has waited since its last message, whatever else is in the queues.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils import timezone

from bpadmin.installation.life import sweep_note
from bpadmin.jobs.engine.dispatch import queue_of, ring, task_of
from bpadmin.jobs.engine.lease import leases_expire_dead
from bpadmin.jobs.models import Job
from bpadmin.jobs.queue.next_job import jobs_waiting, needs_message, waits_since

# In a queue. Any message makes a free worker look for the job whose turn it is: a few wake all of them in time.
AT_MOST = 20
# While all workers are busy messages must not pile up: what this one asks for, a later one asks for again.
EXPIRES_SECONDS = 60.0


def jobs_sweep() -> list[int]:
    """Send a message for every waiting job that needs one, the longest without one first, and give their ids."""
    leases_expire_dead()
    now = timezone.now()
    sweep_note()
    sent: Counter[str] = Counter()
    rung = []
    for job in sorted((job for job in jobs_waiting(now) if needs_message(job, now)), key=_unheard_since):
        queue = queue_of(job)
        if sent[queue] == AT_MOST:
            continue
        if not ring(task_of(job), job.pk, queue, expires=EXPIRES_SECONDS):
            break
        sent[queue] += 1
        rung.append(job.pk)
    if rung:
        Job.objects.filter(pk__in=rung).update(enqueued_at=now)
    return rung


def _unheard_since(job: Job) -> datetime:
    return job.enqueued_at or waits_since(job)

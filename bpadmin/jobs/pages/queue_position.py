"""Where a waiting job stands in its queue: jobs of its own tenant before it by name, those of others as a number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bpadmin.jobs.engine.dispatch import queue_of
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.queue.next_job import line_shown

NAMED = 5
_WAITING = (JobState.QUEUED, JobState.PREPARING)


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """How many jobs go before a waiting one: `own` of its tenant, of which the first are `named`, and `others`."""

    own: int
    others: int
    named: tuple[JobView, ...] = ()

    @property
    def before(self) -> int:
        """Count the jobs before it."""
        return self.own + self.others

    @property
    def unnamed(self) -> int:
        """Count the jobs of its tenant that are not named."""
        return self.own - len(self.named)

    @property
    def sentence(self) -> str:
        """Say how many jobs go before it."""
        own = f"{self.own:,} of your jobs"
        others = f"{self.others:,} {'of other tenants' if self.own else _jobs(self.others) + ' of other tenants'}"
        parts = [words for count, words in ((self.own, own), (self.others, others)) if count]
        if not parts:
            return "It is the next one that a free worker takes."
        return f"{' and '.join(parts)} {'is' if self.before == 1 else 'are'} before it."


def queue_place(job: Job) -> QueuePlace | None:
    """Return where a job stands; None when it is worked on or waits for something else than a worker."""
    if job.state not in _WAITING:
        return None
    before = _before(job)
    if before is None:
        return None
    own = [pk for pk, tenant in before if tenant == job.tenant_id]
    found = Job.objects.filter(tenant_id=job.tenant_id).select_related("tenant").in_bulk(own[:NAMED]) if own else {}
    named = tuple(job_view(found[pk]) for pk in own[:NAMED] if pk in found)
    return QueuePlace(own=len(own), others=len(before) - len(own), named=named)


def views_with_places(jobs: Iterable[Job]) -> list[JobView]:
    """Return the faces of jobs, those that wait for a worker with how many go before them."""
    views = [job_view(job) for job in jobs]
    for view in views:
        before = _before(view.job) if view.job.state in _WAITING else None
        view.before = None if before is None else len(before)
    return views


def _before(job: Job) -> list[tuple[int, int]] | None:
    line = line_shown(queue_of(job))
    return next((line[:number] for number, (pk, _) in enumerate(line) if pk == job.pk), None)


def _jobs(count: int) -> str:
    return "job" if count == 1 else "jobs"

"""Corrections: jobs that take the refused rows of another one. One of them is sent: two would send the rows twice."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from bpadmin.jobs.models import Job

MOST_LINKS = 50
# A correction that ended before anything was sent has changed nothing.
_CAME_TO_NOTHING = Q(state__in=Job.FINAL, started_at=None)


def refused_count(job: Job) -> int:
    """Count the rows that may be corrected and sent again: each has its outcome, and is not in the list."""
    return job.n_rejected + job.n_unaccounted


def correction_of(parent: Job) -> Job | None:
    """Return the job that corrects the refused rows of `parent`, also one that is not confirmed yet; None without."""
    return _confirmed(parent).first() or _live(parent).last()


def correction_refusal(parent: Job, *, besides: int | None = None) -> str:
    """Say why no other job may correct the refused rows of `parent`: one was let go. "" where none was.

    `besides` is the job that asks.
    """
    other = next((job for job in _confirmed(parent) if job.pk != besides), None)
    if other is None:
        return ""
    return (
        f"Job {other.pk} has taken the rejected rows of job {parent.pk} already: sent by two jobs they could be in the "
        f"list twice. See on the page of job {other.pk} what has become of them."
    )


def _live(parent: Job) -> QuerySet[Job]:
    return Job.objects.filter(parent=parent).exclude(_CAME_TO_NOTHING).order_by("pk")


def _confirmed(parent: Job) -> QuerySet[Job]:
    return _live(parent).exclude(phase="")


@dataclass(frozen=True, slots=True)
class Story:
    """A job and its corrections, one after another: how many rows each has brought into the list, and what is left."""

    first: Job
    links: tuple[Job, ...]

    @property
    def left(self) -> int:
        """Count the rows of the first file that none of the jobs has brought in."""
        return self.first.rows_total - self.first.n_in_list - sum(job.n_in_list for job in self.links)

    @property
    def is_whole(self) -> bool:
        """Return whether the numbers can be summed up: no correction brought rows of its own along."""
        taken, refused = 0, self.first.rows_total - self.first.n_in_list
        for job in self.links:
            if job.rows_total > refused - taken:
                return False
            taken += job.n_in_list
        return True

    @property
    def in_words(self) -> str:
        """Return the sum, such as "5,001 = 4,964 + 10 + 27"."""
        terms = [self.first.n_in_list, *(job.n_in_list for job in self.links)]
        if self.left:
            terms.append(self.left)
        return f"{self.first.rows_total:,} = {' + '.join(f'{term:,}' for term in terms)}"


def correction_story(job: Job) -> Story | None:
    """Return the whole chain that a job is part of; None where there is none, or its numbers make no sum."""
    first, before = job, 0
    while first.parent is not None and before < MOST_LINKS:
        first, before = first.parent, before + 1
    links: list[Job] = []
    at = first
    while len(links) < MOST_LINKS and (follower := _confirmed(at).first()) is not None:
        links.append(follower)
        at = follower
    story = Story(first, tuple(links))
    return story if links and story.is_whole else None

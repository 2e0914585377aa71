"""Corrections: jobs that take the refused rows of another one. One of them is sent: two would send the rows twice."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from bpadmin.jobs.models import Job

# A correction that ended before anything was sent has changed nothing.
_CAME_TO_NOTHING = Q(state__in=Job.FINAL, started_at=None)


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

"""Corrections: the job that takes the refused rows of another one, once. A second one would send them twice."""

from __future__ import annotations

from django.db.models import Q

from bpadmin.jobs.models import Job

# A correction that ended before anything was sent has changed nothing.
_CAME_TO_NOTHING = Q(state__in=Job.FINAL, started_at=None)


def correction_of(parent: Job, *, besides: int | None = None) -> Job | None:
    """Return the job that corrects the refused rows of `parent`, None while there is none that counts."""
    found = Job.objects.filter(parent=parent).exclude(_CAME_TO_NOTHING)
    if besides is not None:
        found = found.exclude(pk=besides)
    return found.order_by("pk").first()


def correction_refusal(parent: Job, *, besides: int | None = None) -> str:
    """Say why no (other) job may correct the refused rows of `parent`, "" where it may."""
    other = correction_of(parent, besides=besides)
    if other is None:
        return ""
    return (
        f"Job {other.pk} takes the rejected rows of job {parent.pk} already: sent by two jobs they could be in the "
        f"list twice. Go on with job {other.pk}, or cancel it before it is sent."
    )

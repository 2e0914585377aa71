"""Giving back storage: uploads that nobody confirmed, and files of jobs that ended long ago.

The job itself stays listed with its numbers, hash, mapping and messages; only its files go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from bpadmin.extensions import ExtensionPoint
from bpadmin.jobs.files.spool import spool_delete
from bpadmin.jobs.models import Job, JobState
from bpadmin.storage.troubles import StorageAway

log = logging.getLogger(__name__)

AT_MOST = 500
QUESTION_FOR = timedelta(days=1)
NOT_CONFIRMED = "Nobody confirmed it for a day, so it was given up. Nothing was done."
GIVEN_UP = "Nobody confirmed it for {days} days, so it was given up and its file removed. Nothing was sent."


tidiers: ExtensionPoint[Callable[[datetime], int]] = ExtensionPoint()
"""Who else keeps files beside jobs, and removes those whose days are over; returns how many."""


def jobs_tidy(now: datetime | None = None) -> int:
    """Give up what waits too long for a person, and remove the files of what ended long ago; returns how many jobs."""
    now = now or timezone.now()
    drafts = Q(state__in=[JobState.DRAFT, JobState.READY], started_at=None)
    files = drafts & Q(created_at__lt=now - timedelta(days=settings.DRAFT_KEEP_DAYS))
    # A draft without a file is a question that somebody walked away from, such as a deletion.
    questions = Q(state=JobState.DRAFT, started_at=None, upload_path="", created_at__lt=now - QUESTION_FOR)
    for which, words in (
        (questions, NOT_CONFIRMED),
        (files, GIVEN_UP.format(days=settings.DRAFT_KEEP_DAYS)),
    ):
        for pk in list(Job.objects.filter(which).values_list("pk", flat=True)[:AT_MOST]):
            Job.objects.filter(which, pk=pk).update(state=JobState.CANCELLED, finished_at=now, message=words)
    given_up = Q(state=JobState.CANCELLED, started_at=None)
    long_ago = Q(state__in=Job.FINAL, finished_at__lt=now - timedelta(days=settings.UPLOAD_KEEP_DAYS))
    gone = Job.objects.filter(given_up | long_ago).exclude(upload_path="", spool_path="")[:AT_MOST]
    return sum(files_remove(job) for job in gone) + sum(tidy(now) for tidy in tidiers)


def files_remove(job: Job) -> bool:
    """Remove the files of a job and the rows kept of them; the job itself stays."""
    try:
        if job.spool_path:
            spool_delete(job)
        if job.upload_path:
            default_storage.delete(job.upload_path)
    except (OSError, StorageAway):
        log.exception("the files of job %s could not be removed", job.pk)
        return False
    job.refused_rows.all().delete()
    return bool(Job.objects.filter(pk=job.pk).update(upload_path="", spool_path=""))

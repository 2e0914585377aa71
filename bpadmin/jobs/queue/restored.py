"""Jobs of a database that was restored: what was under way then may have been done since, so a person says what is so.

Rows that would not do harm if they came twice (their list has a key) wait in a paused job. Of rows that would be double
nobody may send one on a guess: they are put in question, to be read back, or decided on all at once.
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.installation.start import start_check
from bpadmin.jobs.engine import chunks
from bpadmin.jobs.engine.completion import lock_release
from bpadmin.jobs.handlers import handler_of
from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import Job, JobPhase, JobState

log = logging.getLogger(__name__)

PAUSED = (
    "Held, since this database was restored: this job was under way when it was saved, and may have gone on since. "
    "Look whether it was done: then cancel it here. Else resume it."
)
KEYED = " Rows that are in the list already are recognised by their key and are not in it twice."
IN_QUESTION = (
    "Held, since this database was restored: this job was under way when it was saved, and its rows may have been sent "
    "since. Have the list read back, or say whether they are in it. Nothing of it is sent before that."
)
QUESTION = (
    "This database was restored from a copy in which {rows} were not sent yet. They may have been "
    "sent after it was made. Look for some of them in the list, then say whether they are in it."
)
CHECKED = (
    "This database was restored: the file was checked when it was saved, and may have been sent since. Look into the "
    "list before you confirm it."
)


def start() -> None:
    """Look at database and files when a process starts, and hold what was under way where the database was restored."""
    if start_check():
        restored_hold()


def restored_hold() -> int:
    """Put every job that was under way before a person; returns how many. Call it while all sending is held."""
    under_way = Q(state__in=[JobState.QUEUED, JobState.RUNNING]) & ~Q(started_at=None, phase="")
    numbers = list(Job.objects.filter(under_way).exclude(phase=JobPhase.READ_BACK).values_list("pk", flat=True))
    for number in numbers:
        with transaction.atomic():
            _hold(Job.objects.select_for_update().get(pk=number))
    Job.objects.filter(state=JobState.READY).update(message=CHECKED)
    log.warning("%d jobs that were under way are held, since the database was restored", len(numbers))
    return len(numbers)


def _hold(job: Job) -> None:
    if kind_of(job).only_reads:
        return
    handler = handler_of(job)
    changes = {"lease_owner": "", "lease_until": None, "next_run_at": None, "wanted": ""}
    if handler.may_resend(job) or not job.chunks.exists():
        words = PAUSED + (KEYED if job.chunks.exists() else "")
        chunks.stranded_end(job.pk)
        Job.objects.filter(pk=job.pk).update(state=JobState.PAUSED, message=words, **changes)
        return
    chunks.restored_ask(job.pk, QUESTION)
    started_at = job.started_at or timezone.now()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.PARTIAL,
        phase=JobPhase.SEND,
        message=IN_QUESTION,
        started_at=started_at,
        finished_at=timezone.now(),
        **changes,
    )
    job.refresh_from_db()
    lock_release(job)

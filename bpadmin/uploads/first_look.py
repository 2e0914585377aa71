"""The first look at an arriving file: while its page is made where that is quick, else by a worker."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from bpadmin.jobs.engine.dispatch import INTERACTIVE, ring
from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import FileOptions
from bpadmin.jobs.services import IllegalMove
from bpadmin.pace import scaled
from bpadmin.uploads.files import LookTooLong, UploadRefused, reading_keep, upload_inspect
from bpadmin.uploads.inspection import Inspection

log = logging.getLogger(__name__)

# A page waits so long; in that time some hundred megabytes of text are read.
LOOK_SECONDS = scaled(1.5, least=1.0)
# As long as a worker is believed to be at it; a message may get lost.
WORKER_SECONDS = 300
# A worker that has said nothing for so long may be gone, or its message: the page looks by itself again.
AGAIN_SECONDS = 10

Inspect = Callable[..., Inspection]


def is_unread(job: Job) -> bool:
    """Return whether nobody has looked into a job's file to the end yet."""
    is_open = job.state in (JobState.DRAFT, JobState.FAILED) and job.started_at is None
    return is_open and bool(job.upload_path) and not structure_read(FileOptions, job.options, job).dialect


def first_look(
    *, job: Job, inspect: Inspect = upload_inspect, actor_name: str = "", seconds: float | None = None
) -> bool:
    """Look into a job's file and keep how it reads; False where that takes long: a worker does it then. UploadRefused.

    Also UploadRefused where a worker has looked and refused it. `seconds` are how long is long, a page's patience else.
    """
    if job.state == JobState.FAILED:
        raise UploadRefused(job.message)
    asked = cache.get(_key(job))
    if asked is not None and time.time() - asked < AGAIN_SECONDS:
        return False
    try:
        inspection = inspect(job=job, seconds=LOOK_SECONDS if seconds is None else seconds)
    except LookTooLong:
        look_ask(job)
        return False
    try:
        reading_keep(job=job, inspection=inspection, actor_name=actor_name)
    except IllegalMove:  # a worker that was asked before was quicker
        job.refresh_from_db()
        return not is_unread(job)
    return True


def look_ask(job: Job) -> None:
    """Ask a worker to look into a job's file."""
    cache.set(_key(job), int(time.time()), WORKER_SECONDS)
    transaction.on_commit(partial(ring, "bpadmin.jobs.tasks.file_look", job.pk, INTERACTIVE))


def look_work(*, job: Job, inspect: Inspect = upload_inspect) -> None:
    """Look into a job's file, however long that takes, and keep how it reads, or why it cannot be read."""
    if not is_unread(job) or job.state != JobState.DRAFT:
        return
    if not cache.add(f"{_key(job)}:work", 1, WORKER_SECONDS):  # another one is at it, since the page asked again
        return
    try:
        reading_keep(job=job, inspection=inspect(job=job), actor_name=job.owner_name)
    except UploadRefused as refused:
        still = Job.objects.filter(pk=job.pk, state=JobState.DRAFT, revision=job.revision)
        still.update(state=JobState.FAILED, message=str(refused), finished_at=timezone.now())
    except IllegalMove as moved:
        log.info("job %s: somebody was quicker: %s", job.pk, moved)
    finally:
        cache.delete_many([_key(job), f"{_key(job)}:work"])


def _key(job: Job) -> str:
    return f"first-look:{job.pk}"

"""What a platform's error means for the job: wait and try again, or stop."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from bpadmin.installation.disk import disk_full_words, is_disk_full
from bpadmin.jobs.engine.completion import Ending
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.target_words import target_noun
from bpadmin.pace import scaled
from bpadmin.platforms.errors import (
    AuthFailed,
    Broken,
    Forbidden,
    Invalid,
    NotFound,
    PlatformError,
    Reason,
    Unsupported,
)
from bpadmin.storage.troubles import StorageAway

log = logging.getLogger(__name__)

LONGEST_WAIT = scaled(30.0, least=1.0)
# Each try of a check may fill the disk again for a moment.
FIRST_DISK_WAIT, LONGEST_DISK_WAIT = scaled(10.0, least=1.0), scaled(120.0, least=5.0)
# A user who was locked for a moment and a wrong secret look alike: it is asked once more after this.
SECOND_TRY_SECONDS = scaled(60.0, least=1.0)
# What cannot be reached may be waited for; what answers and cannot be understood does not mend itself.
UNREADABLE_SECONDS = scaled(600.0, least=5.0)
TOKEN_TRIES = 3
UNREADABLE, UNREACHABLE = "unreadable", "unreachable"
ROOM, STORAGE = "room", "storage"
_REFUSALS = (AuthFailed, Forbidden, NotFound, Invalid, Unsupported)
GIVEN_UP = (
    "The dialler has answered since {since} in a way that cannot be understood: {why} So it stops here. Tell your "
    "administrator; once the dialler answers as it should, settle the rows in question and send the rest."
)
QUESTION = (
    "The dialler answered for these rows in a way that cannot be understood: {why} Look for some of them in the "
    "{noun}, then say whether they are in it. They are not sent again before you do."
)


def is_final(error: PlatformError) -> bool:
    """Return whether trying again cannot help before somebody changes something."""
    return isinstance(error, _REFUSALS) or error.reason is Reason.ADDRESS_REFUSED


def trouble_ending(job: Job, error: PlatformError) -> Ending:
    """Return the ending of a turn that this error stopped: FAILED when it is final, else a wait that grows.

    A refused token is believed only the third time: a tenant that has just withdrawn its tokens says the same. Refused
    credentials are believed the second time, a minute later. Answers that nobody can understand end the job after
    UNREADABLE_SECONDS as partly done, with a question about the rows in doubt.
    """
    now, kind = timezone.now(), _kind(error)
    is_again = job.failing_since is not None and job.failing_reason == kind
    if is_final(error) and not _is_doubtful(error, job.failures if is_again else 0):
        return Ending(JobState.FAILED, f"{error.message} It stops here.")
    # Since when it is away is told from the first failure on, whatever that was; since when it is unreadable is not.
    since = job.failing_since if job.failing_since is not None and (is_again or kind != UNREADABLE) else now
    why = error.message.rstrip(".") + "."
    last = since + timedelta(seconds=UNREADABLE_SECONDS)
    if kind == UNREADABLE and now >= last:
        words = GIVEN_UP.format(since=_clock(job, since), why=why)
        return Ending(JobState.PARTIAL, words, question=QUESTION.format(why=why, noun=target_noun(job)))
    advice = min(error.retry_after or 0.0, 600.0)
    wait = max(advice, min(LONGEST_WAIT, 2.0 ** min(job.failures, 6)) * random.uniform(0.8, 1.2))  # noqa: S311
    outlook = "Nothing is lost: it goes on by itself."
    if kind == UNREADABLE:
        outlook = f"Nothing is lost. If it is still so at {_clock(job, last)}, the job stops and asks you."
    elif is_final(error) and error.reason is not Reason.TOKEN_REFUSED:
        wait = SECOND_TRY_SECONDS
        outlook = "The user may only be locked for a moment; if it is refused again, the job stops. Nothing is lost."
    message = (
        f"{error.message} It has been like this since {_clock(job, since)}; the next try is at "
        f"{_clock(job, now + timedelta(seconds=wait))}. {outlook}"
    )
    fields = {"failures": job.failures + 1, "failing_since": since, "failing_reason": kind}
    return Ending(JobState.QUEUED, message, wait, fields)


def files_ending(job: Job, error: BaseException) -> Ending | None:
    """Return the ending of a turn or a check that found the disk full or the storage away: a wait in words; else None.

    What the check had written is removed by then, so what is free may be more than it seems to need.
    """
    if isinstance(error, StorageAway):
        kind, words, until = STORAGE, str(error), "the object storage answers again"
    elif is_disk_full(error):
        kind, words, until = ROOM, disk_full_words(), "the operator has made room"
    else:
        return None
    log.error("job %s waits: %s", job.pk, error)
    now = timezone.now()
    wait = min(LONGEST_DISK_WAIT, FIRST_DISK_WAIT * 2.0 ** min(job.failures, 6))
    message = (
        f"{words} The next try is at {_clock(job, now + timedelta(seconds=wait))}. Nothing is lost: it goes on by "
        f"itself when {until}."
    )
    is_check = job.state == JobState.PREPARING
    # It is not the platform that fails.
    fields = {"failures": job.failures + 1, "failing_since": None, "failing_reason": kind}
    return Ending(JobState.PREPARING if is_check else JobState.QUEUED, message, wait, fields)


def _is_doubtful(error: PlatformError, times: int) -> bool:
    """Return whether a final error is not believed yet that has come so many times before."""
    if error.reason is Reason.TOKEN_REFUSED:
        return times < TOKEN_TRIES - 1
    return isinstance(error, AuthFailed) and times < 1


def _kind(error: PlatformError) -> str:
    """Name the trouble as it is stored: all unreadable answers are one, and so is all that cannot be reached."""
    if isinstance(error, Broken):
        return UNREADABLE
    return error.reason.value if is_final(error) else UNREACHABLE


def _clock(job: Job, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(job.tenant.time_zone)):%H:%M:%S}"

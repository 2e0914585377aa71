"""What a platform's error means for the job: wait and try again, or stop."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from bpadmin.disk import disk_full_words, is_disk_full
from bpadmin.jobs.endings import Ending
from bpadmin.jobs.models import Job, JobState
from bpadmin.pace import scaled
from bpadmin.platforms.errors import (
    AuthFailed,
    Forbidden,
    Invalid,
    NotFound,
    PlatformError,
    Reason,
    Unsupported,
)

log = logging.getLogger(__name__)

LONGEST_WAIT = scaled(30.0, least=1.0)
# Each try of a check may fill the disk again for a moment.
FIRST_DISK_WAIT, LONGEST_DISK_WAIT = scaled(10.0, least=1.0), scaled(120.0, least=5.0)
_REFUSALS = (AuthFailed, Forbidden, NotFound, Invalid, Unsupported)


def is_final(error: PlatformError) -> bool:
    """Tell whether trying again cannot help before somebody changes something."""
    return isinstance(error, _REFUSALS) or error.reason is Reason.ADDRESS_REFUSED


def trouble_ending(job: Job, error: PlatformError) -> Ending:
    """Give the ending of a turn that this error stopped: FAILED when it is final, else a wait that grows.

    A refused token is believed only the third time: a tenant that has just withdrawn its tokens says the same. Refused
    credentials are believed at once.
    """
    is_doubtful = error.reason is Reason.TOKEN_REFUSED and job.failures < 2
    if is_final(error) and not is_doubtful:
        return Ending(JobState.FAILED, f"{error.message} It stops here.")
    now = timezone.now()
    since = job.failing_since or now
    advice = min(error.retry_after or 0.0, 600.0)
    wait = max(advice, min(LONGEST_WAIT, 2.0 ** min(job.failures, 6)) * random.uniform(0.8, 1.2))  # noqa: S311
    message = (
        f"{error.message} It has been like this since {_clock(job, since)}; the next try is at "
        f"{_clock(job, now + timedelta(seconds=wait))}. Nothing is lost: it goes on by itself."
    )
    fields = {"failures": job.failures + 1, "failing_since": since}
    return Ending(JobState.QUEUED, message, wait, fields)


def disk_full_ending(job: Job, error: BaseException) -> Ending | None:
    """Give the ending of a turn or a check that found the disk full: a wait in words; None for any other error.

    What the check had written is removed by then, so what is free may be more than it seems to need.
    """
    if not is_disk_full(error):
        return None
    log.error("job %s waits until there is room on the disk: %s", job.pk, error)
    now = timezone.now()
    wait = min(LONGEST_DISK_WAIT, FIRST_DISK_WAIT * 2.0 ** min(job.failures, 6))
    message = (
        f"{disk_full_words()} The next try is at {_clock(job, now + timedelta(seconds=wait))}. Nothing is lost: it "
        "goes on by itself when the operator has made room."
    )
    is_check = job.state == JobState.PREPARING
    fields = {"failures": job.failures + 1, "failing_since": None}  # it is not the platform that fails
    return Ending(JobState.PREPARING if is_check else JobState.QUEUED, message, wait, fields)


def _clock(job: Job, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(job.tenant.time_zone)):%H:%M:%S}"

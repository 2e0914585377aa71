"""The quiet time: how long a request whose answer was lost may still be carried out, so that silence proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from bpadmin.jobs.files.spool import RowRanges
from bpadmin.jobs.handlers import ReadsBack, handler_of
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.target_words import target_noun
from bpadmin.pace import scaled
from bpadmin.tenants.models import Tenant

# How long a driver waits for an answer at most, and how long a call may be tried again before it leaves.
LONGEST_READ = scaled(60.0, least=2.0)
MARGIN = scaled(30.0, least=1.0)
# A platform that needed so long once may need longer another time.
SLOWEST_TIMES = 2.0
# Seconds of a quiet time are multiplied by it; tests shorten them all.
SCALE = 1.0
# An answer of less than a second says nothing about a slow platform.
NOTABLE_ANSWER = 1.0
CUT_SHORT = (
    "The platform's answer for {rows} was lost, and the job ended before it was found out what "
    "became of them. Until {until} the dialler may still carry that request out. Look for some of these rows in the "
    "{noun} after that, then say whether they are in it. They are not sent again before you do."
)


def quiet_seconds(tenant: Tenant) -> float:
    """Return how many seconds after its sending a request may still be carried out by the tenant's platform."""
    return SCALE * max(float(tenant.quiet_seconds), SLOWEST_TIMES * tenant.slowest_answer, LONGEST_READ + MARGIN)


def quiet_until(job: Job, chunks: Sequence[Chunk]) -> datetime:
    """Return the time from which on silence about these chunks may be judged, counted from the last one's sending."""
    sent = max((chunk.sent_at for chunk in chunks if chunk.sent_at), default=None)
    return timezone.now() if sent is None else sent + timedelta(seconds=quiet_seconds(job.tenant))


def answer_note(tenant: Tenant, seconds: float) -> None:
    """Keep how long the slowest answer to a write took; stored only when it is slower than any before by a tenth."""
    if seconds < NOTABLE_ANSWER or seconds <= 1.1 * tenant.slowest_answer:
        return
    Tenant.objects.filter(pk=tenant.pk, slowest_answer__lt=seconds).update(slowest_answer=seconds)
    tenant.slowest_answer = seconds


def sent_note(chunk: Chunk) -> None:
    """Store that another request for a chunk is about to leave: a quiet time is counted from the last one."""
    Chunk.objects.filter(pk=chunk.pk, state=ChunkState.IN_FLIGHT).update(sent_at=timezone.now())


def clock(job: Job, moment: datetime) -> str:
    """Write a time of day as the tenant reads it."""
    return f"{moment.astimezone(ZoneInfo(job.tenant.time_zone)):%H:%M:%S}"


def doubt_ask(job: Job) -> None:
    """Put as questions what is still in doubt when a job ends; call it in the transaction that ends the job."""
    if not isinstance(handler_of(job), ReadsBack):
        return
    ranges = RowRanges(job)
    for chunk in job.chunks.filter(state=ChunkState.UNCERTAIN):
        until = clock(job, quiet_until(job, [chunk]))
        words = CUT_SHORT.format(rows=ranges.of(chunk), until=until, noun=target_noun(job))
        Chunk.objects.filter(pk=chunk.pk, state=ChunkState.UNCERTAIN).update(state=ChunkState.ASK, message=words)

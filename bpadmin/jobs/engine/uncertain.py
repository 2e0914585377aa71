"""Rows in doubt: their request may have left and its answer never came. Silence proves nothing before a quiet time.

A chunk in doubt that may not be sent again stays UNCERTAIN while the rest is sent. At the end the job waits, as QUEUED,
until the last request in doubt is so old that the platform has surely done with it; then the handler says what became
of each chunk, and what it cannot tell is a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.engine import chunks as ledger
from bpadmin.jobs.engine.completion import Ending
from bpadmin.jobs.engine.lease import Lease, job_remember, job_reread
from bpadmin.jobs.engine.quiet_time import clock, quiet_until
from bpadmin.jobs.files.spool import rows_in_words
from bpadmin.jobs.handlers import Counts, Handler
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.target_words import is_looked_up, target_noun
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client

# More requests in doubt than these are settled before anything else is sent: such a platform answers nothing.
MOST_IN_DOUBT = 20
# A job does not wait long to end for a total that only confirms it.
COUNT_READ, COUNT_PATIENCE = 10.0, 4.0


def doubt_look(job: Job, lease: Lease, handler: Handler, read_timeout: float) -> int:
    """Settle what is known of chunks in doubt at once; returns how many stay in doubt. PlatformError."""
    chunks = _in_doubt(job)
    return _settle(job, lease, handler, chunks, read_timeout, is_quiet=False) if chunks else 0


def doubt_end(job: Job, lease: Lease, handler: Handler, read_timeout: float) -> Ending | None:
    """Settle all doubt when the quiet time is over; else give the ending of a turn that waits for it. PlatformError."""
    chunks = _in_doubt(job)
    until = quiet_until(job, chunks)
    wait = (until - timezone.now()).total_seconds()
    if wait > 0:
        rows = sum(chunk.count for chunk in chunks)
        return Ending(JobState.QUEUED, _waiting(job, rows, until), wait, {"failures": 0, "failing_since": None})
    _settle(job, lease, handler, chunks, read_timeout, is_quiet=True)
    job_remember(job, message="")
    return None


def target_count(job: Job, lease: Lease, handler: Handler) -> None:
    """Compare the target with what was sent, at the end of a run, and count rows that it surely lacks as lacking."""
    if not isinstance(handler, Counts):
        return
    try:
        client = tenant_client(job.tenant, read_timeout=COUNT_READ, patience=COUNT_PATIENCE)
    except PlatformError:
        return
    try:
        lacking = handler.count_end(job, client=client)
    finally:
        client.close()
    if lacking:
        ledger.added_unaccounted(lease, lacking)
    job_reread(job)


def _in_doubt(job: Job) -> list[Chunk]:
    return list(Chunk.objects.filter(job=job, state=ChunkState.UNCERTAIN).order_by("number"))


def _settle(
    job: Job, lease: Lease, handler: Handler, chunks: Sequence[Chunk], read_timeout: float, *, is_quiet: bool
) -> int:
    client = tenant_client(job.tenant, read_timeout=read_timeout)
    try:
        verdicts = handler.settle(job, chunks, client=client, is_quiet=is_quiet)
    finally:
        client.close()
    left = 0
    for chunk, verdict in zip(chunks, verdicts, strict=True):
        if verdict is None:
            left += 1
            continue
        ledger.chunk_settle(lease, chunk, verdict)
        if verdict.result is None and not verdict.ask:
            _record_resend(job, chunk)
    return left


def _record_resend(job: Job, chunk: Chunk) -> None:
    """Log that rows are sent again because nothing was seen of them, and who decided that this is enough."""
    audit_record(
        verb=Verb.JOB_DECIDE,
        tenant=job.tenant,
        actor=None,
        actor_name=job.tenant.resends_after_quiet_by,
        target_kind="job",
        target_id=str(job.pk),
        target_name=job.file_name or job.target_name,
        message=(
            f"{capfirst(rows_in_words(job, chunk))}: sent again, since the list did not grow in the quiet "
            "time. The tenant's settings allow it."
        ),
    )


def _waiting(job: Job, rows: int, until: datetime) -> str:
    them = "this row" if rows == 1 else f"these {rows:,} rows"
    how = "they are looked up" if is_looked_up(job) and rows != 1 else "its records are counted"
    how = "it is looked up" if is_looked_up(job) and rows == 1 else how
    return (
        f"The answer for {rows:,} row{'' if rows == 1 else 's'} was lost, and the dialler may still carry that request "
        f"out. The {target_noun(job)} is left alone until {clock(job, until)}; then {how}, to find out about "
        f"{them}. It goes on by itself."
    )

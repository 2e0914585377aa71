"""Reading a job's target back to find rows in question: a phase of the job, in which nothing is sent.

What was counted is stored with the place up to which it was, so that a reading goes on after any restart. It ends
where the job had ended before; only a reading that came to its end changes what is known of any row.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import transaction
from django.utils.text import capfirst

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.engine import chunks as ledger
from bpadmin.jobs.engine.completion import Ending
from bpadmin.jobs.engine.lease import Heartbeat, Lease, LeaseLost, job_remember, job_reread, lease_held, lease_of
from bpadmin.jobs.engine.outage import STORE_AWAY
from bpadmin.jobs.engine.retry_policy import is_final, trouble_ending
from bpadmin.jobs.engine.shutdown import is_shutting_down
from bpadmin.jobs.files.spool import RowRanges
from bpadmin.jobs.handlers import JobRefused, ReadBack, ReadsBack, Verdict, handler_of
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase, JobState, Reading, Wanted
from bpadmin.jobs.reasons import UNACCOUNTED
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client

log = logging.getLogger(__name__)

SAVE_SECONDS = 2.0
# A list that cannot be read for about a minute: the question waits better than a job that never ends.
MOST_FAILURES = 6
# To name rows that are missing, all of the job's are held in memory.
MOST_TO_NAME = 200_000
KEPT = "The question stays as it was."
STOPPED = f"The reading was stopped before its end, so it tells nothing. {KEPT}"
OUR_BUG = (
    "bpadmin itself failed while it read the list back. The operator finds the details in the log under job {job}. "
    "Nothing was sent. " + KEPT
)


def reading_turn(job: Job, lease: Lease, beat: Heartbeat, *, until: float, read_timeout: float) -> Ending:
    """Read for a turn, at least one request long, and say where it leaves the job."""
    seconds = job.seconds_running
    ending = _turn(job, lease, beat, until, read_timeout)
    # The time spent on sending stays as it was: a speed is worked out from it.
    ending.fields["seconds_running"] = seconds
    return ending


def _turn(job: Job, lease: Lease, beat: Heartbeat, until: float, read_timeout: float) -> Ending:
    reading = Reading.objects.get(job=job)
    if job.wanted == Wanted.CANCEL:
        return _ended(job, reading, reading.message_before, trouble=STOPPED)
    if job.wanted == Wanted.PAUSE:
        return Ending(JobState.PAUSED, "")
    try:
        return _read(job, reading, lease, beat, until, read_timeout)
    except JobRefused as refused:
        words = f"{refused} {KEPT}"
        return _ended(job, reading, words, trouble=words)
    except PlatformError as error:
        if is_final(error) or job.failures + 1 >= MOST_FAILURES:
            words = f"The list could not be read back to its end: {error.message} {KEPT}"
            return _ended(job, reading, words, trouble=words)
        return trouble_ending(job, error)
    except (LeaseLost, *STORE_AWAY):
        raise
    except Exception:
        log.exception("reading back for job %s stopped by an error of ours", job.pk)
        words = OUR_BUG.format(job=job.pk)
        return _ended(job, reading, words, trouble=words)


def reading_chunks(job: Job) -> list[Chunk]:
    """Return the chunks that a reading is to find out about: those in question; where none is, those it may name.

    The latter are all that were done, if the target lacks rows of them that nobody can name and they are not too many.
    """
    chunks = Chunk.objects.filter(job=job).order_by("number").defer("outcome")
    asked = list(chunks.filter(state=ChunkState.ASK))
    if asked or not unnamed_count(job) or job.rows_total > MOST_TO_NAME:
        return asked
    return list(chunks.filter(state=ChunkState.DONE).exclude(n_added=0, n_unaccounted=0))


def unnamed_count(job: Job) -> int:
    """Count the rows of which only their number is known to be unaccounted."""
    if not job.n_unaccounted:
        return 0
    outcomes = job.chunks.filter(n_unaccounted__gt=0).values_list("outcome", flat=True)
    return max(0, job.n_unaccounted - sum(len(outcome.get(UNACCOUNTED, ())) for outcome in outcomes))


def reading_way_back(job: Job) -> dict[str, Any]:
    """Return the changes of a job's row that take it from a reading that nobody works on to where it had ended."""
    reading = Reading.objects.get(job=job)
    return {"state": reading.state_before, "phase": JobPhase.SEND, "message": reading.message_before}


def _read(job: Job, reading: Reading, lease: Lease, beat: Heartbeat, until: float, read_timeout: float) -> Ending:
    handler = handler_of(job)
    if not isinstance(handler, ReadsBack):
        raise TypeError(f"{handler!r} reads nothing back")
    chunks = reading_chunks(job)
    numbers = [chunk.number for chunk in chunks]
    # What was counted belongs to these chunks: when a person has decided on one of them it starts over.
    kept = reading.kept if reading.kept.get("chunks") == numbers else {}
    client = tenant_client(job.tenant, read_timeout=read_timeout)
    try:
        work = handler.read_back(
            job, chunks, client=client, kept=kept.get("work", {}), tally=bytes(reading.tally) if kept else b""
        )
        saved = time.monotonic()
        for _ in work.steps():
            now = time.monotonic()
            if not beat.is_safe:
                raise LeaseLost
            is_over = now >= until or bool(beat.wanted) or is_shutting_down()
            if is_over or now - saved >= SAVE_SECONDS:
                _save(job, reading, work, numbers)
                saved = now
            if is_over:
                return Ending(JobState.QUEUED, "")
        is_naming = bool(chunks) and chunks[0].state == ChunkState.DONE
        verdicts = [] if is_naming else work.verdicts()
        missing = work.missing() if is_naming else []
    finally:
        client.close()
    if is_naming:
        return _name(job, reading, lease, list(zip(chunks, missing, strict=True)))
    return _settle(job, reading, lease, handler, work, list(zip(chunks, verdicts, strict=True)))


def _save(job: Job, reading: Reading, work: ReadBack, numbers: list[int]) -> None:
    with transaction.atomic(durable=True):
        job_remember(job, work_done=work.done, work_total=work.total, failures=0, failing_since=None, message="")
        kept = {"chunks": numbers, "work": work.kept()}
        Reading.objects.filter(pk=reading.pk).update(kept=kept, tally=work.tally())


def _settle(
    job: Job,
    reading: Reading,
    lease: Lease,
    handler: ReadsBack,
    work: ReadBack,
    found: list[tuple[Chunk, Verdict]],
) -> Ending:
    """Store what was found out, chunk by chunk: after a crash in the middle the rest is read for again."""
    told: list[str] = []
    ranges = RowRanges(job)
    rows = {"there": 0, "not there": 0, "asked": 0}
    for chunk, verdict in found:
        if not ledger.chunk_reconcile(lease, chunk, verdict):
            continue  # a person had the last word on it a moment before the reading began
        outcome = "there" if verdict.result is not None else "asked" if verdict.ask else "not there"
        rows[outcome] += chunk.count
        told.append(f"{capfirst(ranges.of(chunk))}: {verdict.ask or _OUTCOMES[outcome]}")
    job_reread(job)
    handler.reconciled(job, work)
    words = _words(rows)
    with lease_held(lease):
        audit_record(
            verb=Verb.JOB_DECIDE,
            tenant=job.tenant,
            actor=None,
            target_kind="job",
            target_id=str(job.pk),
            target_name=job.file_name or job.target_name,
            message=words,
            details={"rows": told},
        )
    return _ended(job, reading, words)


def _name(job: Job, reading: Reading, lease: Lease, found: list[tuple[Chunk, list[int] | None]]) -> Ending:
    """Store which rows the target lacks, if the reading tells it of all."""
    if any(rows is None for _, rows in found):
        words = "The list was read back, but it does not tell which rows are missing: others have changed it since."
        return _ended(job, reading, words, trouble=words)
    for chunk, rows in found:
        ledger.unaccounted_name(lease, chunk, rows or [])
    job.refresh_from_db()
    count = job.n_unaccounted
    words = f"The list was read back to its end. The file of rejected rows names the {count:,} that it does not hold."
    return _ended(job, reading, words if count else "The list was read back to its end, and it holds every row.")


_OUTCOMES = {"there": "all are in the list", "not there": "none is in the list"}


def _words(rows: dict[str, int]) -> str:
    parts = []
    if rows["there"]:
        parts.append(f"{rows['there']:,} are in it and count as accepted")
    if rows["not there"]:
        parts.append(f"{rows['not there']:,} are not in it and can be sent again")
    if rows["asked"]:
        parts.append(f"{rows['asked']:,} stay in question")
    return f"The list was read back to its end. Of the rows in question {', '.join(parts) or 'none is left'}."


def _ended(job: Job, reading: Reading, message: str, *, trouble: str = "") -> Ending:
    """End the phase where the job had ended before; a reading without a result keeps why, for whoever waits for it."""
    with lease_held(lease_of(job)):
        Reading.objects.filter(pk=reading.pk).update(kept={}, tally=b"", trouble=trouble)
    state = JobState(reading.state_before)
    if job.n_in_list == job.rows_total:
        state = JobState.SUCCEEDED
    return Ending(state, message, fields={"phase": JobPhase.SEND})

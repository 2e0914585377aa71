"""The moves of chunks between states, each in one short transaction with the job's counters, guarded by the lease.

Here the accounting is kept true: no other module changes a chunk's state or a job's counters while it is sent.
Every function raises LeaseLost, and has changed nothing, when the lease is no longer held.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from bpadmin.jobs.engine import chunk_sql
from bpadmin.jobs.engine.lease import LEASE, Lease, LeaseLost, lease_filter
from bpadmin.jobs.files.blocks import OF_BLOCKS, Blocks, whole_of
from bpadmin.jobs.files.spool import RowRanges
from bpadmin.jobs.handlers import ChunkResult, Verdict
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.reasons import UNACCOUNTED

log = logging.getLogger(__name__)

LACKING = "At the end of the job the list held fewer records than were added; which ones are missing is not known."
_NOTHING: Mapping[str, Any] = {}
STRANDED = "The worker stopped while these rows were on their way."
ODD_SUM = "The answer's numbers do not add up to the rows sent, so they were put right; look at these rows in the list."


def chunk_claim(lease: Lease, *, again: int | None = None, most: int = 0) -> Chunk | None:
    """Mark the next chunk as in flight and give it; `again` names an uncertain one that is to be sent once more.

    None when there is none, or when a person wants the job to pause or end. Of a chunk of more than `most` rows the
    rest stays as it was, as a chunk of its own; 0 lets every chunk be.
    """
    with transaction.atomic(durable=True):
        _job_update(lease)
        return _claim(lease, again, most)


def chunk_done(
    lease: Lease,
    chunk: Chunk,
    result: ChunkResult,
    *,
    claim: bool,
    again: int | None = None,
    most: int = 0,
    job_fields: Mapping[str, Any] = _NOTHING,
) -> Chunk | None:
    """Store a chunk's outcome and, when `claim` is set, mark and give the next one in the same transaction.

    `again` and `most` as for `chunk_claim`.
    """
    result = _fitted(chunk, result)
    try:
        with transaction.atomic(durable=True):
            credit = _credit(chunk, result, is_uncertain=chunk.attempt > 1)
            is_plain = not (result.outcome or result.detail or result.record or job_fields)
            if is_plain and again is None and chunk_sql.is_one_statement():
                return _done_at_once(lease, chunk, result, credit, claim=claim, most=most)
            _job_update(lease, **credit, **job_fields)
            _close(lease, chunk, result)
            if result.record is not None:
                result.record()
            return _claim(lease, again, most) if claim else None
    except IntegrityError:
        # Rows taken off a counter twice: it was stored already, by a commit whose answer was lost.
        if _in_flight(lease, chunk).exists():
            raise
        raise LeaseLost from None


def chunk_uncertain(lease: Lease, chunk: Chunk, message: str) -> None:
    """Store that a chunk's request may have reached the platform and its answer never came."""
    moved = chunk.count if chunk.attempt == 1 else 0
    with transaction.atomic(durable=True):
        _job_update(lease, n_not_sent=-moved, n_uncertain=moved)
        _changed(_in_flight(lease, chunk).update(state=ChunkState.UNCERTAIN, message=message))


def chunk_give_back(lease: Lease, chunk: Chunk, message: str = "") -> None:
    """Take a claim back: this request surely never reached the platform."""
    before = ChunkState.READY if chunk.attempt == 1 else ChunkState.UNCERTAIN
    with transaction.atomic(durable=True):
        _job_update(lease)
        _changed(_in_flight(lease, chunk).update(state=before, attempt=F("attempt") - 1, message=message))


def chunk_settle(lease: Lease, chunk: Chunk, verdict: Verdict) -> None:
    """Store what was found out about an uncertain chunk that may not be sent again."""
    with transaction.atomic(durable=True):
        uncertain = Chunk.objects.filter(pk=chunk.pk, state=ChunkState.UNCERTAIN)
        if verdict.result is not None:
            result = _fitted(chunk, verdict.result)
            _job_update(lease, **_credit(chunk, result, is_uncertain=True))
            _changed(uncertain.update(**_outcome(result), grew_by=verdict.grew_by))
        elif verdict.ask:
            _job_update(lease)
            _changed(uncertain.update(state=ChunkState.ASK, message=verdict.ask, grew_by=verdict.grew_by))
        else:
            _job_update(lease, n_uncertain=-chunk.count, n_not_sent=chunk.count)
            _changed(uncertain.update(state=ChunkState.READY, attempt=0, message="", grew_by=verdict.grew_by))


def chunk_reconcile(lease: Lease, chunk: Chunk, verdict: Verdict) -> bool:
    """Store what reading the target back told of a chunk in question; False when a person has decided meanwhile."""
    changes, moves = _answered(chunk, verdict)
    with transaction.atomic(durable=True):
        _job_update(lease, **moves)
        is_ours = bool(Chunk.objects.filter(pk=chunk.pk, state=ChunkState.ASK).update(**changes))
        if not is_ours:
            transaction.set_rollback(True)
    return is_ours


def added_unaccounted(lease: Lease, rows: int) -> None:
    """Count rows as unaccounted that the platform said it had added and that the target lacks.

    Which they are is not known: they are taken off the chunks that were done last.
    """
    with transaction.atomic(durable=True):
        done = Chunk.objects.filter(job_id=lease.job_id, state=ChunkState.DONE, n_added__gt=0).order_by("-number")
        left = rows
        for chunk in done.only("n_added").iterator(chunk_size=200):
            moved = min(left, chunk.n_added)
            left -= moved
            Chunk.objects.filter(pk=chunk.pk).update(
                n_added=F("n_added") - moved, n_unaccounted=F("n_unaccounted") + moved, message=LACKING
            )
            if not left:
                break
        _job_update(lease, n_added=left - rows, n_unaccounted=rows - left)


def unaccounted_name(lease: Lease, chunk: Chunk, missing: Sequence[int]) -> None:
    """Store which rows of a chunk the target lacks; what the platform refused keeps its reason."""
    with transaction.atomic(durable=True):
        kept = Chunk.objects.get(pk=chunk.pk)
        outcome = {code: rows for code, rows in kept.outcome.items() if code != UNACCOUNTED}
        refused = {row for code, rows in outcome.items() if code != "detail" for row in rows}
        named = [row for row in missing if row not in refused]
        more = len(named) - kept.n_unaccounted
        if named:
            outcome[UNACCOUNTED] = named
        _job_update(lease, n_added=-more, n_unaccounted=more)
        Chunk.objects.filter(pk=chunk.pk).update(
            n_added=kept.n_added - more, n_unaccounted=len(named), outcome=outcome, message=""
        )


def held_release(lease: Lease) -> int:
    """Let the chunks be sent that were held back, once all others are done; returns how many."""
    with transaction.atomic(durable=True):
        _job_update(lease)
        others = Chunk.objects.filter(job_id=lease.job_id).exclude(state__in=[ChunkState.HELD, ChunkState.DONE])
        if others.exists():
            return 0
        return Chunk.objects.filter(job_id=lease.job_id, state=ChunkState.HELD).update(state=ChunkState.READY)


def stranded_mark(lease: Lease) -> int:
    """Make the chunks uncertain that a former driver left in flight; returns how many.

    They may have been applied, so they never become ready again by themselves.
    """
    with transaction.atomic(durable=True):
        _job_update(lease)
        return _strand(Chunk.objects.filter(job_id=lease.job_id).exclude(owner=lease.owner))


def stranded_end(job_id: int) -> int:
    """Make every chunk uncertain that is still in flight when a job comes to rest; returns how many.

    Call it in the transaction that ends the turn or the job, which has the job's row locked.
    """
    return _strand(Chunk.objects.filter(job_id=job_id))


def doubts_ask(job_id: int, question: str) -> int:
    """Put the question to a person what became of the uncertain chunks of a job that ends; returns how many.

    Call it in the transaction that ends the job, which has the job's row locked.
    """
    return Chunk.objects.filter(job_id=job_id, state=ChunkState.UNCERTAIN).update(
        state=ChunkState.ASK, message=question
    )


def restored_ask(job_id: int, question: str) -> int:
    """Put in question every row that a restored job does not know to be done; returns how many chunks.

    `question` holds {rows}. Call it in a transaction that has the job's row locked.
    """
    open_ones = Chunk.objects.filter(job_id=job_id).exclude(state__in=[ChunkState.DONE, ChunkState.ASK])
    chunks, ranges = list(open_ones), RowRanges(Job.objects.get(pk=job_id))
    for chunk in chunks:
        chunk.message = question.format(rows=ranges.of(chunk))
        chunk.state, chunk.attempt, chunk.sent_at = ChunkState.ASK, max(1, chunk.attempt), None
    Chunk.objects.bulk_update(chunks, ["state", "attempt", "sent_at", "message"], batch_size=500)
    Job.objects.filter(pk=job_id).update(n_uncertain=F("n_uncertain") + F("n_not_sent"), n_not_sent=0)
    return len(chunks)


def doubts_answer(job_id: int, *, is_applied: bool, message: str) -> int:
    """Store one answer for all rows in question of which nothing is known row by row; returns how many rows.

    Needs no lease, as `chunk_answer`.
    """
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job_id)
        asked = Chunk.objects.filter(job_id=job_id, state=ChunkState.ASK, outcome={}, grew_by=None)
        rows = asked.aggregate(rows=Sum("count"))["rows"] or 0
        if is_applied:
            done = {"state": ChunkState.DONE, "done_at": timezone.now(), "n_added": F("count"), "message": message}
            asked.update(**done)
            moves = {"n_uncertain": -rows, "n_added": rows}
        else:
            asked.update(state=ChunkState.READY, attempt=0, message="", outcome={})
            moves = {"n_uncertain": -rows, "n_not_sent": rows}
        Job.objects.filter(pk=job_id).update(**_sums(moves))
    return rows


def _strand(chunks: QuerySet[Chunk]) -> int:
    stranded = chunks.filter(state=ChunkState.IN_FLIGHT)
    found = list(stranded.values_list("pk", "job_id", "attempt", "count"))
    rows = sum(count for _, _, attempt, count in found if attempt == 1)
    if rows:
        Job.objects.filter(pk=found[0][1]).update(**_sums({"n_not_sent": -rows, "n_uncertain": rows}))
    if found:
        stranded.update(state=ChunkState.UNCERTAIN, message=STRANDED)
    return len(found)


def chunk_answer(chunk: Chunk, result: ChunkResult | None) -> bool:
    """Store a person's decision on a chunk in question: `result`, or None when it is to be sent again.

    False when somebody else has decided already. Needs no lease: nobody works on such a chunk, and counters add up
    whoever else changes them.
    """
    with transaction.atomic():
        changes, moves = _answered(chunk, Verdict(result=result))
        if not Chunk.objects.filter(pk=chunk.pk, state=ChunkState.ASK).update(**changes):
            return False
        Job.objects.filter(pk=chunk.job_id).update(**_sums(moves))
        return True


def _answered(chunk: Chunk, verdict: Verdict) -> tuple[dict[str, Any], dict[str, int]]:
    """Return how a chunk in question changes, and what moves between the job's counters."""
    if verdict.result is not None:
        result = _fitted(chunk, verdict.result)
        return {"outcome": {}, **_outcome(result)}, _credit(chunk, result, is_uncertain=True)
    if verdict.ask:
        return {"message": verdict.ask, "outcome": verdict.outcome, "grew_by": verdict.grew_by}, {}
    moves = {"n_uncertain": -chunk.count, "n_not_sent": chunk.count}
    return {"state": ChunkState.READY, "attempt": 0, "message": "", "outcome": {}}, moves


def _job_update(lease: Lease, **changes: Any) -> None:
    """Renew the lease and change the job; numbers are added to its counters, anything else is set."""
    if all(name.startswith("n_") for name in changes):
        is_ours = chunk_sql.job_add(lease, changes)
    else:
        is_ours = bool(lease_filter(lease).update(lease_until=timezone.now() + LEASE, **_sums(changes)))
    if not is_ours:
        raise LeaseLost


def _sums(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: F(name) + value if name.startswith("n_") else value
        for name, value in changes.items()
        if value or not name.startswith("n_")
    }


def _changed(rows: int) -> None:
    """Have the transaction taken back when the chunk is not where it was taken to be: somebody else has moved it."""
    if not rows:
        raise LeaseLost


def _fitted(chunk: Chunk, result: ChunkResult) -> ChunkResult:
    """Return the result with numbers that add up to the chunk's count, whatever they were made of.

    The last line of defence: what is too much is taken off, what is missing is unaccounted.
    """
    numbers = _numbers(result)
    values = numbers.values()
    if sum(values) == chunk.count and min(values) >= 0:
        return result
    log.error("chunk %s of job %s: %s do not add up to %s", chunk.number, chunk.job_id, numbers, chunk.count)
    left, fitted = chunk.count, []
    for value in values:
        fitted.append(min(max(value, 0), left))
        left -= fitted[-1]
    added, updated, already_there, rejected, unaccounted = fitted
    return replace(
        result,
        added=added,
        updated=updated,
        already_there=already_there,
        rejected=rejected,
        unaccounted=unaccounted + left,
        message=f"{result.message} {ODD_SUM}".strip(),
    )


def _credit(chunk: Chunk, result: ChunkResult, *, is_uncertain: bool) -> dict[str, int]:
    return {("n_uncertain" if is_uncertain else "n_not_sent"): -chunk.count, **_numbers(result)}


def _numbers(result: ChunkResult) -> dict[str, int]:
    return {
        "n_added": result.added,
        "n_updated": result.updated,
        "n_already_there": result.already_there,
        "n_rejected": result.rejected,
        "n_unaccounted": result.unaccounted,
    }


def _outcome(result: ChunkResult) -> dict[str, Any]:
    changes: dict[str, Any] = {"state": ChunkState.DONE, "done_at": timezone.now(), **_numbers(result)}
    if result.outcome or result.detail:
        changes["outcome"] = {**result.outcome, **({"detail": result.detail} if result.detail else {})}
    changes["message"] = result.message
    return changes


def _in_flight(lease: Lease, chunk: Chunk) -> Any:
    return Chunk.objects.filter(pk=chunk.pk, state=ChunkState.IN_FLIGHT, owner=lease.owner)


def _close(lease: Lease, chunk: Chunk, result: ChunkResult) -> None:
    if result.outcome or result.detail:
        is_closed = bool(_in_flight(lease, chunk).update(**_outcome(result)))
    else:
        is_closed = chunk_sql.chunk_close(lease, chunk, _numbers(result), result.message)
    if not is_closed:
        raise LeaseLost


def _done_at_once(
    lease: Lease, chunk: Chunk, result: ChunkResult, credit: Mapping[str, int], *, claim: bool, most: int
) -> Chunk | None:
    is_ours, following = chunk_sql.done_and_next(
        lease, chunk, credit=credit, numbers=_numbers(result), message=result.message, claim=claim
    )
    if not is_ours:
        raise LeaseLost
    return _divided(lease, following, most)


def _divided(lease: Lease, chunk: Chunk | None, most: int) -> Chunk | None:
    """Leave the rows of a chunk beyond `most` as they were, in the transaction that has claimed it."""
    if chunk is None or not most or chunk.count <= most or ";" not in chunk.blocks:
        return chunk
    first, others = Blocks.parse(chunk.blocks).divided(most)
    if not others.blocks:
        return chunk
    whole = chunk.whole or whole_of(chunk.number, chunk.count, chunk.offset, chunk.length, chunk.checksum)
    # A whole chunk lies in brackets, a part does not.
    begins = chunk.offset + (not chunk.whole)
    common: dict[str, Any] = {"whole": whole, "checksum": OF_BLOCKS}
    rest = Chunk(
        job_id=chunk.job_id,
        number=chunk.number + len(first.blocks),
        first_record=chunk.first_record + first.count,
        offset=begins + first.length + 1,
        state=ChunkState.READY if chunk.attempt == 1 else ChunkState.UNCERTAIN,
        attempt=chunk.attempt - 1,
        sent_at=None if chunk.attempt == 1 else chunk.sent_at,
        **_measures(others),
        **common,
    )
    changes = {"offset": begins, **_measures(first), **common}
    _changed(_in_flight(lease, chunk).update(**changes))
    rest.save(force_insert=True)
    for name, value in changes.items():
        setattr(chunk, name, value)
    return chunk


def _measures(blocks: Blocks) -> dict[str, Any]:
    return {
        "count": blocks.count,
        "length": blocks.length,
        "first_row": blocks.blocks[0].first_row,
        "last_row": blocks.blocks[-1].last_row,
        "blocks": str(blocks),
    }


def _claim(lease: Lease, again: int | None, most: int) -> Chunk | None:
    if again is None:
        return _divided(lease, chunk_sql.chunk_next(lease), most)
    uncertain = Chunk.objects.filter(pk=again, job_id=lease.job_id, job__wanted="", state=ChunkState.UNCERTAIN)
    chunk = uncertain.first()
    if chunk is None:
        return None
    chunk.attempt += 1
    Chunk.objects.filter(pk=chunk.pk).update(
        state=ChunkState.IN_FLIGHT, attempt=chunk.attempt, owner=lease.owner, sent_at=timezone.now()
    )
    return _divided(lease, chunk, most)

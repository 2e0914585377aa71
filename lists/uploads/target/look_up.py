"""Rows in question, looked up one by one, where the platform tells how many records like a row it holds.

A row that is found is there. One that is not found before the quiet time is over may still come; after it, it is sent
again only where a row that was surely taken is found by the same way of looking, and else it is a question, as are rows
that are alike in the file: which of them the platform holds cannot be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from bpadmin.counts import part_of
from bpadmin.jobs.files.spool import Spool, rows_in_words
from bpadmin.jobs.handlers import ChunkResult, Verdict
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.platforms.record_rules.rules import canonical_key
from bpadmin.uploads.batch import ALREADY_THERE
from lists.uploads.modes import job_terms

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

Identity = tuple[str, ...]
# A clock of ours and one of theirs may differ by so much.
CLOCKS_APART = timedelta(seconds=5)
NOT_FOUND = "and no record like it was found when the quiet time was over"
NO_CONTROL = "; nor was one that had surely been taken, so that not to be found tells nothing"
NO_KNOWN = "; there is no row yet that had surely been taken, by which the looking itself could be judged"
ALIKE = "and other rows of the file are the same, so that looking does not tell which of them is there"
ALIKE_THERE = "and {count:,} records like it were found, where one was sent"


def chunks_look_up(
    job: Job, chunks: Sequence[Chunk], client: PlatformClient, *, is_quiet: bool
) -> list[Verdict | None]:
    """Say what looking up the rows of chunks tells whose answers were lost; None where it tells nothing yet."""
    with Spool.open(job) as spool:
        records = [_records(spool, chunk) for chunk in chunks]
        alike = _alike(job, chunks, records, spool)
    verdicts: list[Verdict | None] = []
    is_trusted: bool | None = None
    for chunk, of_chunk in zip(chunks, records, strict=True):
        since = chunk.sent_at - CLOCKS_APART if chunk.sent_at else None
        counts = client.count_added(job.target_id, of_chunk, since=since)
        found = sum(1 for count in counts if count)
        if any(_identity(record) in alike for record in of_chunk):
            verdicts.append(_ask(chunk, job, ALIKE, found) if is_quiet else None)
        elif found == chunk.count:
            verdicts.append(_found(job, chunk, counts))
        elif not is_quiet:
            verdicts.append(None)
        elif found:
            words = f"and {part_of(found, chunk.count, 'record', 'was')} found"
            verdicts.append(_ask(chunk, job, words, found))
        else:
            is_trusted = _is_trusted(job, client) if is_trusted is None else is_trusted
            if is_trusted is True:
                verdicts.append(Verdict(grew_by=0))
            else:
                why = NO_KNOWN if is_trusted is None else NO_CONTROL
                verdicts.append(_ask(chunk, job, NOT_FOUND + why, 0))
    return verdicts


def _found(job: Job, chunk: Chunk, counts: Sequence[int]) -> Verdict:
    terms = job_terms(job)
    if terms.is_ours and max(counts) > 1:
        return _ask(chunk, job, ALIKE_THERE.format(count=max(counts)), sum(counts))
    words = f"The answer was lost; the record was found when it was looked up in the {terms.noun}."
    if terms.is_ours:
        return Verdict(result=ChunkResult(added=chunk.count, message=words), grew_by=chunk.count)
    # It may have been there before, which nobody tells: it is there in either case.
    rows = {ALREADY_THERE: list(range(chunk.first_row, chunk.last_row + 1))} if chunk.count == 1 else {}
    result = ChunkResult(already_there=chunk.count, outcome=rows, message=words)
    return Verdict(result=result, grew_by=chunk.count)


def _is_trusted(job: Job, client: PlatformClient) -> bool | None:
    """Return whether a row that was surely taken is found; None where there is none."""
    known = job.chunks.filter(state=ChunkState.DONE, n_added__gt=0, n_rejected=0).order_by("-number").first()
    if known is None:
        return None
    with Spool.open(job) as spool:
        records = _records(spool, known)
    since = known.sent_at - CLOCKS_APART if known.sent_at else None
    return all(client.count_added(job.target_id, records, since=since))


def _alike(
    job: Job, chunks: Sequence[Chunk], records: Sequence[Sequence[Mapping[str, Any]]], spool: Spool
) -> set[Identity]:
    """Return what records in question have in common with others of the job that may be there."""
    wanted = Counter(_identity(record) for of_chunk in records for record in of_chunk)
    twice = {identity for identity, count in wanted.items() if count > 1}
    asked = {chunk.pk for chunk in chunks}
    for other in job.chunks.exclude(state=ChunkState.READY).order_by("number").iterator(chunk_size=500):
        if other.pk not in asked:
            twice |= {identity for record in _records(spool, other) if (identity := _identity(record)) in wanted}
    return twice


def _records(spool: Spool, chunk: Chunk) -> list[dict[str, Any]]:
    return list(orjson.loads(spool.body(chunk)))


def _identity(record: Mapping[str, Any]) -> Identity:
    return canonical_key(record, ())


def _ask(chunk: Chunk, job: Job, why: str, found: int) -> Verdict:
    rows = rows_in_words(job, chunk)
    noun = job_terms(job).noun
    words = (
        f"The platform's answer for {rows} was lost, {why}. Look for it in the {noun}, then say whether it is in it. "
        "It is not sent again before you do."
    )
    return Verdict(ask=words, grew_by=found)

"""Sending rows of one key in place of a row that was refused: one after another, until one of them is taken.

A chunk of spares is released when all chunks before it are done, so that what became of the rows that were sent first
stands in the database. Sent again after a lost answer it comes to the same: what was taken then is there now.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from django.utils.text import capfirst

from bpadmin.jobs.files.spool import Spool, rows_in_words, spares_from, spool_origins
from bpadmin.jobs.handlers import ChunkResult, JobRefused
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.reasons import ALREADY_THERE, DOUBLE
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import FieldSpec
from bpadmin.uploads.batch import ADDED, UPDATED, Parcel

TOO_EARLY = (
    "{rows} of this file have the key of rows that are in question still. They are sent when it is known whether "
    "those are in the list: settle them first, then send the rest."
)
_TAKEN = (ADDED, UPDATED, *ALREADY_THERE)


def spares_send(
    job: Job,
    chunk: Chunk,
    *,
    spool: Spool,
    keys: Sequence[FieldSpec],
    winners: array[int],
    send: Callable[[Parcel], str],
) -> ChunkResult:
    """Send those rows of a chunk of spares whose key is not in the list by a row before them.

    `winners` names for each the row of its key that was sent first. `send` sends a parcel and says why nothing more
    must be sent, or "". Raises JobRefused, before anything is sent, while it is open what became of a row sent first.
    """
    rows, origins = spool.rows(chunk), spool_origins(job)
    refused = _refused_first(job, chunk, winners, spool)
    parcel = Parcel(spool.body(chunk), chunk.count, keys)
    open_groups: list[list[int]] = []
    for winner, found in groupby(range(chunk.count), key=lambda index: winners[index]):
        indices = list(found)
        if winner in refused:
            open_groups.append(indices)
        else:
            parcel.settle(indices, DOUBLE, _told(origins.get(winner, winner)))
    stop, has_sent = "", False
    while open_groups:
        indices = [group.pop(0) for group in open_groups]
        part = Parcel(parcel.body_of(indices), len(indices), keys)
        try:
            stop = send(part) or stop
        except PlatformError as error:
            error.maybe_applied = error.maybe_applied or has_sent
            raise
        has_sent = True
        parcel.take(indices, part)
        still_open: list[list[int]] = []
        for group, index in zip(open_groups, indices, strict=True):
            if group and _is_refused(parcel.fates[index]):
                still_open.append(group)
            else:
                parcel.settle(group, DOUBLE, _told(origins.get(rows[index], rows[index])))
        open_groups = still_open
    return parcel.result(rows, is_first=chunk.attempt == 1, stop=stop)


def _is_refused(fate: str) -> bool:
    """Return whether a row is surely not in the list; of one whose outcome could not be tied to it nobody knows."""
    return bool(fate) and fate not in _TAKEN


def _told(row: int) -> str:
    return f"same key as row {row:,}, which counts"


def _refused_first(job: Job, chunk: Chunk, winners: Iterable[int], spool: Spool) -> set[int]:
    """Return those of the rows sent first that were refused."""
    wanted = set(winners)
    before = job.chunks.filter(
        first_record__lt=spares_from(job), first_row__lte=max(wanted), last_row__gte=min(wanted)
    ).order_by("number")
    for other in before.exclude(state=ChunkState.DONE):
        if not wanted.isdisjoint(spool.rows(other)):
            raise JobRefused(TOO_EARLY.format(rows=capfirst(rows_in_words(job, chunk))))
    refused: set[int] = set()
    outcomes = before.exclude(n_rejected=0, n_unaccounted=0).values_list("outcome", flat=True)
    for outcome in outcomes.iterator(chunk_size=200):
        for code, rows in outcome.items():
            if code != "detail" and code not in ALREADY_THERE:
                refused |= wanted.intersection(rows)
    return refused

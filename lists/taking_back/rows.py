"""What became of each row of an upload, and what becomes of it when the upload is taken back: one letter a row."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

import orjson

from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.reasons import ALREADY_THERE
from bpadmin.platforms.record_rules.rules import canonical_key
from bpadmin.platforms.types import FieldSpec
from lists.uploads.modes import job_keys


class RowState(Enum):
    """One letter a row: what is known of it, with words and the reason for its state.

    OURS, REMOVABLE are on the way; all others are ends.
    """

    OURS = "i"
    REMOVABLE = "r"
    REMOVED = "x"
    ATTEMPTED = "a"
    OVER = "o"
    BEFORE = "b"
    DOUBT = "d"
    UNTOLD = "u"
    STAYED = "s"
    GONE = "g"
    NEVER_IN = "n"

    @property
    def byte(self) -> int:
        """Return the letter as it is stored."""
        return ord(self.value)

    @property
    def words(self) -> str:
        """Say it."""
        return WORDS[self][0]

    @property
    def reason(self) -> str:
        """Say why."""
        return WORDS[self][1]


WORDS: Mapping[RowState, tuple[str, str]] = {
    RowState.OURS: ("not looked at", "The list was not read to its end."),
    RowState.REMOVABLE: ("removable", "This upload added it, and it was never attempted."),
    RowState.REMOVED: ("removed", "This upload added it, it was never attempted, and it is in the list no more."),
    RowState.ATTEMPTED: ("kept: attempted", "It was attempted since it was added, so it stays with its results."),
    RowState.OVER: (
        "kept: completed without an attempt",
        "The dialler calls it completed and tells of no attempt: it expired, or was closed. Which of them is not told.",
    ),
    RowState.BEFORE: ("kept: was there before", "Its key was in the list before this upload, or came in another way."),
    RowState.DOUBT: ("kept: in doubt", "Whether this upload added it is not known, since the answer was lost."),
    RowState.UNTOLD: ("cannot tell", "The dialler does not tell whether it was attempted."),
    RowState.STAYED: ("still there", "Its deletion was asked for, and the list still has it."),
    RowState.GONE: ("gone before", "It was not in the list any more."),
    RowState.NEVER_IN: ("never in the list", "It was refused or not sent."),
}
KEPT = (RowState.BEFORE, RowState.DOUBT)


class RowSent(NamedTuple):
    """A row of an upload as it was sent: its place in the spool, its number in the file, the record."""

    place: int
    row: int
    record: dict[str, Any]


def states_first(upload: Job) -> bytearray:
    """Return what the upload's own accounting tells of each of its rows, in the order of the spool."""
    states = bytearray()
    with Spool.open(upload) as spool:
        for chunk in _chunks(upload):
            states += _of_chunk(chunk, spool.rows(chunk))
    return states


def _of_chunk(chunk: Chunk, rows: array[int]) -> bytes:
    if chunk.state in (ChunkState.READY, ChunkState.HELD):
        return bytes([RowState.NEVER_IN.byte]) * chunk.count
    if chunk.state != ChunkState.DONE:
        return bytes([RowState.DOUBT.byte]) * chunk.count
    outcome = {code: set(numbers) for code, numbers in chunk.outcome.items() if code != "detail"}
    there = set().union(*(numbers for code, numbers in outcome.items() if code in ALREADY_THERE))
    refused = set().union(*(numbers for code, numbers in outcome.items() if code not in ALREADY_THERE))
    others = sum(row not in there and row not in refused for row in rows)
    ours = RowState.OURS if others == chunk.n_added else RowState.DOUBT

    def state(row: int) -> RowState:
        return RowState.BEFORE if row in there else RowState.NEVER_IN if row in refused else ours

    return bytes(state(row).byte for row in rows)


def rows_sent(upload: Job) -> Iterator[RowSent]:
    """Yield all rows of the upload's spool, in its order. Raises JobRefused where it is gone."""
    place = 0
    with Spool.open(upload) as spool:
        for chunk in _chunks(upload):
            records: list[dict[str, Any]] = orjson.loads(spool.body(chunk))
            for row, record in zip(spool.rows(chunk), records, strict=True):
                yield RowSent(place, row, record)
                place += 1


def places_by_key(upload: Job, states: bytes | bytearray, wanted: set[int]) -> dict[tuple[str, ...], int]:
    """Return the places of the rows whose states are wanted, by their keys in the platform's normal form."""
    keys = job_keys(upload)
    return {canonical_key(sent.record, keys): sent.place for sent in rows_sent(upload) if states[sent.place] in wanted}


def key_values(record: Mapping[str, Any], keys: tuple[FieldSpec, ...]) -> tuple[str, ...]:
    """Return the values of a record's keys as they were sent."""
    values = {name.lower(): value for name, value in record.items()}
    return tuple(str(values.get(spec.name.lower(), "") or "") for spec in keys)


def states_counted(states: bytes) -> dict[RowState, int]:
    """Count the rows of each state; the counts add up to all rows of the spool."""
    found = Counter(states)
    return {state: found.get(state.byte, 0) for state in RowState}


def _chunks(upload: Job) -> Iterator[Chunk]:
    return upload.chunks.order_by("first_record").iterator()

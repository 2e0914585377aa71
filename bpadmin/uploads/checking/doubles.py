"""Rows of one key within a file: which of them is sent, and which wait in case that one is refused.

While the file is read, each good row goes into the spool, and rows of a key that was there before are only noted; where
the first one counts, they are put aside at once. When all is read, the rows that are not the first choice are taken out
of their chunks and put behind all others, into chunks that are held back: a row of theirs is sent when each before it,
in the order of preference, was refused.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any

import orjson

from bpadmin.counts import counted
from bpadmin.jobs.files.blocks import Block, Blocks, checksum_of
from bpadmin.jobs.files.spool import DOUBLES, REFUSED, Refusal, SpoolWriter
from bpadmin.jobs.models import Chunk, ChunkState
from bpadmin.jobs.options import ALL, FIRST, LAST, ONCE, REFUSE
from bpadmin.jobs.reasons import DOUBLE
from bpadmin.uploads.models import UploadMode

SAMPLES = 5
# Of so many further rows of a key one may be sent in place of a refused one: each costs a request of its own then.
MOST_SPARES = 20
MOST_IN_CHUNK = 1000
MAX_BODY = 4 * 1024 * 1024
BY_KEY, IDENTICAL_ROWS = (LAST, FIRST, REFUSE), (ALL, ONCE)
_DONE = {
    FIRST: "The first row of a key counts; should the dialler refuse it, the next one is sent.",
    LAST: "The last row of a key counts; should the dialler refuse it, the one before it is sent.",
    REFUSE: "All of them are refused.",
    ALL: "They are all sent.",
    ONCE: "Each is sent once.",
}
_BUTTONS_BY_KEY = {FIRST: "Let the first row count", LAST: "Let the last row count", REFUSE: "Refuse them all"}
_BUTTONS_IDENTICAL = {ALL: "Send them all", ONCE: "Send each once"}


@dataclass(frozen=True, slots=True)
class DoublesFound:
    """What a check found of rows that come more than once: `rows` of `keys` keys, of which `spare` are held back.

    `how` is what is done with them. In a list without key `is_identical` is set, and `rows` are those after the first.
    """

    rows: int
    keys: int
    how: str
    spare: int = 0
    is_identical: bool = False
    samples: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DoublesFound:
        """Take what `as_json` gave."""
        numbers = {name: int(data[name]) for name in ("rows", "keys", "spare")}
        samples = tuple(data["samples"])
        return cls(**numbers, how=data["how"], is_identical=bool(data["is_identical"]), samples=samples)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return {**asdict(self), "samples": list(self.samples)}

    @property
    def others(self) -> list[tuple[str, str]]:
        """Return what may be chosen instead, as pairs of value and words."""
        words = _BUTTONS_IDENTICAL if self.is_identical else _BUTTONS_BY_KEY
        return [(how, label) for how, label in words.items() if how != self.how]

    @property
    def words(self) -> str:
        """Say how many rows there are, and what is done with them."""
        if self.is_identical:
            many = "1 row is the same as a row" if self.rows == 1 else f"{self.rows:,} rows are the same as rows"
            return f"{many} before {'it' if self.rows == 1 else 'them'} in everything. {_DONE[self.how]}"
        keys = "one key" if self.keys == 1 else f"{self.keys:,} keys, each with more than one of them"
        return f"{counted(self.rows, 'row', 'shares')} {keys}. {_DONE[self.how]}"


def doubles_how(said: str, mode: UploadMode, *, has_key: bool) -> str:
    """Return what is done with rows that come more than once: what was `said` where it fits, else what is usual.

    Where records are changed the last row counts, as if the rows were sent one after another.
    """
    if not has_key:
        return said if said in IDENTICAL_ROWS else ALL
    if said in BY_KEY:
        return said
    return LAST if mode in (UploadMode.UPDATE, UploadMode.UPSERT) else FIRST


@dataclass(slots=True)
class Aside:
    """Records that are kept back, in a file: `rows` are theirs, in order, `places` where each begins, and the end."""

    file: IO[bytes]
    rows: array[int] = field(default_factory=lambda: array("Q"))
    places: array[int] = field(default_factory=lambda: array("Q", [0]))

    def put(self, row: int, record: Any) -> None:
        """Append the record of a row."""
        self.rows.append(row)
        self.places.append(self.places[-1] + self.file.write(orjson.dumps(record)))

    def record(self, row: int) -> bytes:
        """Return the record of a row, as JSON."""
        at = bisect_left(self.rows, row)
        self.file.seek(self.places[at])
        return self.file.read(self.places[at + 1] - self.places[at])


@dataclass(slots=True)
class Doubles:
    """Notes the rows of one key; `groups` maps the first row of a key to all further ones, in their order."""

    how: str
    groups: dict[int, list[int]] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    n_spare: int = 0
    aside: Aside | None = None

    @property
    def are_known_at_once(self) -> bool:
        """Return whether a row with the key of an earlier one never takes its place: it need not stand among them."""
        return self.how == FIRST

    def note(self, first: int, row: int, key: str) -> bool:
        """Note that a row has the key of an earlier one; returns whether it may be sent in place of another."""
        further = self.groups.setdefault(first, [])
        further.append(row)
        if len(self.samples) < SAMPLES:
            self.samples.append({"row": row, "first": first, "value": key})
        return len(further) <= MOST_SPARES

    def put_aside(self, writer: SpoolWriter, row: int, record: Any) -> None:
        """Keep a row back that was noted; its record is written behind all others by `arrange`."""
        if self.aside is None:
            self.aside = Aside(writer.scratch())
        self.aside.put(row, record)

    def samples_named(self, named: Callable[[int], int]) -> tuple[Mapping[str, Any], ...]:
        """Return the samples with their rows by the numbers by which people know them."""
        return tuple({**each, "row": named(each["row"]), "first": named(each["first"])} for each in self.samples)

    def found(self, named: Callable[[int], int] = int) -> DoublesFound:
        """Return what the report says; `named` gives the number by which people know a row."""
        further = sum(map(len, self.groups.values()))
        rows = further + len(self.groups)
        return DoublesFound(rows, len(self.groups), self.how, self.n_spare, samples=self.samples_named(named))

    def arrange(
        self, writer: SpoolWriter, *, chunk_size: int, named: Callable[[int], int] = int
    ) -> tuple[list[Refusal], int]:
        """Put the spool in order: what is sent first, then what is held back.

        `named` gives the number by which people know a row.
        Gives the rows that are refused for good, and the index of the first spare record.
        """
        refusals: list[Refusal] = []
        ordered: list[list[int]] = []
        for first, further in self.groups.items():
            rows = [first, *further]
            if self.how == REFUSE:
                refusals += _all_refused(rows, named)
                continue
            if self.how == LAST:
                rows.reverse()
            ordered.append(rows[: MOST_SPARES + 1])
            refusals += _beyond(rows[MOST_SPARES + 1 :], named(rows[0]))
        ordered.sort()
        refusals.sort(key=lambda refusal: refusal.row)
        if self.aside is None:
            kept_back = array("Q", sorted(row for rows in ordered for row in rows[1:]))
            gone = array("Q", (refusal.row for refusal in refusals))
            self.aside = _set_aside(writer, kept_back, gone)
        start = writer.count
        self.n_spare = len(self.aside.rows)
        _append(writer, ordered, self.aside, chunk_size)
        _refuse(writer, refusals)
        return refusals, start


def _all_refused(rows: Sequence[int], named: Callable[[int], int]) -> Iterator[Refusal]:
    for row in rows:
        others = [named(other) for other in rows if other != row]
        told = ", ".join(f"{other:,}" for other in others[:3]) + (" and others" if len(others) > 3 else "")
        words = f"same key as row{'s' if len(others) > 1 else ''} {told}"
        yield Refusal(row, DOUBLE, words, "Keep the row that is right, and delete the others.")


def _beyond(rows: Sequence[int], winner: int) -> Iterator[Refusal]:
    for row in rows:
        yield Refusal(row, DOUBLE, f"same key as row {winner:,} and more than {MOST_SPARES} others", "")


def _set_aside(writer: SpoolWriter, kept_back: array[int], gone: array[int]) -> Aside:
    """Write all chunks anew without these rows; returns those `kept_back`."""
    chunks, bodies, numbers = writer.begin_anew()
    taken = sorted([*kept_back, *gone])
    aside = Aside(writer.scratch())

    def put_aside(row: int, record: Any) -> None:
        if _holds(kept_back, row):
            aside.put(row, record)

    try:
        for chunk in chunks:
            body, rows = bodies.read(chunk.length), array("Q")
            rows.frombytes(numbers.read(chunk.count * 8))
            at = bisect_left(taken, rows[0])
            if at == len(taken) or taken[at] > rows[-1]:
                writer.add(body, rows, chunk.blocks)
                continue
            body, left, blocks = _without(chunk, body, rows, taken, put_aside)
            if left:
                writer.add(body, left, blocks)
    finally:
        writer.drop(bodies)
        writer.drop(numbers)
    return aside


def _without(
    chunk: Chunk, body: bytes, rows: Sequence[int], taken: Sequence[int], put: Callable[[int, Any], None]
) -> tuple[bytes, list[int], str]:
    """Take rows out of a chunk, each given to `put` with its record; returns the body, the rows left and the blocks.

    `taken` is sorted. Only blocks that have such a row are read and written anew.
    """
    blocks = Blocks.parse(chunk.blocks).blocks or (Block(chunk.count, len(body) - 2, rows[0], rows[-1], ""),)
    parts: list[bytes] = []
    kept: list[Block] = []
    left: list[int] = []
    offset, place = 1, 0
    for block in blocks:
        part, mine = body[offset : offset + block.length], rows[place : place + block.records]
        offset, place = offset + block.length + 1, place + block.records
        at = bisect_left(taken, block.first_row)
        out = set(taken[at : bisect_left(taken, block.last_row + 1)])
        if out:
            rest: list[tuple[int, Any]] = []
            for row, record in zip(mine, orjson.loads(b"[%b]" % part), strict=True):
                if row in out:
                    put(row, record)
                else:
                    rest.append((row, record))
            if not rest:
                continue
            part, mine = orjson.dumps([record for _, record in rest])[1:-1], [row for row, _ in rest]
            block = Block(len(rest), len(part), mine[0], mine[-1], checksum_of(part))
        parts.append(part)
        kept.append(block)
        left += mine
    return b"[" + b",".join(parts) + b"]", left, str(Blocks(tuple(kept))) if chunk.blocks else ""


def _append(
    writer: SpoolWriter,
    ordered: Iterable[Sequence[int]],
    aside: Aside,
    chunk_size: int,
) -> None:
    """Append the rows kept back in chunks of whole keys, each key's rows in the order in which they are tried."""
    _, file = writer.replace_file(DOUBLES)
    records: list[bytes] = []
    rows: list[int] = []
    keys = size = 0

    def flush() -> None:
        writer.add(b"[" + b",".join(records) + b"]", rows)
        chunk = writer.chunks[-1]
        chunk.state, chunk.first_row, chunk.last_row = ChunkState.HELD, min(rows), max(rows)

    for group in ordered:
        if rows and (keys >= chunk_size or len(rows) >= MOST_IN_CHUNK or size > MAX_BODY):
            flush()
            records, rows, keys, size = [], [], 0, 0
        for row in group[1:]:
            records.append(aside.record(row))
            size += len(records[-1])
        rows += group[1:]
        keys += 1
        file.write(array("Q", [group[0]] * (len(group) - 1)).tobytes())
    if rows:
        flush()


def _refuse(writer: SpoolWriter, refusals: Sequence[Refusal]) -> None:
    """Write refusals among those that were written before, by row."""
    if not refusals:
        return
    before, _ = writer.replace_file(REFUSED)
    try:
        former = (Refusal(*orjson.loads(line)) for line in before)
        for refusal in heapq.merge(former, refusals, key=lambda each: each.row):
            writer.refuse([refusal])
    finally:
        writer.drop(before)


def _holds(rows: array[int], row: int) -> bool:
    at = bisect_left(rows, row)
    return at < len(rows) and rows[at] == row

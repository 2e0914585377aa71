"""The rejects file: every row that did not get in, as it was, with its number, reason and suggested fix.

Made on demand of what the check refused and what became of the chunks, which come in the order of the rows, so that
nothing has to be held in memory. The cells of a row were kept by the check, or are read in its source, of which the
check has noted where blocks begin: what lies between is passed over. Our own importer takes the file back.
"""

from __future__ import annotations

import csv
import heapq
import io
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, Generic, TypeVar, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from bpadmin.jobs.files.spool import Refusal, Spool, spares_from, spool_cells, spool_places, spool_refusals
from bpadmin.jobs.handlers import JobRefused, structure_read
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.options import FileOptions
from bpadmin.jobs.reasons import ALREADY_THERE, NOT_SENT, UNCERTAIN, reason_of
from bpadmin.tabular.blocks import REJECTS_COLUMNS, SETTLED_ELSEWHERE
from bpadmin.tabular.formula import guard
from bpadmin.tabular.tables import read_blocks
from bpadmin.tabular.types import Block, Dialect, Place, TabularError
from bpadmin.web.downloads import FileGone

T = TypeVar("T")

EXPANSION = 8
PAIRS_AT_ONCE = 500
_OF_THE_JOB = {
    UNCERTAIN: "Leave it out of any other file: whether it is in the list is settled on the page of job {job}.",
    NOT_SENT: "Leave it out of any other file: “Send the rest” on the page of job {job} sends it.",
}
UPLOAD_GONE = (
    "The file of this upload is no longer kept here, so its rows cannot be shown. How many they are, and why, stays on "
    "the job's page; take the rows from your own copy of the file."
)
SPOOL_GONE = (
    "What the check wrote down of this upload is no longer kept here, so its rows cannot be told apart. Upload the "
    "file again to have it checked anew."
)
CUT_SHORT = (
    "The file of this upload is shorter here than it was when it was checked, so its rows cannot be shown. Take them "
    "from your own copy of the file."
)
_BAD_BYTE = re.compile("[\ud800-\udfff]")


def expansion_limit() -> int:
    """Return how many bytes a packed upload may unpack to."""
    return int(settings.MAX_UPLOAD_BYTES) * EXPANSION


def rejects_lines(job: Job) -> Iterator[bytes]:
    """Stream every row that is not in the list as CSV (UTF-8 with BOM, CRLF), in constant memory.

    Raises FileGone, also in the middle: then what was given so far is no whole file, and must not be handed out as one.

    Columns: the file's own, then row, reason_code, reason, suggested_fix. A file with semicolons gives one with
    semicolons, since that is what its owner's spreadsheet opens. Rows in doubt and rows not sent belong to the job:
    our importer leaves them out when it gets the file back.
    """
    yield from _lines_of(job, lambda: heapq.merge(spool_refusals(job), _unaccepted(job)))


def refused_lines(job: Job) -> Iterator[bytes]:
    """Stream the rows that were refused, by the check or the platform, in the same form: those to correct."""
    found = heapq.merge(spool_refusals(job), _unaccepted(job))
    yield from _lines_of(job, lambda: (refusal for refusal in found if _is_to_correct(refusal)))


def refused_rows(job: Job) -> Iterator[tuple[list[str], Refusal]]:
    """Return the rows that were refused, with their cells as the rejects file shows them. FileGone, also in the middle.

    The number of a row is that of the first file of a chain of corrections.
    """
    options = structure_read(FileOptions, job.options, job)
    lines = _Lines(len(options.header), ",")
    found = heapq.merge(spool_refusals(job), _unaccepted(job))
    try:
        pairs = _pairs_of(job, options.table, lines.width, lambda: (one for one in found if _is_to_correct(one)))
        yield from ((lines.cells(cells), refusal) for block in pairs for cells, refusal in block)
    except FileNotFoundError as error:
        raise FileGone(SPOOL_GONE) from error
    except (JobRefused, TabularError) as error:
        raise FileGone(str(error)) from error


def there_lines(job: Job) -> Iterator[bytes]:
    """Stream the rows whose key was in the list already, in the same form, as far as the platform has named them."""
    yield from _lines_of(job, lambda: _there(job))


def _there(job: Job) -> Iterator[Refusal]:
    found: list[Refusal] = []
    spares, before = spares_from(job), job.chunks.exclude(n_already_there=0).order_by("number")
    in_order = before if spares is None else before.filter(first_record__lt=spares)
    if spares is not None:
        late = before.filter(first_record__gte=spares)
        found = sorted(each for outcome in late.values_list("outcome", flat=True) for each in _those_there(outcome))
    outcomes = in_order.values_list("outcome", flat=True).iterator(chunk_size=200)
    yield from heapq.merge((each for outcome in outcomes for each in sorted(_those_there(outcome))), found)


def _those_there(outcome: Mapping[str, Sequence[int]]) -> Iterator[Refusal]:
    for code in ALREADY_THERE:
        for row in outcome.get(code) or ():
            yield Refusal(row, code, "", "")


def correction_lines(header: Sequence[str], rows: Iterable[tuple[Sequence[str], Refusal]]) -> Iterator[bytes]:
    """Write corrected rows as a rejects file, which our importer takes; each keeps the number that it had."""
    lines = _Lines(len(header), ",")
    yield b"\xef\xbb\xbf" + lines.take([[*map(guard, header), *REJECTS_COLUMNS]])
    for cells, refusal in rows:
        yield lines.take([lines.row(list(cells), refusal)])


def _is_to_correct(refusal: Refusal) -> bool:
    return refusal.code not in SETTLED_ELSEWHERE


def question_lines(job: Job, chunk: Chunk) -> Iterator[bytes]:
    """Stream the rows of a chunk in question in the same form; the reason is what reading the list back told."""
    yield from _lines_of(job, lambda: _of_question(job, chunk))


def _lines_of(job: Job, refused: Callable[[], Iterator[Refusal]]) -> Iterator[bytes]:
    options = structure_read(FileOptions, job.options, job)
    dialect, header = options.table, options.header
    lines = _Lines(len(header), ";" if dialect.delimiter == ";" else ",")
    yield b"\xef\xbb\xbf" + lines.take([[*map(guard, header), *REJECTS_COLUMNS]])
    try:
        yield from _rows_of(job, dialect, lines, refused)
    except FileNotFoundError as error:
        raise FileGone(SPOOL_GONE) from error
    except (JobRefused, TabularError) as error:
        raise FileGone(str(error)) from error


def _rows_of(job: Job, dialect: Dialect, lines: _Lines, refused: Callable[[], Iterator[Refusal]]) -> Iterator[bytes]:
    for found in _pairs_of(job, dialect, lines.width, refused):
        yield lines.take(lines.row(cells, refusal) for cells, refusal in found)


def _pairs_of(
    job: Job, dialect: Dialect, width: int, refused: Callable[[], Iterator[Refusal]]
) -> Iterator[list[tuple[list[str], Refusal]]]:
    """Return the refused rows with their cells, some at a time."""
    refusals = _Ahead(refused())
    if refusals.next is None:
        return
    if not job.upload_path:  # rows of no file have nothing to be shown as
        raise FileGone(UPLOAD_GONE)
    try:
        file = default_storage.open(job.upload_path, "rb")
    except FileNotFoundError as error:
        raise FileGone(UPLOAD_GONE) from error
    with file:
        if file.size < job.file_size:
            raise FileGone(CUT_SHORT)
        source, kept = _Source(job, cast(BinaryIO, file), dialect, width), _Ahead(spool_cells(job))
        found: list[tuple[list[str], Refusal]] = []
        while (refusal := refusals.take()) is not None:
            while kept.next is not None and kept.next.row < refusal.row:
                kept.take()
            if kept.next is not None and kept.next.row == refusal.row:
                _, origin, cells = kept.next
            else:
                cells, origin = source.row(refusal.row)
            found.append((cells, refusal._replace(row=_number(origin, refusal.row)) if origin else refusal))
            if len(found) == PAIRS_AT_ONCE:
                yield found
                found = []
        if found:
            yield found


class _Source:
    """The rows of a job's file by their numbers, asked for in their order; only what lies near is read."""

    def __init__(self, job: Job, file: BinaryIO, dialect: Dialect, width: int) -> None:
        self._wanted = self._last = 0
        self._places = _Ahead(spool_places(job))
        self._parts = read_blocks(file, dialect, width, limit=expansion_limit(), skip=self._skip)
        self._block: Block | None = None
        self._broken: dict[int, list[str]] = {}

    def row(self, number: int) -> tuple[list[str], str]:
        """Return a row's cells, and what a rejects file says of its origin. FileGone where the file ends before it."""
        self._wanted = number
        while self._block is None or number > self._last:
            part = next(self._parts, None)
            if part is None:
                raise FileGone(CUT_SHORT)
            self._take(part.block)
        if number in self._broken:
            return self._broken[number], ""
        at = bisect_left(self._block.numbers, number)
        if at == len(self._block.numbers) or self._block.numbers[at] != number:
            return [], ""
        return self._block.row(at), self._block.origins[at] if self._block.origins else ""

    def _take(self, block: Block) -> None:
        self._block = block
        self._broken = {each.number: each.cells for each in block.broken}
        ends = (block.numbers[-1] if block.numbers else 0, block.broken[-1].number if block.broken else 0)
        self._last = max(self._last, *ends)

    def _skip(self) -> Place | None:
        """Return the last place before the wanted row, if it lies further on than where the reading is."""
        found = None
        while self._places.next is not None and self._places.next.record <= self._wanted:
            found = self._places.take()
        if found is None or found.record <= self._last + 1:
            return None
        self._last = found.record - 1
        return found


def rejects_count(job: Job) -> int:
    """Count the rows that `rejects_lines` would give, without reading the source.

    Rows of which only their number is known to be unaccounted (lists without a key) are counted and cannot be listed.
    """
    left = job.n_not_sent + job.n_uncertain if job.is_final else 0
    return job.n_rejected + job.n_unaccounted + left


def _unaccepted(job: Job) -> Iterator[Refusal]:
    """Return the rows that were spooled and are not known to be in the list, in their order."""
    if not job.spool_path or not job.chunks.exists():
        return
    spares = spares_from(job)
    chunks = job.chunks.order_by("number")
    with Spool.open(job) as spool:
        in_order = chunks if spares is None else chunks.filter(first_record__lt=spares)
        found = _of_chunks(in_order, spool, is_final=job.is_final)
        if spares is None:
            yield from found
        else:
            # Rows of a key that comes more than once stand at the spool's end, in the order of their keys.
            late = _of_chunks(chunks.filter(first_record__gte=spares), spool, is_final=job.is_final)
            yield from heapq.merge(found, sorted(late))


def _of_chunks(chunks: QuerySet[Chunk], spool: Spool, *, is_final: bool) -> Iterator[Refusal]:
    for chunk in chunks.iterator(chunk_size=200):
        yield from sorted(_of_chunk(chunk, spool, is_final=is_final))


def _of_chunk(chunk: Chunk, spool: Spool, *, is_final: bool) -> Iterator[Refusal]:
    if chunk.state != ChunkState.DONE:
        if is_final:
            is_unsent = chunk.state in (ChunkState.READY, ChunkState.HELD)
            code = NOT_SENT if is_unsent else UNCERTAIN
            told = _told(chunk) if code == UNCERTAIN else {}
            fix = _OF_THE_JOB[code].format(job=chunk.job_id)
            for row in spool.rows(chunk):
                yield Refusal(row, code, told.get(row, ""), fix)
        return
    details = chunk.outcome.get("detail") or {}
    for code, rows in chunk.outcome.items():
        if code == "detail" or code in ALREADY_THERE:
            continue
        for row in rows:
            yield Refusal(row, code, str(details.get(str(row), "")), "")


def _of_question(job: Job, chunk: Chunk) -> Iterator[Refusal]:
    codes = {row: code for code, rows in chunk.outcome.items() for row in rows}
    fix = _OF_THE_JOB[UNCERTAIN].format(job=job.pk)
    with Spool.open(job) as spool:
        for row in sorted(spool.rows(chunk)):
            yield Refusal(row, codes.get(row, UNCERTAIN), "", fix)


def _told(chunk: Chunk) -> dict[int, str]:
    """Return in words what reading the list back told of rows that are still in question."""
    return {
        row: label[0].lower() + label[1:]
        for code, rows in chunk.outcome.items()
        for label in [reason_of(code).label]
        for row in rows
    }


class _Ahead(Generic[T]):
    """An iterator that shows its next item."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self.next = next(self._items, None)

    def take(self) -> T | None:
        taken, self.next = self.next, next(self._items, None)
        return taken


def _number(text: str, usual: int) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else usual


class _Lines:
    """Writes CSV lines for tables of `width` columns."""

    def __init__(self, width: int, delimiter: str) -> None:
        self.width = width
        self.delimiter = delimiter
        self.buffer = io.StringIO()
        self.writer = csv.writer(self.buffer, delimiter=delimiter, lineterminator="\r\n")

    def cells(self, cells: list[str]) -> list[str]:
        """Return a row's cells as they can be shown; surplus ones go into the last column, so that none is lost."""
        kept = cells[: self.width]
        if surplus := cells[self.width :]:
            kept[-1:] = [self.delimiter.join([*kept[-1:], *surplus])]
        kept += [""] * (self.width - len(kept))
        return [_shown(cell) for cell in kept]

    def row(self, cells: list[str], refusal: Refusal) -> list[str]:
        """Return a row's cells and its four of ours."""
        reason = reason_of(refusal.code)
        words = f"{reason.label}: {refusal.detail}" if refusal.detail else reason.label
        return [
            *map(guard, self.cells(cells)),
            str(refusal.row),
            refusal.code,
            guard(words),
            guard(refusal.fix or reason.fix),
        ]

    def take(self, rows: Iterable[list[str]]) -> bytes:
        """Write rows and give their bytes."""
        self.writer.writerows(rows)
        data = self.buffer.getvalue().encode("utf-8", "replace")
        self.buffer.seek(0)
        self.buffer.truncate()
        return data


def _shown(cell: str) -> str:
    """Show undecodable bytes as Windows-1252 would, which is what they mostly are, and leave out zero bytes."""
    if "\0" in cell:
        cell = cell.replace("\0", "")
    return _BAD_BYTE.sub(_guessed, cell) if not cell.isascii() else cell


def _guessed(found: re.Match[str]) -> str:
    byte = ord(found[0]) - 0xDC00
    return bytes([byte]).decode("cp1252", "replace") if 0x80 <= byte <= 0xFF else "\ufffd"

"""The rejects file: every row that did not get in, as it was, with its number, reason and suggested fix.

Made on demand by one pass over the source, merged with what the check refused and what became of the chunks; all three
come in the order of the rows, so that nothing has to be held in memory. Our own importer takes the file back.
"""

from __future__ import annotations

import csv
import heapq
import io
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage

from bpadmin.downloads import FileGone
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.options import FileOptions
from bpadmin.jobs.reasons import ALREADY_THERE, NOT_SENT, UNCERTAIN, reason_of
from bpadmin.jobs.registry import JobRefused, structure_read
from bpadmin.jobs.spool import Refusal, Spool, spool_refusals
from bpadmin.tabular.blocks import REJECTS_COLUMNS, SETTLED_ELSEWHERE
from bpadmin.tabular.formula import guard
from bpadmin.tabular.tables import read_blocks
from bpadmin.tabular.types import Block, Dialect, TabularError

EXPANSION = 8
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
    """Give how many bytes a packed upload may unpack to."""
    return int(settings.MAX_UPLOAD_BYTES) * EXPANSION


def rejects_lines(job: Job) -> Iterator[bytes]:
    """Stream every row that is not in the list as CSV (UTF-8 with BOM, CRLF), in one pass and constant memory.

    Raises FileGone, also in the middle: then what was given so far is no whole file, and must not be handed out as one.

    Columns: the file's own, then row, reason_code, reason, suggested_fix. A file with semicolons gives one with
    semicolons, since that is what its owner's spreadsheet opens. Rows in doubt and rows not sent belong to the job:
    our importer leaves them out when it gets the file back.
    """
    yield from _lines_of(job, lambda: heapq.merge(spool_refusals(job), _unaccepted(job)))


def refused_lines(job: Job) -> Iterator[bytes]:
    """Stream the rows that were refused, by the check or the platform, in the same form: those to correct."""
    found = heapq.merge(spool_refusals(job), _unaccepted(job))
    yield from _lines_of(job, lambda: (refusal for refusal in found if refusal.code not in SETTLED_ELSEWHERE))


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
        for part in read_blocks(cast(BinaryIO, file), dialect, lines.width, limit=expansion_limit()):
            found = list(_matched(part.block, refusals))
            if found:
                yield lines.take(lines.row(cells, refusal) for cells, refusal in found)
            if refusals.next is None:
                return
    raise FileGone(CUT_SHORT)


def rejects_count(job: Job) -> int:
    """Count the rows that `rejects_lines` would give, without reading the source.

    Rows of which only their number is known to be unaccounted (lists without a key) are counted and cannot be listed.
    """
    left = job.n_not_sent + job.n_uncertain if job.is_final else 0
    return job.n_rejected + job.n_unaccounted + left


def refused_count(job: Job) -> int:
    """Count the rows that may be corrected and sent again: each has its outcome, and is not in the list."""
    return job.n_rejected + job.n_unaccounted


def _unaccepted(job: Job) -> Iterator[Refusal]:
    """Give the rows that were spooled and are not known to be in the list, in their order."""
    if not job.spool_path or not job.chunks.exists():
        return
    with Spool.open(job) as spool:
        for chunk in job.chunks.order_by("number").iterator(chunk_size=200):
            yield from sorted(_of_chunk(chunk, spool, is_final=job.is_final))


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
    """Give in words what reading the list back told of rows that are still in question."""
    return {
        row: label[0].lower() + label[1:]
        for code, rows in chunk.outcome.items()
        for label in [reason_of(code).label]
        for row in rows
    }


class _Ahead:
    """An iterator that shows its next item."""

    def __init__(self, items: Iterable[Refusal]) -> None:
        self._items = iter(items)
        self.next = next(self._items, None)

    def take(self) -> Refusal | None:
        taken, self.next = self.next, next(self._items, None)
        return taken


def _matched(block: Block, refusals: _Ahead) -> Iterator[tuple[list[str], Refusal]]:
    """Pair the refused rows that lie in a block with their cells."""
    broken = {item.number: item.cells for item in block.broken}
    last = max(block.numbers[-1] if block.numbers else 0, block.broken[-1].number if block.broken else 0)
    while refusals.next is not None and refusals.next.row <= last:
        refusal = refusals.next
        refusals.take()
        cells = broken.get(refusal.row)
        if cells is None:
            at = bisect_left(block.numbers, refusal.row)
            is_there = at < len(block.numbers) and block.numbers[at] == refusal.row
            cells = block.row(at) if is_there else []
        yield cells, refusal


class _Lines:
    """Writes CSV lines for tables of `width` columns."""

    def __init__(self, width: int, delimiter: str) -> None:
        self.width = width
        self.delimiter = delimiter
        self.buffer = io.StringIO()
        self.writer = csv.writer(self.buffer, delimiter=delimiter, lineterminator="\r\n")

    def row(self, cells: list[str], refusal: Refusal) -> list[str]:
        """Give a row's cells and its four of ours; surplus cells go into the last column, so that none is lost."""
        kept = cells[: self.width]
        if surplus := cells[self.width :]:
            kept[-1:] = [self.delimiter.join([*kept[-1:], *surplus])]
        kept += [""] * (self.width - len(kept))
        reason = reason_of(refusal.code)
        words = f"{reason.label}: {refusal.detail}" if refusal.detail else reason.label
        return [
            *(guard(_shown(cell)) for cell in kept),
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

"""The spool of a job: ready request bodies, the source row number of every record, and what the check refused.

Three to seven files, written once by the check and only read afterwards:

- `<path>.json`: the bodies, one JSON array after another; Chunk.offset and Chunk.length cut one out.
- `<path>.rows`: the source row number of every spooled record, eight bytes each (array 'Q').
- `<path>.refused`: a JSON array per row that the check refused: [row, code, detail, suggested fix], by row.
- `<path>.cells`: the cells of those rows as the file has them, as far as they were kept: a JSON array each, [row,
  what the row says of its origin, cells], by row.
- `<path>.index`: places in the source where blocks of rows begin, a JSON array each, so that single rows are found.
- `<path>.origins`: of a file of corrections, each row with the row that it was in the file which they correct, eight
  bytes each.
- `<path>.doubles`: for each spare record the row of its key that is sent before it, eight bytes each. Spare records are
  the last ones of the spool; where they begin, the job's report says as `spares_from`.

Each check writes under a path of its own, and removes only what it wrote itself: `spool_files` shows what is left over.
"""

from __future__ import annotations

import io
import json
import logging
import tempfile
import threading
import uuid
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from django.core.files.base import File
from django.core.files.storage import default_storage

from bpadmin.jobs.files.blocks import OF_BLOCKS, Blocks, checksum_of, is_unchanged, number_of_blocks
from bpadmin.jobs.files.row_ranges import ranges_in_words, span_in_words
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Chunk, Job, JobState
from bpadmin.storage.local_work import storage_folder, work_folder
from bpadmin.storage.troubles import StorageAway
from bpadmin.tabular.types import Place

log = logging.getLogger(__name__)

BODIES, ROWS, REFUSED, DOUBLES = ".json", ".rows", ".refused", ".doubles"
CELLS, INDEX, ORIGINS = ".cells", ".index", ".origins"
GONE = "The checked data of this job are no longer kept. Upload the file again."
CHANGED = (
    "The checked data of {rows} are not as the check wrote them: they were changed or damaged on "
    "the disk. None of these rows was sent, and nothing after them. Tell your administrator, then upload the file "
    "again without the rows that are in the list."
)
ROW_BYTES = 8


class Refusal(NamedTuple):
    """A row that the check refused; `detail` and `fix` may be empty."""

    row: int
    code: str
    detail: str
    fix: str


class Spool:
    """Read side of a spool; safe to share between threads. Close it, or use it in a `with`."""

    def __init__(
        self,
        bodies: IO[bytes],
        rows: IO[bytes],
        *,
        job: Job | None = None,
        doubles: IO[bytes] | None = None,
        spares: int = 0,
    ) -> None:
        self._bodies, self._rows, self._doubles = bodies, rows, doubles
        self._job, self._spares_from = job, spares
        self._lock = threading.Lock()

    @classmethod
    def open(cls, job: Job) -> Spool:
        """Open the spool that the check of `job` wrote. JobRefused when it is gone."""
        if not job.spool_path:
            raise JobRefused(GONE)
        try:
            bodies = default_storage.open(job.spool_path + BODIES, "rb")
            rows = default_storage.open(job.spool_path + ROWS, "rb")
            spares = spares_from(job)
            doubles = None if spares is None else default_storage.open(job.spool_path + DOUBLES, "rb")
        except FileNotFoundError as error:
            raise JobRefused(GONE) from error
        return cls(bodies, rows, job=job, doubles=doubles, spares=spares or 0)

    def body(self, chunk: Chunk) -> bytes:
        """Return a chunk's request body: a JSON array in UTF-8, ready to POST. JobRefused when it was changed on disk.

        What is made of blocks is compared by theirs. A chunk of before there were checksums is not compared.
        """
        body = self._cut(self._bodies, chunk.offset, chunk.length)
        if chunk.checksum == OF_BLOCKS:
            is_whole = Blocks.parse(chunk.blocks).are_in(body)
            body = b"[" + body + b"]"
        elif chunk.blocks and not chunk.checksum:
            is_whole = body[:1] == b"[" and body[-1:] == b"]" and Blocks.parse(chunk.blocks).are_in(body[1:-1])
        else:
            is_whole = not chunk.checksum or is_unchanged(body, chunk.checksum)
        if not is_whole:
            words = rows_in_words(self._job, chunk) if self._job else span_in_words(chunk.first_row, chunk.last_row)
            raise JobRefused(CHANGED.format(rows=words))
        return body

    def rows(self, chunk: Chunk) -> array[int]:
        """Return the source row number of each record of a chunk, in the body's order (array 'Q')."""
        numbers = array("Q")
        numbers.frombytes(self._cut(self._rows, chunk.first_record * ROW_BYTES, chunk.count * ROW_BYTES))
        return numbers

    def winners(self, chunk: Chunk) -> array[int] | None:
        """Return for each record of a chunk of spares the row that is sent before it; None for any other chunk."""
        if self._doubles is None or chunk.first_record < self._spares_from:
            return None
        numbers = array("Q")
        at = (chunk.first_record - self._spares_from) * ROW_BYTES
        numbers.frombytes(self._cut(self._doubles, at, chunk.count * ROW_BYTES))
        return numbers

    def _cut(self, file: IO[bytes], offset: int, length: int) -> bytes:
        with self._lock:
            file.seek(offset)
            data = file.read(length)
        if len(data) != length:
            raise JobRefused(GONE)
        return data

    def close(self) -> None:
        """Close the files."""
        self._bodies.close()
        self._rows.close()
        if self._doubles is not None:
            self._doubles.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def spares_from(job: Job) -> int | None:
    """Return the index of the first spare record of a job's spool, None where it has no spares."""
    found = job.report.get("spares_from")
    return None if found is None else int(found)


def spool_refusals(job: Job) -> Iterator[Refusal]:
    """Read the rows that the check refused, in their order."""
    if not job.spool_path:
        return
    with default_storage.open(job.spool_path + REFUSED, "rb") as file:
        for line in file:
            yield Refusal(*orjson.loads(line))


class Kept(NamedTuple):
    """The cells of a refused row as the file has them; `origin` is what a rejects file says of where it came from."""

    row: int
    origin: str
    cells: list[str]


def spool_cells(job: Job) -> Iterator[Kept]:
    """Read the cells that were kept of refused rows, in the order of the rows; none of a check of before."""
    yield from (Kept(*each) for each in _lines_of(job, CELLS))


def spool_places(job: Job) -> Iterator[Place]:
    """Read the places in the source where blocks begin, in their order; none of a check of before."""
    yield from map(Place.from_json, _lines_of(job, INDEX))


def spool_origins(job: Job) -> dict[int, int]:
    """Return of each row of a file of corrections which row of the corrected file it was; {} of any other file."""
    numbers = array("Q")
    with suppress(FileNotFoundError), default_storage.open(job.spool_path + ORIGINS, "rb") as file:
        numbers.frombytes(file.read())
    return dict(zip(numbers[::2], numbers[1::2], strict=True))


class RowRanges:
    """The words for chunks of one job, by the numbers that people know: of a correction's rows those they had first."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._origins: dict[int, int] | None = None

    def of(self, chunk: Chunk) -> str:
        """Return such as "rows 1 to 100", of a correction "rows 3, 9 and 12", "40 rows between 3 and 918".

        Where a correction's spool cannot be read the words name the file that the numbers are of.
        """
        try:
            numbers = self._numbers(chunk)
        except (JobRefused, StorageAway):
            numbers = []
        if numbers:
            return ranges_in_words(numbers)
        own = span_in_words(chunk.first_row, chunk.last_row)
        is_told = self._origins is not None and not self._origins
        return own if is_told or not self._job.parent_id else f"{own} of the file of job {self._job.pk}"

    def _numbers(self, chunk: Chunk) -> list[int]:
        if self._origins is None and self._job.spool_path:
            self._origins = spool_origins(self._job)
        if not self._origins:
            return []
        with Spool.open(self._job) as spool:
            return sorted(self._origins.get(row, row) for row in spool.rows(chunk))


def rows_in_words(job: Job, chunk: Chunk) -> str:
    """Return the words for the rows of one chunk, as `RowRanges.of`."""
    return RowRanges(job).of(chunk)


def _lines_of(job: Job, suffix: str) -> Iterator[Any]:
    try:
        file = default_storage.open(job.spool_path + suffix, "rb")
    except FileNotFoundError:
        return
    with file:
        # A cell may hold bytes that no text has, which this module writes and reads as what they are.
        yield from map(json.loads, file)


class SpoolFile(NamedTuple):
    """A file in a job's spool folder, by its name in storage; `is_used` is False when nothing needs it any more."""

    name: str
    is_used: bool


def spool_files(job: Job) -> list[SpoolFile]:
    """List what the checks of a job have left in storage. While the file is being checked, everything is in use."""
    is_checked_now = job.state == JobState.PREPARING
    mine = f"{job.spool_path}."
    return [
        SpoolFile(name, is_checked_now or (bool(job.spool_path) and name.startswith(mine))) for name in _listed(job)
    ]


def spool_delete(job: Job) -> None:
    """Remove every file that any check of this job has left, finished or not: for a job whose files are done with."""
    for name in _listed(job):
        default_storage.delete(name)


def spool_forget(path: str) -> None:
    """Remove the files of one spool, which its job does not name any more."""
    for suffix in (BODIES, ROWS, REFUSED, CELLS, INDEX, ORIGINS, DOUBLES) if path else ():
        default_storage.delete(path + suffix)


def _listed(job: Job) -> list[str]:
    folder = _folder(job)
    with suppress(FileNotFoundError, NotADirectoryError):
        return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    return []


def _folder(job: Job) -> str:
    return f"spools/{job.pk}"


class SpoolWriter:
    """Write side of a spool. Nothing is in storage before `finish`; `discard` leaves nothing behind."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.path = f"{_folder(job)}/{uuid.uuid4().hex}"
        self.chunks: list[Chunk] = []
        self.count = 0
        self.next_number = 1
        self._offset = 0
        self._files = {suffix: _temporary(job) for suffix in (BODIES, ROWS, REFUSED)}
        self._scratch: list[IO[bytes]] = []

    def add(self, body: bytes, rows: Sequence[int], blocks: str = "") -> None:
        """Append a chunk: its request body and the source row of each of its records.

        `blocks` says where it may be divided, "" where it may not; each of them takes up a number and has a checksum,
        so that the whole needs none.
        """
        self.chunks.append(
            Chunk(
                job=self.job,
                number=self.next_number,
                count=len(rows),
                first_record=self.count,
                first_row=rows[0],
                last_row=rows[-1],
                offset=self._offset,
                length=len(body),
                checksum="" if blocks else checksum_of(body),
                blocks=blocks,
            )
        )
        self.next_number += number_of_blocks(blocks)
        self._files[BODIES].write(body)
        self._files[ROWS].write(array("Q", rows).tobytes())
        self._offset += len(body)
        self.count += len(rows)

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Append refused rows; all calls together must come in the order of the rows."""
        self._files[REFUSED].write(b"".join(orjson.dumps(tuple(item)) + b"\n" for item in refusals))

    def keep(self, rows: Iterable[Kept]) -> None:
        """Append the cells of refused rows; all calls together must come in the order of the rows."""
        self._append(CELLS, map(tuple, rows))

    def note_place(self, place: Place) -> None:
        """Append where a block of the source begins; the start of the file needs no word."""
        if place.at:
            self._append(INDEX, [place.as_json()])

    def note_origins(self, origins: Mapping[int, int]) -> None:
        """Append of rows of a file of corrections which rows of the corrected file they were."""
        if ORIGINS not in self._files:
            self._files[ORIGINS] = _temporary(self.job)
        self._files[ORIGINS].write(array("Q", chain.from_iterable(origins.items())).tobytes())

    def _append(self, suffix: str, things: Iterable[Any]) -> None:
        if suffix not in self._files:
            self._files[suffix] = _temporary(self.job)
        things = list(things)
        try:
            lines = b"".join([orjson.dumps(thing, option=orjson.OPT_APPEND_NEWLINE) for thing in things])
        except orjson.JSONEncodeError:  # bytes that no text has
            lines = "".join(json.dumps(thing) + "\n" for thing in things).encode()
        self._files[suffix].write(lines)

    def replace_file(self, suffix: str) -> tuple[IO[bytes], IO[bytes]]:
        """Return what was written of one file, to be read from its start, and an empty one that takes its place.

        Whoever asks closes the former one with `drop`.
        """
        before = self._files.get(suffix)
        self._files[suffix] = after = _temporary(self.job)
        if before is None:
            return io.BytesIO(), after
        before.flush()
        before.seek(0)
        return before, after

    def begin_anew(self) -> tuple[list[Chunk], IO[bytes], IO[bytes]]:
        """Have all chunks written anew: gives the chunks so far, their bodies and their rows, to be read."""
        chunks, self.chunks, self.count, self._offset = self.chunks, [], 0, 0
        self.next_number = 1
        return chunks, self.replace_file(BODIES)[0], self.replace_file(ROWS)[0]

    def scratch(self) -> IO[bytes]:
        """Open a file of this writer's own that is gone when it finishes or discards."""
        file = tempfile.TemporaryFile(dir=work_folder())  # noqa: SIM115 - closed by `_close`
        self._scratch.append(file)
        return file

    def drop(self, file: IO[bytes]) -> None:
        """Remove a file that `replace_file` has given out."""
        _closed(file)

    def finish(self) -> str:
        """Put the files into storage and give the spool's path there."""
        for suffix, file in self._files.items():
            file.flush()
            saved = default_storage.save(self.path + suffix, _Movable(file))
            if saved != self.path + suffix:
                raise RuntimeError(f"storage kept {self.path + suffix} as {saved}")
        self._close()
        return self.path

    def discard(self) -> None:
        """Remove everything that this writer has written, and nothing of any other."""
        self._close()
        try:
            spool_forget(self.path)
        except StorageAway as away:
            log.warning("job %s: files of a check stay until they are collected: %s", self.job.pk, away)

    def _close(self) -> None:
        for file in (*self._files.values(), *self._scratch):
            _closed(file)


def _closed(file: IO[bytes]) -> None:
    file.close()
    if isinstance(name := getattr(file, "name", None), str):
        Path(name).unlink(missing_ok=True)


class _Movable(File):  # type: ignore[type-arg]
    """A finished temporary file; local storage moves it into place instead of copying it."""

    def temporary_file_path(self) -> str:
        """Say where it lies: storage asks for it under this name."""
        return str(self.name)


def _temporary(job: Job) -> Any:
    """Open a file for the check to write: where storage is a local file system, one that need only be moved."""
    folder = storage_folder(_folder(job))
    if folder is None:
        return tempfile.TemporaryFile(dir=work_folder())
    folder.mkdir(parents=True, exist_ok=True)
    # Closed and removed by SpoolWriter; a killed check's file is collected later, or removed with the job.
    return tempfile.NamedTemporaryFile(dir=folder, prefix="unfinished-", delete=False)

"""The spool of a job: ready request bodies, the source row number of every record, and what the check refused.

Three files, written once by the check and only read afterwards:

- `<path>.json`: the bodies, one JSON array after another; Chunk.offset and Chunk.length cut one out.
- `<path>.rows`: the source row number of every spooled record, eight bytes each (array 'Q').
- `<path>.refused`: a JSON array per row that the check refused: [row, code, detail, suggested fix], by row.

Each check writes under a path of its own, and removes only what it wrote itself: `spool_files` shows what is left over.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import uuid
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from django.core.files.base import File
from django.core.files.storage import default_storage

from bpadmin.jobs.models import Chunk, Job, JobState
from bpadmin.jobs.registry import JobRefused

BODIES, ROWS, REFUSED = ".json", ".rows", ".refused"
GONE = "The checked data of this job are no longer kept. Upload the file again."
CHANGED = (
    "The checked data of rows {first:,} to {last:,} are not as the check wrote them: they were changed or damaged on "
    "the disk. None of these rows was sent, and nothing after them. Tell your administrator, then upload the file "
    "again without the rows that are in the list."
)
ROW_BYTES = 8
CHECKSUM_BYTES = 8


class Refusal(NamedTuple):
    """A row that the check refused; `detail` and `fix` may be empty."""

    row: int
    code: str
    detail: str
    fix: str


class Spool:
    """Read side of a spool; safe to share between threads. Close it, or use it in a `with`."""

    def __init__(self, bodies: IO[bytes], rows: IO[bytes]) -> None:
        self._bodies, self._rows = bodies, rows
        self._lock = threading.Lock()

    @classmethod
    def open(cls, job: Job) -> Spool:
        """Open the spool that the check of `job` wrote. JobRefused when it is gone."""
        if not job.spool_path:
            raise JobRefused(GONE)
        try:
            bodies = default_storage.open(job.spool_path + BODIES, "rb")
            rows = default_storage.open(job.spool_path + ROWS, "rb")
        except FileNotFoundError as error:
            raise JobRefused(GONE) from error
        return cls(bodies, rows)

    def body(self, chunk: Chunk) -> bytes:
        """Give a chunk's request body: a JSON array in UTF-8, ready to POST. JobRefused when it was changed on disk.

        A chunk of before there were checksums is not compared.
        """
        body = self._cut(self._bodies, chunk.offset, chunk.length)
        if chunk.checksum and checksum_of(body) != chunk.checksum:
            raise JobRefused(CHANGED.format(first=chunk.first_row, last=chunk.last_row))
        return body

    def rows(self, chunk: Chunk) -> array[int]:
        """Give the source row number of each record of a chunk, in the body's order (array 'Q')."""
        numbers = array("Q")
        numbers.frombytes(self._cut(self._rows, chunk.first_record * ROW_BYTES, chunk.count * ROW_BYTES))
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

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def checksum_of(body: bytes) -> str:
    """Give the checksum of a chunk's body, in hexadecimal."""
    return hashlib.blake2b(body, digest_size=CHECKSUM_BYTES).hexdigest()


def spool_refusals(job: Job) -> Iterator[Refusal]:
    """Read the rows that the check refused, in their order."""
    if not job.spool_path:
        return
    with default_storage.open(job.spool_path + REFUSED, "rb") as file:
        for line in file:
            yield Refusal(*orjson.loads(line))


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
    for suffix in (BODIES, ROWS, REFUSED) if path else ():
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
        self._offset = 0
        folder = _local_folder(job)
        self._files = {suffix: _temporary(folder) for suffix in (BODIES, ROWS, REFUSED)}

    def add(self, body: bytes, rows: Sequence[int]) -> None:
        """Append a chunk: its request body and the source row of each of its records."""
        self.chunks.append(
            Chunk(
                job=self.job,
                number=len(self.chunks) + 1,
                count=len(rows),
                first_record=self.count,
                first_row=rows[0],
                last_row=rows[-1],
                offset=self._offset,
                length=len(body),
                checksum=checksum_of(body),
            )
        )
        self._files[BODIES].write(body)
        self._files[ROWS].write(array("Q", rows).tobytes())
        self._offset += len(body)
        self.count += len(rows)

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Append refused rows; all calls together must come in the order of the rows."""
        self._files[REFUSED].write(b"".join(orjson.dumps(tuple(item)) + b"\n" for item in refusals))

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
        spool_forget(self.path)

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
            with suppress(FileNotFoundError):
                Path(file.name).unlink()


class _Movable(File):  # type: ignore[type-arg]
    """A finished temporary file; local storage moves it into place instead of copying it."""

    def temporary_file_path(self) -> str:
        """Say where it lies: storage asks for it under this name."""
        return str(self.name)


def _temporary(folder: str | None) -> Any:
    # Closed and removed by SpoolWriter; a killed check's file is collected later, or removed with the job.
    return tempfile.NamedTemporaryFile(dir=folder, prefix="unfinished-", delete=False)


def _local_folder(job: Job) -> str | None:
    """Give the folder of the spool where storage is a local file system, so that finished files need only be moved."""
    try:
        folder = Path(default_storage.path(_folder(job)))
    except NotImplementedError:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)

"""The files of an export in storage: parts that are written once and read in order, and the finished file.

Each part has a name of its own for good, so that a driver taken for dead that was only slow cannot write over what
another has kept. Works on any storage: nothing is ever appended to an object.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import orjson
from django.core.files.base import File
from django.core.files.storage import default_storage

from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job
from bpadmin.records.exports.columns import Line
from bpadmin.records.exports.options import PartFile
from bpadmin.storage import local_work as workplace
from bpadmin.storage.local_work import storage_folder

FOLDER = "exports"
# Of files that hold records as lines of JSON, and of those that hold rows as they will stand in a CSV file.
LINES, ROWS = ".part", ".rows"
GONE = "What this export had read so far is no longer kept. Ask for the export again."


def folder_of(job_id: int) -> str:
    """Name the folder of an export in storage."""
    return f"{FOLDER}/{job_id}"


def work_folder(job_id: int) -> Path:
    """Return a folder on this machine for files that are being written; not /tmp, which often is memory."""
    folder = storage_folder(folder_of(job_id))
    if folder is None:
        return workplace.work_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def file_begin(job: Job) -> IO[bytes]:
    """Open a file that is gone with the process until `file_keep` has put it into storage."""
    return tempfile.TemporaryFile(dir=work_folder(job.pk))


def file_keep(job: Job, file: IO[bytes], suffix: str) -> str:
    """Put a written file into storage under a new name, and give the name."""
    file.flush()
    file.seek(0)
    return default_storage.save(f"{folder_of(job.pk)}/{uuid.uuid4().hex}{suffix}", File(file))


def lines_read(parts: Iterable[PartFile]) -> Iterator[Line]:
    """Read the lines of parts in order. Raises JobRefused when a part is gone."""
    for part in parts:
        with part_open(part) as file:
            yield from map(orjson.loads, file)


@contextmanager
def part_open(part: PartFile) -> Iterator[IO[bytes]]:
    """Open a part for reading. Raises JobRefused when it is gone."""
    try:
        file = default_storage.open(part.name, "rb")
    except FileNotFoundError as error:
        raise JobRefused(GONE) from error
    with file:
        yield file.file or file


def file_drop(name: str) -> None:
    """Remove one file that no job names."""
    default_storage.delete(name)


def files_delete(job_id: int, *, but: str = "") -> None:
    """Delete everything of an export but the file named."""
    folder = folder_of(job_id)
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            if f"{folder}/{name}" != but:
                default_storage.delete(f"{folder}/{name}")
    # What is left is in a local storage only: the folder itself, and temporary files of a writer that was killed.
    if not but and (left := storage_folder(folder)) is not None:
        shutil.rmtree(left, ignore_errors=True)


def folders_listed() -> list[str]:
    """Name the exports that have a folder, by their job's id."""
    with suppress(FileNotFoundError):
        return list(default_storage.listdir(FOLDER)[0])
    return []

"""The rows that a recycling has read, kept in storage until they are the file of an upload."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bpadmin.jobs.files.orphans import OrphanCollector
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job

FOLDER = "recycling"
COUNT_COLUMN = "Attempts so far"
GONE = "The rows that were read are no longer kept. Recycle anew."


def part_keep(job_id: int, lines: bytes) -> str:
    """Store rows as lines of JSON, each a pair of attempts and record, and return the name."""
    return default_storage.save(f"{FOLDER}/{job_id}/{uuid.uuid4().hex}.part", ContentFile(lines))


def parts_rows(parts: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows in order: attempts so far, and the record. Raises JobRefused when a part is gone."""
    for name in parts:
        try:
            file = default_storage.open(name, "rb")
        except FileNotFoundError as error:
            raise JobRefused(GONE) from error
        with file:
            for line in file:
                attempts, entry = orjson.loads(line)
                yield attempts, entry


def parts_names(parts: Sequence[str]) -> list[str]:
    """Return the names of all fields that occur, in the order in which they do."""
    names: dict[str, None] = {}
    for _, entry in parts_rows(parts):
        names.update(dict.fromkeys(entry))
    return list(names)


def parts_csv(parts: Sequence[str], names: Sequence[str]) -> Iterator[bytes]:
    """Yield the rows as a CSV file; the last column is the attempts so far."""
    yield _line([*names, COUNT_COLUMN])
    for attempts, entry in parts_rows(parts):
        yield _line(["" if entry.get(name) is None else str(entry[name]) for name in names] + [str(attempts)])


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def parts_delete(job_id: int) -> int:
    """Remove the rows that were kept for a job; returns how many files."""
    folder, count = f"{FOLDER}/{job_id}", 0
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
            count += 1
    return count


def parts_collect(now: datetime) -> int:
    """Remove the rows of jobs that ended where nobody saw it, such as by being cancelled; returns how many files."""
    names: list[str] = []
    with suppress(FileNotFoundError):
        names = [name for name in default_storage.listdir(FOLDER)[0] if name.isdecimal()]
    open_jobs = Job.objects.filter(pk__in=map(int, names)).exclude(state__in=Job.FINAL)
    alive = set(open_jobs.values_list("pk", flat=True))
    return sum(parts_delete(int(name)) for name in names if int(name) not in alive)


ORPHANS = OrphanCollector("rows of recyclings", parts_collect)

"""The parts of old values in storage: written once, under names of their own, and read in order."""

from __future__ import annotations

import io
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson
from django.core.files.base import File
from django.core.files.storage import default_storage

from bpadmin.storage.troubles import StorageAway
from bpadmin.web.downloads import FileGone
from lists.models import OldValues

log = logging.getLogger(__name__)

FOLDER = "kept"
GONE = "The old values that were kept are not there any more."


def part_write(old: OldValues, entries: Sequence[Mapping[str, Any]]) -> str:
    """Put some records into storage and give the name of the part."""
    data = b"".join(orjson.dumps(entry) + b"\n" for entry in entries)
    return str(default_storage.save(f"{FOLDER}/{old.job_id}/{uuid.uuid4().hex}.ndjson", File(io.BytesIO(data))))


def lines_read(old: OldValues) -> Iterator[dict[str, Any]]:
    """Return the kept records in their order. Raises FileGone."""
    for name in old.parts:
        try:
            file = default_storage.open(name, "rb")
        except FileNotFoundError as error:
            raise FileGone(GONE) from error
        with file:
            yield from map(orjson.loads, file.file or file)


def files_drop(old: OldValues) -> bool:
    """Remove all parts of old values, also what a killed process has left; False where that cannot be now."""
    folder = f"{FOLDER}/{old.job_id}"
    try:
        with suppress(FileNotFoundError):
            for name in default_storage.listdir(folder)[1]:
                default_storage.delete(f"{folder}/{name}")
    except (OSError, StorageAway):
        log.exception("the old values kept of job %s could not be removed", old.job_id)
        return False
    return True

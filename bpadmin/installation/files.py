"""Whether the place for files can be written, and is the same on every machine.

Most first installations fail here: the folder belongs to another user, the disk is full, the bucket is not there, or
web and workers have different folders. A mark in the storage and in the database tells the last one.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from bpadmin.installation.disk import disk_full_words, is_disk_full
from bpadmin.installation.models import Installation
from bpadmin.pace import scaled
from bpadmin.storage.local_work import storage_folder, work_folder
from bpadmin.storage.troubles import StorageAway

MARK = "bpadmin-mark"
# A look costs three requests where storage is elsewhere, and every machine's health is asked for every few seconds.
LOOK_SECONDS = scaled(15.0)
_well: dict[str, float] = {}


def files_problem() -> str:
    """Return what is wrong with the place for files, in words that say what to do; "" when it is well.

    Writes a small file and takes it away again; makes the mark where there is none yet. An object storage that was well
    is not asked again for LOOK_SECONDS.
    """
    place = "" if storage_folder() else _where()
    if place and time.monotonic() - _well.get(place, -LOOK_SECONDS) < LOOK_SECONDS:
        return ""
    problem = _looked()
    if place and not problem:
        _well[place] = time.monotonic()
    return problem


def _looked() -> str:
    try:
        _write_and_remove()
        return _mark_problem()
    except StorageAway as away:
        return str(away)
    except PermissionError:
        return _not_ours()
    except OSError as error:
        if is_disk_full(error):
            return f"{disk_full_words()} Nothing can be written to {_disk()}. Make room."
        return f"Nothing can be written to {_disk()}: {error.strerror or error}."


def _write_and_remove() -> None:
    folder = storage_folder()
    if folder is None:
        name = default_storage.save(f"probe/{uuid.uuid4().hex}", ContentFile(b"probe"))
        default_storage.delete(name)
        folder = work_folder()
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f"probe-{uuid.uuid4().hex}"
    try:
        with probe.open("wb") as file:
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)


def _mark_problem() -> str:
    known = Installation.objects.filter(pk=1).values_list("files_mark", flat=True).first()
    return _mark_differs(known) if known else _mark_make()


def _mark_make() -> str:
    with transaction.atomic():
        row, _ = Installation.objects.select_for_update().get_or_create(pk=1)
        if not row.files_mark:
            row.files_mark = _mark_read() or uuid.uuid4().hex
            row.save(update_fields=["files_mark"])
            if not default_storage.exists(MARK):
                default_storage.save(MARK, ContentFile(row.files_mark.encode()))
            return ""
    return _mark_differs(row.files_mark)


def _mark_differs(known: str) -> str:
    found = _mark_read()
    if found == known:
        return ""
    return (
        f"The place for files ({_where()}) is not the one that the other parts use: its mark is "
        f"{'missing' if not found else 'another'}. Give web and workers the same folder, volume or bucket; after "
        f"a move, copy the file {MARK} as well."
    )


def _mark_read() -> str:
    try:
        with default_storage.open(MARK, "rb") as file:
            return str(file.read(100).decode("ascii", "replace").strip())
    except FileNotFoundError:
        return ""


def _not_ours() -> str:
    place = _disk()
    while not place.exists() and place != place.parent:
        place = place.parent
    owner = place.stat().st_uid
    return (
        f"The folder {place} belongs to user {owner}, and bpadmin runs as user {os.getuid()}, which may not write "
        f"there: chown -R {os.getuid()} {place}"
    )


def _disk() -> Path:
    """Return the folder of this machine that is written to, whatever the storage."""
    return storage_folder() or Path(settings.MEDIA_ROOT)


def _where() -> str:
    folder = storage_folder()
    return str(folder) if folder else str(getattr(default_storage, "where", "the object storage"))

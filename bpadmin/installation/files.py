"""Whether the place for files can be written, and is the same on every machine.

Most first installations fail here: the folder belongs to another user, the disk is full, or web and workers have
different folders. A mark in the storage and in the database tells the last one.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from bpadmin.disk import disk_full_words, is_disk_full
from bpadmin.installation.models import Installation

MARK = "bpadmin-mark"


def files_problem() -> str:
    """Return what is wrong with the place for files, in words that say what to do; "" when it is well.

    Writes a small file and takes it away again; makes the mark where there is none yet.
    """
    try:
        _write_and_remove()
        return _mark_problem()
    except PermissionError:
        return _not_ours()
    except OSError as error:
        if is_disk_full(error):
            return f"{disk_full_words()} Nothing can be written to {_where()}. Make room."
        return f"Nothing can be written to {_where()}: {error.strerror or error}."


def _write_and_remove() -> None:
    folder = _folder()
    if folder is None:
        name = default_storage.save(f"probe/{uuid.uuid4().hex}", ContentFile(b"probe"))
        default_storage.delete(name)
        return
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
    with transaction.atomic():
        row, _ = Installation.objects.select_for_update().get_or_create(pk=1)
        if not row.files_mark:
            row.files_mark = _mark_read() or uuid.uuid4().hex
            row.save(update_fields=["files_mark"])
            if not default_storage.exists(MARK):
                default_storage.save(MARK, ContentFile(row.files_mark.encode()))
            return ""
    found = _mark_read()
    if found == row.files_mark:
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
    place = Path(_where())
    while not place.exists() and place != place.parent:
        place = place.parent
    owner = place.stat().st_uid
    return (
        f"The folder {place} belongs to user {owner}, and bpadmin runs as user {os.getuid()}, which may not write "
        f"there: chown -R {os.getuid()} {place}"
    )


def _folder() -> Path | None:
    """Return the folder of a storage that is one, else None."""
    try:
        return Path(default_storage.path(""))
    except NotImplementedError:
        return None


def _where() -> str:
    folder = _folder()
    return str(folder) if folder else "the object storage"

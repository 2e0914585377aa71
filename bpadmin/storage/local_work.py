"""Where files lie while something is done with them on this machine, whatever storage keeps them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.core.files.storage import default_storage

COPY_BYTES = 1024 * 1024


class CopyStopped(Exception):
    """The copying was told to stop."""


def storage_folder(name: str = "") -> Path | None:
    """Return the folder of a name in a storage that is one of this machine's file systems, else None."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None


def work_folder() -> Path:
    """Return the folder for files under way where storage is no folder; not /tmp, which often is memory."""
    folder = Path(settings.MEDIA_ROOT) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def file_nearby(name: str, *, should_stop: Callable[[], bool] = lambda: False) -> Iterator[IO[bytes]]:
    """Open a stored file as one of this machine, for reading all of it in any order. FileNotFoundError, CopyStopped.

    Where storage is elsewhere it is a copy without a name, gone when it is closed or the process ends.
    """
    with default_storage.open(name, "rb") as stored:
        if storage_folder() is not None:
            yield cast(IO[bytes], stored)
            return
        with tempfile.TemporaryFile(dir=work_folder()) as copy:
            for data in iter(partial(stored.read, COPY_BYTES), b""):
                if should_stop():
                    raise CopyStopped
                copy.write(data)
            copy.seek(0)
            yield copy


def work_collect(before: datetime) -> int:
    """Remove what killed processes of this machine have left of their work; returns how much."""
    count = 0
    for path in (Path(settings.MEDIA_ROOT) / "work").glob("*"):
        try:
            if path.stat().st_mtime >= before.timestamp():
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except FileNotFoundError:
            continue
        count += 1
    return count

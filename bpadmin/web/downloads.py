"""Files that are made when somebody fetches them: whole, or an answer in words; never a beginning that looks whole.

A WSGI server ends an answer whose stream breaks as it ends a good one (granian does, with any exception), so the
fetching program could not tell. The file is therefore made first, in a temporary file without a name, and sent with its
length: what breaks while it is made is an answer of its own, and what breaks after that leaves bytes missing, which
every client notices.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from bpadmin.installation.disk import disk_full_answer, is_disk_full
from bpadmin.storage.troubles import StorageAway

IN_MEMORY = 4 * 1024 * 1024
UNREADABLE = "A file that this download is made of cannot be read. Try again; if it stays, tell the operator."


class FileGone(Exception):
    """What a download is made of is not there (any more), or not as it was; the message says so in words."""


class WholeFileResponse(FileResponse):
    """A file in pieces that are worth a trip through the server; Django's own are 4 kB."""

    block_size = 256 * 1024


def file_make(parts: Iterable[bytes]) -> IO[bytes]:
    """Write parts into a temporary file and give it, at its beginning; it is gone when it is closed.

    It lies beside the storage: /tmp often is memory. Small files stay in memory.
    """
    folder = Path(settings.MEDIA_ROOT) / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(folder))  # noqa: SIM115 - closed by the response
    try:
        for part in parts:
            file.write(part)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return cast(IO[bytes], file)


def download(
    request: HttpRequest, make: Callable[[], Iterable[bytes]], *, name: str, content_type: str
) -> HttpResponseBase:
    """Answer with the file that `make` gives in parts, once all of it is made; else with a page that says why not."""
    try:
        file = file_make(make())
        return whole_file(file, name=name, content_type=content_type)
    except FileGone as gone:
        return download_refused(request, str(gone))
    except StorageAway as away:
        return download_refused(request, f"{away} Try again in a moment.", status=503)
    except OSError as error:
        if is_disk_full(error):
            return disk_full_answer(request)
        return download_refused(request, UNREADABLE, status=503)


def whole_file(file: IO[bytes], *, name: str, content_type: str = "") -> WholeFileResponse:
    """Answer with a file at its beginning, and say how long it is, so that a broken transfer is seen."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    more = {"content_type": content_type} if content_type else {}
    response = WholeFileResponse(file, as_attachment=True, filename=name, **more)
    response.headers["Content-Length"] = str(size)
    return response


def download_refused(request: HttpRequest, words: str, *, status: int = 410) -> HttpResponse:
    """Show why there is no file; 410 where it will not come back, 409 where it is not there yet."""
    return render(request, "errors/download.html", {"words": words}, status=status)


def file_write(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file whole or not at all: under another name beside it first. OSError, and what `parts` raises.

    A device or a pipe is written to as it comes.
    """
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("wb") as handle:
            handle.writelines(parts)
        return
    target = path.resolve()
    fresh = target.with_name(f".{target.name[:100]}.{uuid.uuid4().hex[:8]}.unfinished")
    try:
        with fresh.open("xb") as handle:
            handle.writelines(parts)
            handle.flush()
            os.fsync(handle.fileno())
        if target.exists():
            fresh.chmod(stat.S_IMODE(target.stat().st_mode))
        fresh.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise

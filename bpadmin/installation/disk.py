"""A disk without room: how it shows, how much is free, and what is said about it.

It is a trouble that passes: nothing that fails for it is an error of ours, and nothing is given up for it.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
# With less than this even a page's session cannot be counted on.
LITTLE = 50 * MEGABYTE
STATUS = 507  # Insufficient Storage
_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
# SQLite's SQLITE_FULL; PostgreSQL's disk_full, which the driver carries as `sqlstate`.
_SQLITE, _POSTGRES = "database or disk is full", "53100"


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether an error, or one that it was raised from, says that a disk has no room."""
    return any(_says_full(each) for each in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return True
    return _SQLITE in str(error) or getattr(error, "sqlstate", "") == _POSTGRES


def free_bytes(folder: Path | None = None) -> int | None:
    """Return how many bytes are free on the disk of a folder (default: the fullest of data and files); None if unknown.

    A folder that is not there yet is on the disk of the first one above it that is.
    """
    folders = [folder] if folder else [Path(settings.DATA_DIR), Path(settings.MEDIA_ROOT)]
    found = []
    for each in folders:
        there = next((above for above in (each, *each.parents) if above.exists()), each)
        try:
            found.append(shutil.disk_usage(there).free)
        except OSError:
            continue
    return min(found, default=None)


def disk_full_words(folder: Path | None = None) -> str:
    """Say that the disk is full and how much is free, as one sentence."""
    free = free_bytes(folder)
    if free is None:
        return "The disk of bpadmin is full."
    return f"The disk of bpadmin is full: free {free // MEGABYTE:,} MB, which is not enough."


def is_room_short() -> bool:
    """Return whether so little is free that people should hear of it."""
    free = free_bytes()
    return free is not None and free < LITTLE


def disk_full_answer(request: HttpRequest) -> HttpResponse:
    """Say in a page, or in JSON to our scripts, that there is no room; needs neither session nor database."""
    words = f"{disk_full_words()} What you asked for could not be finished. Try again when the operator has made room."
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"problem": words}, status=STATUS)
    return HttpResponse(render_to_string("errors/507.html", {"words": words}), status=STATUS)


class DiskFullMiddleware:
    """Answer a request that failed for want of room with words; what fails outside of views is `web.server_error`'s."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Take what a view let through; everything but a full disk stays what it is."""
        if not is_disk_full(exception):
            return None
        log.error("%s %s: the disk is full: %s", request.method, request.path, exception)
        return disk_full_answer(request)

"""Take a file out of a request as a stream, so that nothing of it ever is in memory, whatever its size."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO, cast
from urllib.parse import unquote

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat

from bpadmin.uploads.files import UploadRefused

RAW = "application/octet-stream"
NAME_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Received:
    """A file on its way in: its name as the person knows it, its size in bytes, a stream that needs only `read(n)`."""

    name: str
    size: int
    stream: BinaryIO


class LimitedUpload(FileUploadHandler):
    """Write a form's file to disk beside the storage, and stop at the size limit instead of filling the disk.

    The file has no name on disk: it is gone with the request, however the process ends. /tmp would not do: it often
    is memory. Every form of every page is received so (settings.FILE_UPLOAD_HANDLERS).
    """

    chunk_size = 1024 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.is_too_large = False
        self._file: BinaryIO | None = None
        self._opened: list[BinaryIO] = []
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the next file of the form."""
        super().new_file(*args, **kwargs)
        self._file, self._size = None, 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece."""
        self._size += len(raw_data)
        if self._size > settings.MAX_UPLOAD_BYTES:
            self.is_too_large = True
            # The rest is read and thrown away: a browser shows an answer only after it has sent everything.
            raise StopUpload(connection_reset=False)
        if self._file is None:
            folder = Path(settings.MEDIA_ROOT) / "incoming"
            folder.mkdir(parents=True, exist_ok=True)
            self._file = cast(BinaryIO, tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - lives as long as the request
            self._opened.append(self._file)
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        """Return what arrived."""
        stream = self._file or io.BytesIO()
        stream.seek(0)
        return UploadedFile(stream, self.file_name, self.content_type, file_size, self.charset)

    def close(self) -> None:
        """Close everything that was opened, whatever became of it; only then is its room on the disk free again."""
        while self._opened:
            with suppress(OSError):  # what was not written yet finds no room on a full disk
                self._opened.pop().close()


class FormsClosed:
    """Close the files of every form when its request is over.

    Django closes those that arrived whole. What broke off is kept open by the request and its handler, which hold each
    other, until Python happens to look for such rings: on a full disk, never.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on, then close."""
        try:
            return self.get_response(request)
        finally:
            # Asked for by its name, Django would make the handlers of a request that has no form.
            for handler in vars(request).get("_upload_handlers", ()):
                if isinstance(handler, LimitedUpload):
                    handler.close()


def file_limit(request: HttpRequest) -> None:
    """Prepare a request for a form with a file; must come before anything reads `request.POST`."""
    request.upload_handlers = [LimitedUpload(request)]


def file_receive(request: HttpRequest) -> Received:
    """Give the file of a request: its raw body (our script sends it so), or the form's field `file`. UploadRefused."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if request.content_type == RAW:
        if length > settings.MAX_UPLOAD_BYTES:
            raise UploadRefused(too_large())
        name = _base_name(unquote(request.headers.get("X-File-Name", "")))
        return Received(name, length, cast(BinaryIO, request))
    file = request.FILES.get("file")
    if any(isinstance(handler, LimitedUpload) and handler.is_too_large for handler in request.upload_handlers):
        raise UploadRefused(too_large())
    if not isinstance(file, UploadedFile):
        raise UploadRefused("Choose a file first.")
    return Received(_base_name(file.name or ""), file.size or 0, cast(BinaryIO, file))


def too_large() -> str:
    """Say that a file is too large, and what to do."""
    limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
    return f"The file is larger than the {limit} that can be uploaded. Split it, or compress it as .zip or .gz."


def _base_name(name: str) -> str:
    base = PureWindowsPath(PurePosixPath(name).name).name.strip()
    return "".join(sign for sign in base if sign.isprintable())[-NAME_LENGTH:] or "file"

"""Take a file out of a request as a stream, so that nothing of it ever is in memory, whatever its size."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast
from urllib.parse import unquote

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from lists.uploads import UploadRefused

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
    is memory.
    """

    chunk_size = 1024 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.is_too_large = False
        self._file: BinaryIO | None = None
        self._size = 0

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
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        """Give what arrived."""
        stream = self._file or io.BytesIO()
        stream.seek(0)
        return UploadedFile(stream, self.file_name, self.content_type, file_size, self.charset)


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

"""What a file is (text, workbook, or one of them packed) and its bytes, unpacked as they are read."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from bpadmin.tabular.types import Kind, TabularError

ZIP_MAGIC, GZIP_MAGIC = b"PK\x03\x04", b"\x1f\x8b"
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
UNREADABLE_ZIP = "The archive is packed in a way that cannot be read here. Use a plain .zip, or upload the .csv itself."
TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat")


@dataclass(frozen=True, slots=True)
class Packing:
    """How a file is packed: `kind` of what is inside, `form` plain, gzip or zip, and the members to choose from."""

    kind: Kind
    form: str = "plain"
    members: tuple[str, ...] = ()


def packing_of(file: BinaryIO) -> Packing:
    """Tell from its first bytes what a file is; TabularError when nothing in it can be read as a table."""
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    if not head:
        raise TabularError("The file is empty. Choose a file with at least one row.")
    if head.startswith(GZIP_MAGIC):
        return Packing(Kind.CSV, "gzip")
    if head == OLE_MAGIC:
        return Packing(Kind.WORKBOOK)
    if head.startswith((ZIP_MAGIC, b"PK\x05\x06")):
        return _zip_packing(file)
    if head.startswith(b"%PDF"):
        raise TabularError("This is a PDF, not a table. Export the data as CSV or Excel and upload that.")
    return Packing(Kind.CSV)


def _zip_packing(file: BinaryIO) -> Packing:
    with _zip_of(file) as archive:
        names = [item.filename for item in archive.infolist() if not item.is_dir()]
        if "xl/workbook.xml" in names or (
            "[Content_Types].xml" in names and any(name.startswith("xl/") and name.endswith(".xml") for name in names)
        ):
            return Packing(Kind.XLSX)
        if "xl/workbook.bin" in names or {"mimetype", "content.xml"} <= set(names):
            return Packing(Kind.WORKBOOK)
        files = [name for name in names if not _is_clutter(name)]
        texts = [name for name in files if name.lower().endswith(TEXT_ENDINGS)]
        if any(name.lower().endswith((".xlsx", ".xls", ".xlsb", ".ods")) for name in files) and not texts:
            raise TabularError("The archive holds an Excel workbook. Unpack it and upload the workbook itself.")
        chosen = tuple(texts or (files if len(files) == 1 else ()))
        if not chosen:
            raise TabularError("The archive holds no .csv file. Put one in, or upload the file without packing it.")
        if any(item.flag_bits & 1 for item in archive.infolist() if item.filename in chosen):
            raise TabularError("The archive is protected by a password. Pack it again without one, or upload the .csv.")
        return Packing(Kind.CSV, "zip", chosen)


def _is_clutter(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return name.startswith("__MACOSX/") or last.startswith(".") or last == "Thumbs.db"


def _zip_of(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise TabularError("The archive is damaged or incomplete. Pack and upload it again.") from error


def _member_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise TabularError(UNREADABLE_ZIP) from error


class _Measured(io.RawIOBase):
    """A stream that counts what comes out of it, and stops a small archive from growing without end."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit, self.count = stream, limit, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self.stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise TabularError("The packed file is damaged or incomplete. Pack and upload it again.") from error
        except (RuntimeError, NotImplementedError) as error:
            raise TabularError(UNREADABLE_ZIP) from error
        self.count += len(data)
        if self.limit and self.count > self.limit:
            raise TabularError(
                f"Unpacked, the file is larger than {self.limit // (1024 * 1024):,} MB. Split it and upload the parts."
            )
        return data


@dataclass(slots=True)
class Source:
    """A stream of unpacked bytes; `done()` of `total` bytes are read, counted where the length is known."""

    stream: BinaryIO
    done: Callable[[], int]
    total: int


@contextmanager
def open_text(file: BinaryIO, *, member: str = "", limit: int = 0) -> Iterator[Source]:
    """Open the text in a file, plain or packed, from its start. `limit` bounds the unpacked bytes (0: no bound)."""
    packing = packing_of(file)
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    if packing.form == "zip":
        with _zip_of(file) as archive:
            name = member if member in packing.members else packing.members[0]
            info = archive.getinfo(name)
            with _member_of(archive, info) as inner:
                stream = _Measured(cast(BinaryIO, inner), limit)
                yield Source(cast(BinaryIO, stream), lambda: stream.count, info.file_size)
    elif packing.form == "gzip":
        with gzip.GzipFile(fileobj=file) as unpacked:
            stream = _Measured(cast(BinaryIO, unpacked), limit)
            yield Source(cast(BinaryIO, stream), file.tell, size)
    else:
        yield Source(file, file.tell, size)

"""What a file is (text, workbook, or one of them packed) and its bytes, unpacked as they are read."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from bpadmin.tabular import limits
from bpadmin.tabular.parts import ALL_MEMBERS, joined_parts
from bpadmin.tabular.registry_xml import looks_like_registry, registry_rows
from bpadmin.tabular.types import Kind, TabularError

ZIP_MAGIC, GZIP_MAGIC = b"PK\x03\x04", b"\x1f\x8b"
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
DAMAGED_ZIP = "The archive is damaged or incomplete. Pack and upload it again."
UNREADABLE_ZIP = "The archive is packed in a way that cannot be read here. Use a plain .zip, or upload the .csv itself."
_OTHER_ENDINGS = """
jpg jpeg png gif bmp tif tiff webp heic svg pdf doc docx ppt pptx rtf mp3 mp4 wav mov avi exe dll zip gz 7z rar eml msg
htm html xml json
"""
OTHER_ENDINGS = tuple(f".{ending}" for ending in _OTHER_ENDINGS.split())
NAMED = 5
SNIFFED_BYTES = 4096
# What programs call a workbook and is none: how it begins, what it is, and what to do.
_EXPORT = "Export the data as CSV or Excel and upload that."
_AS_XLSX = "Open it in Excel, save it as .xlsx or as CSV, and upload that."
_FAKES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"urn:schemas-microsoft-com:office:spreadsheet|progid=.Excel", re.IGNORECASE),
     f"This is an XML table of Excel 2003, whatever its name says. {_AS_XLSX}"),
    (re.compile(r"\s*+(?:<!--.*?-->\s*+)*+<(?:!doctype\s+html|html|head|body|table|meta|style|center|div)\b",
                re.IGNORECASE | re.DOTALL),
     f"This is a web page (HTML) with a table, whatever its name says; many programs export such a file as “.xls”. "
     f"{_AS_XLSX}"),
    (re.compile(r"MIME-Version:", re.IGNORECASE), f"This is a web page in one file (MHTML). {_AS_XLSX}"),
    (re.compile(r"\s*<\?xml\b"), f"This is an XML document, not a table. {_EXPORT}"),
    (re.compile(r"\{\\rtf"), f"This is a text document (RTF), not a table. {_EXPORT}"),
    (re.compile(r"ID;P(?:WXL|XL|MP|SCALC\d|CALCOOO\w*)\b"), f"This is a table in the old SYLK format. {_AS_XLSX}"),
    (re.compile(r"\s*[\[{]\s*(?:\{\s*)?\"[^\"\n]*\"\s*:"),
     "This is JSON, not a table. Export the data as CSV or Excel and upload that."),
)  # fmt: skip
PROTECTED = "The workbook is protected by a password. Save it without one and upload it again."
_MANIFEST = "META-INF/manifest.xml"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DOCUMENT = "WordDocument".encode("utf-16-le")
_IN_ZIP = {
    "word/document.xml": "This is a Word document, not a table. Export the data as CSV or Excel and upload that.",
    "ppt/presentation.xml": "This is a presentation, not a table. Export the data as CSV or Excel and upload that.",
    "Index/Document.iwa": "This is an Apple Numbers document. Export it as Excel or CSV and upload that.",
}
# Archives that are not read here: how they begin, or what stands at a place in them, and what they are called.
_ARCHIVES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"7z\xbc\xaf\x27\x1c", "7z"), (0, b"Rar!\x1a\x07", "RAR"), (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"), (4, b"1AY&SY", "bzip2"), (257, b"ustar", "tar"),
)  # fmt: skip
_PACKED_WORKBOOK = "The archive holds an Excel workbook. Unpack it and upload the workbook itself."
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
    head = file.read(SNIFFED_BYTES)
    file.seek(0)
    if not head:
        raise TabularError("The file is empty. Choose a file with at least one row.")
    _refuse_archive(head)
    if head.startswith(GZIP_MAGIC):
        _refuse_in_gzip(file)
        return Packing(Kind.CSV, "gzip")
    if head.startswith(OLE_MAGIC):
        _refuse_in_ole(file)
        return Packing(Kind.WORKBOOK)
    if head.startswith((ZIP_MAGIC, b"PK\x05\x06")):
        return _zip_packing(file)
    if head.startswith(b"%PDF"):
        raise TabularError("This is a PDF, not a table. Export the data as CSV or Excel and upload that.")
    if not looks_like_registry(head):
        _refuse_fake(head)
    return Packing(Kind.CSV)


def _refuse_archive(head: bytes) -> None:
    """Name an archive of a kind that is not read here."""
    for at, mark, name in _ARCHIVES:
        if head.startswith(mark, at):
            raise TabularError(
                f"This is a {name} archive, which cannot be read here. Unpack it and upload the file that is in it, or "
                "pack that as .zip or .gz."
            )


def _refuse_in_gzip(file: BinaryIO) -> None:
    """Refuse what is packed once more, and a workbook; a damaged file is told where it is read."""
    head = b""
    with suppress(*limits.UNPACKING), gzip.GzipFile(fileobj=file) as unpacked:
        head = unpacked.read(SNIFFED_BYTES)
    file.seek(0)
    _refuse_archive(head)
    if head.startswith((GZIP_MAGIC, ZIP_MAGIC)) and not _is_package(head):
        raise TabularError("The file is packed twice. Unpack it once and upload what is in it.")
    if head.startswith((ZIP_MAGIC, OLE_MAGIC)):
        raise TabularError(_PACKED_WORKBOOK)


def _is_package(head: bytes) -> bool:
    """Return whether a zip archive begins as workbooks do."""
    return any(name in head for name in (b"[Content_Types].xml", b"xl/", b"docProps/", b"_rels/", b"mimetype"))


def _refuse_fake(head: bytes) -> None:
    """Refuse what is text and no table, by how it begins; what looks like a table to Excel is named as what it is."""
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if is_wide else "latin-1", "replace").removeprefix("ï»¿")
    for begins, words in _FAKES:
        is_there = begins.search(text) if begins is _FAKES[0][0] and text.lstrip()[:1] == "<" else begins.match(text)
        if is_there:
            raise TabularError(words)


def _refuse_in_ole(file: BinaryIO) -> None:
    """Name an encrypted workbook and a Word document, which look like an old workbook from outside."""
    before = b""
    file.seek(0)
    while data := file.read(1 << 20):
        if _ENCRYPTED in before + data:
            raise TabularError(PROTECTED)
        if _DOCUMENT in before + data:
            raise TabularError(_IN_ZIP["word/document.xml"])
        before = data[-64:]
    file.seek(0)


def _zip_packing(file: BinaryIO) -> Packing:
    with _zip_of(file) as archive:
        names = [item.filename for item in archive.infolist() if not item.is_dir()]
        parts = {name.lower() for name in names}
        if other := next((words for name, words in _IN_ZIP.items() if name in names), ""):
            raise TabularError(other)
        is_package = "[content_types].xml" in parts
        if "xl/workbook.bin" not in parts and (
            "xl/workbook.xml" in parts
            or (is_package and any(name.startswith("xl/") and name.endswith(".xml") for name in parts))
        ):
            return Packing(Kind.XLSX)
        if "xl/workbook.bin" in parts or {"mimetype", "content.xml"} <= set(names):
            if _MANIFEST in names and b"encryption-data" in archive.read(_MANIFEST):
                raise TabularError(PROTECTED)
            return Packing(Kind.WORKBOOK)
        files = [name for name in names if not _is_clutter(name)]
        if len(files) > limits.MEMBERS:
            limits.members_refuse(len(files))
        texts = [name for name in files if _is_text_name(name) or _is_registry(archive, name)]
        if any(name.lower().endswith((".xlsx", ".xls", ".xlsb", ".ods")) for name in files) and not texts:
            raise TabularError(_PACKED_WORKBOOK)
        chosen = tuple(texts or (files if len(files) == 1 else ()))
        if not texts and (not chosen or chosen[0].lower().endswith(OTHER_ENDINGS)):
            there = f", only {', '.join(f'“{name}”' for name in files[:NAMED])}" if files else ""
            raise TabularError(
                f"The archive holds no .csv file{there}. Put one in, or upload the file without packing it."
            )
        if any(item.flag_bits & 1 for item in archive.infolist() if item.filename in chosen):
            raise TabularError("The archive is protected by a password. Pack it again without one, or upload the .csv.")
        return Packing(Kind.CSV, "zip", chosen)


def _is_text_name(name: str) -> bool:
    """Return whether a member is a text by its name, packed with gzip or not."""
    inner = name.lower().removesuffix(".gz")
    return inner.endswith(TEXT_ENDINGS) or (inner != name.lower() and "." not in inner.rsplit("/", 1)[-1])


def _is_registry(archive: zipfile.ZipFile, name: str) -> bool:
    """Return whether a member is a registry's XML file; one under a password is none that can be known."""
    if not name.lower().endswith(".xml"):
        return False
    try:
        with archive.open(name) as inner:
            return looks_like_registry(inner.read(SNIFFED_BYTES))
    except limits.UNPACKING as error:
        limits.reraise_disk(error)
        return False


def _is_clutter(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return name.startswith("__MACOSX/") or last.startswith(".") or last in ("Thumbs.db", "desktop.ini")


def _zip_of(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except limits.UNPACKING as error:
        limits.reraise_disk(error)
        raise TabularError(DAMAGED_ZIP) from error


def _member_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise TabularError(UNREADABLE_ZIP) from error
    except limits.UNPACKING as error:
        limits.reraise_disk(error)
        raise TabularError(DAMAGED_ZIP) from error


class _Measured(io.RawIOBase):
    """A stream that counts what comes out of it, and stops a small archive from growing without end."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit, self.count = stream, limit, 0
        # Bytes that were read of members as they lie in the archive; of those that are packed once more fewer.
        self.packed: list[_Counted] = []
        self.plain = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self.stream.read(size)
        except (RuntimeError, NotImplementedError) as error:
            raise TabularError(UNREADABLE_ZIP) from error
        except limits.UNPACKING as error:
            limits.reraise_disk(error)
            raise TabularError("The packed file is damaged or incomplete. Pack and upload it again.") from error
        self.count += len(data)
        self.plain += len(data) if not isinstance(self.stream, gzip.GzipFile) else 0
        if self.limit and self.count > self.limit:
            raise TabularError(
                f"Unpacked, the file is larger than {self.limit // (1024 * 1024):,} MB. Split it and upload the parts."
            )
        return data

    def done(self) -> int:
        """Return how many bytes of the members were read, as they lie in the archive."""
        return self.plain + sum(each.count for each in self.packed)


class _Counted(io.RawIOBase):
    """A member that is packed once more, with how many of its bytes were read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.count = stream, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.count += len(data)
        return data


@dataclass(slots=True)
class Source:
    """A stream of unpacked bytes; `done()` of `total` bytes are read, counted where the length is known."""

    stream: BinaryIO
    done: Callable[[], int]
    total: int


@contextmanager
def open_text(file: BinaryIO, *, member: str = "", limit: int = 0) -> Iterator[Source]:
    """Open the text in a file, plain or packed, from its start. `limit` bounds the unpacked bytes (0: no bound).

    Of an archive it is that of the first member, of the one that is named, or with ALL_MEMBERS of all, one behind the
    other. A registry's XML reads as the rows that it holds.
    """
    packing = packing_of(file)
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    if packing.form == "zip":
        with _zip_of(file) as archive:
            names = packing.members if member == ALL_MEMBERS else (member,)
            infos = [archive.getinfo(name if name in packing.members else packing.members[0]) for name in names]
            measured = _Measured(cast(BinaryIO, io.BytesIO()), limit)
            with ExitStack() as stack:
                streams = _members_of(archive, infos, measured, stack)
                first = next(streams) if len(infos) == 1 else joined_parts(streams)
                yield Source(first, measured.done, sum(info.file_size for info in infos))
    elif packing.form == "gzip":
        with gzip.GzipFile(fileobj=file) as unpacked:
            stream = _Measured(cast(BinaryIO, unpacked), limit)
            yield Source(registry_rows(cast(BinaryIO, stream)), file.tell, size)
    else:
        yield Source(registry_rows(file), file.tell, size)


def _members_of(
    archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], measured: _Measured, stack: ExitStack
) -> Iterator[BinaryIO]:
    """Open members one after another; `measured` counts what comes out of them all."""
    for info in infos:
        measured.stream = _unpacked(stack.enter_context(_member_of(archive, info)), info.filename, measured, stack)
        yield registry_rows(cast(BinaryIO, measured))


def _unpacked(member: IO[bytes], name: str, measured: _Measured, stack: ExitStack) -> BinaryIO:
    """Return what a member holds: it may be packed with gzip, once, whatever its name says. TabularError."""
    head = b""
    with suppress(*limits.UNPACKING, RuntimeError, NotImplementedError):  # told where it is read
        head = cast(io.BufferedReader, member).peek(SNIFFED_BYTES)[:SNIFFED_BYTES]
    if not head.startswith(GZIP_MAGIC):
        return cast(BinaryIO, member)
    counted = _Counted(member)
    measured.packed.append(counted)
    inner = stack.enter_context(gzip.GzipFile(fileobj=cast(BinaryIO, counted)))
    with suppress(*limits.UNPACKING, RuntimeError, NotImplementedError):
        head = inner.peek(SNIFFED_BYTES)[:SNIFFED_BYTES]
        try:
            _refuse_archive(head)
        except TabularError as refused:
            raise TabularError(f"Of “{name}” in the archive: {refused}") from refused
        if head.startswith((GZIP_MAGIC, ZIP_MAGIC)) and not _is_package(head):
            raise TabularError(f"“{name}” in the archive is packed twice. Unpack it once, and pack what is in it.")
        if head.startswith((ZIP_MAGIC, OLE_MAGIC)):
            raise TabularError(_PACKED_WORKBOOK)
    return cast(BinaryIO, inner)

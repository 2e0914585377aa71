"""Rows out of an .xlsx workbook, streamed: neither the sheet nor its shared texts are ever in memory whole.

python-calamine reads twice as fast and holds the whole sheet (700 MB for a million rows of eight cells), so it is
kept for the older workbook formats, whose sheets are small.
"""

from __future__ import annotations

import posixpath
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from typing import IO, BinaryIO
from xml.parsers import expat

from bpadmin.tabular.numbers import DateStyles, number_text
from bpadmin.tabular.records import Records
from bpadmin.tabular.types import TabularError

READ_BYTES = 1 << 16
BLOCK_ROWS = 2_000
MAX_COLUMNS = 16_384
DAMAGED = "The workbook is damaged or incomplete. Open it in Excel, save it again and upload the new file."
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
Start = Callable[[str, dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its `name` as on its tab and the `path` of its part in the archive."""

    name: str
    path: str
    is_hidden: bool = False


class Workbook:
    """An open .xlsx file. `limit` bounds the unpacked bytes of any of its parts (0: no bound)."""

    def __init__(self, file: BinaryIO, limit: int = 0) -> None:
        try:
            self.archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise TabularError(DAMAGED) from error
        self.limit = limit
        self.names = set(self.archive.namelist())
        self.is_1904 = False
        self.sheets = tuple(self._read_sheets())
        if not self.sheets:
            raise TabularError("The workbook holds no sheet with cells. Choose another file.")

    def sheet(self, name: str) -> Sheet:
        """Give the sheet of that name, else the first one that is not hidden."""
        named = [sheet for sheet in self.sheets if sheet.name == name]
        shown = [sheet for sheet in self.sheets if not sheet.is_hidden]
        return (named or shown or list(self.sheets))[0]

    def size(self, sheet: Sheet) -> int:
        """Give the unpacked length of a sheet's part in bytes, for progress."""
        return self.archive.getinfo(sheet.path).file_size

    def records(self, sheet: Sheet, told: Callable[[int], None] = lambda count: None) -> Iterator[Records]:
        """Read a sheet's rows from its row 1 on; empty rows are []. `told` hears the bytes read so far."""
        styles = self._read_styles()
        with _shared_texts(self) as shared:
            yield from _SheetReader(shared, styles).read(self.chunks(sheet.path, told))

    def chunks(self, path: str, told: Callable[[int], None] = lambda count: None) -> Iterator[bytes]:
        """Unpack a part in pieces; `told` hears the bytes so far."""
        count = 0
        try:
            with self.archive.open(path) as part:
                while data := part.read(READ_BYTES):
                    count += len(data)
                    if self.limit and count > self.limit:
                        raise TabularError(
                            "Unpacked, the workbook is too large. Save the sheet as CSV and upload that."
                        )
                    told(count)
                    yield data
        except (zipfile.BadZipFile, KeyError, EOFError, RuntimeError, NotImplementedError) as error:
            raise TabularError(DAMAGED) from error

    def _parse(self, path: str, start: Start) -> None:
        """Call `start(local name, attributes)` for every element of a small part."""
        parser = _parser()
        parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
        _feed(parser, self.chunks(path))

    def _read_sheets(self) -> Iterator[Sheet]:
        targets: dict[str, str] = {}
        found: list[tuple[str, str, bool]] = []

        def relation(name: str, given: dict[str, str]) -> None:
            if name == "Relationship" and given.get("Type", "").endswith("/worksheet"):
                targets[given.get("Id", "")] = posixpath.normpath(
                    posixpath.join("/xl", given.get("Target", ""))
                ).lstrip("/")

        def entry(name: str, given: dict[str, str]) -> None:
            if name == "sheet":
                ids = [value for key, value in given.items() if _local(key) == "id"]
                found.append((given.get("name", ""), ids[0] if ids else "", given.get("state", "visible") != "visible"))
            elif name == "workbookPr":
                self.is_1904 = given.get("date1904", "") in {"1", "true"}

        self._parse("xl/_rels/workbook.xml.rels", relation)
        self._parse("xl/workbook.xml", entry)
        for name, link, is_hidden in found:
            if (path := targets.get(link, "")) in self.names:
                yield Sheet(name, path, is_hidden)

    def _read_styles(self) -> DateStyles:
        styles = DateStyles(is_1904=self.is_1904)
        if "xl/styles.xml" in self.names:
            self._parse("xl/styles.xml", styles.element)
        return styles


def _unescaped(text: str) -> str:
    """Undo `_x000D_`, which is how characters that XML forbids are written."""
    return _ESCAPED.sub(_unescape, text) if "_x" in text else text


def _unescape(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise TabularError("The workbook holds a document type, which no spreadsheet writes. It was not opened.")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _feed(parser: expat.XMLParserType, chunks: Iterator[bytes]) -> None:
    try:
        for data in chunks:
            parser.Parse(data)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise TabularError(DAMAGED) from error


class _Texts:
    """The shared texts of a workbook, read only as far as asked for and kept in a file of their own."""

    def __init__(self, chunks: Iterator[bytes], blob: IO[bytes]) -> None:
        self.chunks, self.blob = chunks, blob
        self.ends: array[int] = array("Q")
        self.view: mmap | bytes = b""
        self.end = 0
        self.parts: list[str] = []
        self.takes = self.is_phonetic = False
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._finish
        self.parser.CharacterDataHandler = self._text

    def __getitem__(self, number: int) -> str:
        while number >= len(self.ends):
            if not (data := next(self.chunks, b"")):
                raise TabularError(DAMAGED)
            try:
                self.parser.Parse(data)
            except expat.ExpatError as error:
                raise TabularError(DAMAGED) from error
        start, end = self.ends[number - 1] if number else 0, self.ends[number]
        if end > len(self.view):
            self.blob.flush()
            self.view = mmap(self.blob.fileno(), 0, access=ACCESS_READ)
        return self.view[start:end].decode()

    def _start(self, name: str, _: dict[str, str]) -> None:
        name = _local(name)
        self.takes = name == "t" and not self.is_phonetic
        self.is_phonetic = self.is_phonetic or name == "rPh"

    def _finish(self, name: str) -> None:
        self.takes = False
        name = _local(name)
        if name == "rPh":
            self.is_phonetic = False
        elif name == "si":
            self.end += self.blob.write(_unescaped("".join(self.parts)).encode("utf-8", "replace"))
            self.ends.append(self.end)
            self.parts.clear()

    def _text(self, data: str) -> None:
        if self.takes:
            self.parts.append(data)


@contextmanager
def _shared_texts(workbook: Workbook) -> Iterator[_Texts]:
    path = next((name for name in workbook.names if name.lower() == "xl/sharedstrings.xml"), "")
    with tempfile.TemporaryFile() as blob:
        yield _Texts(workbook.chunks(path) if path else iter(()), blob)


class _SheetReader:
    """Turns the elements of one sheet into rows of texts."""

    def __init__(self, shared: _Texts, styles: DateStyles) -> None:
        self.shared, self.styles = shared, styles
        self.rows: list[list[str]] = []
        self.row: list[str] = []
        self.at = 0
        self.next_number = 1
        self.number = 1
        self.gap = 0
        self.cell: dict[str, str] = {}
        self.parts: list[str] = []
        self.takes = False
        self.is_phonetic = False
        self.columns: dict[str, int] = {}

    def read(self, chunks: Iterator[bytes]) -> Iterator[Records]:
        """Parse the sheet and give its rows in blocks."""
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            for data in chunks:
                parser.Parse(data)
                if len(self.rows) >= BLOCK_ROWS:
                    yield from self._blocks()
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise TabularError(DAMAGED) from error
        yield from self._blocks()

    def _blocks(self) -> Iterator[Records]:
        rows, self.rows = self.rows, []
        for at in range(0, len(rows), 2 * BLOCK_ROWS):
            yield Records(rows[at : at + 2 * BLOCK_ROWS])

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == "c":
            self.cell = given
        elif name == "v" or name == "t":
            self.takes = not self.is_phonetic
        elif name == "row":
            self.row, self.at = [], 0
            number = given.get("r", "")
            self.number = int(number) if number.isdecimal() else self.next_number
        elif ":" in name:
            self._start(_local(name), given)
        elif name == "rPh":
            self.is_phonetic = True

    def _text(self, data: str) -> None:
        if self.takes:
            self.parts.append(data)

    def _end(self, name: str) -> None:
        if name == "v" or name == "t":
            self.takes = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif ":" in name:
            self._end(_local(name))
        elif name == "rPh":
            self.is_phonetic = False

    def _end_cell(self) -> None:
        given = self.cell
        reference = given.get("r", "")
        column = self._column(reference.rstrip("0123456789")) if reference else self.at
        self.at = column + 1
        if not self.parts:
            return
        text = "".join(self.parts)
        self.parts.clear()
        kind = given.get("t", "n")
        if kind == "s":
            text = self.shared[int(text)] if text.isdecimal() else ""
        elif kind == "n":
            text = self.styles.text(text, given["s"]) if "s" in given else number_text(text)
        elif kind == "b":
            text = "TRUE" if text == "1" else "FALSE"
        elif "_x" in text:
            text = _unescaped(text)
        row = self.row
        while len(row) < column:
            row.append("")
        row.append(text)

    def _column(self, letters: str) -> int:
        known = self.columns.get(letters)
        if known is None:
            known = 0
            for letter in letters.upper():
                known = known * 26 + ord(letter) - 64
            known -= 1
            if not 0 <= known < MAX_COLUMNS:
                raise TabularError(DAMAGED)
            self.columns[letters] = known
        return known

    def _end_row(self) -> None:
        number = max(self.number, self.next_number)
        self.gap += number - self.next_number
        self.next_number = number + 1
        if not self.row:
            # Formatting alone makes rows; they count as blank only when data follows.
            self.gap += 1
            return
        if self.gap:
            self.rows.extend([] for _ in range(self.gap))
            self.gap = 0
        self.rows.append(self.row)

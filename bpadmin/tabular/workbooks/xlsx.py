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
from datetime import datetime
from mmap import ACCESS_READ, mmap
from typing import IO, BinaryIO
from xml.parsers import expat

from bpadmin.cells import NOT_CALCULATED
from bpadmin.tabular import limits
from bpadmin.tabular.marks import MERGED, PERCENT, TOO_LONG, Marks, SheetRecords
from bpadmin.tabular.types import TabularError
from bpadmin.tabular.workbooks.number_formats import CellStyles
from bpadmin.tabular.workbooks.numbers import DIGITS_KEPT, date_text, is_too_long, number_text

READ_BYTES = 1 << 16
BLOCK_ROWS = 2_000
MAX_COLUMNS = 16_384
DAMAGED = "The workbook is damaged or incomplete. Open it in Excel, save it again and upload the new file."
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DOWN = re.compile(r"\$?[A-Z]+\$?(\d+):\$?[A-Z]+\$?(\d+)", re.IGNORECASE)
_YES = frozenset({"1", "true", "on"})
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
        except limits.UNPACKING as error:
            limits.reraise_disk(error)
            raise TabularError(DAMAGED) from error
        self.limit = limit
        # Parts are found whatever their capitals, as spreadsheets find them.
        self.names = {name.lower(): name for name in self.archive.namelist()}
        self.is_1904 = False
        self.is_never_calculated = False
        self.parts: dict[str, str] = {}
        self.sheets = tuple(self._read_sheets())
        if not self.sheets:
            raise TabularError("The workbook holds no sheet with cells. Choose another file.")

    def sheet(self, name: str) -> Sheet:
        """Return the sheet of that name, else the first one that is not hidden."""
        named = [sheet for sheet in self.sheets if sheet.name == name]
        shown = [sheet for sheet in self.sheets if not sheet.is_hidden]
        return (named or shown or list(self.sheets))[0]

    def size(self, sheet: Sheet) -> int:
        """Return the unpacked length of a sheet's part in bytes, for progress."""
        return self.archive.getinfo(sheet.path).file_size

    def records(
        self, sheet: Sheet, told: Callable[[int], None] = lambda count: None, *, first_row: int = 1
    ) -> Iterator[SheetRecords]:
        """Read a sheet's rows from its row 1 on; empty rows are []. `told` hears the bytes read so far.

        What is odd is told of cells from `first_row` on.
        """
        styles = self._read_styles()
        with _shared_texts(self) as shared:
            reader = _SheetReader(shared, styles, first_row=first_row, trusts_zeros=not self.is_never_calculated)
            yield from reader.read(self.chunks(sheet.path, told))

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
        except (*limits.UNPACKING, KeyError) as error:
            limits.reraise_disk(error)
            raise TabularError(DAMAGED) from error

    def _parse(self, path: str, start: Start) -> None:
        """Call `start(local name, attributes)` for every element of a small part."""
        parser = _parser()
        parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
        _feed(parser, self.chunks(path))

    def _named(self, path: str) -> str:
        """Return the part of that name as the archive spells it, "" where there is none."""
        return self.names.get(path.lower(), "")

    def _relations(self, path: str) -> dict[str, tuple[str, str]]:
        """Read which parts a part refers to: {id: (last word of the type, path)}."""
        found: dict[str, tuple[str, str]] = {}
        folder, _, name = path.rpartition("/")

        def relation(local: str, given: dict[str, str]) -> None:
            if local == "Relationship":
                target = posixpath.normpath(posixpath.join("/", folder, given.get("Target", ""))).lstrip("/")
                found[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], self._named(target))

        if part := self._named(posixpath.join(folder, "_rels", f"{name}.rels")):
            self._parse(part, relation)
        return found

    def _read_sheets(self) -> Iterator[Sheet]:
        found: list[tuple[str, str, bool]] = []

        def entry(name: str, given: dict[str, str]) -> None:
            if name == "sheet":
                ids = [value for key, value in given.items() if _local(key) == "id"]
                found.append((given.get("name", ""), ids[0] if ids else "", given.get("state", "visible") != "visible"))
            elif name == "workbookPr":
                self.is_1904 = given.get("date1904", "") in _YES
            elif name == "calcPr":
                self.is_never_calculated = given.get("fullCalcOnLoad", "") in _YES

        main = [path for kind, path in self._relations("").values() if kind == "officeDocument" and path]
        path = next(iter(main), "") or self._named("xl/workbook.xml")
        if not path:
            raise TabularError(DAMAGED)
        relations = self._relations(path)
        self.parts = {kind: target for kind, target in relations.values() if target}
        self._parse(path, entry)
        for name, link, is_hidden in found:
            kind, target = relations.get(link, ("", ""))
            if kind == "worksheet" and target:
                yield Sheet(name, target, is_hidden)

    def _read_styles(self) -> CellStyles:
        styles = CellStyles(is_1904=self.is_1904)
        if path := self.parts.get("styles") or self._named("xl/styles.xml"):
            self._parse(path, styles.element)
        return styles


def _unescaped(text: str) -> str:
    """Undo `_x000D_`, which is how characters that XML forbids are written."""
    return _ESCAPED.sub(_unescape, text) if "_x" in text else text


def _unescape(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _iso_text(text: str) -> str:
    """Write a date as strict workbooks store it (ISO 8601) in the way of all others."""
    try:
        return date_text(datetime.fromisoformat(text.removesuffix("Z")))
    except ValueError:
        return text


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
        for data in _marked(parser, chunks):
            parser.Parse(data)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise TabularError(DAMAGED) from error


def _marked(parser: expat.XMLParserType, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass on what a parser is fed with, until one mark does not end: it would be read again with each piece."""
    fed = 0
    for data in chunks:
        for at in range(0, len(data), limits.MARK):
            if fed - max(0, parser.CurrentByteIndex) > 2 * limits.MARK:
                raise TabularError(DAMAGED)
            piece = data[at : at + limits.MARK]
            fed += len(piece)
            yield piece


class _Texts:
    """The shared texts of a workbook, read only as far as asked for and kept in a file of their own."""

    def __init__(self, chunks: Iterator[bytes], blob: IO[bytes]) -> None:
        self.blob = blob
        self.ends: array[int] = array("Q")
        self.view: mmap | bytes = b""
        self.end = 0
        self.parts: list[str] = []
        self.takes = self.is_phonetic = False
        self.parser = _parser()
        self.chunks = _marked(self.parser, chunks)
        self.written = 0
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
        if name == "si":
            self.written = 0
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
            self.written += len(data)
            if self.written > limits.CELL_WRITTEN:
                limits.cell_refuse()


@contextmanager
def _shared_texts(workbook: Workbook) -> Iterator[_Texts]:
    path = workbook.parts.get("sharedStrings") or workbook.names.get("xl/sharedstrings.xml", "")
    with tempfile.TemporaryFile() as blob:
        yield _Texts(workbook.chunks(path) if path else iter(()), blob)


class _SheetReader:
    """Turns the elements of one sheet into rows of texts.

    `trusts_zeros`: a formula's result of 0 was calculated, and is not what a program wrote for want of one.
    """

    def __init__(self, shared: _Texts, styles: CellStyles, *, first_row: int, trusts_zeros: bool) -> None:
        self.shared, self.styles, self.percents = shared, styles, styles.percents
        self.first_row, self.trusts_zeros = first_row, trusts_zeros
        self.marks = Marks()
        self.rows: list[list[str]] = []
        self.hidden: list[int] = []
        self.row: list[str] = []
        self.at = 0
        self.next_number = 1
        self.number = 1
        self.gap = 0
        self.is_hidden = False
        self.cell: dict[str, str] = {}
        self.parts: list[str] = []
        self.formula: str | None = None
        self.has_value = False
        self.takes = False
        self.is_phonetic = False
        self.columns: dict[str, int] = {}
        self.written = 0

    def read(self, chunks: Iterator[bytes]) -> Iterator[SheetRecords]:
        """Parse the sheet and give its rows in blocks."""
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            for data in _marked(parser, chunks):
                parser.Parse(data)
                if len(self.rows) >= BLOCK_ROWS:
                    yield from self._blocks()
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise TabularError(DAMAGED) from error
        yield from self._blocks()
        if marks := self.marks.taken():
            yield SheetRecords([], marks=marks)

    def _blocks(self) -> Iterator[SheetRecords]:
        rows, self.rows = self.rows, []
        hidden, self.hidden = self.hidden, []
        size = 2 * BLOCK_ROWS
        for at in range(0, len(rows), size):
            those = [index - at for index in hidden if at <= index < at + size]
            yield SheetRecords(rows[at : at + size], hidden=those, marks=self.marks.taken())

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == "c":
            self.cell = given
        elif name == "v" or name == "t":
            self.takes = self.has_value = not self.is_phonetic
            self.written = 0
        elif name == "row":
            self.row, self.at = [], 0
            number = given.get("r", "")
            self.number = int(number) if limits.is_number(number) else self.next_number
            self.is_hidden = given.get("hidden", "") in _YES or given.get("ht", "") == "0"
        elif ":" in name:
            self._start(_local(name), given)
        elif name == "f":
            self.takes, self.has_value = True, False
        elif name == "rPh":
            self.is_phonetic = True
        elif name == "mergeCell":
            self._note_merged(given.get("ref", ""))

    def _text(self, data: str) -> None:
        if self.takes:
            self.parts.append(data)
            self.written += len(data)
            if self.written > limits.CELL_WRITTEN:
                limits.cell_refuse()

    def _end(self, name: str) -> None:
        if name == "v" or name == "t":
            self.takes = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif ":" in name:
            self._end(_local(name))
        elif name == "f":
            self.formula, self.takes = "".join(self.parts), False
            self.parts.clear()
        elif name == "rPh":
            self.is_phonetic = False

    def _end_cell(self) -> None:
        given = self.cell
        reference = given.get("r", "")
        column = self._column(reference.rstrip("0123456789")) if reference else self.at
        self.at = column + 1
        kind = given.get("t", "n")
        if self.formula is not None:
            kind = self._kind_of_result(kind)
        if not self.parts:
            return
        text = "".join(self.parts)
        self.parts.clear()
        if kind == "s":
            text = self.shared[int(text)] if limits.is_number(text) else ""
        elif kind == "n":
            text = self._number(text, given, column)
        elif kind == "b":
            text = "TRUE" if text == "1" else "FALSE"
        elif kind == "d":
            text = _iso_text(text)
        elif "_x" in text:
            text = _unescaped(text)
        if column >= limits.COLUMNS:
            limits.columns_refuse(column + 1)
        if len(text) > limits.CELL:
            limits.cell_refuse()
        row = self.row
        while len(row) < column:
            row.append("")
        row.append(text)

    def _number(self, stored: str, given: dict[str, str], column: int) -> str:
        style = given.get("s")
        text = self.styles.text(stored, style) if style is not None else number_text(stored)
        if len(text) > DIGITS_KEPT and is_too_long(text):
            self._mark(TOO_LONG, column, text)
        elif style in self.percents:
            text = self.percents[style](text)
            self._mark(PERCENT, column, text)
        return text

    def _kind_of_result(self, kind: str) -> str:
        """Return the kind of a formula's result; where none is stored, the formula's own text takes its place.

        A formula that gives an empty text has that stored, as a text.
        """
        formula, self.formula = self.formula, None
        is_empty_text = kind == "str" and self.has_value
        is_zero = kind == "n" and not self.trusts_zeros and self.parts == ["0"]
        if is_zero or not (self.parts or is_empty_text):
            self.parts = [f"{NOT_CALCULATED} ={formula}" if formula else NOT_CALCULATED]
            return "str"
        return kind

    def _mark(self, code: str, column: int, text: str) -> None:
        if self.number >= self.first_row:
            self.marks.add(code, self.number, text, column)

    def _note_merged(self, reference: str) -> None:
        """Tell of cells that are merged over several rows: only the first of these holds the value."""
        found = _DOWN.fullmatch(reference)
        if found and self.first_row <= int(found[1]) < int(found[2]):
            self.marks.add(MERGED, int(found[1]), reference)

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
        if self.gap > limits.GAP:
            limits.gap_refuse(self.gap)
        self.next_number = number + 1
        if not self.row:
            # Formatting alone makes rows; they count as blank only when data follows.
            self.gap += 1
            return
        if self.gap:
            self.rows.extend([] for _ in range(self.gap))
            self.gap = 0
        if self.is_hidden:
            self.hidden.append(len(self.rows))
        self.rows.append(self.row)

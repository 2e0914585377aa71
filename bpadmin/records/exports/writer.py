"""Writing the finished file of an export from its parts, in constant memory: CSV, XLSX or NDJSON."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, cast

import orjson

from bpadmin.jobs.handlers import JobRefused
from bpadmin.platforms.info import CsvForm
from bpadmin.platforms.types import Record
from bpadmin.records.exports.columns import (
    JSON,
    STATUS_ATTRIBUTES,
    Column,
    Line,
    Section,
    attempts_json,
    object_maker,
    row_maker,
    status_json,
    times_of,
)
from bpadmin.records.exports.options import PartFile
from bpadmin.records.exports.parts import part_open
from bpadmin.tabular.formula import guard, may_need_guard, unguard

SHEET_ROWS = 1_048_576  # of a sheet, its header included
CELL_LENGTH = 32_767
SHEET_COLUMNS = 16_384
LINES_AT_ONCE = 200
COPIED_AT_ONCE = 1 << 20
CUT = "What this export had read so far is not kept as it was written. Ask for the export again."
EXACT = 2**53  # from here on a spreadsheet rounds whole numbers


class WritingStopped(Exception):
    """The writing was told to stop; it begins anew the next time."""


class TooManyColumns(Exception):
    """The file's kind cannot hold that many columns; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds: its rows without headers, the sheets they are on, and the cells too long for a sheet."""

    rows: int
    sheets: int = 1
    cells_cut: int = 0


@dataclass(frozen=True, slots=True)
class Sheetful:
    """What is to be written: lines, the columns chosen from them, and what the file says of itself.

    `should_stop` is asked now and then. `summary` is known before the file is written. Behind the lines come `parts`
    that hold rows of a CSV file.
    """

    lines: Iterator[Line]
    parts: Sequence[PartFile]
    columns: Sequence[Column]
    places: Sequence[Mapping[str, str]]
    per_attempt: bool
    is_whole: bool
    summary: Mapping[str, Any]
    should_stop: Callable[[], bool]
    zone: tzinfo = UTC

    def blocks(self) -> Iterator[list[Line]]:
        """Return the lines some at a time. Raises WritingStopped."""
        while block := list(islice(self.lines, LINES_AT_ONCE)):
            if self.should_stop():
                raise WritingStopped
            yield block

    def row_blocks(self) -> Iterator[list[list[Any]]]:
        """Return the rows some at a time. Raises WritingStopped."""
        rows_of = row_maker(self.columns, self.places, per_attempt=self.per_attempt)
        times = times_of(self.columns)
        for block in self.blocks():
            rows = [row for line in block for row in rows_of(line)]
            for row in rows if times else ():
                for at in times:
                    row[at] = moment_there(row[at], self.zone)
            yield rows


def moment_there(value: Any, zone: tzinfo) -> Any:
    """Return a moment, or the ISO text of one, as a clock of the zone shows it; what is none stays."""
    if value.__class__ is datetime:
        return value.astimezone(zone)
    if not value or value.__class__ is not str:
        return value
    try:
        return datetime.fromisoformat(value).astimezone(zone)
    except ValueError:
        return value


def write_csv(file: IO[bytes], sheetful: Sheetful) -> Written:
    """Write comma-separated UTF-8 with a byte order mark; texts that a spreadsheet would calculate are guarded."""
    rows = 0
    file.write(codecs.BOM_UTF8 + _csv_lines([[guard(column.header) for column in sheetful.columns]]))
    for block in sheetful.row_blocks():
        file.write(_csv_lines([[cell_text(cell) for cell in row] for row in block]))
        rows += len(block)
    for part in sheetful.parts:
        _part_copy(file, sheetful, part)
        rows += part.rows
    return Written(rows)


def _part_copy(file: IO[bytes], sheetful: Sheetful, part: PartFile) -> None:
    """Copy the rows of a part: as they are where its columns are the file's, else cell by cell."""
    with part_open(part) as source:
        if source.seek(0, 2) != part.size:
            raise JobRefused(CUT)
        source.seek(0)
        there = columns_read(source.readline())
        wanted = [(column.section, column.name) for column in sheetful.columns]
        if there == wanted:
            while block := source.read(COPIED_AT_ONCE):
                if sheetful.should_stop():
                    raise WritingStopped
                file.write(block)
            return
        places = {column: at for at, column in enumerate(there)}
        # Where a row has no cell for a column, it takes the empty one behind its own.
        cells_of = [places.get(column, -1) for column in wanted]
        text = io.TextIOWrapper(source, encoding="utf-8", newline="")
        rows = _own_rows(text)
        while block_of_rows := list(islice(rows, LINES_AT_ONCE)):
            if sheetful.should_stop():
                raise WritingStopped
            file.write(_csv_lines([[(*row, "")[at] for at in cells_of] for row in block_of_rows]))
        text.detach()


def _own_rows(text: Iterable[str]) -> Iterator[list[str]]:
    """Read the rows that `_csv_lines` wrote. The reader of the standard library bounds cells, for the whole process."""
    row = ""
    for line in text:
        row += line
        if row.count('"') % 2 == 0:
            yield row.rstrip("\r\n").split(",") if '"' not in row else list(_quoted_cells(row))
            row = ""


# A cell in quotes, or one without.
_CELL = re.compile(r'"((?:[^"]|"")*+)"|([^,"\r\n]*+)')


def _quoted_cells(row: str) -> Iterator[str]:
    at = -1
    while at < 0 or row[at : at + 1] == ",":
        cell = cast("re.Match[str]", _CELL.match(row, at + 1))
        yield cell[2] if cell[1] is None else cell[1].replace('""', '"')
        at = cell.end()


def columns_line(columns: Sequence[Column]) -> bytes:
    """Return the first line of a part with rows: which columns they have."""
    return orjson.dumps([(column.section, column.name) for column in columns]) + b"\n"


def columns_read(line: bytes) -> list[tuple[Section, str]]:
    """Return what `columns_line` was given, as sections and names."""
    return [(Section(section), name) for section, name in orjson.loads(line)]


def csv_rows(
    columns: Sequence[Column],
    place: Mapping[str, str],
    records: Sequence[Record],
    *,
    per_attempt: bool,
    zone: tzinfo,
) -> tuple[bytes, int]:
    """Return records of a place as rows of a CSV file, and their number: what `write_csv` writes of their lines.

    Column by column, since the cells of one mostly are of one kind: one look tells what is to be done with all of them.
    """
    attempts: list[Mapping[str, Any]] = []
    if per_attempt:
        spread = [(record, each) for record in records for each in attempts_json(record.attempts) or ({},)]
        records, attempts = [record for record, _ in spread], [each for _, each in spread]
    members = _Members(place, records, attempts)
    times = set(times_of(columns))
    cells = [_texts(members.of(column), zone if at in times else None) for at, column in enumerate(columns)]
    if len(cells) == 1:
        cells = [[text or '""' for text in cells[0]]]  # a line with nothing in it would be none
    # Much quicker than a writer that looks at each cell.
    rows = map(",".join, zip(*cells, strict=True)) if cells else [""] * len(records)
    return "\r\n".join([*rows, ""]).encode(), len(records)


class _Members:
    """The members of some records by columns."""

    def __init__(
        self, place: Mapping[str, str], records: Sequence[Record], attempts: Sequence[Mapping[str, Any]]
    ) -> None:
        self.place, self.records, self.attempts = place, records, attempts
        self.entries = [record.entry for record in records]
        self.statuses = [record.status for record in records]
        # Members that the platform adds beside its own are looked for among all; mostly there are none.
        has_more = any(status is not None and status.extra for status in self.statuses)
        self.results = list(map(status_json, self.statuses)) if has_more else None

    def of(self, column: Column) -> list[Any]:
        """Return a column's values."""
        name = column.name
        match column.section:
            case Section.PLACE:
                return [self.place[name]] * len(self.records)
            case Section.ENTRY:
                return [entry.get(name) for entry in self.entries]
            case Section.STATUS:
                return self._result(name)
            case Section.ATTEMPT:
                return [attempt.get(name) for attempt in self.attempts]
        return [attempts_json(record.attempts) for record in self.records]

    def _result(self, name: str) -> list[Any]:
        if self.results is not None:
            return [members.get(name) for members in self.results]
        if (attribute := STATUS_ATTRIBUTES.get(name)) is None:
            return [None] * len(self.records)
        value_of = attrgetter(attribute)
        return [None if status is None else value_of(status) for status in self.statuses]


def _texts(values: list[Any], zone: tzinfo | None) -> Sequence[str]:
    """Return values as cells between the commas of a CSV file; moments as clocks of `zone` show them."""
    kinds = set(map(type, values))
    has_none = _NoneType in kinds
    kinds.discard(_NoneType)
    if not kinds:
        return [""] * len(values)
    if kinds == {bool}:
        return [_TRUTH[value] for value in values]
    if kinds == {int}:
        return ["" if value is None else str(value) for value in values]
    if kinds == {str} and zone is None:
        texts = ["" if value is None else value for value in values] if has_none else values
        lines = "\n" + "\n".join(texts)
        if may_need_guard(lines):
            texts = list(map(guard, texts))
    else:
        texts = [cell_text(value if zone is None else moment_there(value, zone)) for value in values]
        lines = "\n" + "\n".join(texts)
    needs_quotes = "," in lines or '"' in lines or "\r" in lines or lines.count("\n") != len(texts)
    return list(map(_quoted, texts)) if needs_quotes else texts


def _quoted(text: str) -> str:
    """Write a cell as the writer of the standard library does."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


_NoneType = type(None)
_NEEDS_QUOTES = re.compile('[,"\r\n]')
_TRUTH = {True: "true", False: "false", None: ""}


def write_own_csv(file: IO[bytes], sheetful: Sheetful, form: CsvForm) -> Written:
    """Write the CSV that the platform's own import takes, in UTF-8.

    A program reads it: nothing is guarded against spreadsheets, which would change the cells.
    """
    rows = 0
    file.write(_own_lines([[column.header for column in sheetful.columns]], form))
    for block in sheetful.row_blocks():
        file.write(_own_lines([[_own_cell(cell, form) for cell in row] for row in block], form))
        rows += len(block)
    return Written(rows)


def _own_lines(rows: Sequence[Sequence[Any]], form: CsvForm) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=form.delimiter, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue().encode()


def _own_cell(value: Any, form: CsvForm) -> str | int | float:
    if isinstance(value, datetime):
        return value.strftime(form.times)
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, str | int | float) else unguard(cell_text(value))


def _csv_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    # In memory first: a write for each row into a text layer over a file costs more than the row.
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def cell_text(value: Any) -> str:
    """Write a value as the text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guard(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else orjson.dumps(value, option=JSON).decode()


def write_ndjson(file: IO[bytes], sheetful: Sheetful) -> Written:
    """Write one JSON object a line, the records and nothing else; the summary lies beside the file."""
    objects_of = object_maker(
        sheetful.columns, sheetful.places, is_whole=sheetful.is_whole, per_attempt=sheetful.per_attempt
    )
    rows = 0
    for block in sheetful.blocks():
        made = [orjson.dumps(each) for line in block for each in objects_of(line)]
        file.write(b"\n".join(made) + b"\n")
        rows += len(made)
    return Written(rows)


def write_xlsx(file: IO[bytes], sheetful: Sheetful, *, folder: Path) -> Written:
    """Write sheets of at most 1,048,576 rows, and one with the summary; `folder` takes temporary files."""
    import xlsxwriter

    if len(sheetful.columns) > SHEET_COLUMNS:
        raise TooManyColumns(
            f"A sheet holds {SHEET_COLUMNS:,} columns and this export has {len(sheetful.columns):,}. "
            "Choose columns, or CSV or NDJSON."
        )
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        workbook = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": temporary})
        sheets = _Sheets(workbook, [column.header for column in sheetful.columns])
        for block in sheetful.row_blocks():
            sheets.write(block)
        summary = workbook.add_worksheet("Summary")
        summary.set_column(0, 1, 40)
        for at, (label, value) in enumerate(_flat({**sheetful.summary, "cells_cut": sheets.cells_cut})):
            summary.write_string(at, 0, label)
            summary.write_string(at, 1, value)
        workbook.close()
    return Written(sheets.rows, sheets.count, sheets.cells_cut)


class _Sheets:
    """Rows spread over as many sheets as they need."""

    def __init__(self, workbook: Any, header: Sequence[str]) -> None:
        self.workbook, self.header = workbook, header
        self.rows = self.count = self.cells_cut = 0
        self._as_time = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._begin()

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Append rows."""
        for row in rows:
            if self._next == SHEET_ROWS:
                self._begin()
            self._row(row)
            self.rows += 1

    def _begin(self) -> None:
        self.count += 1
        self._sheet = self.workbook.add_worksheet("Results" if self.count == 1 else f"Results {self.count}")
        self._sheet.freeze_panes(1, 0)
        self._next = 0
        self._row(self.header)

    def _row(self, row: Sequence[Any]) -> None:
        sheet, at = self._sheet, self._next
        for number, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, bool):
                sheet.write_boolean(at, number, value)
            elif isinstance(value, datetime):
                # A sheet knows no zones: the clock's time, and the zone in the summary.
                sheet.write_datetime(at, number, value.replace(tzinfo=None), self._as_time)
            elif isinstance(value, float) or (isinstance(value, int) and abs(value) < EXACT):
                sheet.write_number(at, number, value)
            else:
                # Always as a text: what looks like a formula, a link or a number stays what it was.
                text = value if isinstance(value, str) else cell_text(value)
                self.cells_cut += len(text) > CELL_LENGTH
                sheet.write_string(at, number, text[:CELL_LENGTH])
        self._next += 1


def _flat(summary: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in summary.items():
        label = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, each in enumerate(value, 1):
                yield from _flat(each, f"{label}.{number}.")
        else:
            yield label, unguard(cell_text(value))[:CELL_LENGTH] if value is not None else ""

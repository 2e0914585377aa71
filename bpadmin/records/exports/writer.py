"""Writing the finished file of an export from its parts, in constant memory: CSV, XLSX or NDJSON."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from bpadmin.platforms.info import CsvForm
from bpadmin.records.exports.columns import Column, Line, object_maker, row_maker, times_of
from bpadmin.tabular.formula import SIGNS, guard, unguard

SHEET_ROWS = 1_048_576  # of a sheet, its header included
CELL_LENGTH = 32_767
SHEET_COLUMNS = 16_384
LINES_AT_ONCE = 200
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

    `should_stop` is asked now and then. `summary` is known before the file is written.
    """

    lines: Iterator[Line]
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
                    row[at] = self._there(row[at])
            yield rows

    def _there(self, value: Any) -> Any:
        """Return a moment as a clock of the file's zone shows it; what is none stays."""
        if not value or value.__class__ is not str:
            return value
        try:
            return datetime.fromisoformat(value).astimezone(self.zone)
        except ValueError:
            return value


def write_csv(file: IO[bytes], sheetful: Sheetful) -> Written:
    """Write comma-separated UTF-8 with a byte order mark; texts that a spreadsheet would calculate are guarded."""
    rows = 0
    file.write(codecs.BOM_UTF8 + _csv_lines([[guard(column.header) for column in sheetful.columns]]))
    for block in sheetful.row_blocks():
        file.write(
            _csv_lines(
                [
                    # What the writer writes rightly by itself is most of it.
                    [
                        cell
                        if cell is None or (SIGNS.isdisjoint(cell) if cell.__class__ is str else cell.__class__ is int)
                        else cell_text(cell)
                        for cell in row
                    ]
                    for row in block
                ]
            )
        )
        rows += len(block)
    return Written(rows)


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
    return str(value) if isinstance(value, int | float) else orjson.dumps(value).decode()


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

"""The older workbook formats (.xls, .xlsb, .ods) through python-calamine, which holds a sheet in memory."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from bpadmin.tabular.records import Records
from bpadmin.tabular.sources import PROTECTED
from bpadmin.tabular.types import TabularError
from bpadmin.tabular.workbooks.numbers import date_text, float_text

BLOCK_ROWS = 2_000
MAX_BYTES = 64 * 1024 * 1024
TOO_LARGE = "A workbook of this older kind may have up to 64 MB. Save it as .xlsx or as CSV and upload that."
DAMAGED = "The workbook is damaged or of an unknown kind. Save it as .xlsx or as CSV and upload that."


@contextmanager
def open_workbook(file: BinaryIO) -> Iterator[Any]:
    """Open a workbook; the library wants a path, so the file is copied to a temporary one."""
    with tempfile.NamedTemporaryFile() as copy:
        if file.seek(0, os.SEEK_END) > MAX_BYTES:
            raise TabularError(TOO_LARGE)
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        try:
            book = CalamineWorkbook.from_path(copy.name)
        except PasswordError as error:
            raise TabularError(PROTECTED) from error
        except (CalamineError, OSError) as error:
            raise TabularError(DAMAGED) from error
        with book:
            yield book


def sheet_names(book: Any) -> tuple[str, ...]:
    """Return the names of the sheets, in their order."""
    return tuple(book.sheet_names)


def shown_names(book: Any) -> tuple[str, ...]:
    """Return the names of the sheets that are not hidden, as far as that kind of workbook tells."""
    return tuple(sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible)


def sheet_records(book: Any, name: str) -> Iterator[Records]:
    """Read a sheet's rows from its row 1 on; empty rows are []."""
    try:
        sheet = book.get_sheet_by_name(name)
    except CalamineError as error:
        raise TabularError(DAMAGED) from error
    if sheet.start is None:
        return
    top, left = sheet.start
    rows: list[list[str]] = [[] for _ in range(top)]
    for values in sheet.iter_rows():
        cells = [_text(value) for value in values]
        rows.append([""] * left + cells if any(cells) else [])
        if len(rows) >= BLOCK_ROWS:
            yield Records(rows)
            rows = []
    yield Records(rows)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, date | time | timedelta):
        return date_text(value)
    return str(value)

"""Figures of results as a file: the tables of their page as CSV or XLSX, the page's print as PDF."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO, Any

from bpadmin.reports.models import ReportFormat
from bpadmin.results.pages.tables import TABLES, PlainTable
from bpadmin.results.services import Results

SHEET_NAME = 31


def tables_of(results: Results, names: Sequence[str]) -> list[PlainTable]:
    """Return the tables that a report wants: where it names none all but that of agents, which is of persons."""
    wanted = names or [name for name in TABLES if name != "agents"]
    tables = [(name, make(results)) for name, make in TABLES.items() if name in wanted]
    # Only one platform types its result codes: where none does, the table would say that there were no calls.
    return [table for name, table in tables if table.rows or name != "endings"]


def figures_write(
    file: IO[bytes], format: str, results: Results, tables: Sequence[PlainTable], about: Mapping[str, Any]
) -> int:
    """Write the file and return its rows, headers not counted; `about` is what it says of itself."""
    if format == ReportFormat.PDF:
        from bpadmin.reports.print_form import results_print

        file.write(results_print(results, tables, about))
    elif format == ReportFormat.XLSX:
        _xlsx(file, tables, about)
    else:
        file.write(codecs.BOM_UTF8 + tables[0].as_csv().encode())
    return sum(len(table.rows) for table in tables)


def _xlsx(file: IO[bytes], tables: Sequence[PlainTable], about: Mapping[str, Any]) -> None:
    import xlsxwriter

    with tempfile.SpooledTemporaryFile() as buffer:
        workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
        bold, share = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "0.00"})
        for table in tables:
            sheet = workbook.add_worksheet(table.caption[:SHEET_NAME])
            sheet.freeze_panes(1, 0)
            for at, head in enumerate(table.heads):
                sheet.write_string(0, at, head, bold)
                sheet.set_column(at, at, max(12, len(head) + 2))
            for line, row in enumerate(table.rows, 1):
                for at, value in enumerate(row):
                    if isinstance(value, str):
                        # Always as a text: what looks like a formula stays what it was.
                        sheet.write_string(line, at, value)
                    elif value is not None:
                        sheet.write_number(line, at, value, share if isinstance(value, float) else None)
        sheet = workbook.add_worksheet("Summary")
        sheet.set_column(0, 1, 30)
        for line, (name, value) in enumerate(about.items()):
            sheet.write_string(line, 0, name.replace("_", " "))
            sheet.write_string(line, 1, "" if value is None else str(value))
        workbook.close()
        buffer.seek(0)
        file.write(buffer.read())

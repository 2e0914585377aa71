"""Workbooks: the texts that a person sees in the sheet, in flat memory."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from bpadmin.tabular.tables import look_at
from bpadmin.tabular.types import TabularError
from bpadmin.tabular.workbooks.calamine import sheet_records
from bpadmin.tabular.workbooks.number_formats import is_date_code
from bpadmin.tabular.workbooks.numbers import number_text
from tests.tabular.reading import read

ROWS: list[list[Any]] = [
    ["id", "phone", "when", "day", "amount", "flag", "text"],
    ["K1", 16505550100, datetime.datetime(2025, 1, 31, 13, 45, 10), datetime.date(2025, 2, 28), 1.5, True, "a & <b>"],
    ["K2", 6505550101.0, datetime.datetime(2024, 2, 29), None, 0.1 + 0.2, False, "two\nlines, é"],
    [None, None, None, None, None, None, None],
    ["K3", "007", None, datetime.date(1999, 12, 31), -3, None, "  spaces  "],
    ["K4", None, None, None, 12345678901234567890, None, None],
]
TEXTS = {
    2: ["K1", "16505550100", "2025-01-31 13:45:10", "2025-02-28", "1.5", "TRUE", "a & <b>"],
    3: ["K2", "6505550101", "2024-02-29", "", "0.3", "FALSE", "two\nlines, é"],
    5: ["K3", "007", "", "1999-12-31", "-3", "", "  spaces  "],
    6: ["K4", "", "", "", "12345678901234600000", "", ""],
}


def by_openpyxl(rows: list[list[Any]], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.create_sheet("Other").append(["x", "y"])
    book["Other"].append([1, 2])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def by_xlsxwriter(rows: list[list[Any]], **options: Any) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd", **options})
    sheet = book.add_worksheet("Data")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value)
    book.close()
    return file.getvalue()


@pytest.mark.parametrize("constant_memory", [True, False])
def test_cells_read_as_they_are_seen(constant_memory: bool) -> None:
    for data in (by_openpyxl(ROWS), by_xlsxwriter(ROWS, constant_memory=constant_memory)):
        table = read(data)
        assert table.look.header == tuple(ROWS[0])
        assert table.rows == TEXTS
        assert table.blanks == 1


def test_the_streaming_reader_agrees_with_calamine() -> None:
    data = by_openpyxl([["number", "text", "date"]] + [
        [number * 1.25, f"text {number}", datetime.datetime(1990 + number % 60, 1 + number % 12, 1 + number % 28)]
        for number in range(5000)
    ])  # fmt: skip
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    theirs = [row for part in sheet_records(book, "Sheet") for row in part.rows]
    ours = read(data).rows
    assert len(ours) == 5000
    assert [ours[number] for number in sorted(ours)] == theirs[1:]


def test_a_sheet_is_chosen_by_its_name() -> None:
    data = by_openpyxl(ROWS, "First")
    assert read(data).look.sheets == ("First", "Other")
    table = read(data, sheet="Other")
    assert table.look.header == ("x", "y")
    assert table.rows == {2: ["1", "2"]}


def test_a_hidden_sheet_is_not_the_first_choice() -> None:
    book = openpyxl.load_workbook(io.BytesIO(by_openpyxl(ROWS, "Secret")))
    book["Secret"].sheet_state = "hidden"
    book.active = 1
    file = io.BytesIO()
    book.save(file)
    assert read(file.getvalue()).look.dialect.sheet == "Other"


def test_a_cover_sheet_is_passed_over_for_the_first_table() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Cover").write_column(0, 0, ["Past due accounts", "Ask Ann before you change anything"])
        book.add_worksheet("Empty")
        for name in ("Numbers", "More"):
            book.add_worksheet(name).write_column(0, 0, ["phone", "6505550100", "6505550101"])
    table = read(file.getvalue())
    assert table.look.dialect.sheet == "Numbers"
    assert table.rows == {2: ["6505550100"], 3: ["6505550101"]}
    assert read(file.getvalue(), sheet="Cover").look.dialect.sheet == "Cover"


def test_where_no_sheet_holds_a_table_the_first_is_taken() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Cover").write(0, 0, "Read me")
        book.add_worksheet("Empty")
    assert read(file.getvalue()).look.dialect.sheet == "Cover"


def test_rows_keep_their_numbers_when_the_table_starts_lower() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row, values in {4: ["id", "phone"], 5: ["K1", 650], 9: ["K2", 651]}.items():
        for column, value in enumerate(values, 3):
            book.active.cell(row, column, value)
    file = io.BytesIO()
    book.save(file)
    table = read(file.getvalue())
    assert table.look.dialect.header_row == 4
    assert table.look.header == ("Column 1", "Column 2", "id", "phone")
    assert table.rows == {5: ["", "", "K1", "650"], 9: ["", "", "K2", "651"]}
    assert table.blanks == 3


def test_dates_of_workbooks_that_count_from_1904_are_right() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append(["id", "day"])
    book.active.append(["K1", datetime.datetime(2025, 6, 1)])
    file = io.BytesIO()
    book.save(file)
    assert read(file.getvalue()).rows[2] == ["K1", "2025-06-01"]


@pytest.mark.parametrize(
    "code, is_date",
    [("yyyy-mm-dd", True), ('0.00" dd"', False), ("#,##0.00", False), ("[$-409]d/m/yy", True), ("[h]:mm", True)],
)
def test_number_formats_that_show_dates_are_known(code: str, is_date: bool) -> None:
    assert is_date_code(code) is is_date


@pytest.mark.parametrize(
    "stored, shown", [("16505550100.0", "16505550100"), ("1.65055501E10", "16505550100"), ("0.1", "0.1"), ("x", "x")]
)
def test_numbers_are_written_as_they_would_be_typed(stored: str, shown: str) -> None:
    assert number_text(stored) == shown


def test_a_damaged_workbook_is_refused_in_words() -> None:
    good = by_openpyxl(ROWS)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if name.endswith("sheet1.xml") else data)
    with pytest.raises(TabularError, match="damaged"):
        look_at(io.BytesIO(file.getvalue()))


def test_a_workbook_cannot_grow_without_end() -> None:
    with pytest.raises(TabularError, match="too large"):
        look_at(io.BytesIO(by_openpyxl([["id"]] + [["x" * 1000]] * 2000)), limit=100_000)


def by_hand(sheet: str, shared: str, **parts: str) -> bytes:
    """Return a workbook written as other programs write them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "xl/workbook.xml",
            '<x:workbook xmlns:x="m" xmlns:rel="r"><x:sheets><x:sheet name="A" sheetId="1" rel:id="id1"/></x:sheets>'
            "</x:workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="id1" Type="http://any/worksheet" Target="/xl/odd/one.xml"/>'
            "</Relationships>",
        )
        archive.writestr("xl/odd/one.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", shared)
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def test_prefixes_runs_readings_and_missing_references_are_understood() -> None:
    shared = (
        '<x:sst xmlns:x="m"><x:si><x:t>id</x:t></x:si><x:si><x:r><x:t>na</x:t></x:r><x:r><x:t>me</x:t></x:r></x:si>'
        "<x:si><x:t>東京</x:t><x:rPh><x:t>トウキョウ</x:t></x:rPh></x:si><x:si><x:t>a_x000D_b</x:t></x:si></x:sst>"
    )
    sheet = (
        '<x:worksheet xmlns:x="m"><x:sheetData>'
        '<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row>'
        '<x:row><x:c t="str"><x:f>1+1</x:f><x:v>two</x:v></x:c><x:c t="s"><x:v>2</x:v></x:c></x:row>'
        '<x:row r="5"><x:c r="B5" t="s"><x:v>3</x:v></x:c></x:row>'
        '<x:row r="9"><x:c r="A9" s="3"/></x:row></x:sheetData></x:worksheet>'
    )
    table = read(by_hand(sheet, shared))
    assert table.look.header == ("id", "name")
    assert table.rows == {2: ["two", "東京"], 5: ["", "a\rb"]}
    assert table.blanks == 2


def test_a_document_type_is_refused() -> None:
    sheet = '<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>'
    with pytest.raises(TabularError, match="document type"):
        look_at(io.BytesIO(by_hand(sheet, "<sst/>")))


def test_a_text_that_the_workbook_does_not_hold_means_damage() -> None:
    sheet = '<worksheet><sheetData><row><c t="s"><v>7</v></c></row></sheetData></worksheet>'
    with pytest.raises(TabularError, match="damaged"):
        look_at(io.BytesIO(by_hand(sheet, "<sst><si><t>one</t></si></sst>")))

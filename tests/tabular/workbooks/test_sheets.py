"""What a sheet hides, lacks or merges, and files that only call themselves workbooks."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from bpadmin.jobs.options import FileOptions
from bpadmin.tabular.tables import look_at, read_blocks
from bpadmin.tabular.types import Mark, TabularError
from bpadmin.uploads.inspection import inspect
from tests.tabular.reading import read


def by_xlsxwriter(fill: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        fill(book, book.add_worksheet())
    return file.getvalue()


def marks_of(data: bytes, **dialect: Any) -> tuple[dict[int, list[str]], list[Mark]]:
    look = look_at(io.BytesIO(data))
    rows: dict[int, list[str]] = {}
    marks: list[Mark] = []
    for part in read_blocks(io.BytesIO(data), replace(look.dialect, **dialect), len(look.header)):
        rows.update((number, part.block.row(at)) for at, number in enumerate(part.block.numbers))
        marks += part.block.marks
    return rows, marks


def filtered(book: Any, sheet: Any) -> None:
    for at, row in enumerate([["id", "phone"], ["1", "650"], ["2", "651"], ["3", "652"], ["4", "653"]]):
        sheet.write_row(at, 0, row)
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_row(3, 0)


def test_hidden_rows_are_told_and_left_out_where_that_is_wanted() -> None:
    data = by_xlsxwriter(filtered)
    assert look_at(io.BytesIO(data)).hidden == (2, 3)
    rows, marks = marks_of(data)
    assert list(rows) == [2, 3, 4, 5]
    assert marks == [Mark("hidden_rows", -1, 2, ((3, "2 651"), (4, "3 652")))]
    rows, marks = marks_of(data, leaves_out_hidden=True)
    assert list(rows) == [2, 5]
    assert marks == [Mark("hidden_left_out", -1, 2, ((3, "2 651"), (4, "3 652")))]


def test_hidden_rows_stay_hidden_beyond_the_first_block() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "phone"])
        for at in range(1, 9001):
            sheet.write_row(at, 0, [f"K{at}", "6505550100"])
        for at in (1, 4500, 9000):
            sheet.set_row(at, None, None, {"hidden": True})

    rows, marks = marks_of(by_xlsxwriter(fill), leaves_out_hidden=True)
    assert len(rows) == 8997
    assert not {2, 4501, 9001} & rows.keys()
    assert sum(mark.count for mark in marks) == 3


def test_masks_long_numbers_and_percentages_of_a_sheet() -> None:
    def fill(book: Any, sheet: Any) -> None:
        zip_code, percent = book.add_format({"num_format": "00000"}), book.add_format({"num_format": "0%"})
        sheet.write_row(0, 0, ["zip", "card", "rate"])
        sheet.write_number(1, 0, 501, zip_code)
        sheet.write_number(1, 1, 1234567890123456789)
        sheet.write_number(1, 2, 0.256, percent)

    rows, marks = marks_of(by_xlsxwriter(fill))
    assert rows == {2: ["00501", "1234567890123460000", "25.6%"]}
    assert marks == [
        Mark("long_numbers", 1, 1, ((2, "1234567890123460000"),)),
        Mark("percentages", 2, 1, ((2, "25.6%"),)),
    ]


@pytest.mark.parametrize(
    ("code", "share", "shown"),
    [
        ("0%", 0.5, "50%"),
        ("0.0%", 0.075, "7.5%"),
        ("0 %", 0.256, "25.6 %"),
        ("0.00%", 1, "100.00%"),
        ("#,##0%", -0.1, "-10%"),
    ],
)
def test_a_percentage_is_what_the_sheet_shows_and_no_digit_is_lost(code: str, share: float, shown: str) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "rate"])
        sheet.write_row(1, 0, ["1"])
        sheet.write_number(1, 1, share, book.add_format({"num_format": code}))

    assert marks_of(by_xlsxwriter(fill))[0] == {2: ["1", shown]}


def test_formulas_without_a_result_are_no_blanks() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["id", "phone", "name"])
    book.active.append(["1", '=CONCATENATE("650","5550101")', "A"])
    file = io.BytesIO()
    book.save(file)
    assert read(file.getvalue()).rows[2] == ["1", '#FORMULA! =CONCATENATE("650","5550101")', "A"]

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "text", "number", "failed"])
        sheet.write(1, 0, "1")
        sheet.write_formula(1, 1, '=UPPER("b")')
        sheet.write_formula(1, 2, "=1+1", None, 2)
        sheet.write_formula(1, 3, "=NA()", None, "#N/A")

    # This library writes 0 for a result that nobody has calculated, and says that all is to be calculated anew.
    assert read(by_xlsxwriter(fill)).rows[2] == ["1", '#FORMULA! =UPPER("b")', "2", "#N/A"]


def test_cells_merged_over_rows_are_told() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:B1", "Leads")
        sheet.write_row(1, 0, ["id", "city"])
        sheet.write_column(2, 0, ["1", "2", "3"])
        sheet.merge_range("B3:B5", "Bonn")

    rows, marks = marks_of(by_xlsxwriter(fill), header_row=2)
    assert list(rows.values()) == [["1", "Bonn"], ["2", ""], ["3", ""]]
    assert marks == [Mark("merged_cells", -1, 1, ((3, "B3:B5"),))]


def test_strict_workbooks_with_dates_in_words_and_parts_in_other_places() -> None:
    file = io.BytesIO()
    oxml = "http://purl.oclc.org/ooxml/officeDocument"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "_rels/.rels",
            f'<Relationships><Relationship Id="r" Type="{oxml}/relationships/officeDocument" Target="XL/Book.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/_rels/book.xml.rels",
            f'<Relationships><Relationship Id="r1" Type="{oxml}/relationships/worksheet" Target="Sheets/S1.xml"/>'
            f'<Relationship Id="r2" Type="{oxml}/relationships/styles" Target="look.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/book.xml",
            '<workbook xmlns:r="r"><workbookPr date1904="true"/><sheets><sheet name="A" r:id="r1"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/look.xml", '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
        )
        archive.writestr(
            "xl/sheets/s1.xml",
            '<worksheet><sheetData><row><c t="inlineStr"><is><t>id</t></is></c><c t="inlineStr"><is><t>day</t></is></c>'
            '</row><row><c><v>1</v></c><c t="d"><v>2026-03-14T00:00:00Z</v></c></row>'
            '<row><c><v>2</v></c><c s="1"><v>44633</v></c></row>'
            '<row><c><v>3</v></c><c t="str"><f>""</f><v></v></c></row></sheetData></worksheet>',
        )
    assert read(file.getvalue()).rows == {2: ["1", "2026-03-14"], 3: ["2", "2026-03-14"], 4: ["3", ""]}


HTML = "<html><head><meta charset='utf-8'></head><body><table><tr><td>id</td></tr></table></body></html>"
XML = '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:'
XML += 'office:spreadsheet"><Worksheet/></Workbook>'
ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000) + "EncryptedPackage".encode("utf-16-le") + bytes(500)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (HTML.encode(), r"web page \(HTML\).*save it as \.xlsx or as CSV"),
        (b"\xff\xfe" + HTML.encode("utf-16-le"), "web page"),
        (b"\n <!-- made by us --> <TABLE border=1><tr>", "web page"),
        (b"\xef\xbb\xbf" + XML.encode(), "XML table of Excel 2003"),
        (b'<?xml version="1.0"?><leads/>', "XML document"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "MHTML"),
        (b"ID;PWXL;N;E\nP;PGeneral\n", "SYLK"),
        (b'[{"id": 1}]', "JSON"),
        (b"{\\rtf1 x}", "RTF"),
        (ENCRYPTED, "protected by a password"),
    ],
)
def test_what_is_no_workbook_is_named_as_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(TabularError, match=words):
        look_at(io.BytesIO(data))


def test_a_table_that_begins_like_one_of_them_is_a_table() -> None:
    assert look_at(io.BytesIO(b"ID;Phone\n1;6505550101\n")).header == ("ID", "Phone")


@pytest.mark.parametrize(
    ("part", "words"),
    [("word/document.xml", "Word document"), ("Index/Document.iwa", "Apple Numbers"), ("ppt/presentation.xml", "pres")],
)
def test_other_documents_are_named(part: str, words: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "x")
    with pytest.raises(TabularError, match=words):
        look_at(io.BytesIO(file.getvalue()))


def test_an_encrypted_open_document_is_named() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b"\1\2\3")
        archive.writestr("META-INF/manifest.xml", "<m:manifest><m:encryption-data/></m:manifest>")
    with pytest.raises(TabularError, match="protected by a password"):
        look_at(io.BytesIO(file.getvalue()))


def test_cells_that_a_row_lacks_are_blank_where_that_is_wanted() -> None:
    data = b"id,phone,name\n1,650,A\n2,651\n3,652,C\n\n4\n"
    rows, marks = marks_of(data, fills_short=True)
    assert rows[3] == ["2", "651", ""]
    assert rows[6] == ["4", "", ""]
    assert marks == [Mark("short_rows", -1, 2, ((3, "2,651"), (6, "4")))]
    assert read(data).broken.keys() == {3, 6}


def test_an_open_document_is_read_and_what_it_does_not_tell_is_said() -> None:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cells = [("id", "phone", "day"), ("007", "(650) 555-0101", "")]
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in cells
    )
    number = '<table:table-cell office:value-type="float" office:value="42"><text:p>00042</text:p></table:table-cell>'
    day = '<table:table-cell office:value-type="date" office:date-value="2027-03-01"/>'
    rows += f"<table:table-row>{number}{number}{day}</table:table-row>"
    content = f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="S">{rows}'
    content += "</table:table></office:spreadsheet></office:body></office:document-content>"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    read, _ = marks_of(file.getvalue())
    assert read == {2: ["007", "(650) 555-0101", ""], 3: ["42", "42", "2027-03-01"]}
    told = inspect(io.BytesIO(file.getvalue()), FileOptions(), {}, limit=1_000_000).warnings
    assert "old_workbook" in {notice.code for notice in told}

"""Small files that would cost gigabytes are refused in words, and so are damaged ones."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bpadmin.tabular.tables import look_at
from bpadmin.tabular.types import TabularError

MEMORY = 100 * 2**20
SHEET = "<worksheet><sheetData>{}</sheetData></worksheet>"
RELATIONS = '<Relationships><Relationship Id="{}" Type="x/{}" Target="{}"/></Relationships>'
PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": RELATIONS.format("a", "officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="S" r:id="b"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": RELATIONS.format("b", "worksheet", "s.xml"),
}


def workbook(rows: str, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/s.xml", SHEET.format(rows))
    return file.getvalue()


def row(number: object, text: str = "a", reference: str = "") -> str:
    at = f' r="{reference}"' if reference else ""
    return f'<row r="{number}"><c t="inlineStr"{at}><is><t>{text}</t></is></c></row>'


def archive(count: int, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as made:
        for n in range(count):
            made.writestr(f"{n}.csv", "id,phone\n1,2\n" * 50)
    return file.getvalue()


def damaged(data: bytes) -> bytes:
    """Overwrite the middle, as half a download has it."""
    middle = data.index(b"xl/s.xml") + 60 if b"xl/s.xml" in data else data.index(b"0.csv") + 10
    return data[:middle] + b"\xff" * 40 + data[middle + 40 :]


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "rows 2 and 20,000,000": (lambda: workbook(row(2) + row(20_000_000)), "blank between"),
    "one text of 30 MB": (lambda: workbook(row(1, "x" * 30_000_000)), "32,767 characters"),
    "one attribute of 20 MB": (lambda: workbook(f'<row r="{"1" * 20_000_000}"/>'), "damaged"),
    "2,000 rows with a cell in XFD": (lambda: workbook("".join(row(n, "a", f"XFD{n}") for n in range(1, 2001))), "500"),
    "100,000 columns": (lambda: (",".join("abcdefgh"[:5] for _ in range(100_000)) + "\n").encode() * 2, "500"),
    "20,000 files": (lambda: archive(20_000), "20,000 files"),
    "half a download": (lambda: damaged(workbook("".join(map(row, range(1, 3000))))), "damaged"),
    "half a download by LZMA": (lambda: damaged(archive(1, zipfile.ZIP_LZMA)), "damaged|packed"),
    "half a download by BZIP2": (lambda: damaged(archive(1, zipfile.ZIP_BZIP2)), "damaged|packed"),
}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_in_words_and_in_little_memory(what: str) -> None:
    make, words = HOSTILE[what]
    data = make()
    tracemalloc.start()
    try:
        with pytest.raises(TabularError, match=words):
            look_at(io.BytesIO(data))
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_numbers_of_5000_digits_number_nothing() -> None:
    assert look_at(io.BytesIO(workbook(row("9" * 5000) + row(2, "b")))).records[:2] == (("a",), ("b",))


def shifted(data: bytes) -> bytes:
    """Say in the end of an archive that its list begins later than it does: its files then begin before the archive."""
    at = data.rindex(b"PK\x05\x06") + 16
    place = int.from_bytes(data[at : at + 4], "little") + 0x40000
    return data[:at] + place.to_bytes(4, "little") + data[at + 4 :]


@pytest.mark.parametrize("kind", ["zip", "registry", "workbook"])
@pytest.mark.parametrize("is_on_disk", [False, True])
def test_an_archive_whose_files_begin_before_it_is_damaged(tmp_path: Path, kind: str, is_on_disk: bool) -> None:
    data = {
        "zip": lambda: archive(1),
        "registry": lambda: archive(1).replace(b"0.csv", b"0.xml"),
        "workbook": lambda: workbook(row(1)),
    }[kind]()
    path = tmp_path / "file"
    path.write_bytes(shifted(data))
    opened = path.open("rb") if is_on_disk else io.BytesIO(path.read_bytes())
    with opened as file, pytest.raises(TabularError, match=r"damaged|holds"):
        look_at(file)

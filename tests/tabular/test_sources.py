"""Packed files: unpacked as they are read, and never further than is reasonable."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.tabular.tables import look_at, read_blocks
from bpadmin.tabular.types import TabularError
from tests.tabular.reading import read

TEXT = b"id,name\n1,Ann\n2,Bo\n"


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(TabularError) as refused:
        look_at(io.BytesIO(data))
    return str(refused.value)


def test_a_gzip_file_reads_like_its_contents() -> None:
    assert read(gzip.compress(TEXT)).rows == {2: ["1", "Ann"], 3: ["2", "Bo"]}


def test_a_zip_file_reads_like_its_only_member() -> None:
    table = read(zipped({"data.csv": TEXT}))
    assert table.look.members == ("data.csv",)
    assert table.rows == {2: ["1", "Ann"], 3: ["2", "Bo"]}


def test_of_several_members_one_is_chosen() -> None:
    data = zipped({"a.csv": TEXT, "b.csv": b"id,name\n9,Zoe\n", "__MACOSX/._a.csv": b"x", "readme": b"x"})
    assert read(data).look.members == ("a.csv", "b.csv")
    assert read(data, member="b.csv").rows == {2: ["9", "Zoe"]}


def test_an_archive_without_tables_says_so() -> None:
    assert "no .csv" in refusal(zipped({"one": b"x", "two": b"y"}))


def test_an_archive_with_a_password_says_so() -> None:
    data = bytearray(zipped({"data.csv": TEXT}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[data.index(b"PK\x03\x04") + 6] |= 1
    assert "password" in refusal(bytes(data))


def test_a_small_archive_cannot_grow_without_end() -> None:
    bomb = b"id,name\n" + b"1,Ann\n" * 1_000_000
    for packed in (zipped({"data.csv": bomb}), gzip.compress(bomb)):
        with pytest.raises(TabularError, match="larger than 1 MB"):
            look_at(io.BytesIO(packed), limit=1024 * 1024)


def test_a_cut_archive_is_called_damaged() -> None:
    assert "damaged" in refusal(zipped({"data.csv": TEXT * 1000})[:200])
    packed = gzip.compress(bytes(range(256)) * 400)
    assert "damaged" in refusal(packed[: len(packed) // 2])


def test_what_is_no_table_is_refused_in_words() -> None:
    assert "empty" in refusal(b"")
    assert "PDF" in refusal(b"%PDF-1.7 ...")
    assert "no text" in refusal(b"\r\n \r\n")
    assert "not a text file" in refusal(b"\x89PNG\r\n\x1a\n" + bytes(500))
    assert "not a text file" in refusal(bytes(range(256)) * 20)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(60), "7z"),
        (b"Rar!\x1a\x07\1\0" + bytes(60), "RAR"),
        (bz2.compress(TEXT), "bzip2"),
        (lzma.compress(TEXT), "xz"),
        (gzip.compress(b"data.csv".ljust(257, b"\0") + b"ustar" + bytes(600)), "tar"),
    ],
    ids=["7z", "RAR", "bzip2", "xz", "tar"],
)
def test_other_archives_are_named(data: bytes, name: str) -> None:
    assert f"This is a {name} archive" in refusal(data)
    assert "Unpack it" in refusal(data)


def test_what_a_gzip_file_holds_besides_text_is_named() -> None:
    assert "packed twice" in refusal(gzip.compress(gzip.compress(TEXT)))
    assert "packed twice" in refusal(gzip.compress(zipped({"data.csv": TEXT})))
    workbook = zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    assert "Excel workbook" in refusal(gzip.compress(workbook))
    assert "Excel workbook" in refusal(gzip.compress(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)))
    assert read(gzip.compress(b"7z,name\n1,Ann\n")).rows == {2: ["1", "Ann"]}


def test_a_gzip_file_in_an_archive_reads_like_its_contents() -> None:
    packed = gzip.compress(TEXT)
    for name in ("data.csv.gz", "DATA.CSV.GZ", "data.gz", "data.csv"):
        table = read(zipped({name: packed}))
        assert (table.look.members, table.rows) == ((name,), {2: ["1", "Ann"], 3: ["2", "Bo"]}), name
    several = zipped({"a.csv": TEXT, "b.csv.gz": gzip.compress(b"id,name\n9,Zoe\n"), "c.xlsx.gz": b"x"})
    assert read(several).look.members == ("a.csv", "b.csv.gz")
    assert read(several, member="b.csv.gz").rows == {2: ["9", "Zoe"]}
    assert read(several, member=ALL_MEMBERS).rows == {2: ["1", "Ann"], 3: ["2", "Bo"], 4: ["9", "Zoe"]}


def test_what_is_packed_in_an_archive_and_no_text_is_refused_in_words() -> None:
    assert "“a.csv.gz” in the archive is packed twice" in refusal(zipped({"a.csv.gz": gzip.compress(packed_twice())}))
    assert "packed twice" in refusal(zipped({"a.gz": gzip.compress(zipped({"a.csv": TEXT}))}))
    tar = gzip.compress(b"data.csv".ljust(257, b"\0") + b"ustar" + bytes(600))
    assert "This is a tar archive" in refusal(zipped({"a.csv.gz": tar}))
    assert "only “photo.jpg.gz”" in refusal(zipped({"photo.jpg.gz": gzip.compress(b"x")}))
    workbook = zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    assert "Excel workbook" in refusal(zipped({"a.csv.gz": gzip.compress(workbook)}))
    assert "damaged" in refusal(zipped({"a.csv.gz": gzip.compress(bytes(range(256)) * 400)[:300]}))
    bomb = gzip.compress(b"id,name\n" + b"1,Ann\n" * 1_000_000)
    with pytest.raises(TabularError, match="larger than 1 MB"):
        look_at(io.BytesIO(zipped({"a.csv.gz": bomb})), limit=1024 * 1024)


def packed_twice() -> bytes:
    return gzip.compress(TEXT)


def test_an_old_workbook_that_is_damaged_is_refused_in_words() -> None:
    assert "damaged" in refusal(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))


@pytest.mark.slow
def test_progress_reaches_the_total() -> None:
    text = TEXT * 20_000
    packed = {"a.csv": text, "b.csv.gz": gzip.compress(text)}
    for data in (
        text,
        gzip.compress(text),
        zipped({"data.csv": text}),
        zipped(packed),
        zipped({"a": packed["b.csv.gz"]}),
    ):
        file = io.BytesIO(data)
        look = look_at(file)
        *_, last = read_blocks(file, look.dialect, 2)
        assert last.done == last.total > 0

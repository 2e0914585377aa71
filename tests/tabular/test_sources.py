"""Packed files: unpacked as they are read, and never further than is reasonable."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

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


def test_an_old_workbook_that_is_damaged_is_refused_in_words() -> None:
    assert "damaged" in refusal(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))


def test_progress_reaches_the_total() -> None:
    for data in (TEXT * 20_000, gzip.compress(TEXT * 20_000), zipped({"data.csv": TEXT * 20_000})):
        file = io.BytesIO(data)
        look = look_at(file)
        *_, last = read_blocks(file, look.dialect, 2)
        assert last.done == last.total > 0

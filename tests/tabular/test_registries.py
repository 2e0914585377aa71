"""The files of the registries: XML as rows, and the files of an archive as one."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from bpadmin.tabular.tables import look_at, read_blocks
from bpadmin.tabular.types import TabularError

XML = b"""<?xml version='1.0'?>
<list type='full' level='ac' val='650'><ac val='650'><ph val='5550101'/><ph val='5550102'/></ac>
<ac val='415'><ph val='5550103'/></ac></list>"""
ROWS = [["650", "5550101"], ["650", "5550102"], ["415", "5550103"]]


def rows_of(data: bytes, **choices: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Read a file as it is understood, or as somebody wants it."""
    look = look_at(io.BytesIO(data), choices)
    blocks = [part.block for part in read_blocks(io.BytesIO(data), look.dialect, len(look.header), limit=1 << 20)]
    return look.header, [block.row(at) for block in blocks for at in range(len(block.numbers))]


def packed(**files: bytes) -> bytes:
    """Pack files, each under its name with a dot for the line below."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def test_the_registrys_xml_reads_as_rows_wherever_it_is_packed():
    for data in (XML, gzip.compress(XML), packed(a_xml=XML)):
        assert rows_of(data) == (("Area code", "Phone"), ROWS)
    changes = XML.replace(b"'5550101'/", b"'5550101' chg='A'/").replace(b"'5550102'/", b"'5550102' chg='D'/")
    assert rows_of(changes)[0] == ("Area code", "Phone", "chg")
    with pytest.raises(TabularError, match=r"damaged or incomplete \(line 3\)"):
        rows_of(XML[:120])
    bomb = b"<?xml version='1.0'?><!DOCTYPE list [<!ENTITY a 'aaaa'>]><list type='full'><ac val='&a;'/></list>"
    with pytest.raises(TabularError):
        rows_of(bomb)


def test_the_files_of_an_archive_are_read_as_one_where_that_is_said():
    data = packed(a416_csv=b"416,5550101\n416,5550102", b647_csv=b"\xef\xbb\xbf647,5550103\n", c_csv=b"")
    assert rows_of(data, member="*")[1] == [["416", "5550101"], ["416", "5550102"], ["647", "5550103"]]
    named = packed(a_csv=b"phone\n6505550101\n", b_csv=b"phone\r\n6505550102\n")
    assert rows_of(named, member="*") == (("phone",), [["6505550101"], ["6505550102"]])
    assert rows_of(named)[1] == [["6505550101"]]
    assert rows_of(packed(a_xml=XML, b_xml=XML), member="*")[1] == ROWS * 2
    with pytest.raises(TabularError, match="do not have the same columns"):
        rows_of(packed(a_csv=b"phone\n6505550101\n", b_csv=b"name,phone\nAnn,6505550102\n"), member="*")
    with pytest.raises(TabularError, match="one begins with “4165550101”, another with “905,5550103”"):
        rows_of(packed(a_csv=b"4165550101\n", b_csv=b"905,5550103\n"), member="*")

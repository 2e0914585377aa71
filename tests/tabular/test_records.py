"""Records: quotes, line ends, bad bytes and widths, wherever a block happens to end."""

from __future__ import annotations

import csv
import io
import random

import pytest

from bpadmin.tabular.records import OPEN_LIMIT, read_records
from bpadmin.tabular.types import Dialect, RowFault
from tests.tabular.reading import read

HEAD = "id,phone,name\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(end: str) -> None:
    table = read(f'id,phone{end}1,"two{end}lines"{end}2,650{end}'.encode())
    assert table.rows == {2: ["1", f"two{end}lines"], 3: ["2", "650"]}


def test_the_last_line_needs_no_end() -> None:
    assert read(b"id,phone\n1,650").rows == {2: ["1", "650"]}


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    table = read((HEAD + "1,650,Ann\n\n , ,\n2,651,Bo\n").encode())
    assert list(table.rows) == [2, 5]
    assert table.blanks == 2
    assert table.skipped == 1


def test_short_and_long_rows_are_set_apart_and_empty_surplus_is_not() -> None:
    table = read((HEAD + "1,650\n2,650,Bo,more\n3,650,Cy,,\n4,650,Di\n").encode())
    assert table.broken == {
        2: ("too_few_cells", ["1", "650"]),
        3: ("too_many_cells", ["2", "650", "Bo", "more"]),
    }
    assert table.rows == {4: ["3", "650", "Cy"], 5: ["4", "650", "Di"]}


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    lines = ["1,650,Ann", '2,651,"Bo', "3,652,Cy", '4,653,"Di"', "5,654,Ed"]
    table = read((HEAD + "\n".join(lines) + "\n").encode())
    assert table.broken == {3: ("unclosed_quote", ["2", "651", '"Bo'])}
    assert list(table.rows) == [2, 4, 5, 6]


def test_an_unclosed_quote_at_the_end_of_a_long_file_does_not_swallow_it() -> None:
    lines = [f"{number},650,Name" for number in range(50_000)]
    lines[7] = '7,650,"Name'
    table = read((HEAD + "\n".join(lines)).encode())
    assert list(table.broken) == [9]
    assert len(table.rows) == 49_999


def test_quoted_newlines_are_one_record_wherever_the_block_ends() -> None:
    text = "".join(f'{number},"line one\nline ""two""\n\nfour, {number}",x\n' for number in range(100))
    expected = list(csv.reader(io.StringIO(text, newline="")))
    for size in (1, 2, 3, 7, 64, 1000):
        parts = read_records(io.BytesIO(text.encode()), Dialect(), block_bytes=size)
        assert [row for part in parts for row in part.rows] == expected


def test_blocks_of_any_size_read_broken_files_alike() -> None:
    dice = random.Random(7)
    pieces = ["a", "é", ",", ",", "\n", "\n", "\r", '"', '"x"', "\r\n", "12", " "]
    for _ in range(60):
        data = "".join(dice.choice(pieces) for _ in range(200)).encode()
        whole = [(part.rows, part.faults) for part in read_records(io.BytesIO(data), Dialect(), block_bytes=10_000)]
        rows = [row for part, _ in whole for row in part]
        for size in (1, 5, 33):
            parts = list(read_records(io.BytesIO(data), Dialect(), block_bytes=size))
            assert [row for part in parts for row in part.rows] == rows


def test_a_cell_over_the_limit_is_refused_and_reading_goes_on() -> None:
    table = read(f"id,phone,name\n1,650,{'x' * (OPEN_LIMIT + 1)}\n2,651,Bo\n".encode())
    assert table.broken[2][0] == "cell_too_long"
    assert table.rows == {3: ["2", "651", "Bo"]}


def test_a_line_without_end_is_refused_without_being_kept() -> None:
    data = io.BytesIO(b"id,name\n" + b"x" * (9 * 1024 * 1024) + b"\n2,Bo\n")
    parts = list(read_records(data, Dialect()))
    rows = [row for part in parts for row in part.rows]
    assert [fault for part in parts for fault in part.faults.values()] == [RowFault.CELL_TOO_LONG]
    assert rows[0] == ["id", "name"]
    assert rows[-1] == ["2", "Bo"]
    assert len(rows) == 3


def test_bad_bytes_refuse_their_row_and_not_the_file() -> None:
    good = "".join(f"{number},650,Chloé\n" for number in range(9))
    table = read(HEAD.encode() + good.encode() + b"9,650,Jos\xe9\n10,651,Zo\xc3\xab\n")
    assert list(table.broken) == [11]
    assert table.broken[11][0] == "undecodable"
    assert table.rows[12] == ["10", "651", "Zoë"]


def test_zero_bytes_refuse_their_row() -> None:
    table = read(HEAD.encode() + b"1,650,A\0nn\n2,651,Bo\n")
    assert table.broken[2][0] == "nul_character"
    assert list(table.rows) == [3]


def test_the_end_mark_of_old_systems_is_no_row() -> None:
    assert list(read(HEAD.encode() + b"1,650,Ann\n\x1a").rows) == [2]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_every_encoding_gives_the_same_rows(codec: str) -> None:
    text = "id;näme;phone\r\n" + "".join(f"{number};Jürgen Groß;650\r\n" for number in range(3000))
    table = read(text.encode(codec))
    assert table.look.header == ("id", "näme", "phone")
    assert table.rows[3001] == ["2999", "Jürgen Groß", "650"]
    assert not table.broken


def test_half_a_character_at_the_end_of_utf_16_refuses_the_row() -> None:
    table = read("id,name\n1,Ann\n2,Bo".encode("utf-16") + b"\x41")
    assert list(table.rows) == [2]
    assert table.broken[3][0] == "undecodable"


def test_without_quoting_quotes_are_characters() -> None:
    table = read(b'id,name\n1,5" pipe\n2,"x\n3,y\n', quote="")
    assert table.rows == {2: ["1", '5" pipe'], 3: ["2", '"x'], 4: ["3", "y"]}


def test_quotes_inside_a_cell_are_characters() -> None:
    assert read(b'id,name\n1,5" pipe\n2,x\n').rows[2] == ["1", '5" pipe']


def test_a_separator_line_is_not_counted() -> None:
    table = read(b"sep=;\r\nid;name\r\n1;Ann\r\n")
    assert table.look.header == ("id", "name")
    assert table.rows == {2: ["1", "Ann"]}

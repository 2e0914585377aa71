"""Cells in quotes that come in pairs, and lines that are quoted as wholes: recognised, or text where they are text."""

from __future__ import annotations

import io
from typing import Any

import pytest

from bpadmin.tabular.tables import look_at, read_blocks


def read(text: str, **choices: Any) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return the header and the rows of a text."""
    file = io.BytesIO(text.encode())
    look = look_at(file, choices)
    parts = read_blocks(file, look.dialect, len(look.header))
    return look.header, [part.block.row(at) for part in parts for at in range(len(part.block.numbers))]


ROWS = [["1", "650", "a, b"], ["2", "651", "c, d"]]


@pytest.mark.parametrize(
    "text",
    [
        "id,phone,note\n1,650,“a, b”\n2,651,“c, d”\n",
        "“id”,“phone”,“note”\n“1”,“650”,“a, b”\n“2”,“651”,“c, d”\n",
        "id,phone,note\n1,650,„a, b“\n2,651,„c, d“\n",
        "id,phone,note\n1,650,«a, b»\n2,651,«c, d»\n",
        "`id`,`phone`,`note`\n`1`,`650`,`a, b`\n`2`,`651`,`c, d`\n",
        "id, phone, note\n1, 650, “a, b”\n2, 651, “c, d”\n",
    ],
    ids=["curly", "all-curly", "german", "angular", "backticks", "after-blanks"],
)
def test_cells_in_pairs_of_quotes_are_taken_out_of_them(text: str) -> None:
    header, rows = read(text)
    assert header == ("id", "phone", "note")
    assert [[cell.strip() for cell in row] for row in rows] == ROWS


@pytest.mark.parametrize("note", ["says “hi” always", "“quoted” word", "“whole”", "5` and 6`"])
def test_such_signs_are_text_where_they_hold_no_separator(note: str) -> None:
    assert read(f"id,phone,note\n1,650,{note}\n2,651,{note}\n")[1][0][2] == note


def test_straight_quotes_within_curly_ones_stay() -> None:
    assert read('id,note\n1,“a, "b"”\n2,“c, d”\n')[1] == [["1", 'a, "b"'], ["2", "c, d"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('"id,phone,note"\n"1,650,a"\n"2,651,b"\n', [["1", "650", "a"], ["2", "651", "b"]]),
        ('"id,phone,note"\n"1,650,""a, b"""\n"2,651,""c"""\n', [["1", "650", "a, b"], ["2", "651", "c"]]),
        ('"id;phone;note"\r\n"1;650;a"\r\n"2;651;b"\r\n', [["1", "650", "a"], ["2", "651", "b"]]),
        ('id,phone,note\n"1,650,a"\n"2,651,b"\n', [["1", "650", "a"], ["2", "651", "b"]]),
    ],
    ids=["plain", "doubled", "semicolons", "bare-header"],
)
def test_lines_that_are_quoted_as_wholes_are_rows(text: str, rows: list[list[str]]) -> None:
    assert read(text) == (("id", "phone", "note"), rows)


def test_a_file_of_one_quoted_column_stays_one_column() -> None:
    assert read('"note"\n"a, b"\n"c"\n"d, e"\n') == (("note",), [["a, b"], ["c"], ["d, e"]])


def test_it_can_be_said_that_the_quotes_are_text() -> None:
    text = "id,phone,note\n1,650,“a, b”\n2,651,“c, d”\n"
    assert read(text, quote='"')[1][0] == ["1", "650", "“a", " b”"]


def test_a_colon_in_times_and_addresses_parts_no_cells() -> None:
    text = 'Notes:\n"some words"\n\nName,Address,Phone\nAnn,https://a.example,650\nBob,https://b.example,651\n'
    assert read(text)[0] == ("Name", "Address", "Phone")


@pytest.mark.parametrize("cell", ["6505550101A", "650-555-0101 x0", "650555*", "tel:6505550101", "p:+16505550101"])
def test_a_number_with_something_beside_it_is_no_header(cell: str) -> None:
    assert not look_at(io.BytesIO(f"{cell}\n6505550102\n6505550103\n".encode())).dialect.has_header


@pytest.mark.parametrize("name", ["created_20261130", "Q1 2026", "Balance 20261130", "#1"])
def test_names_with_a_day_or_a_period_stay_names(name: str) -> None:
    assert look_at(io.BytesIO(f"{name},phone\nx,6505550102\n".encode())).dialect.has_header

"""Quotes that go astray cost their rows, with words, and never those of their neighbours."""

from __future__ import annotations

import pytest

from tests.tabular.reading import read

HEAD = "id,phone,note\n"
WIDE = "id,phone,note,city\n"


def test_a_quote_that_closes_within_its_cell_costs_the_row() -> None:
    table = read((HEAD + '1,650,"abc"def\n2,651,"abc" \n3,652,"x, y"\n').encode())
    assert table.broken == {2: ("stray_quote", ["1", "650", '"abc"def'])}
    assert table.rows == {3: ["2", "651", "abc"], 4: ["3", "652", "x, y"]}


def test_blanks_between_a_closing_quote_and_the_separator_are_nothing() -> None:
    assert read((HEAD + '1,"650" ,"a, b"  \n').encode()).rows[2] == ["1", "650", "a, b"]


def test_lines_that_two_stray_quotes_make_one_cell_are_refused_each_with_its_number() -> None:
    lines = ['1,650,"Joe,x', "2,651,b,x", "3,652,c,x", '4,653,Moe",x', "5,654,e,x"]
    table = read((WIDE + "\n".join(lines)).encode())
    assert {number: fault for number, (fault, _) in table.broken.items()} == dict.fromkeys(
        [2, 3, 4, 5], "lines_in_one_cell"
    )
    assert table.rows == {6: ["5", "654", "e", "x"]}


@pytest.mark.parametrize(
    "text",
    [
        'id,phone,note,city\n1,650,a,x\n2,651,"Call, then\nwait, and\nwrite",y\n',
        'id,note\n1,plain\n2,"Hello, Ann\nBye, Bo"\n',
        'id,note\n1,a\n2,"one\ntwo, three\n"\n',
    ],
)
def test_a_text_of_several_lines_is_one_cell(text: str) -> None:
    assert not read(text.encode()).broken


def test_quotes_after_a_backslash_are_known_and_paths_stay() -> None:
    table = read((HEAD + '1,650,"Bob \\"Bobby\\" Ray"\n2,651,"a, \\"b, c\\" d"\n3,652,C:\\temp\n').encode())
    assert table.look.dialect.escape == "\\"
    assert [row[2] for row in table.rows.values()] == ['Bob "Bobby" Ray', 'a, "b, c" d', "C:\\temp"]


def test_a_path_that_ends_a_quoted_cell_is_no_escape() -> None:
    table = read((HEAD + '1,650,"C:\\dir\\"\n2,651,"a ""b"" c"\n').encode())
    assert table.look.dialect.escape == ""
    assert [row[2] for row in table.rows.values()] == ["C:\\dir\\", 'a "b" c']


def test_a_column_whose_quotes_wrap_no_cell_is_text() -> None:
    table = read((HEAD + '1,650,"Bo" Smith\n2,651,"Al" Ray\n3,652,plain\n').encode())
    assert not table.broken
    assert [row[2] for row in table.rows.values()] == ['"Bo" Smith', '"Al" Ray', "plain"]


def test_zeros_at_the_end_are_no_row() -> None:
    table = read((HEAD + "1,650,a\n").encode() + bytes(512))
    assert (table.rows, table.broken) == ({2: ["1", "650", "a"]}, {})


def test_the_header_tells_the_separator_of_ragged_rows() -> None:
    lines = [f"{at};650555010{at};April {at}, 2023;R{at}{';x' if at < 6 else ''}" for at in range(1, 9)]
    assert read(("id;phone;note;name;city\n" + "\n".join(lines)).encode()).look.dialect.delimiter == ";"


def test_quotes_within_cells_that_are_all_quoted_cost_their_rows_and_are_no_part_of_the_others() -> None:
    lines = [
        f'"{at}","65055501{at:02}","Bob ""Bo"" Ray"' if at % 3 else f'"{at}","65055501{at:02}","Al "Al" Ray"'
        for at in range(9)
    ]
    table = read((HEAD + "\n".join([*lines, '"10","650","Al "A" R"', '"11","650","Al "A" R"']) + "\n").encode())
    assert set(dict(table.broken.values())) == {"stray_quote"}
    assert table.rows[3] == ["1", "6505550101", 'Bob "Bo" Ray']
    only = "\n".join(f'"{at}","650","Al "Al" Ray"' for at in range(5))
    assert len(read((HEAD + only).encode()).broken) == 5

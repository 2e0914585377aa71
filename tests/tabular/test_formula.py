"""The formula guard: nothing runs in a spreadsheet, and nothing is changed for good."""

from __future__ import annotations

import csv
import io
import random

import pytest

from bpadmin.results.pages.tables import PlainTable
from bpadmin.tabular.formula import SIGNS, guard, unguard
from lists.models import OldValues
from lists.old_values.services import old_values_lines

DANGEROUS = [
    "=1+1", "-5", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "'=1", "''-5", "a,=1", "a; =1", "a|@x", "Ann\n=cmd()",
    "+cmd|x!A1",
    *(f"a{mark}=1" for mark in "\v\f\x1c\x1f\x85\u2028\u2029،؛，；｜、¦§^~"),
    "+1+cmd", "+16505550100;=1", "+5", "-", "=K0",
]  # fmt: skip
HARMLESS = ["", "Ann", "5", "a=b", "a - b", "'quoted", "''", "+16505550100", "+44 (0)20 7946-0900", "Ann, +16505550100"]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_dangerous_cells_get_an_apostrophe(cell: str) -> None:
    assert guard(cell) == f"'{cell}"
    assert unguard(f"'{cell}") == cell


def test_other_cells_and_telephone_numbers_stay_as_they_are() -> None:
    assert [guard(cell) for cell in HARMLESS] == HARMLESS
    assert [unguard(cell) for cell in HARMLESS] == HARMLESS
    assert [unguard(cell, True) for cell in HARMLESS] == HARMLESS


def test_undoing_gives_back_every_cell() -> None:
    dice = random.Random(1)
    signs = [*SIGNS, *",;|\t\n\r", "a", "1", "0", " ", "'", "'", '"', '="', '"']
    for _ in range(5_000):
        cell = "".join(dice.choice(signs) for _ in range(dice.randint(0, 9)))
        assert unguard(guard(cell)) == cell
        assert unguard(guard(cell), True) == cell


def test_an_apostrophe_before_anything_else_was_not_ours() -> None:
    assert unguard("'tis") == "'tis"


@pytest.mark.parametrize(
    "cell", ["007", "01234-5678", "+1 650 555 0101", "(650) 555-0101", "0A12", "1E5", "25/12/2026"]
)
def test_an_apostrophe_before_a_number_and_a_formula_of_a_text_are_marks_of_a_text(cell: str) -> None:
    assert [unguard(f"'{cell}"), unguard(f'="{cell}"')] == [cell, cell]
    assert unguard(guard(f"'{cell}")) == f"'{cell}"


def test_an_apostrophe_before_a_code_is_a_mark_where_codes_are_kept() -> None:
    assert [unguard("'A17", True), unguard("'A17")] == ["A17", "'A17"]
    assert [unguard('="a ""b"""'), unguard('="a"&"b"'), unguard("=1+1")] == ['a "b"', '="a"&"b"', "=1+1"]


@pytest.mark.parametrize("text", ["=1+1", "  =1+1", "Spring;=1+1", "@SUM(A1)", "\t=1"])
def test_names_in_tables_and_headers_are_guarded_too(text: str) -> None:
    table = PlainTable("lists", "By list", ("List", "Calls"), ((text, 3), (text, -3)))
    _, *rows = csv.reader(io.StringIO(table.as_csv()))
    assert rows == [[f"'{text}", "3"], [f"'{text}", "-3"]]
    header = b"".join(old_values_lines(OldValues(fields=["id", text], parts=[]))).decode()
    assert next(csv.reader(io.StringIO(header))) == ["id", f"'{text}"]

"""The formula guard: nothing runs in a spreadsheet, and nothing is changed for good."""

from __future__ import annotations

import random

import pytest

from bpadmin.tabular.formula import GUARDED, guard, unguard


@pytest.mark.parametrize("cell", ["=1+1", "+16505550100", "-5", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'quoted"])
def test_dangerous_cells_get_an_apostrophe(cell: str) -> None:
    assert guard(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert [guard(cell) for cell in ["", "Ann", "5", "a=b", " =1"]] == ["", "Ann", "5", "a=b", " =1"]


def test_undoing_gives_back_every_cell() -> None:
    dice = random.Random(1)
    signs = [*GUARDED, "a", "1", " ", "'", "'"]
    for _ in range(2_000):
        cell = "".join(dice.choice(signs) for _ in range(dice.randint(0, 5)))
        assert unguard(guard(cell)) == cell


def test_an_apostrophe_before_anything_else_was_not_ours() -> None:
    assert unguard("'tis") == "'tis"

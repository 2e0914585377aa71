"""Cells: signs that nobody sees, and spreadsheets that failed."""

from __future__ import annotations

import pytest

from bpadmin.cells import error_words, is_error, seen, seen_number, signs_named, without_marks


@pytest.mark.parametrize(
    ("text", "is_seen"),
    [
        ("A1\u200b", "A1"),
        ("\ufeffA1", "A1"),
        ("\u200eA\u00ad1\u2060", "A1"),
        ("A\u00a01", "A 1"),
        ("\u3000A1\u202f", "A1"),
        ("Ｋ１２－３", "K12-3"),
        ("Zoë", "Zoë"),
        ("東京 5", "東京 5"),
    ],
)
def test_keys_are_what_is_seen_of_them(text: str, is_seen: str) -> None:
    assert seen(text) == is_seen


@pytest.mark.parametrize(
    ("text", "number"),
    [("１6505550101", "16505550101"), ("٦٥٠", "650"), ("۶۵۰", "650"), ("650\u2011555\u2013 0101", "650-555- 0101")],
)
def test_digits_of_all_scripts_are_digits_in_numbers(text: str, number: str) -> None:
    assert seen_number(text) == number


def test_texts_lose_only_marks_that_joining_files_has_left_in_them() -> None:
    assert without_marks("\ufeffAnn") == "Ann"
    assert without_marks("می\u200cخواهم") == "می\u200cخواهم"
    assert without_marks("\u200b \u2060") == ""


def test_the_signs_are_named() -> None:
    assert signs_named("é\u200bA\u00a0１") == "zero-width space, no-break space, fullwidth digit one"


@pytest.mark.parametrize(
    "cell",
    ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#BEZUG!", "#NV", "#NOM?", "#¡REF!",
     "#VALEUR!", "######", "#ref!", '#FORMULA! =UPPER("b")', "#FORMULA!"],
)  # fmt: skip
def test_errors_of_spreadsheets_are_known(cell: str) -> None:
    assert is_error(cell)
    assert all(error_words(cell))


@pytest.mark.parametrize("cell", ["#5", "# 12", "#1 choice", "##", "N/A", "C#", "#hashtag", "#REF", ""])
def test_what_people_write_with_that_sign_is_none(cell: str) -> None:
    assert not is_error(cell)

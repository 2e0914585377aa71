"""Telephone numbers: the document's rules, one by one, and what people write instead."""

from __future__ import annotations

import pytest

from bpadmin.platforms.record_rules.phone import (
    digits_of,
    identity_of,
    normal_phone,
    normal_phones,
    phone_fault,
)
from bpadmin.platforms.types import FieldSpec, FieldType

US = FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA", remove_prefix="9", default_country_code="49")
PLAIN = FieldSpec("phone", FieldType.PHONE)
GERMAN = FieldSpec("phone", FieldType.PHONE, remove_prefix="0", default_country_code="49")


@pytest.mark.parametrize(
    "written, kept",
    [
        ("6505550100", "16505550100"),
        ("(650) 555-0100", "16505550100"),
        ("650.555.0100", "16505550100"),
        ("+1 650 555 0100", "16505550100"),
        ("16505550100", "16505550100"),
        ("+16505550100", "16505550100"),
        ("011442079460000", "011442079460000"),
        ("+011442079460000", "011442079460000"),
        ("0115551234", "0115551234"),
        ("0655501234", "10655501234"),
        ("650 555\n0100", "16505550100"),
        ("", ""),
    ],
)
def test_us_and_canadian_numbers_are_kept_in_eleven_digits(written: str, kept: str) -> None:
    assert normal_phone(written, US) == kept


@pytest.mark.parametrize(
    "written",
    ["1650555010", "5550100", "26505550100", "650555010", "165055501001", "n/a", "650-555-0100 x12", "4420794600001"],
)
def test_other_us_and_canadian_numbers_are_refused(written: str) -> None:
    assert normal_phone(written, US) is None


@pytest.mark.parametrize(
    "written, spec, kept",
    [
        ("+44 20 7946 0000", PLAIN, "442079460000"),
        ("1004", PLAIN, "1004"),
        ("0171 1234567", GERMAN, "491711234567"),
        ("+49 171 1234567", GERMAN, "491711234567"),
        ("171 1234567", GERMAN, "491711234567"),
        ("0049 171 1234567", GERMAN, "49049171" + "1234567"),
        ("0", GERMAN, None),
        ("none", PLAIN, None),
    ],
)
def test_other_numbers_lose_their_prefix_and_get_the_country_code(written: str, spec: FieldSpec, kept: str) -> None:
    assert normal_phone(written, spec) == kept


@pytest.mark.parametrize("written", ["6.50555E+09", "1.23E+10", "6,50555E+9", "6.5E10", "16505550100.0"])
def test_numbers_damaged_by_a_spreadsheet_are_refused_by_every_rule(written: str) -> None:
    assert normal_phone(written, US) is None
    assert normal_phone(written, PLAIN) is None


def test_a_column_is_treated_as_each_of_its_cells_is() -> None:
    cells = ["6505550100", "", "bad", "1\n650 555 0100", "6.5E+09", "011999", "٦٥٠٥٥٥٠١٠٠"]
    for spec in (US, PLAIN, GERMAN):
        assert normal_phones(cells, spec) == [normal_phone(cell, spec) for cell in cells]
    assert normal_phones([], US) == []


def test_only_ascii_digits_are_digits() -> None:
    assert digits_of(["(1) 2-3", "٦", "a\nb4", "é5"]) == ["123", "", "4", "5"]


def test_a_number_has_one_identity_before_and_after_the_platform_took_it() -> None:
    specs = [US, PLAIN, GERMAN, FieldSpec("p", FieldType.PHONE, remove_prefix="9")]
    numbers = ["6505550100", "+1 (650) 555-0100", "0171 123 45 67", "99171234567", "011442079"]
    kept = {(written, number): normal_phone(written, spec) for number, spec in enumerate(specs) for written in numbers}
    taken = {case: phone for case, phone in kept.items() if phone is not None}
    assert len(taken) > 15
    assert {case: identity_of(phone, specs[case[1]]) for case, phone in taken.items()} == {
        case: identity_of(case[0], specs[case[1]]) for case in taken
    }


@pytest.mark.parametrize(
    "written, detail, fix",
    [
        ("555-0100", "7 digits", "area code"),
        ("650555010", "leading zero", "10 digits"),
        ("1650555010", "one digit is missing", "seven digits"),
        ("650-555-0100 x12", "extension", "650-555-0100"),
        ("650-555-0100 / 650-555-0101", "two numbers", "Keep one"),
        ("n/a", "no digit", "clear the cell"),
        ("442079460000", "12 digits", "011"),
        ("6.50555E+09", "shortened", "original source"),
        ("6505550100.0", "decimals", "6505550100"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(written: str, detail: str, fix: str) -> None:
    told = phone_fault(written, US)
    assert detail in told[0]
    assert fix in told[1]

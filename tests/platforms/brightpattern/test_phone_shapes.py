"""Cells of which the platform would make a stranger's number are refused; the usual ways of writing one are not."""

from __future__ import annotations

import pytest

from bpadmin.platforms.record_rules.rules import Fault, RecordRules
from bpadmin.platforms.types import FieldSpec, FieldType

US = FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA")
PLAIN = FieldSpec("phone", FieldType.PHONE)
UK = FieldSpec("phone", FieldType.PHONE, remove_prefix="0", default_country_code="44")

# What would be joined, and a part of what is to be written instead.
JOINED = {
    "555-0100 ext 123": "area code in front of 555-0100",
    "555-0100/123": "area code in front of 555-0100",
    "555-0100 123": "",
    "650-555-010 x1": "",
    "650-555-010#1": "",
    "650-5550 (3/14)": "",
    "555-01 / 555-02": "",
    "call 2 x 650 555 010": "",
    "650-555-0101 Joe": "650-555-0101",
    "650-555-CALL1234": "",
    "$6,505,550.101": "",
    "65055501.01%": "",
    "-6505550101": "6505550101",
    "2026-03-14-01": "",
    "12/25/2026 10:1": "",
    "ann6505550101@x.com": "",
    "https://x.com/6505550101": "",
    "650-55-5010-1": "",
    "+65 6123 4567": "0116561234567",
    "011 44 (0)20 7946 0958": "011 44 20 7946 0958",
}
USUAL = [
    "6505550101", "16505550101", "(650) 555-0101", "650.555.0101", "+1 (650) 555-0101", "1-650-555-0101",
    "650/555-0101", "650-555-01-01", "65 05 55 01 01", "Tel: 650-555-0101", "tel:+16505550101", "'6505550101",
    "650-555-0101 (home)", "(h) 650-555-0101", "650 - 555 - 0101", "011-44-20-79460958", "6505550101;",
]  # fmt: skip
ABROAD = {
    "+44 (0)20 7946 0958": "+44 20 7946 0958",
    "44 44 20 7946 0958": "442079460958",
    "020 7946 0958 / 020 7946 0959": "020 7946 0958",
    "+44 20 7946 0958 ext 12": "+44 20 7946 0958",
    "12345678901234567": "",
}


def test_digits_of_something_else_are_never_joined_to_a_number() -> None:
    checked = RecordRules([US]).check([list(JOINED)])
    fixes = {one.value: one.fix for one in checked.problems if one.fault is Fault.PHONE_MORE}
    assert fixes.keys() == JOINED.keys()
    assert [cell for cell, fix in JOINED.items() if fix not in fixes[cell]] == []


def test_the_usual_ways_of_writing_a_number_are_taken() -> None:
    checked = RecordRules([US]).check([USUAL])
    assert checked.problems == []
    assert set(checked.normal[0]) == {"16505550101", "011442079460958"}


@pytest.mark.parametrize("spec", [PLAIN, UK])
def test_numbers_abroad_with_a_trunk_zero_or_two_codes_are_refused(spec: FieldSpec) -> None:
    cells = [*ABROAD, *([] if spec is PLAIN else ["0044 20 7946 0958", "+49 30 12345678"])]
    checked = RecordRules([spec]).check([[*cells, "020 7946 0958", "+44 20 7946 0958", "0171-1234567", "030/123456"]])
    fixes = {one.value: one.fix for one in checked.problems}
    assert fixes.keys() == set(cells)
    assert [cell for cell, fix in ABROAD.items() if fix not in fixes[cell]] == []


def test_numbers_that_cannot_exist_are_refused_or_said() -> None:
    cells = ["0000000000", "0165550101", "11505550101", "9115550101", "6500550101", "6509110101", "6509761234", ""]
    checked = RecordRules([US]).check([[*cells, "6505550101"]])
    impossible = [one.value for one in checked.problems if one.fault is Fault.PHONE_IMPOSSIBLE]
    assert impossible == cells[:3]
    assert {each.code: each.rows for each in checked.remarks[0]} == {
        "impossible_numbers": [3, 4, 5],
        "premium_numbers": [6],
    }


def test_a_number_in_letters_is_suggested_in_digits() -> None:
    [problem] = RecordRules([US]).check([["1-800-FLOWERS"]]).problems
    assert problem.fix == "1-800-3569377"

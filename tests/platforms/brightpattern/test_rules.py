"""Record rules: what is sent, what is refused, and what a record is known by."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.platforms.record_rules.rules import Fault, RecordRules, canonical_key
from bpadmin.platforms.types import FieldSpec, FieldType

ID = FieldSpec("Id", key=True)
PHONE = FieldSpec("Phone", FieldType.PHONE, phone_type="US_CANADA")
PHONE2 = FieldSpec("Phone 2", FieldType.PHONE)
AGE = FieldSpec("Age", FieldType.INTEGER)
WHEN = FieldSpec("When", FieldType.DATETIME, date_format="yyyy-MM-dd")
NAME = FieldSpec("Name", FieldType.FIRST_NAME, required=True)


def faults(fields: list[FieldSpec], *rows: list[str], **how: Any) -> list[tuple[int, str, str]]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    checked = RecordRules(fields, **how).check(columns)
    return sorted((one.row, one.fault.value, fields[one.field].name) for one in checked.problems)


def values(fields: list[FieldSpec], *rows: list[str], **how: Any) -> list[list[Any]]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [list(column) for column in RecordRules(fields, **how).check(columns).values]


def test_a_good_record_has_no_fault() -> None:
    assert faults([ID, PHONE, AGE, WHEN, NAME], ["K1", "6505550100", "42", "2025-01-31", "Ann"]) == []


def test_missing_key_required_field_and_phone_are_three_things() -> None:
    found = faults(
        [ID, NAME, PHONE, PHONE2], ["", "Ann", "6505550100", ""], ["K", "", "6505550100", ""], ["L", "Bo", "", ""]
    )
    assert found == [(0, Fault.MISSING_KEY, "Id"), (1, Fault.MISSING_REQUIRED, "Name"), (2, Fault.NO_PHONE, "Phone")]


def test_any_one_phone_is_enough_and_a_bad_second_one_is_not() -> None:
    assert faults([PHONE, PHONE2], ["", "123"], ["6505550100", ""]) == []
    assert faults([PHONE, PHONE2], ["6505550100", "none"]) == [(0, Fault.PHONE_INVALID, "Phone 2")]


def test_an_update_needs_nothing_but_the_key() -> None:
    assert faults([ID, NAME, PHONE], ["K", "", ""], is_partial=True) == []
    assert faults([ID, NAME, PHONE], ["", "Ann", "6505550100"], is_partial=True) == [(0, Fault.MISSING_KEY, "Id")]


@pytest.mark.parametrize(
    "text, sent",
    [("42", 42), ("-7", -7), ("+7", 7), ("007", 7), ("٤٢", 42), ("9223372036854775807", 2**63 - 1), ("", None)],
)
def test_integers_are_sent_as_numbers(text: str, sent: int | None) -> None:
    assert values([AGE], [text], ["1"]) == [[sent, 1]]
    assert faults([AGE], [text], ["1"]) == []


@pytest.mark.parametrize("text", ["x", "1.0", "1,000", "1_000", "9223372036854775808", "²", "1e5", "0x10", "--1"])
def test_other_texts_are_no_integers(text: str) -> None:
    assert faults([AGE], ["5"], [text]) == [(1, Fault.INTEGER_INVALID, "Age")]


@pytest.mark.parametrize(
    "text, fix", [("12.0", "12"), ("1,234,567", "1234567"), ("9" * 30, "18 digits"), ("x", "digits only")]
)
def test_a_refused_integer_comes_with_a_fix(text: str, fix: str) -> None:
    [problem] = RecordRules([AGE]).check([[text]]).problems
    assert fix in problem.fix


def test_phones_are_sent_as_written_and_their_change_is_told() -> None:
    checked = RecordRules([PHONE]).check([["(650) 555-0100", "16505550100"]])
    assert checked.values == [["(650) 555-0100", "16505550100"]]
    assert checked.normal[0] == ["16505550100", "16505550100"]
    assert list(checked.changed[0]) == [True, False]


def test_empty_typed_cells_are_left_out_and_empty_texts_are_sent() -> None:
    fields = [ID, PHONE, AGE, WHEN, FieldSpec("Note")]
    row = [["K1"], ["6505550100"], [""], [""], [""]]
    assert [list(rows) for rows in RecordRules(fields).check(row).absent] == [[], [], [0], [0], []]
    assert [list(rows) for rows in RecordRules(fields, keeps_empty=True).check(row).absent] == [[], [], [0], [0], [0]]


def test_capitals_make_another_key() -> None:
    assert canonical_key({"Id": "a"}, [ID]) != canonical_key({"Id": "A"}, [ID])


def test_an_echo_is_known_by_its_key_however_the_platform_writes_it() -> None:
    fields = [ID, PHONE, AGE, WHEN]
    sent = {"Id": "K1", "Phone": "(650) 555-0100", "Age": 7, "When": "2025-01-31", "Name": "Ann"}
    echo = {"age": "7", "phone": "16505550100", "id": " K1 ", "name": "ann", "when": "2025-01-31"}
    assert canonical_key(sent, fields) == canonical_key(echo, fields)
    assert canonical_key({"id": 5.0}, [ID]) == canonical_key({"ID": "5"}, [ID])


def test_without_keys_the_whole_record_is_the_identity() -> None:
    sent = {"Id": "K1", "Phone": "(650) 555-0100", "Note": ""}
    assert canonical_key(sent, ()) == canonical_key({"phone": "16505550100", "ID": "K1"}, ())
    assert canonical_key(sent, ()) != canonical_key({"phone": "16505550100", "ID": "K2"}, ())

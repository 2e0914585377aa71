"""The platform's own record rules, applied before anything is sent: columns in, columns and problems out.

Whole columns of a block are checked at once, since a function call per cell would cost more than reading the file.
Source: List Management API v3.0, "When importing records or updating records" and "Create List with New Format".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import ne
from typing import Any

from bpadmin.platforms.brightpattern.dates import DateColumn, known_pattern, parse_date, write_date
from bpadmin.platforms.brightpattern.phone import digits_of, identity_of, is_damaged, normal_phones, phone_fault
from bpadmin.platforms.types import FieldSpec, FieldType

DATE_TYPES = (FieldType.DATETIME, FieldType.DATETIME_CALL_AT)
TYPED = (FieldType.PHONE, FieldType.INTEGER, FieldType.PRIORITY, *DATE_TYPES)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d{1,18})[.,]0+", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,. '\u00a0]\d{3})+", re.ASCII)
_PHONE_LIKE = re.compile(r"\+?[\d() .\-/]{7,}", re.ASCII)
_LONGEST_SAFE = 18
_LARGEST = 2**63


class Fault(StrEnum):
    """Why the platform would not take a record, or would take it wrongly."""

    MISSING_KEY = "missing_key"
    MISSING_REQUIRED = "missing_required"
    NO_PHONE = "no_phone"
    PHONE_INVALID = "phone_invalid"
    PHONE_DAMAGED = "phone_damaged"
    CODE_INVALID = "code_invalid"
    INTEGER_INVALID = "integer_invalid"
    DATE_INVALID = "date_invalid"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one row: `row` is its index in the block, `field` an index into the rules' fields (-1: none)."""

    row: int
    fault: Fault
    field: int
    value: str = ""
    detail: str = ""
    fix: str = ""


@dataclass(slots=True)
class Checked:
    """A block after the check, one list per field.

    `values` are what is sent (texts, integers), `identities` what they are compared by, for key fields only.
    `absent[i]` are the rows in which field i is left out. `changed` tells of a phone field for each row whether the
    platform will rewrite the number (bytes of 0 and 1), `normal` what it becomes. Rows with problems are in all lists.
    """

    values: list[Sequence[Any]]
    identities: list[Sequence[Any]] = field(default_factory=list)
    absent: list[Sequence[int]] = field(default_factory=list)
    normal: dict[int, Sequence[str | None]] = field(default_factory=dict)
    changed: dict[int, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class RecordRules:
    """The rules for records with these fields, in this order.

    `is_partial`: an update, where only the key fields must be there. `keeps_empty`: an empty cell leaves what the
    list holds; otherwise an empty text is sent as such. `takes_iso_dates`: cells come from a workbook.
    """

    def __init__(
        self,
        fields: Sequence[FieldSpec],
        *,
        is_partial: bool = False,
        keeps_empty: bool = False,
        takes_iso_dates: bool = False,
    ) -> None:
        self.fields = tuple(fields)
        self.is_partial = is_partial
        self.keeps_empty = keeps_empty
        self.phones = [at for at, spec in enumerate(fields) if spec.type is FieldType.PHONE]
        self.keys = [at for at, spec in enumerate(fields) if spec.key]
        self._dates = {
            at: DateColumn(spec.date_format, takes_iso=takes_iso_dates)
            for at, spec in enumerate(fields)
            if spec.type in DATE_TYPES
        }

    def check(self, columns: Sequence[Sequence[str]]) -> Checked:
        """Check a block: `columns[i]` holds the trimmed cells of field i. Problems come in no particular order."""
        checked = Checked([])
        for at, (spec, column) in enumerate(zip(self.fields, columns, strict=True)):
            empty = [] if all(column) else [row for row, cell in enumerate(column) if not cell]
            identity: Sequence[Any] = column
            if spec.type is FieldType.PHONE:
                identity = self._check_phones(checked, at, column)
                checked.values.append(column)
            elif spec.type is FieldType.INTEGER:
                identity = self._check_integers(checked, at, column)
                checked.values.append(identity)
            elif at in self._dates:
                identity = self._check_dates(checked, at, column)
                checked.values.append(identity)
            else:
                checked.values.append(column)
            if spec.key:
                checked.identities.append(identity)
            checked.absent.append(empty if self.keeps_empty or spec.type in TYPED else ())
            if empty:
                self._check_missing(checked, at, spec, empty)
        if self.phones and not self.is_partial:
            self._check_any_phone(checked, columns)
        return checked

    def _check_missing(self, checked: Checked, at: int, spec: FieldSpec, empty: Sequence[int]) -> None:
        if spec.key:
            fix = "Fill in the cell: the key tells one record from another."
            checked.problems += [Problem(row, Fault.MISSING_KEY, at, fix=fix) for row in empty]
        elif spec.required and not self.is_partial:
            checked.problems += [
                Problem(row, Fault.MISSING_REQUIRED, at, fix="Fill in the cell: the list requires this field.")
                for row in empty
            ]

    def _check_any_phone(self, checked: Checked, columns: Sequence[Sequence[str]]) -> None:
        first = columns[self.phones[0]]
        if "" not in first:
            return
        others = [columns[at] for at in self.phones[1:]]
        for row, cell in enumerate(first):
            if not cell and not any(column[row] for column in others):
                checked.problems.append(
                    Problem(row, Fault.NO_PHONE, self.phones[0], fix="Enter at least one telephone number.")
                )

    def _check_phones(self, checked: Checked, at: int, column: Sequence[str]) -> Sequence[str | None]:
        spec = self.fields[at]
        normal = normal_phones(column, spec)
        checked.normal[at] = normal
        checked.changed[at] = bytes(map(ne, column, normal))
        if None in normal:
            for row, number in enumerate(normal):
                if number is None:
                    cell = column[row]
                    detail, fix = phone_fault(cell, spec)
                    fault = Fault.PHONE_DAMAGED if is_damaged(cell) else Fault.PHONE_INVALID
                    checked.problems.append(Problem(row, fault, at, cell, detail, fix))
        return normal

    def _check_integers(self, checked: Checked, at: int, column: Sequence[str]) -> Sequence[int | None]:
        if "".join(column).isascii() and len(max(column, key=len, default="")) <= _LONGEST_SAFE:
            odd = [row for row, cell in enumerate(column) if not cell.isdecimal()]
        else:
            odd = [
                row
                for row, cell in enumerate(column)
                if not cell.isdecimal() or len(cell) > _LONGEST_SAFE or not cell.isascii()
            ]
        if not odd:
            return list(map(int, column))
        cells: list[str] = list(column)
        for row in odd:
            cells[row] = "0"
        numbers: list[int | None] = list(map(int, cells))
        for row in odd:
            numbers[row] = None
            cell = column[row]
            if _INTEGER.fullmatch(cell) and -_LARGEST <= int(cell) < _LARGEST:
                numbers[row] = int(cell)
            elif cell:
                detail, fix = _integer_fault(cell)
                checked.problems.append(Problem(row, Fault.INTEGER_INVALID, at, cell, detail, fix))
        return numbers

    def _check_dates(self, checked: Checked, at: int, column: Sequence[str]) -> Sequence[str | None]:
        rule = self._dates[at]
        normal = rule.normal_dates(column)
        if None in normal:
            for row, found in enumerate(normal):
                if found is None:
                    detail, fix = rule.fault(column[row])
                    checked.problems.append(Problem(row, Fault.DATE_INVALID, at, column[row], detail, fix))
        return normal


def canonical_key(record: Mapping[str, Any], key_fields: Sequence[FieldSpec]) -> tuple[str, ...]:
    """Give a record's identity, the same for what was sent and what is echoed.

    Field names are matched whatever their case, values are trimmed texts, phones and integers in the platform's
    normal form. Without key fields the whole record is the identity (use it as a multiset).
    """
    values = {name.lower(): value for name, value in record.items()}
    if not key_fields:
        texts = ((name, _loose(_text(value))) for name, value in sorted(values.items()))
        return tuple(f"{name}={text}" for name, text in texts if text)
    return tuple(_canonical(_text(values.get(spec.name.lower())), spec) for spec in key_fields)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _loose(text: str) -> str:
    """Reduce what may be a telephone number to its digits: without the format nobody knows which fields are."""
    if not _PHONE_LIKE.fullmatch(text):
        return text
    digits = digits_of([text])[0]
    return f"1{digits}" if len(digits) == 10 and digits[0] != "1" else digits


def _canonical(text: str, spec: FieldSpec) -> str:
    if spec.type is FieldType.PHONE:
        return identity_of(text, spec)
    if spec.type is FieldType.INTEGER and _INTEGER.fullmatch(text):
        return str(int(text))
    if spec.type in DATE_TYPES:
        pattern = known_pattern(spec.date_format)
        moment = parse_date(text, pattern)
        return write_date(moment, pattern) if moment else text
    return text


def _integer_fault(cell: str) -> tuple[str, str]:
    """Say in words why a text is no whole number: (detail, suggested fix)."""
    if found := _WHOLE.fullmatch(cell):
        return "whole numbers have no decimals here", found[1]
    if _GROUPED.fullmatch(cell):
        return "digits must not be grouped", re.sub(r"[^\d+-]", "", cell)
    if _INTEGER.fullmatch(cell) or (cell.isascii() and cell.isdecimal()):
        return "the number is too large", "Enter a number of at most 18 digits, or have the field made a text."
    if re.fullmatch(r"[+-]?\d+[.,]\d+", cell, re.ASCII):
        return "it is not a whole number", "Round it to a whole number."
    return "it is not a number", "Enter digits only, or clear the cell."

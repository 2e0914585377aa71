"""The platform's own record rules, applied before anything is sent: columns in, columns and problems out.

Whole columns of a block are checked at once, since a function call per cell would cost more than reading the file.
Source: List Management API v3.0, "When importing records or updating records" and "Create List with New Format".
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import compress
from operator import ne, not_
from typing import Any, ClassVar

from bpadmin.cells import differing, error_words, has_unseen, is_error, seen, seen_number, without_marks
from bpadmin.double_encoding import may_be_double, mended
from bpadmin.platforms.record_rules.dates import DateColumn, known_pattern, parse_date, write_date
from bpadmin.platforms.record_rules.phone import (
    digits_of,
    identity_of,
    is_damaged,
    normal_phones,
    phone_fault,
)
from bpadmin.platforms.record_rules.phone_shapes import PhoneShapes, Remark
from bpadmin.platforms.types import FieldSpec, FieldType

DATE_TYPES = (FieldType.DATETIME, FieldType.DATETIME_CALL_AT)
# What is compared, dialled or counted, and so must not hold signs that nobody sees; of the others, keys must not.
NUMBERS = (FieldType.PHONE, FieldType.CALLING_NUMBER, FieldType.INTEGER, FieldType.PRIORITY, *DATE_TYPES)
CODES = (FieldType.ACCOUNT, FieldType.AGENT_LOGIN_ID, FieldType.STATE, FieldType.ZIP_CODE)
TYPED = (FieldType.PHONE, FieldType.INTEGER, FieldType.PRIORITY, *DATE_TYPES)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d{1,18})[.,]0+", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,. '\u00a0]\d{3})++", re.ASCII)
_PHONE_LIKE = re.compile(r"\+?[\d() .\-/]{7,}", re.ASCII)
_LONGEST_SAFE = 18
# A text of so many lines is rarely a note: a mail or a whole conversation was pasted into it.
LINE_ENDS = 20
# What databases and people write where there is nothing. “Null” is a surname as well.
NOTHING = frozenset(
    {"NULL", "null", "(null)", "<null>", "\\N", "N/A", "n/a", "N/a", "N.A.", "n.a.", "N/D", "n.d.", "#N/A N/A", "s/o"}
    | {"NaN", "nan", "nil", "NIL", "None", "none", "NONE", "undefined", "-", "--", "---", "keine", "k.A.", "k. A."}
)
_LARGEST = 2**63
# What programs write for what they could not read.
LOST = "\ufffd"
# What web pages write for a sign: &uuml; &amp; &#39;
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}\d{0,2});", re.ASCII)


Unguard = Callable[[str, bool], str] | None


class Fault(StrEnum):
    """Why the platform would not take a record, or would take it wrongly."""

    SPREADSHEET_ERROR = "spreadsheet_error"
    NOT_CONVERTED = "not_converted"
    MISSING_KEY = "missing_key"
    MISSING_REQUIRED = "missing_required"
    NO_PHONE = "no_phone"
    PHONE_INVALID = "phone_invalid"
    PHONE_MORE = "phone_more"
    PHONE_IMPOSSIBLE = "phone_impossible"
    PHONE_DAMAGED = "phone_damaged"
    CODE_INVALID = "code_invalid"
    INTEGER_INVALID = "integer_invalid"
    DATE_INVALID = "date_invalid"
    TOO_LONG = "too_long"


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
    `absent[i]` are the rows in which field i is left out. `cleaned` are the rows of a field from whose cells signs were
    taken that nobody sees. `changed` tells of a phone field for each row whether the
    platform will rewrite the number (bytes of 0 and 1), `normal` what it becomes, `remarks` what else is odd.
    `date_orders` counts the dates of a field that can be read with the day first, the month first, and either way.
    `unguarded` are the rows of a field from whose cells an apostrophe was taken, `words` those that hold a word for
    nothing, `long_texts` those with very many line ends, `phone_samples` the first number of each way of writing.
    `lost` are those with a � where a letter was, `doubled` those that were encoded twice, `formulas` those that hold
    a formula as a text.
    Rows with problems are in all lists.
    """

    values: list[Sequence[Any]]
    identities: list[Sequence[Any]] = field(default_factory=list)
    absent: list[Sequence[int]] = field(default_factory=list)
    normal: dict[int, Sequence[str | None]] = field(default_factory=dict)
    changed: dict[int, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    cleaned: dict[int, list[int]] = field(default_factory=dict)
    remarks: dict[int, list[Remark]] = field(default_factory=dict)
    date_orders: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    unguarded: dict[int, list[int]] = field(default_factory=dict)
    words: dict[int, list[int]] = field(default_factory=dict)
    long_texts: dict[int, list[int]] = field(default_factory=dict)
    phone_samples: dict[int, list[int]] = field(default_factory=dict)
    lost: dict[int, list[int]] = field(default_factory=dict)
    formulas: dict[int, list[int]] = field(default_factory=dict)
    doubled: dict[int, list[int]] = field(default_factory=dict)
    entities: dict[int, list[int]] = field(default_factory=dict)


def look_closely(
    checked: Checked, fields: Sequence[FieldSpec], columns: Sequence[Sequence[str]], unguard: Unguard = None
) -> list[Sequence[str]]:
    """Take signs that nobody sees off a block's columns, and note the cells in which a spreadsheet has failed.

    `columns[i]` holds the trimmed cells of field i. What was found goes into `checked`.
    """
    found: list[Sequence[str]] = []
    for at, (spec, column) in enumerate(zip(fields, columns, strict=True)):
        # A text knows whether it is all ASCII, so that most columns cost no more than their joining.
        joined = "".join(column)
        if unguard is not None and (
            ("'" in joined and _begins("'", column))
            or ("=" in joined and _begins("=", column))
            or (":" in joined and is_code(spec) and any(":" in cell[:3] for cell in column))
        ):
            bare = [unguard(cell, is_code(spec)) for cell in column]
            if "=" in joined and (rows := [row for row, cell in enumerate(column) if cell[:1] == "=" == bare[row][:1]]):
                checked.formulas[at] = rows
            if rows := differing(column, bare):
                checked.unguarded[at] = rows
                column = bare
        if "\n" in joined and (rows := [row for row, cell in enumerate(column) if cell.count("\n") >= LINE_ENDS]):
            checked.long_texts[at] = rows
        if spec.type not in TYPED and not NOTHING.isdisjoint(column):
            checked.words[at] = [row for row, cell in enumerate(column) if cell in NOTHING]
        if "&" in joined and _ENTITY.search(joined):
            checked.entities[at] = [row for row, cell in enumerate(column) if without_entities(cell) != cell]
        if not joined.isascii():
            if LOST in joined:
                checked.lost[at] = [row for row, cell in enumerate(column) if LOST in cell]
            if may_be_double(joined) and (rows := differing(column, list(map(mended, column)))):
                checked.doubled[at] = rows
            if tidy := _tidying(spec, joined):
                tidied = list(map(tidy, column))
                if rows := differing(column, tidied):
                    checked.cleaned[at] = rows
                    column = tidied
        if "#" in joined and _begins("#", column):
            for row, cell in enumerate(column):
                if is_error(cell):
                    detail, fix = error_words(cell)
                    checked.problems.append(Problem(row, Fault.SPREADSHEET_ERROR, at, cell, detail, fix))
        found.append(column)
    return found


def without_entities(cell: str) -> str:
    """Return a cell with the signs that a web page writes as &uuml; or &#39;."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), cell)


def is_code(spec: FieldSpec) -> bool:
    """Return whether a field holds a key, a number or a code, and no text for people."""
    return spec.key or spec.type in NUMBERS or spec.type in CODES


def _begins(sign: str, column: Sequence[str]) -> bool:
    """Return whether a cell of a column begins with a sign."""
    return column[0][:1] == sign or f"\n{sign}" in "\n".join(column)


def _tidying(spec: FieldSpec, joined: str) -> Callable[[str], str] | None:
    """Return what takes signs off the cells of a field, None where there are none to take; texts keep theirs."""
    if spec.type in NUMBERS:
        return seen_number
    if spec.key or spec.type in CODES:
        return seen
    return without_marks if has_unseen(joined) else None


def drop_consequences(checked: Checked) -> None:
    """Leave out what else is wrong with a cell in which a spreadsheet has failed: it follows from that."""
    failed = {(one.row, one.field) for one in checked.problems if one.fault is Fault.SPREADSHEET_ERROR}
    if failed:
        checked.problems = [
            one
            for one in checked.problems
            if one.fault is Fault.SPREADSHEET_ERROR or (one.row, one.field) not in failed
        ]


class RecordRules:
    """The rules for records with these fields, in this order.

    `is_partial`: an update, where only the key fields must be there. `keeps_empty`: an empty cell leaves what the
    list holds; otherwise an empty text is sent as such. `takes_iso_dates`: cells come from a workbook. `date_order`:
    that of day and month in the file, where it was said. `unguard` takes off a cell what a spreadsheet needs
    around it and what does not belong to it; it is told whether the cell is one of a key, a number or a code.
    """

    # Where the platform keeps telephone numbers as they come, they are sent in their normal form.
    sends_normal: ClassVar[bool] = False

    def __init__(
        self,
        fields: Sequence[FieldSpec],
        *,
        is_partial: bool = False,
        keeps_empty: bool = False,
        takes_iso_dates: bool = False,
        date_order: str = "",
        unguard: Unguard = None,
    ) -> None:
        self.fields = tuple(fields)
        self.is_partial = is_partial
        self.keeps_empty = keeps_empty
        self.unguard = unguard
        self.phones = [at for at, spec in enumerate(fields) if spec.type is FieldType.PHONE]
        self.keys = [at for at, spec in enumerate(fields) if spec.key]
        self._shapes = {at: PhoneShapes(fields[at]) for at in self.phones}
        self._dates = {
            at: DateColumn(spec.date_format, takes_iso=takes_iso_dates, order=date_order)
            for at, spec in enumerate(fields)
            if spec.type in DATE_TYPES
        }

    def check(self, columns: Sequence[Sequence[str]]) -> Checked:
        """Check a block: `columns[i]` holds the trimmed cells of field i. Problems come in no particular order."""
        checked = Checked([])
        columns = look_closely(checked, self.fields, columns, self.unguard)
        for at, (spec, column) in enumerate(zip(self.fields, columns, strict=True)):
            empty = [] if all(column) else [row for row, cell in enumerate(column) if not cell]
            identity: Sequence[Any] = column
            if spec.type is FieldType.PHONE:
                identity = self._check_phones(checked, at, column)
                checked.values.append(identity if self.sends_normal else column)
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
            if spec.max_length:
                self._check_lengths(checked, at, spec, checked.values[-1])
        if self.phones and not self.is_partial:
            self._check_any_phone(checked, columns)
        drop_consequences(checked)
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

    def _check_lengths(self, checked: Checked, at: int, spec: FieldSpec, values: Sequence[Any]) -> None:
        for row, value in enumerate(values):
            if isinstance(value, str) and len(value) > spec.max_length:
                detail = f"it has {len(value):,} characters, and {spec.name} holds {spec.max_length:,}"
                checked.problems.append(Problem(row, Fault.TOO_LONG, at, value, detail, "Shorten the cell."))

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
        shapes = self._shapes[at]
        checked.normal[at] = normal
        checked.changed[at] = bytes(map(ne, column, normal))
        if None in normal:
            # What stands in place of a number often stands there in many rows.
            told: dict[str, tuple[Fault, str, str]] = {}
            for row, number in enumerate(normal):
                if number is None:
                    cell = column[row]
                    if (found := told.get(cell)) is None:
                        detail, fix = phone_fault(cell, spec)
                        if not cell.isdecimal() and (dialled := shapes.dialled(cell)):
                            fix = dialled
                        fault = Fault.PHONE_DAMAGED if is_damaged(cell) else Fault.PHONE_INVALID
                        found = told[cell] = (fault, detail, fix)
                    checked.problems.append(Problem(row, found[0], at, cell, found[1], found[2]))
        odd, remarks = shapes.look(column, normal)
        if shapes.fresh:
            checked.phone_samples[at] = shapes.fresh
        for one in odd:
            fault = Fault.PHONE_IMPOSSIBLE if one.is_impossible else Fault.PHONE_MORE
            checked.problems.append(Problem(one.row, fault, at, column[one.row], one.detail, one.fix))
        if remarks:
            refused = {one.row for one in odd}
            checked.remarks[at] = [
                one._replace(rows=[row for row in one.rows if row not in refused]) if refused else one
                for one in remarks
            ]
        return normal

    def _check_integers(self, checked: Checked, at: int, column: Sequence[str]) -> Sequence[int | None]:
        joined = "".join(column)
        if joined.isascii() and len(max(column, key=len, default="")) <= _LONGEST_SAFE:
            is_sound = joined.isdecimal() and all(column)
            odd = [] if is_sound else list(compress(range(len(column)), map(not_, map(str.isdecimal, column))))
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
        if orders := rule.orders(column, normal):
            checked.date_orders[at] = orders
        if None in normal:
            for row, found in enumerate(normal):
                if found is None:
                    detail, fix = rule.fault(column[row])
                    checked.problems.append(Problem(row, Fault.DATE_INVALID, at, column[row], detail, fix))
        return normal


def canonical_key(record: Mapping[str, Any], key_fields: Sequence[FieldSpec]) -> tuple[str, ...]:
    """Return a record's identity, the same for what was sent and what is echoed.

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

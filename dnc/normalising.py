"""What becomes of a key before it is sent: the platform checks nothing, so that what is wrong here is never dialled.

Numbers become what calling lists make of them, since the dialler compares texts: a number with a bracket in it would
block nobody. Capitals matter everywhere; spaces at both ends do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import ne

from bpadmin.platforms.brightpattern.phone import US_CANADA, digits_of, is_damaged, normal_phones, phone_fault
from bpadmin.platforms.brightpattern.rules import Checked, Fault, Problem
from bpadmin.platforms.types import FieldSpec, FieldType
from dnc.models import DncKind, DncList, PhoneRule

KEY, COMMENT = "key", "comment"
KEY_LENGTH = 200
COMMENT_LENGTH = 300
# The shortest and longest number of a country other than the US and Canada, with its country code (ITU-T E.164).
SHORTEST, LONGEST = 8, 15
_US = FieldSpec(KEY, FieldType.PHONE, phone_type=US_CANADA)
_US_AREA = re.compile(r"[2-9]\d\d", re.ASCII)
_US_ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?", re.ASCII)
_CA_POSTAL = re.compile(r"([A-Z]\d[A-Z])\s?(\d[A-Z]\d)", re.ASCII | re.IGNORECASE)
# Digits, and at least seven of them, as telephone numbers are written.
_TELEPHONE = re.compile(r"[+(]*(?:\d[-+./() ]*){7,}", re.ASCII)
# Postal codes of nothing but digits as long as that: with four more digits (US), and those of Brazil and Portugal.
_LONG_POSTAL = re.compile(r"\d{5}[- ]?\d{4}|\d{5}-\d{3}|\d{4}-\d{3}", re.ASCII)
_AREA_PUNCTUATION = str.maketrans("", "", "()+ .-")

Column = Sequence[str]
Normal = list[str | None]


@dataclass(frozen=True, slots=True)
class KeyRules:
    """The rules for the keys of one list: of which type, country and phone rule it is.

    `is_adding`: what should not be in such a list is refused, too. It may be there all the same, and is then found and
    taken out by rules without it.
    """

    kind: DncKind
    phone_rule: PhoneRule = PhoneRule.AUTO
    country: str = ""
    is_adding: bool = False

    @classmethod
    def of(cls, dnc_list: DncList, *, is_adding: bool = False) -> KeyRules:
        """Give the rules of a list."""
        return cls(DncKind(dnc_list.type), PhoneRule(dnc_list.phone_rule), dnc_list.country.upper(), is_adding)

    def normal(self, values: Column) -> Normal:
        """Give each trimmed value as it is sent: "" for an empty one, None for one that must be refused."""
        ways: dict[DncKind, Callable[[Column], Normal]] = {
            DncKind.INTERNAL: self._numbers,
            DncKind.GEOGRAPHIC_AREACODE: self._area_codes,
            DncKind.GEOGRAPHIC_POSTAL: self._postal_codes,
        }
        found: Normal = ways[self.kind](values) if self.kind in ways else [*values]
        if any(len(value) > KEY_LENGTH for value in values):
            found = [None if len(value) > KEY_LENGTH else key for value, key in zip(values, found, strict=True)]
        return found

    def normal_one(self, value: str) -> str | None:
        """Give one value as it is sent; see `normal`."""
        return self.normal([value.strip()])[0]

    def fault(self, value: str) -> tuple[str, str]:
        """Say in words why a value is refused, and what to do: (detail, suggested fix)."""
        if len(value) > KEY_LENGTH:
            return f"it has more than {KEY_LENGTH} characters", "Shorten it."
        if self.kind is DncKind.GEOGRAPHIC_AREACODE:
            if self.is_american:
                return "an area code has three digits, the first from 2 to 9", "Enter the three digits only."
            return "an area code has digits only", "Enter the digits only."
        if self.kind is DncKind.GEOGRAPHIC_POSTAL:
            if _TELEPHONE.fullmatch(value):
                return "it is written like a telephone number, and this list is of postal codes", "Enter a postal code."
            return "it is no postal code of the list's country", "Enter 5 digits for the US, or A1A 1A1 for Canada."
        if self.phone_rule is PhoneRule.OTHER or value.startswith("+"):
            count = len(digits_of([value])[0])
            words = f"it has {count} digits; a number with its country code has {SHORTEST} to {LONGEST}"
            return (words, "Enter the whole number.") if count else phone_fault(value, _US)
        return phone_fault(value, _US)

    @property
    def is_american(self) -> bool:
        """Tell whether codes are those of the US and Canada; an empty country is taken for it."""
        return self.country in ("", "US", "USA", "CA", "CAN")

    def _numbers(self, values: Column) -> Normal:
        if self.phone_rule is PhoneRule.OTHER:
            return [_foreign(value) for value in values]
        found = normal_phones(values, _US)
        if self.phone_rule is PhoneRule.US_CANADA:
            return found
        # "+49 30 …" is no number of the US, however many digits it has.
        abroad = "+" in "".join(values)
        if abroad or None in found:
            found = [
                _foreign(value) if key is None or (value.startswith("+") and not _is_us(value)) else key
                for value, key in zip(values, found, strict=True)
            ]
        return found

    def _area_codes(self, values: Column) -> Normal:
        plain = [value.translate(_AREA_PUNCTUATION) for value in values]
        if self.is_american:
            plain = [code[1:] if len(code) == 4 and code[0] == "1" else code for code in plain]
            return [
                code if not value or _US_AREA.fullmatch(code) else None
                for value, code in zip(values, plain, strict=True)
            ]
        return [
            code if not value or (code.isascii() and code.isdecimal() and len(code) <= 8) else None
            for value, code in zip(values, plain, strict=True)
        ]

    def _postal_codes(self, values: Column) -> Normal:
        return [self._postal_code(value) for value in values]

    def _postal_code(self, value: str) -> str | None:
        if self.country in ("US", "USA"):
            found = _US_ZIP.fullmatch(value)
            return found[1] if found else (None if value else "")
        if self.country in ("CA", "CAN"):
            found = _CA_POSTAL.fullmatch(value)
            return f"{found[1]} {found[2]}".upper() if found else (None if value else "")
        if self.is_adding and not self.country and _TELEPHONE.fullmatch(value) and not _LONG_POSTAL.fullmatch(value):
            return None
        text = " ".join(value.split())
        return text if not text or (len(text) <= 12 and any(sign.isdigit() for sign in text)) else None


class KeyCheck:
    """The check of a DNC file's columns (key, and comment where it is mapped); the staging calls it block by block.

    Unlike with calling lists, what is sent is the number as it was made, not as it was written.
    """

    def __init__(self, fields: Sequence[FieldSpec], rules: KeyRules) -> None:
        self.fields = tuple(fields)
        self.rules = rules
        self.keys = [at for at, spec in enumerate(fields) if spec.name == KEY]

    def check(self, columns: Sequence[Column]) -> Checked:
        """Check a block: `columns[i]` holds the trimmed cells of field i."""
        checked = Checked([])
        for at, (spec, column) in enumerate(zip(self.fields, columns, strict=True)):
            if spec.name == KEY:
                checked.values.append(self._keys(checked, at, column))
                checked.absent.append(())
            else:
                checked.values.append([cell[:COMMENT_LENGTH] for cell in column])
                checked.absent.append([row for row, cell in enumerate(column) if not cell])
        return checked

    def _keys(self, checked: Checked, at: int, column: Column) -> list[str]:
        normal = self.rules.normal(column)
        for row, key in enumerate(normal) if None in normal or "" in normal else ():
            if key == "":
                fix = "Fill in the cell, or remove the row."
                checked.problems.append(Problem(row, Fault.MISSING_KEY, at, fix=fix))
            elif key is None:
                cell = column[row]
                detail, fix = self.rules.fault(cell)
                checked.problems.append(Problem(row, self._fault_of(cell), at, cell, detail, fix))
        checked.normal[at] = normal
        checked.changed[at] = bytes(map(ne, column, normal))
        keys = [key or "" for key in normal]
        checked.identities.append(keys)
        return keys

    def _fault_of(self, cell: str) -> Fault:
        if self.rules.kind is DncKind.INTERNAL:
            return Fault.PHONE_DAMAGED if is_damaged(cell) else Fault.PHONE_INVALID
        return Fault.CODE_INVALID


def key_fields(dnc_list: DncList) -> tuple[FieldSpec, ...]:
    """Give the fields of a list's entries, for mapping a file's columns to them."""
    kind = FieldType.PHONE if dnc_list.type == DncKind.INTERNAL else FieldType.OTHER
    if dnc_list.type == DncKind.GEOGRAPHIC_POSTAL:
        kind = FieldType.ZIP_CODE
    key = FieldSpec(KEY, kind, required=True, key=True)
    return (key,) if dnc_list.type == DncKind.EXCLUSION else (key, FieldSpec(COMMENT))


def _foreign(value: str) -> str | None:
    if not value:
        return ""
    digits = digits_of([value])[0]
    return digits if SHORTEST <= len(digits) <= LONGEST and not is_damaged(value) else None


def _is_us(value: str) -> bool:
    digits = digits_of([value])[0]
    return len(digits) == 11 and digits[0] == "1"

"""What jtel keeps of a contact: its fields with their lengths by release, and the rules for the rows of a file.

Source: the vendor's pages "CSV import" and "CSV export" of the dialler (lengths, by release), and "Import a Dialler
Contact" of its REST API (what has to be there). Telephone numbers are to be in the form of E.164.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import ne
from typing import ClassVar

from bpadmin.platforms.record_rules.phone_shapes import Remark
from bpadmin.platforms.record_rules.rules import Checked, RecordRules
from bpadmin.platforms.types import FieldSpec, FieldType

RELEASE, RECENT, OLDER = "release", "3.19", "older"
USER_DATA, NAME = "UserData", "Name"
PHONES = tuple(f"PhoneNumber{number}" for number in range(1, 7))
NOT_INTERNATIONAL = "not_international"
_SIGNS = re.compile(r"[^0-9]")
# What is 64 characters wide since release 3.19 was 32 before.
_WIDE, _NARROW = 64, 32
_FIXED: tuple[tuple[str, FieldType, int], ...] = (
    ("Name", FieldType.LAST_NAME, _WIDE),
    ("FirstName", FieldType.FIRST_NAME, _WIDE),
    ("Salutation", FieldType.OTHER, 16),
    ("Title", FieldType.OTHER, 16),
    ("Company", FieldType.COMPANY, _WIDE),
    *((name, FieldType.PHONE, 32) for name in PHONES),
    ("Email", FieldType.OTHER, 256),
    ("Address", FieldType.OTHER, _WIDE),
    ("PostalCode", FieldType.ZIP_CODE, 10),
    ("City", FieldType.OTHER, _WIDE),
    ("Region", FieldType.OTHER, 256),
    ("Country", FieldType.OTHER, _WIDE),
    ("UserData", FieldType.OTHER, _WIDE),
    ("Client", FieldType.OTHER, _WIDE),
    ("Service", FieldType.OTHER, _WIDE),
    ("ReferenceNumber", FieldType.OTHER, _WIDE),
    ("AccountOwner", FieldType.OTHER, _WIDE),
    ("AccountBank", FieldType.OTHER, 32),
    ("AccountNationalBankCode", FieldType.OTHER, 10),
    ("AccountBIC", FieldType.OTHER, 11),
    ("AccountNumber", FieldType.OTHER, 20),
    ("AccountIBAN", FieldType.OTHER, 34),
    ("Amount", FieldType.OTHER, 0),
    ("Website", FieldType.OTHER, 0),
    ("Comment", FieldType.OTHER, 0),
    ("ExternalSystemLink", FieldType.OTHER, 0),
    ("Tag", FieldType.OTHER, 0),
    ("Model", FieldType.OTHER, 0),
    ("RandomSortOrder", FieldType.INTEGER, 0),
)


def contact_fields(credentials: Mapping[str, str]) -> tuple[FieldSpec, ...]:
    """Give the fields of contacts, by the release that the connection names; UserData is what contacts are told by."""
    is_older = credentials.get(RELEASE) == OLDER
    return tuple(
        FieldSpec(
            name,
            kind,
            required=name == NAME,
            key=name == USER_DATA,
            max_length=_NARROW if is_older and length == _WIDE else length,
        )
        for name, kind, length in _FIXED
    )


class ContactRules(RecordRules):
    """The rules for contacts. Numbers are sent as their digits, with the + in front where they have one."""

    sends_normal: ClassVar[bool] = True

    def _check_phones(self, checked: Checked, at: int, column: Sequence[str]) -> Sequence[str | None]:
        digits = super()._check_phones(checked, at, column)
        numbers = [
            f"+{number}" if number and cell[:1] == "+" else number for number, cell in zip(digits, column, strict=True)
        ]
        checked.normal[at] = numbers
        checked.changed[at] = bytes(map(ne, column, numbers))
        odd = [row for row, number in enumerate(numbers) if number and number[0] != "+"]
        if odd:
            detail = "it does not begin with + and the country code, as E.164 has it"
            checked.remarks.setdefault(at, []).append(Remark(NOT_INTERNATIONAL, odd, detail))
        return numbers


def is_like(sent: Mapping[str, object], held: Mapping[str, object]) -> bool:
    """Return whether a contact that the dialler holds is one that was sent: by its user data, name and numbers."""
    names = (USER_DATA, NAME, *PHONES)
    return all(_text(sent[name]) == _text(held.get(name)) for name in names if sent.get(name) not in (None, ""))


def _text(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return _SIGNS.sub("", text) if text[:1] == "+" else text

"""What can be said of a request that is added, and the rules for the rows of a file.

Source: a public adapter for this API (`POST voice_campaign/{id}/request`) and the shape of the webhooks; the vendor's
own page of the method is not at hand. No lengths are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import ne
from typing import Any, ClassVar

from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.platforms.record_rules.rules import Checked, RecordRules
from bpadmin.platforms.types import FieldSpec, FieldType

NAME, NUMBER, IDENTIFIER, NOTE = "name", "contact_number", "contact_identifier", "note"
FIELDS = (
    FieldSpec(NAME, FieldType.LAST_NAME, required=True),
    FieldSpec(NUMBER, FieldType.PHONE, required=True),
    FieldSpec(IDENTIFIER, FieldType.ACCOUNT),
    FieldSpec(NOTE),
)


def request_fields(credentials: Mapping[str, str]) -> tuple[FieldSpec, ...]:
    """Return what can be said of a request, the same on every server."""
    return FIELDS


class RequestRules(RecordRules):
    """The rules for requests. Numbers are sent as their digits, with the + in front where they have one."""

    sends_normal: ClassVar[bool] = True

    def _check_phones(self, checked: Checked, at: int, column: Sequence[str]) -> Sequence[str | None]:
        digits = super()._check_phones(checked, at, column)
        numbers = [
            f"+{number}" if number and cell[:1] == "+" else number for number, cell in zip(digits, column, strict=True)
        ]
        checked.normal[at] = numbers
        checked.changed[at] = bytes(map(ne, column, numbers))
        return numbers


def is_like(sent: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Return whether a request that the server holds is one that was sent: by its identifier, name, number and note."""
    if bare(str(sent[NUMBER])) != bare(str(held.get(NUMBER) or "")):
        return False
    return all(_text(sent.get(name)) == _text(held.get(name)) for name in (NAME, IDENTIFIER, NOTE) if name in held)


def bare(number: str) -> str:
    """Return a number's digits."""
    return digits_of([number])[0]


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()

"""A messy file as a supervisor brings it: from Excel, semicolons, Windows code page, and everything that goes wrong."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

FIELDS = [
    {"name": "Account", "type": "ACCOUNT", "key": True},
    {"name": "Phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "Name", "type": "LAST_NAME"},
    {"name": "Note", "type": "OTHER"},
]


@dataclass
class MessyFile:
    """The bytes, the accounts that belong into the list, and the row numbers that must be refused with why."""

    content: bytes
    accepted: dict[str, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows, blank lines not counted."""
        return len(self.accepted) + len(self.refused)


def messy_file(rows: int) -> MessyFile:
    """Make a file of about `rows` rows; every kind of trouble comes back every hundred rows."""
    made = MessyFile(b"")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Account", "Phone", "Name", "Note"])
    number = 1
    for at in range(rows):
        number += 1
        account, phone, note = f"A{at:06d}", f"1415{2000000 + at:07d}", "renewal"
        plain = phone
        match at % 100:
            case 3:
                phone = f"({phone[1:4]}) {phone[4:7]}-{phone[7:]}"
            case 7:
                note = 'said "call\nlater"; not today'
            case 11:
                phone = "555-12"
                made.refused[number] = "phone"
            case 23:
                account = f"A{at - 1:06d}"
                made.refused[number] = "duplicate"
            case 42:
                account = ""
                made.refused[number] = "key"
            case 57:
                text.write("\r\n")
                number += 1
            case _:
                pass
        writer.writerow([account, phone, f"José Müller {at}", note])
        if number not in made.refused:
            made.accepted[account] = plain
    made.content = text.getvalue().encode("cp1252")
    return made

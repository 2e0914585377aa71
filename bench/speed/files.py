"""The files that are checked and sent: the same for the same number of rows."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

HEADER = ("customer id", "phone", "callback date", "balance", "first name", "last name", "company", "note")
SEED = 20260101


def fields() -> list[Any]:
    """Describe the fields of a list that takes these files."""
    from bpadmin.platforms.types import FieldSpec, FieldType

    return [
        FieldSpec(HEADER[0], key=True, required=True),
        FieldSpec(HEADER[1], FieldType.PHONE, phone_type="US_CANADA", required=True),
        FieldSpec(HEADER[2], FieldType.DATETIME, date_format="yyyy-MM-dd"),
        FieldSpec(HEADER[3], FieldType.INTEGER),
        FieldSpec(HEADER[4], FieldType.FIRST_NAME),
        FieldSpec(HEADER[5], FieldType.LAST_NAME),
        FieldSpec(HEADER[6], FieldType.COMPANY),
        FieldSpec(HEADER[7]),
    ]


def rows_made(rows: int) -> list[list[str]]:
    """Make rows of eight columns (key, US phone in four spellings, date, integer, four texts), one in a hundred bad."""
    dice = random.Random(SEED)  # noqa: S311
    firsts = ["Anna", "Bo", "Chloé", "Dmitri", "Elena", "Félix", "Grace", "Hiro", "Inés", "Jürgen"]
    lasts = ["Smith", "O'Neill", "García", "Müller", "Okafor", "de la Cruz", "Lee", "Nowak", "Rossi", "Ødegård"]
    made = []
    for number in range(rows):
        area, local = dice.randint(201, 989), dice.randint(2_000_000, 9_999_999)
        phone = (
            f"{area}{local}",
            f"1{area}{local}",
            f"({area}) {local // 10_000}-{local % 10_000:04}",
            f"+1 {area} {local // 10_000} {local % 10_000:04}",
        )[number % 4]
        row = [
            f"C{number:08}",
            phone,
            f"{2024 + number % 3}-{1 + number % 12:02}-{1 + number % 28:02}",
            str(dice.randint(0, 99_999)),
            firsts[number % 10],
            lasts[number // 10 % 10],
            f"Company {number % 5000}, Ltd.",
            f"Called before, note {number}",
        ]
        if number % 100 == 99:
            fault = number // 100 % 5
            if fault == 0:
                row[1] = "555-0100"
            elif fault == 1:
                row[2] = "31/12/2025"
            elif fault == 2:
                row[3] = "n/a"
            elif fault == 3:
                row[0] = f"C{number - 50:08}"
            else:
                row.pop()
        made.append(row)
    return made


def write_file(path: Path, rows: int) -> None:
    """Write the usual file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows_made(rows))


def write_bad_file(path: Path, rows: int) -> None:
    """Write a file of which every row is refused."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows([row[0], "555-0100", *row[2:]] for row in rows_made(rows))


def write_quoted_file(path: Path, rows: int) -> None:
    """Write a file with a text over two lines in every fifth row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number, row in enumerate(rows_made(rows)):
            if number % 5 == 0:
                row[-1] = f"{row[-1]}\nand once more"
            writer.writerow(row)


def write_workbook(path: Path, rows: int) -> None:
    """Write the usual file as a workbook."""
    import xlsxwriter

    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
    sheet = workbook.add_worksheet()
    for at, row in enumerate([list(HEADER), *rows_made(rows)]):
        for column, value in enumerate(row):
            sheet.write_string(at, column, value)
    workbook.close()

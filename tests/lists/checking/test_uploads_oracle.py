"""A messy file of 20,000 records against a slow reading of the rules, written apart from the product's code."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from bpadmin.jobs.files.spool import spool_refusals
from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec, FieldType
from tests.lists.filing import checked, spares, spooled

pytestmark = pytest.mark.django_db
RECORDS = 20_000
HEADER = ["id", "phone", "mobile", "due", "age", "name", "note"]
FIELDS = (
    FieldSpec("id", key=True),
    FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA"),
    FieldSpec("mobile", FieldType.PHONE, remove_prefix="0", default_country_code="49"),
    FieldSpec("due", FieldType.DATETIME, date_format="dd-MM-yyyy"),
    FieldSpec("age", FieldType.INTEGER),
    FieldSpec("name", FieldType.FIRST_NAME, required=True),
    FieldSpec("note"),
)


@dataclass
class Line:
    """One record: its bytes, its cells (None for a blank line), and what is wrong with its shape."""

    raw: bytes
    cells: list[str] | None
    shape: str = ""


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[;"\r\n]', cell) else cell


def some_line(dice: random.Random, number: int) -> Line:

    def pick(good: list[str], odd: list[str]) -> str:
        return dice.choice(odd if dice.random() < 0.07 else good)

    cells = [
        pick([f"K{number}", f" K{number} ", f"ÄÖ{number}"], [f"K{dice.randint(0, number + 1)}", f"k{number}", ""]),
        pick(["6505550100", "(650) 555-0100", "+1 650 555 0100", "16505550100", "011441234567"],
             ["", "5550100", "1650555010", "n/a", "6.5E+09", "650555010"]),
        pick(["", "0171 1234567", "+49 171 1234567", "491711234567"], ["none", "0", "171.0"]),
        pick(["31-01-2025", "1-2-2025", "", "29-02-2024"], ["29-02-2025", "2025-01-31", "45688", "31-04-2025"]),
        pick(["42", "-5", "007", "", "+3"], ["x", "1.0", "99999999999999999999"]),
        pick(["Ann", "Chloé", 'Bo "Bobby" Lee', "a;b", "two\nlines", "  spaced  ", "O'Neill", "=1+1"], ["", " "]),
        pick(["", "plain", "semi;colon", 'quote "inside"', "line\r\nbreak", "ünïcödé", "tab\there"], ["1.5E+10"]),
    ]  # fmt: skip
    end = dice.choice(["\n", "\n", "\r\n"])
    text = ";".join(map(quoted, cells)) + end
    shape = dice.random()
    if shape < 0.02:
        return Line(dice.choice(["", "   ", ";;;;;;", '"";;']).encode() + end.encode(), None)
    if shape < 0.03:
        return Line((";".join(map(quoted, cells[:-2])) + end).encode(), [*cells[:-2], "", ""])
    if shape < 0.04:
        return Line((text.rstrip("\r\n") + ";surplus" + end).encode(), [*cells, "surplus"], "too_many_cells")
    if shape < 0.05:
        return Line((text.rstrip("\r\n") + ";;" + end).encode(), cells)
    if shape < 0.06:
        plain = ";".join(re.sub(r'["\r\n;]', "", cell) for cell in cells[:-1])
        return Line(f'{plain};"open{end}'.encode(), None, "unclosed_quote")
    if shape < 0.07:
        broken = text.replace("plain", "Jos\udce9").encode("utf-8", "surrogateescape")
        return Line(broken, cells, "undecodable" if b"\xe9" in broken and "plain" in text else "")
    if shape < 0.075:
        return Line(text.replace("plain", "pl\0in").encode(), cells, "nul_character" if "plain" in text else "")
    return Line(text.encode(), cells)


def us_phone(cell: str) -> bool:
    digits = "".join(sign for sign in cell if sign in "0123456789")
    if re.fullmatch(r"\d(\.\d+)?E\+\d+", cell):
        return False
    return (
        digits.startswith("011") or (len(digits) == 11 and digits[0] == "1") or (len(digits) == 10 and digits[0] != "1")
    )


def other_phone(cell: str) -> bool:
    digits = "".join(sign for sign in cell if sign in "0123456789")
    return bool(digits[1:] if digits.startswith("0") else digits)


def a_date(cell: str) -> str | None:
    found = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})", cell)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).strftime("%d-%m-%Y") if found else None
    except ValueError:
        return None


def an_integer(cell: str) -> int | None:
    return int(cell) if re.fullmatch(r"[+-]?[0-9]+", cell) and abs(int(cell)) < 2**63 else None


def judge(cells: list[str], seen: dict[str, int], row: int) -> tuple[str, dict[str, Any]]:
    """Return a row's outcome ("" when it is to be sent) and the record."""
    key, phone, mobile, due, age, name, note = (cell.strip() for cell in cells[:7])
    if not key:
        return "missing_key", {}
    if not name:
        return "missing_required", {}
    if not phone and not mobile:
        return "no_phone", {}
    if (phone and not us_phone(phone) and "E" not in phone) or (mobile and not other_phone(mobile)):
        return "phone_invalid", {}
    if phone and not us_phone(phone):
        return "phone_damaged", {}
    if age and an_integer(age) is None:
        return "integer_invalid", {}
    if due and a_date(due) is None:
        return "date_invalid", {}
    if key in seen:
        return "duplicate_in_file", {}
    seen[key] = row
    record: dict[str, Any] = {"id": key, "name": name, "note": note}
    record |= {"phone": phone} if phone else {}
    record |= {"mobile": mobile} if mobile else {}
    record |= {"due": a_date(due)} if due else {}
    record |= {"age": an_integer(age)} if age else {}
    return "", record


def messy(seed: int) -> tuple[bytes, dict[int, Line]]:
    dice = random.Random(seed)
    lines = {number: some_line(dice, number) for number in range(2, RECORDS + 2)}
    # The last line has no end; a quote left open before it would otherwise be closed by nothing at all.
    last = max(lines)
    lines[last] = Line(b"Klast;6505550100;;;;Ann;", ["Klast", "6505550100", "", "", "", "Ann", ""])
    head = ("\ufeff" + ";".join(HEADER) + "\r\n").encode()
    return head + b"".join(lines[number].raw for number in sorted(lines)), lines


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_row_of_a_messy_file_has_the_outcome_that_a_slow_reading_gives(seed: int) -> None:
    data, lines = messy(seed)
    job = checked(data, FIELDS)
    found: dict[int, Any] = {refusal.row: refusal.code for refusal in spool_refusals(job)}
    sent = spooled(job)
    assert not found.keys() & sent.keys()
    found |= sent | dict.fromkeys(spares(job), "duplicate_in_file")
    seen: dict[str, int] = {}
    expected: dict[int, Any] = {}
    for row, line in lines.items():
        if line.shape:
            expected[row] = line.shape
        elif line.cells is not None:
            code, record = judge(line.cells, seen, row)
            expected[row] = code or record
    differing = {
        row: (found.get(row), expected.get(row), lines[row].raw) for row in lines if found.get(row) != expected.get(row)
    }
    assert not differing
    assert_sums(job, expected, lines)


def assert_sums(job: Job, expected: dict[int, Any], lines: dict[int, Line]) -> None:
    """Check that the numbers shown add up."""
    refused = sum(isinstance(outcome, str) for outcome in expected.values())
    assert job.rows_total == len(expected) == job.accounted
    refused -= len(spares(job))
    assert (job.n_rejected, job.n_not_sent) == (refused, len(expected) - refused)
    assert job.rows_blank == sum(line.cells is None and not line.shape for line in lines.values())
    assert sum(problem["count"] for problem in job.report["problems"]) == refused
    assert sum(job.chunks.values_list("count", flat=True)) == job.n_not_sent

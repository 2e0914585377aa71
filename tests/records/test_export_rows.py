"""Rows of an exported CSV file, made column by column: what the writer of the standard library makes cell by cell."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from bpadmin.platforms.types import Attempt, Record, RecordStatus
from bpadmin.records.exports.columns import Column, Gathered, Names, columns_of, lines_of, row_maker
from bpadmin.records.exports.writer import _own_rows, cell_text, columns_line, columns_read, csv_rows, moment_there
from bpadmin.tabular.formula import guard, may_need_guard

PLACE = {"campaign": "=Renewals", "list": 'Spring, "new"', "instance": ""}
SIGNS = "ab 1=+-@'\",;\r\n\t|:~\0\ufeff\u2028＝¦ä"
WHEN = datetime(2026, 3, 29, 0, 59, 59, 120000, tzinfo=UTC)
KATHMANDU = ZoneInfo("Asia/Kathmandu")


def cells(dice: random.Random) -> Any:
    """Return a value as an answer may have it."""
    text = "".join(dice.choices(SIGNS, k=dice.randrange(6)))
    return dice.choice([text, text, text, None, True, 7, -1.5, {"a": text}, [1, text]])


def record(dice: random.Random) -> Record:
    """Return a record whose every member may be anything."""
    entry = {name: cells(dice) for name in dice.sample(["id", "note", "=sum", "status.completed"], 3)}
    when = dice.choice([None, WHEN])
    extra = {"custom_mood": cells(dice)} if dice.random() < 0.3 else {}
    status = RecordStatus(dice.random() < 0.5, dice.choice([None, 3]), "-i", None, "Sold, twice", "", when, extra=extra)
    attempts = tuple(Attempt(True, "=x", date=when, extra=extra) for _ in range(dice.randrange(3)))
    return Record(entry, dice.choice([None, status]), dice.choice([None, attempts]))


def as_written_by_lines(columns: list[Column], records: list[Record], *, per_attempt: bool, zone: Any) -> bytes:
    """Write the rows by way of the lines of part files, as exports of other kinds are."""
    rows_of = row_maker(columns, [PLACE], per_attempt=per_attempt)
    rows = [row for line in lines_of(0, records).splitlines() for row in rows_of(orjson.loads(line))]
    times = {("status", "completedTime"), ("status", "lastDate"), ("attempt", "date")}
    for row in rows:
        for at, column in enumerate(columns):
            moved = moment_there(row[at], zone) if (column.section, column.name) in times else row[at]
            row[at] = cell_text(moved)
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize("per_attempt", [False, True])
@pytest.mark.parametrize("zone", [UTC, KATHMANDU])
@pytest.mark.parametrize("seed", range(30))
def test_rows_are_those_that_their_lines_would_give(per_attempt: bool, zone: Any, seed: int) -> None:
    dice = random.Random(seed)
    records = [record(dice) for _ in range(dice.choice([1, 2, 60]))]
    gathered = Gathered({}, by_completion=False, per_attempt=per_attempt)
    gathered.take(0, records)
    columns = columns_of(gathered, chosen=(), attempts=True, per_attempt=per_attempt, many_places=True)
    if seed % 5 == 0:
        columns = [dice.choice(columns)]
    text, rows = csv_rows(columns, PLACE, records, per_attempt=per_attempt, zone=zone)
    assert text == as_written_by_lines(columns, records, per_attempt=per_attempt, zone=zone)
    assert rows == gathered.rows
    with io.StringIO(text.decode(), newline="") as own, io.StringIO(text.decode(), newline="") as other:
        assert list(_own_rows(own)) == list(csv.reader(other))
    assert columns_read(columns_line(columns).rstrip()) == [(column.section, column.name) for column in columns]


def test_a_quick_look_over_cells_misses_none_that_needs_a_guard() -> None:
    dice = random.Random(4)
    guarded = 0
    for _ in range(20_000):
        cell = "".join(dice.choices(SIGNS, k=dice.randrange(6)))
        if guard(cell) != cell:
            guarded += 1
            assert may_need_guard(f"\nAnn\n{cell}\nBob"), repr(cell)
    assert guarded > 1000
    assert not may_need_guard("\n2026-01-31\nAnna-Lena\nO'Brien\na=b")


def test_names_stand_in_the_order_of_their_places_whichever_was_read_first() -> None:
    one_after_the_other, at_the_same_time = Names(()), Names(())
    for place, names in ((0, ["id", "note"]), (0, ["late"]), (1, ["phone", "id"]), (2, ["city"])):
        one_after_the_other.note(place, names)
    for place, names in ((1, ["phone", "id"]), (2, ["city"]), (0, ["id", "note"])):
        at_the_same_time.note(place, names)
    later = Names(at_the_same_time.as_json())
    later.note(0, ["late"])
    assert list(one_after_the_other) == list(later) == ["id", "note", "late", "phone", "city"]
    assert list(Names(["as", "kept", "before"])) == ["as", "kept", "before"]

"""Many records at once come to the same as the same records one by one: the quick ways change nothing but the time."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bpadmin.sandbox.state.amend import update_record, update_records
from bpadmin.sandbox.state.formats import Format, parse_fields
from bpadmin.sandbox.state.intake import add_records
from bpadmin.sandbox.state.lists import CallingList

FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "ACCOUNT", "key": True},
    {"name": "phone", "type": "PHONE", "key": True, "phoneType": "US_CANADA"},
    {"name": "mobile", "type": "PHONE", "phoneType": "OTHER"},
    {"name": "name", "type": "LAST_NAME", "required": True},
    {"name": "age", "type": "INTEGER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "note", "type": "OTHER", "skip": True},
]
VALUES: dict[str, list[Any]] = {
    "id": ["a", "b", " a", "A", 1, "", None, True],
    "phone": ["16505550100", "6505550100", "(650) 555-0100", "12", "", None, 16505550101],
    "mobile": ["1", "+1", "x", "", None],
    "name": ["Ann", " Ann ", "", None, 5, ["x"]],
    "age": [1, "1", "01", "x", "", 1.5, None, False],
    "due": ["2025-01-31", "2025-02-30", "", None],
    "note": ["x", {}, None],
    "unknown": ["x"],
}
CLEAN: dict[str, list[Any]] = {
    "id": ["a", "b", "c", "d"],
    "phone": ["16505550100", "6505550101", "16505550102"],
    "mobile": ["1", "22", "333"],
    "name": ["Ann", "Bo"],
    "age": ["1", "2", ""],
    "due": ["2025-01-31", ""],
}
SHAPES = ["mixed", "alike", "clean"]


def _list() -> CallingList:
    return CallingList("x", "x", Format("f", "f", parse_fields(FIELDS)), 1, 0)


def _records(chance: random.Random, values: dict[str, list[Any]], count: int, share: float) -> list[dict[str, Any]]:
    return [
        {name: chance.choice(options) for name, options in values.items() if chance.random() < share}
        for _ in range(count)
    ]


def _held(held: CallingList) -> list[dict[str, Any]]:
    return [held.entry(row) for _, row in held.walk()]


@pytest.mark.parametrize(
    ("values", "share"), [(VALUES, 0.8), (VALUES, 1.0), (CLEAN, 1.0)], ids=["mixed", "alike", "clean"]
)
def test_adding_many_is_adding_one_by_one(values: dict[str, list[Any]], share: float) -> None:
    for seed in range(20):
        records = _records(random.Random(seed), values, 40, share)
        together, apart = _list(), _list()

        added, refused = add_records(together, records, now=0, room=1000)

        one_by_one = [add_records(apart, [record], now=0, room=1000) for record in records]
        assert added == sum(count for count, _ in one_by_one), seed
        assert refused == {place: answer[0] for place, (_, answer) in enumerate(one_by_one) if answer}, seed
        assert _held(together) == _held(apart), seed
        assert (together.index, together.aliases) == (apart.index, apart.aliases), seed


@pytest.mark.parametrize(
    ("values", "share"), [(VALUES, 0.9), (VALUES, 1.0), (CLEAN, 1.0)], ids=["mixed", "alike", "clean"]
)
def test_updating_many_is_updating_one_by_one(values: dict[str, list[Any]], share: float) -> None:
    for seed in range(20):
        chance = random.Random(seed)
        records = _records(chance, CLEAN, 40, 1.0)
        changes = _records(chance, values, 10, share)
        together, apart = _list(), _list()
        for held in (together, apart):
            add_records(held, records, now=0, room=1000)

        updated, refused = update_records(together, changes)

        one_by_one = [update_record(apart, change) for change in changes]
        assert updated == one_by_one.count(None), seed
        assert refused == {place: problem for place, problem in enumerate(one_by_one) if problem is not None}, seed
        assert _held(together) == _held(apart), seed


def test_updating_many_clean_records_changes_them() -> None:
    held = _list()
    records = [{"id": f"k{n}", "phone": "6505550100", "name": "Old", "age": n} for n in range(100)]
    add_records(held, records, now=0, room=1000)

    changes = [{"id": f"k{n}", "phone": "6505550100", "name": f"New {n}", "age": ""} for n in range(100)]

    assert update_records(held, changes) == (100, {})
    assert [(entry["name"], entry["age"], entry["phone"]) for entry in _held(held)] == [
        (f"New {n}", "", "16505550100") for n in range(100)
    ]

"""Keys that came before in a file: told the same whether the file is in their order or not."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bpadmin.uploads.checking.key_index import KeyTable

FIRST_ROW = 2


def in_order(dice: random.Random) -> list[Any]:
    return [f"C{number:05}" for number in sorted(dice.sample(range(99_999), 300))]


def counted_up(dice: random.Random) -> list[Any]:
    return [str(number) for number in range(dice.randrange(90), 1_500, 3)]


def with_some_again(dice: random.Random) -> list[Any]:
    keys = in_order(dice)
    return keys + dice.sample(keys, 9) + ["D1", "D1"]


def with_few_out_of_order(dice: random.Random) -> list[Any]:
    keys = [f"C{number:05}" for number in sorted(dice.sample(range(99_999), 1_500))]
    for _ in range(dice.randint(1, 12)):
        again = dice.choice([dice.choice(keys), f"C{dice.randrange(99_999):05}", "C1", "É"])
        keys.insert(dice.randrange(len(keys)), again)
    return keys


def counted_up_with_few_out_of_order(dice: random.Random) -> list[Any]:
    keys = counted_up(dice) + [str(number) for number in range(1_500, 2_500)]
    for _ in range(9):
        keys.insert(dice.randrange(len(keys)), str(dice.randrange(2_500)))
    return keys


def with_one_twice_on_end(dice: random.Random) -> list[Any]:
    keys = in_order(dice)
    at = dice.randrange(300)
    return [*keys[:at], keys[at], *keys[at:]]


def shuffled(dice: random.Random) -> list[Any]:
    keys = with_some_again(dice)
    dice.shuffle(keys)
    return keys


def with_other_letters(dice: random.Random) -> list[Any]:
    return [*in_order(dice), "Éva", "Éva", "a\nb", "a", "b", "a\nb"]


def long_ones(dice: random.Random) -> list[Any]:
    return [f"{number:040}" for number in range(100)] * 2


def whole_numbers(dice: random.Random) -> list[Any]:
    return [*range(200), -1, -2, *range(150, 160)]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "made",
    [in_order, counted_up, with_some_again, with_few_out_of_order, counted_up_with_few_out_of_order,
     with_one_twice_on_end, shuffled, with_other_letters, long_ones, whole_numbers],
)  # fmt: skip
def test_each_key_that_came_before_is_told_with_its_first_row(made: Any, seed: int) -> None:
    dice = random.Random(seed)
    keys, table, first = made(dice), KeyTable(dice.choice([0, 1_000])), {}
    at = 0
    while at < len(keys):
        part = keys[at : at + dice.randint(1, 60)]
        rows = range(FIRST_ROW + at, FIRST_ROW + at + len(part))
        wanted = {}
        for index, key in enumerate(part):
            if first.setdefault(key, rows[index]) != rows[index]:
                wanted[index] = first[key]
        assert table.add([part], rows) == wanted
        at += len(part)
    asked = [*dice.sample(keys, 20), type(keys[0])(77_777)]
    assert table.find([asked]) == {index: first[key] for index, key in enumerate(asked) if key in first}


def test_keys_of_two_fields_are_told_apart_by_both() -> None:
    table = KeyTable()
    assert table.add([["A", "A", "B"], ["1", "2", "1"]], [2, 3, 4]) == {}
    assert table.add([["A", "B"], ["2", "2"]], [5, 6]) == {0: 3}


def test_a_file_in_the_order_of_its_keys_needs_no_table() -> None:
    table = KeyTable()
    table.expect(10_000)
    for start in range(0, 10_000, 500):
        table.add([[str(number) for number in range(start, start + 500)]], range(start, start + 500))
    assert table.add([["123", "5,5", "10000"]], [20_000, 20_001, 20_002]) == {0: 123}
    assert table.add([["5,5", "9999", "10001"]], [20_003, 20_004, 20_005]) == {0: 20_001, 1: 9999}
    assert len(table._table) == 0

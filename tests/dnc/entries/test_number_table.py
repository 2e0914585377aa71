"""Numbers of large files are told apart exactly, however full the table is and however they follow one another."""

from __future__ import annotations

import random

import pytest

from dnc.keys.number_table import LARGE_BITS, NumberTable


def keys_made(count: int, seed: int) -> list[str]:
    """Make keys of all lengths, some of them twice, some that differ by zeros in front, some that are no number."""
    dice = random.Random(seed)
    made = [str(dice.randrange(10**7, 10 ** dice.randint(8, 15))) for _ in range(count)]
    made += [f"0{each}" for each in made[:50]] + [f"00{each}"[:18] for each in made[:50]]
    made += dice.choices(made, k=count // 5) + [f"1650555{n:04d}" for n in range(200)] * 2 + ["ab", "ab", "9" * 40]
    dice.shuffle(made)
    return made


@pytest.mark.parametrize("bits", [4, 10, 16])
def test_each_key_that_came_before_is_told_and_no_other(bits: int) -> None:
    for seed in range(3):
        table, before = NumberTable(bits), set[str]()
        keys = keys_made(3_000, seed)
        for start in range(0, len(keys), 700):
            block = keys[start : start + 700]
            wanted = [at for at, key in enumerate(block) if key in before or key in block[:at]]
            assert list(table.add([block], range(len(block)))) == wanted
            before |= set(block)


def test_a_place_of_a_large_table_takes_four_bytes() -> None:
    assert NumberTable()._table.itemsize == 4
    assert LARGE_BITS == 24


def test_numbers_that_would_stand_too_far_from_home_are_kept_apart() -> None:
    table = NumberTable(10)
    keys = [f"1415{n:07d}" for n in range(760)]
    assert table.add([keys], range(760)) == {}
    table._count = 0  # so that it does not grow, however full it is
    more = [f"1628{n:07d}" for n in range(260)]
    assert table.add([more], range(260)) == {}
    assert table._apart
    table._count = 0
    assert list(table.add([keys + more], range(700))) == list(range(1020))
    table.expect(5_000)
    assert list(table.add([keys + more], range(1020))) == list(range(1020))
    assert table.add([["14159999999"]], range(1)) == {}

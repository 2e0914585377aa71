"""The compact store of rows."""

from __future__ import annotations

import random

from bpadmin.sandbox.state.results import Attempt, Results
from bpadmin.sandbox.state.rows import BLOCK, OPEN_BLOCKS, RowStore


def test_rows_are_kept_whatever_the_size_of_the_pieces() -> None:
    store, chance, expected = RowStore(), random.Random(1), []
    for _ in range(50):
        piece = [(f"row {len(expected) + n}", n) for n in range(chance.randrange(0, 3 * BLOCK))]
        store.extend(piece)
        expected += piece

    assert len(store) == len(expected)
    assert [tuple(row) for _, row in store.walk(0, len(store))] == expected
    assert [at for at, _ in store.walk(100, 300)] == list(range(100, 300))
    assert tuple(store.get(BLOCK)) == expected[BLOCK]


def test_changed_rows_survive_being_sealed_again() -> None:
    store = RowStore()
    count = BLOCK * OPEN_BLOCKS * 2 + 5
    store.extend([(n, "old") for n in range(count)])

    for at in range(count):
        store.put(at, (at, "new"))

    assert [tuple(row) for _, row in store.walk(0, count)] == [(n, "new") for n in range(count)]


def test_a_row_may_be_changed_before_and_after_its_block_is_full() -> None:
    store = RowStore()
    store.extend([("a",), ("b",)])
    store.put(0, ("x",))
    store.extend([(str(n),) for n in range(BLOCK)])
    store.put(1, ("y",))

    assert [list(row) for _, row in store.walk(0, 4)] == [["x"], ["y"], ["0"], ["1"]]


def test_a_walk_sees_changes_of_open_blocks() -> None:
    store = RowStore()
    store.extend([(n,) for n in range(BLOCK * 3)])
    store.put(5, (500,))

    assert [row[0] for _, row in store.walk(4, 7)] == [4, 500, 6]


def _attempt(moment: int, record: int, *, completes: bool = False) -> Attempt:
    return Attempt(moment, record, 205, 3, 1, 65535, 40, completes)


def test_attempts_keep_all_they_were_given() -> None:
    results = Results()
    results.add(_attempt(1000, 7))
    results.add(_attempt(1000, 8, completes=True))
    results.add(_attempt(2000, 7, completes=True))

    assert results.get(0) == _attempt(1000, 7)
    assert results.latest(8) == _attempt(1001, 8, completes=True)
    assert [attempt.moment for attempt in results.history(7)] == [1000, 2000]
    assert results.is_completed(7)
    assert list(results.since(1001)) == [(1001, 8, True), (2000, 7, True)]
    assert list(results.since(0)) == [(1001, 8, True), (2000, 7, True)]


def test_a_forgotten_record_has_no_results() -> None:
    results = Results()
    results.add(_attempt(1000, 7))
    results.forget(7)

    assert results.latest(7) is None
    assert results.history(7) == []
    assert list(results.since(0)) == []


def test_planned_attempts_come_when_they_are_due() -> None:
    results = Results()
    results.retry(1, 5000)
    results.retry(2, 3000)

    assert [results.due(2999), results.due(3000), results.due(4000), results.due(6000)] == [None, 2, None, 1]

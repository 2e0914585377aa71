"""Which keys of a file have come before, in twenty bytes a row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

SMALLEST = 1 << 12


class KeyTable:
    """Remembers the key of every row by a 64-bit hash, with the row's number.

    Hashes and row numbers stand in the order of the rows; an open-addressing table of positions finds them. A set of
    the keys themselves would take ten times the memory. Two keys of a million rows share a hash by accident once in
    30 million files.
    """

    def __init__(self, expected: int = 0) -> None:
        # Position 0 marks a free place, so that rows are counted from 1.
        self._hashes = array("q", [0])
        self._numbers = array("Q", [0])
        self._resize(SMALLEST)
        self.expect(expected)

    def expect(self, rows: int) -> None:
        """Make room for a number of rows at once; growing step by step would place them several times."""
        size = self._mask + 1
        while size < rows * 1.5:
            size *= 2
        if size > self._mask + 1:
            self._resize(size)

    def add(self, keys: Sequence[Sequence[Any]], numbers: Sequence[int]) -> dict[int, int]:
        """Take rows (`keys`: one list per key field, `numbers`: their row numbers) and give those seen before.

        The result maps an index in the lists to the number of the earlier row with the same key.
        """
        start = len(self._hashes)
        self.expect(start + len(numbers))
        values = list(_hashes(keys))
        self._hashes.extend(values)
        self._numbers.extend(numbers)
        return {at - start: self._numbers[earlier] for at, earlier in self._place(values, start)}

    def find(self, keys: Sequence[Sequence[Any]]) -> dict[int, int]:
        """Return for each key that is known (by its index in the lists) the number of its first row; takes none."""
        table, hashes, mask = self._table, self._hashes, self._mask
        found = {}
        for index, value in enumerate(_hashes(keys)):
            at = value & mask
            there = table[at]
            while there and hashes[there] != value:
                at = (at + 1) & mask
                there = table[at]
            if there:
                found[index] = self._numbers[there]
        return found

    def _place(self, values: Iterable[int], start: int) -> list[tuple[int, int]]:
        """Enter positions from `start` on into the table; give those whose key is there already, with its position."""
        table, hashes, mask = self._table, self._hashes, self._mask
        seen = []
        for position, value in enumerate(values, start):
            at = value & mask
            if there := table[at]:
                while there and hashes[there] != value:
                    at = (at + 1) & mask
                    there = table[at]
                if there:
                    seen.append((position, there))
                    continue
            table[at] = position
        return seen

    def _resize(self, size: int) -> None:
        self._mask = size - 1
        self._table = array("I" if size < 1 << 32 else "Q", [0]) * size
        self._place(self._hashes[1:], 1)


def _hashes(keys: Sequence[Sequence[Any]]) -> Iterable[int]:
    # Python's hash of a whole number is the number itself, and -1 and -2 share one: hash their texts.
    columns = [column if isinstance(column[0], str) else list(map(str, column)) for column in keys if column]
    return map(hash, columns[0]) if len(columns) == 1 else map(hash, zip(*columns, strict=True))

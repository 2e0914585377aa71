"""Which keys of a file have come before, in twenty bytes a row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import lt
from typing import Any

SMALLEST = 1 << 12
# Keys that come in order are kept as they are up to this length on average: longer ones take more than their hashes.
LONGEST_KEPT = 12


class KeyTable:
    """Remembers the key of every row by a 64-bit hash, with the row's number.

    Hashes and row numbers stand in the order of the rows; an open-addressing table of positions finds them. A set of
    the keys themselves would take ten times the memory. Two keys of a million rows share a hash by accident once in
    30 million files.

    Many files come in the order of their keys, and in such a one none comes twice: as long as each key is greater than
    the one before (a longer one always is), nothing is looked up, and the keys wait as texts for the first that is not.
    """

    def __init__(self, expected: int = 0) -> None:
        # Position 0 marks a free place, so that rows are counted from 1.
        self._hashes = array("q", [0])
        self._numbers = array("Q", [0])
        self._table, self._mask = array("I"), 0
        self._expected = expected
        # Keys in order, the texts of each call with line ends between them; None once one was out of order.
        self._in_order: list[str] | None = []
        self._last = (0, "")

    def expect(self, rows: int) -> None:
        """Make room for a number of rows at once; growing step by step would place them several times."""
        self._expected = max(self._expected, rows)
        if self._in_order is None:
            self._grow(rows)

    def add(self, keys: Sequence[Sequence[Any]], numbers: Sequence[int]) -> dict[int, int]:
        """Take rows (`keys`: one list per key field, `numbers`: their row numbers) and give those seen before.

        The result maps an index in the lists to the number of the earlier row with the same key.
        """
        if self._in_order is not None and (text := self._text_in_order(keys)):
            self._in_order.append(text)
            self._numbers.extend(array("Q", numbers))
            return {}
        self._settle()
        start = len(self._hashes)
        self._grow(start + len(numbers))
        values = list(_hashes(keys))
        self._hashes.extend(array("q", values))
        self._numbers.extend(array("Q", numbers))
        return {at - start: self._numbers[earlier] for at, earlier in self._place(values, start)}

    def find(self, keys: Sequence[Sequence[Any]]) -> dict[int, int]:
        """Return for each key that is known (by its index in the lists) the number of its first row; takes none."""
        self._settle()
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

    def _text_in_order(self, keys: Sequence[Sequence[Any]]) -> str:
        """Return keys as one text if each is greater than the one before it, "" if not or where that says nothing."""
        column = keys[0]
        if len(keys) > 1 or not column or not isinstance(column[0], str):
            return ""
        lengths = list(map(len, column))
        if sum(lengths) > LONGEST_KEPT * len(column) or (lengths[0], column[0]) <= self._last:
            return ""
        first, last = lengths[0], lengths[-1]
        are_alike = first == last and lengths.count(first) == len(lengths)
        each: Sequence[Any] = column if are_alike else list(zip(lengths, column, strict=True))
        if not all(map(lt, each, islice(each, 1, None))):
            return ""
        text = "\n".join(column)
        if not text.isascii() or text.count("\n") != len(column) - 1:
            return ""
        self._last = (last, column[-1])
        return text

    def _settle(self) -> None:
        """Enter what came in order into the table; from then on every key is looked up."""
        if self._in_order is None:
            return
        texts, self._in_order = self._in_order[::-1], None
        self._grow(max(self._expected, len(self._numbers), SMALLEST))
        while texts:
            start = len(self._hashes)
            values = array("q", map(hash, texts.pop().split("\n")))
            self._hashes.extend(values)
            self._place(values, start)

    def _grow(self, rows: int) -> None:
        size = self._mask + 1
        while size < rows * 1.5:
            size *= 2
        if size > self._mask + 1:
            self._resize(size)

    def _resize(self, size: int) -> None:
        self._mask = size - 1
        self._table = array("I" if size < 1 << 32 else "Q", [0]) * size
        self._place(self._hashes[1:], 1)


def _hashes(keys: Sequence[Sequence[Any]]) -> Iterable[int]:
    # Python's hash of a whole number is the number itself, and -1 and -2 share one: hash their texts.
    columns = [column if isinstance(column[0], str) else list(map(str, column)) for column in keys if column]
    return map(hash, columns[0]) if len(columns) == 1 else map(hash, zip(*columns, strict=True))

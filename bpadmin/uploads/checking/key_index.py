"""Which keys of a file have come before, in twenty bytes a row."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import lt
from typing import Any, Protocol

SMALLEST = 1 << 12
# Keys that come in order are kept as they are up to this length on average: longer ones take more than their hashes.
LONGEST_KEPT = 12
# A file is in the order of its keys as long as no more than one row in so many is out of it.
ROWS_AN_EXCEPTION = 64
# Nor more than so many of one call: looking each of them up would cost more than the table.
MOST_AT_ONCE = 32


class KeysSeen(Protocol):
    """Remembers keys of rows, and tells which have come before."""

    def expect(self, rows: int) -> None:
        """Make room for a number of rows at once."""

    def add(self, keys: Sequence[Sequence[Any]], numbers: Sequence[int]) -> dict[int, int]:
        """Take rows and give those seen before: their index, and the number of the earlier row, 0 where not known."""


class KeyTable:
    """Remembers the key of every row by a 64-bit hash, with the row's number.

    Hashes and row numbers stand in the order of the rows; an open-addressing table of positions finds them. A set of
    the keys themselves would take ten times the memory. Two keys of a million rows share a hash by accident once in
    30 million files. As long as a file is in the order of its keys nothing of that is needed, see `OrderedKeys`.
    """

    def __init__(self, expected: int = 0) -> None:
        # Position 0 marks a free place, so that rows are counted from 1.
        self._hashes = array("q", [0])
        self._numbers = array("Q", [0])
        self._table, self._mask = array("I"), 0
        self._expected = expected
        self._ordered: OrderedKeys | None = OrderedKeys()

    def expect(self, rows: int) -> None:
        """Make room for a number of rows at once; growing step by step would place them several times."""
        self._expected = max(self._expected, rows)
        if self._ordered is None:
            self._grow(rows)

    def add(self, keys: Sequence[Sequence[Any]], numbers: Sequence[int]) -> dict[int, int]:
        """Take rows (`keys`: one list per key field, `numbers`: their row numbers) and give those seen before.

        The result maps an index in the lists to the number of the earlier row with the same key.
        """
        if self._ordered is not None and (found := self._ordered.add(keys, numbers)) is not None:
            return found
        self._settle()
        return self._add(list(_hashes(keys)), numbers)

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

    def _settle(self) -> None:
        """Enter what came in order into the table; from then on every key is looked up."""
        if self._ordered is not None:
            ordered, self._ordered = self._ordered, None
            self._grow(max(self._expected, SMALLEST))
            for texts, numbers in ordered.taken():
                self._add(list(map(hash, texts)), numbers)

    def _add(self, values: list[int], numbers: Sequence[int]) -> dict[int, int]:
        start = len(self._hashes)
        self._grow(start + len(numbers))
        self._hashes.extend(array("q", values))
        self._numbers.extend(array("Q", numbers))
        return {at - start: self._numbers[earlier] for at, earlier in self._place(values, start)}

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


class OrderedKeys:
    """Keys of a file that is in their order, but for a few: whoever is greater than all before came never before.

    A longer key is greater than a shorter one, so that numbers count up. The texts of each call are kept as one, with a
    line end around each. Only a key that is out of order is looked for: among those in order by halves, and among the
    others, which are kept by themselves.
    """

    def __init__(self) -> None:
        self._firsts: list[tuple[int, str]] = []
        self._texts: list[str] = []
        self._rows: list[array[int]] = []
        self._last = (0, "")
        self._others: dict[str, int] = {}
        self._taken = self._exceptions = 0

    def add(self, keys: Sequence[Sequence[Any]], numbers: Sequence[int]) -> dict[int, int] | None:
        """Take rows and give those seen before, as `KeyTable.add`; None where they are not in order: none is taken."""
        column = keys[0]
        if len(keys) > 1 or not column or not isinstance(column[0], str):
            return None
        lengths = list(map(len, column))
        if sum(lengths) > LONGEST_KEPT * len(column):
            return None
        each, last = self._compared(column, lengths)
        most = (self._taken + len(column)) // ROWS_AN_EXCEPTION + 1 - self._exceptions
        out = _out_of_order(each, last, min(most, MOST_AT_ONCE))
        if out is None:
            return None
        kept = [key for at, key in enumerate(column) if at not in out] if out else column
        text = "\n".join(["", *kept, ""])
        if not text.isascii() or text.count("\n") != len(kept) + 1 or any("\n" in column[at] for at in out):
            return None
        if kept:
            self._firsts.append((len(kept[0]), kept[0]))
            self._texts.append(text)
            rows = [row for at, row in enumerate(numbers) if at not in out] if out else numbers
            self._rows.append(array("Q", rows))
            self._last = (len(kept[-1]), kept[-1])
        self._taken += len(column)
        self._exceptions += len(out)
        return {at: row for at in sorted(out) if (row := self._seen(column[at], numbers[at]))}

    def _compared(self, column: Sequence[str], lengths: Sequence[int]) -> tuple[Sequence[Any], Any]:
        """Return what the order is told by, and that of the last key before: texts alone where all are of a length."""
        if lengths.count(self._last[0]) == len(lengths):
            return column, self._last[1]
        if lengths[0] > self._last[0] and lengths.count(lengths[0]) == len(lengths):
            return column, ""
        return list(zip(lengths, column, strict=True)), self._last

    def taken(self) -> Iterator[tuple[list[str], Sequence[int]]]:
        """Give all keys with their rows, and let go of them."""
        self._texts.reverse()
        self._rows.reverse()
        while self._texts:
            yield self._texts.pop()[1:-1].split("\n"), self._rows.pop()
        yield list(self._others), list(self._others.values())

    def _seen(self, key: str, row: int) -> int:
        """Return the first row of a key that is out of order, 0 where this is the first."""
        at = bisect_right(self._firsts, (len(key), key)) - 1
        if at >= 0 and (place := self._texts[at].find(f"\n{key}\n")) >= 0:
            return self._rows[at][self._texts[at].count("\n", 0, place)]
        first = self._others.setdefault(key, row)
        return 0 if first == row else first


def _out_of_order(each: Sequence[Any], last: Any, most: int) -> Sequence[int] | None:
    """Return the places of what is not greater than all before it and than `last`; None where there are more of them.

    A row at a time only where the order breaks.
    """
    found: list[int] = []
    at, high = 0, last
    rises = list(map(lt, each, islice(each, 1, None)))
    while at < len(each):
        while at < len(each) and each[at] <= high:
            found.append(at)
            at += 1
        if len(found) > most:
            return None
        try:
            at = rises.index(False, at) + 1
        except ValueError:
            break
        high = each[at - 1]
    return found


def _hashes(keys: Sequence[Sequence[Any]]) -> Iterable[int]:
    # Python's hash of a whole number is the number itself, and -1 and -2 share one: hash their texts.
    columns = [column if isinstance(column[0], str) else list(map(str, column)) for column in keys if column]
    return map(hash, columns[0]) if len(columns) == 1 else map(hash, zip(*columns, strict=True))

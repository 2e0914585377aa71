"""Which numbers of a large file have come before, in four bytes a place: as many as a country's registry holds."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

# Numbers of up to 15 digits, a 1 before them so that zeros in front count.
LONGEST, VALUE_BITS = 15, 51
VALUES = (1 << VALUE_BITS) - 1
# Odd, so that no two values become the same by it.
FACTOR = 0x5851F42D4C957
INVERSE = pow(FACTOR, -1, 1 << VALUE_BITS)
# How far from its home a value may stand; those that would stand further are kept apart.
STEP_BITS = 5
STEPS = (1 << STEP_BITS) - 1
LARGE_BITS = 24
FULL = 0.75


class NumberTable:
    """Remembers numbers exactly, and not in which rows they stood.

    Open addressing: a value is mixed (each becomes another one), its first `bits` bits are its home, and only the rest
    of it stands there with the steps from home, so that the place tells the value and none is taken for another one.
    From 24 bits on an entry has four bytes: ten million numbers take 67 MB, where a table with their row numbers takes
    three times as much.
    """

    def __init__(self, bits: int = LARGE_BITS) -> None:
        self._count = 0
        # What is longer than a number, or would stand too far from its home.
        self._apart: set[str | int] = set()
        self._make(bits)

    def expect(self, rows: int) -> None:
        """Make room for a number of rows at once."""
        bits = self._bits
        while rows > FULL * (1 << bits):
            bits += 1
        if bits > self._bits:
            self._grow(bits)

    def add(self, keys: Sequence[Sequence[str]], numbers: Sequence[int]) -> dict[int, int]:
        """Take the keys of rows (one list of them) and give those seen before: {index: 0}, as no row is remembered."""
        self.expect(self._count + len(numbers))
        (texts,) = keys
        if all(len(text) <= LONGEST and text.isdecimal() for text in texts):
            return dict.fromkeys(self._enter([int("1" + text) for text in texts]), 0)
        seen = {}
        for index, text in enumerate(texts):
            if len(text) <= LONGEST and text.isdecimal():
                is_there = bool(self._enter([int("1" + text)]))
            else:
                is_there = text in self._apart
                self._apart.add(text)
            if is_there:
                seen[index] = 0
        return seen

    def _enter(self, values: Sequence[int]) -> list[int]:
        """Enter values into the table; give the indexes of those that are there already."""
        table, mask, rest_bits, rest = self._table, self._mask, self._rest_bits, (1 << self._rest_bits) - 1
        seen = []
        for index, value in enumerate(values):
            mixed = value * FACTOR & VALUES
            at, entry = mixed >> rest_bits, (mixed & rest) << STEP_BITS | 1
            while there := table[at]:
                if there == entry:
                    seen.append(index)
                    break
                entry += 1
                at = (at + 1) & mask
                if not entry & STEPS:
                    if value in self._apart:
                        seen.append(index)
                    self._apart.add(value)
                    break
            else:
                table[at] = entry
                self._count += 1
        return seen

    def _make(self, bits: int) -> None:
        self._bits, self._mask, self._rest_bits = bits, (1 << bits) - 1, VALUE_BITS - bits
        self._table = array("I" if self._rest_bits + STEP_BITS <= 32 else "Q", [0]) * (1 << bits)

    def _grow(self, bits: int) -> None:
        before, rest_bits, mask = self._table, self._rest_bits, self._mask
        apart = [each for each in self._apart if isinstance(each, int)]
        self._apart.difference_update(apart)
        self._count = 0
        self._make(bits)
        for at, entry in enumerate(before):
            if entry:
                home = (at - (entry & STEPS) + 1) & mask
                self._enter([(home << rest_bits | entry >> STEP_BITS) * INVERSE & VALUES])
        self._enter(apart)

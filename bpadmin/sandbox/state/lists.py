"""Calling lists: the records they hold, found by key as stored or as first given."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bpadmin.sandbox.state.formats import FieldType, Format, as_texts
from bpadmin.sandbox.state.rows import Row, RowStore, Value

# A key of one field is its value; of several, their tuple.
Key = Value | tuple[Value, ...]


@dataclass(slots=True)
class CallingList:
    """A list. `serial` numbers the lists in order of creation; positions of records are orders of insertion, from 0.

    `expiry` is after how many days records are too old, counted from insertion ("") or from a date field.
    """

    id: str
    name: str
    format: Format
    serial: int
    created: int
    rows: RowStore = field(default_factory=RowStore)
    born: array[int] = field(default_factory=lambda: array("q"))
    alive: bytearray = field(default_factory=bytearray)
    total: int = 0
    index: dict[Key, int] = field(default_factory=dict)
    aliases: dict[Key, int] = field(default_factory=dict)
    expiry: tuple[int, str] | None = None

    @property
    def sort_id(self) -> str:
        """Return the database id that the list of lists is sorted by and pages with."""
        return f"{self.created // 1000 & 0xFFFFFFFF:08x}{0:08x}{self.serial:08x}"

    def record_id(self, at: int) -> str:
        """Return a record's database id: sorts as the records were inserted."""
        return f"{self.created // 1000 & 0xFFFFFFFF:08x}{self.serial:08x}{at:08x}"

    def append(self, rows: Sequence[Row], now: int) -> None:
        """Add rows that were checked before; keys are entered by who checked them."""
        self.rows.extend(rows)
        self.born.extend(itertools.repeat(now, len(rows)))
        self.alive.extend(b"\x01" * len(rows))
        self.total += len(rows)

    def remove(self, at: int) -> bool:
        """Take a record out; False when it is already gone."""
        if not self.alive[at]:
            return False
        self.alive[at] = 0
        self.total -= 1
        if self.format.keys:
            self.index.pop(self.key_of(self.rows.get(at)), None)
        return True

    def clear_aliases(self) -> None:
        """Forget how keys were first given for records that are gone."""
        alive = self.alive
        self.aliases = {key: at for key, at in self.aliases.items() if alive[at]}

    def key_of(self, row: Row) -> Key:
        """Return a stored row's key."""
        keys = self.format.keys
        return row[keys[0]] if len(keys) == 1 else tuple(row[place] for place in keys)

    def entry(self, row: Row) -> dict[str, Value]:
        """Return a stored row as the API shows it."""
        return dict(zip(self.format.places, row, strict=True))

    def walk(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Row]]:
        """Return (position, row) of the records that are there."""
        alive = self.alive
        for at, row in self.rows.walk(start, len(self.rows) if stop is None else stop):
            if alive[at]:
                yield at, row

    def find(self, wanted: Mapping[str, Any]) -> int | None:
        """Find the record with these key values; phones match as stored or as first given, nothing in between.

        Every key field must be in `wanted` with a value. Gives the position, or None.
        """
        key = self.key_for(wanted)
        return None if key is None else self.position(key)

    def position(self, key: Key) -> int | None:
        """Return the position of the record with this key, as stored or as first given; None when there is none."""
        at = self.index.get(key)
        if at is None:
            at = self.aliases.get(key)
        return at if at is not None and self.alive[at] else None

    def key_for(self, wanted: Mapping[str, Any]) -> Key | None:
        """Bring key values from a request to the form in which they are looked up; None when one cannot be a value."""
        parts: list[Value] = []
        for place in self.format.keys:
            spec = self.format.stored[place]
            bad: dict[int, str] = {}
            texts: Sequence[Value] = as_texts([wanted[spec.name]], bad)
            if spec.type is FieldType.INTEGER:
                texts = spec.normalise(texts, bad)
            if bad:
                return None
            parts.append(texts[0])
        return parts[0] if len(parts) == 1 else tuple(parts)

    def remember_alias(self, row: Row, given: Mapping[int, Value], at: int) -> None:
        """Remember that key phones of the row at `at` were first given otherwise (`given`: place -> value)."""
        options = [
            (row[place], given[place]) if place in given and given[place] != row[place] else (row[place],)
            for place in self.format.keys
        ]
        for parts in itertools.islice(itertools.product(*options), 1, None):
            self.aliases.setdefault(parts[0] if len(parts) == 1 else parts, at)

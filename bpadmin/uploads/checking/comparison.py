"""Rows held against the records that the list has: those that would change nothing are left out and counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from bpadmin.jobs.options import FIRST
from bpadmin.platforms.record_rules.rules import Checked, canonical_key
from bpadmin.platforms.types import FieldSpec
from bpadmin.uploads.checking.report import SAMPLES, ListDifference, rows_named

_SHOWN = 80


class ListRecords:
    """What a list holds in some of its fields, by the key of each record, packed: a list may hold many."""

    def __init__(self, fields: Sequence[FieldSpec]) -> None:
        self.fields = tuple(fields)
        self.keys = tuple(spec for spec in self.fields if spec.key)
        self.count = 0
        self._packed: dict[bytes, bytes] = {}

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take note of records as the platform gives them."""
        for record in records:
            self.count += 1
            self._packed[self.identity(record)] = orjson.dumps(canonical_key(record, self.fields))

    def get(self, identity: bytes) -> tuple[str, ...] | None:
        """Return the values of the record with this key in the form in which they are compared; None without one."""
        packed = self._packed.get(identity)
        return None if packed is None else tuple(orjson.loads(packed))

    def identity(self, record: Mapping[str, Any]) -> bytes:
        """Return the digest of a record's key."""
        return hashlib.blake2b("\x1f".join(canonical_key(record, self.keys)).encode(), digest_size=16).digest()


class Comparison:
    """Tells of the rows of a file which of them differ from the records that are there.

    `doubles` says which of several rows of one key counts: one that comes after a row that was left out, or taken, has
    to go the way that leads to the same record.
    """

    def __init__(self, records: ListRecords, *, doubles: str) -> None:
        self.records, self.doubles = records, doubles
        self.same = self.differing = self.new = 0
        self.samples: list[dict[str, Any]] = []
        self._left_out: set[bytes] = set()
        self._taken: set[bytes] = set()

    def rows_same(self, checked: Checked, numbers: Sequence[int], keep: Sequence[int]) -> list[int]:
        """Give the places of the rows that would change nothing; the others are counted and the first of them shown."""
        fields, found = self.records.fields, []
        absent = [set(rows) for rows in checked.absent]
        for row, number in enumerate(numbers):
            if not keep[row]:
                continue
            record = {spec.name: checked.values[at][row] for at, spec in enumerate(fields)}
            identity = self.records.identity(record)
            there = self.records.get(identity)
            if there is None:
                self.new += 1
                continue
            before = identity in self._left_out, identity in self._taken
            now = canonical_key(record, fields)
            changes = [at for at, rows in enumerate(absent) if row not in rows and now[at] != there[at]]
            if (not changes and not before[1]) or (before[0] and self.doubles == FIRST):
                self.same += 1
                self._left_out.add(identity)
                found.append(row)
                continue
            self._taken.add(identity)
            self.differing += 1
            self.samples += [
                {"row": number, "field": fields[at].name, "before": there[at][:_SHOWN], "after": now[at][:_SHOWN]}
                for at in changes[: max(0, SAMPLES - len(self.samples))]
            ]
        return found

    def found(self, named: Callable[[int], int] = int) -> ListDifference:
        """Return what was found, for the report; `named` gives the number by which people know a row."""
        samples = tuple(rows_named(self.samples, named))
        return ListDifference(self.records.count, self.same, self.differing, self.new, samples)

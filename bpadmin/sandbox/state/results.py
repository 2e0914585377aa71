"""Results of an instance's records: every attempt, in order of time, in columns of plain numbers."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `moment` in milliseconds, durations in seconds, the rest are places in the campaign's tables."""

    moment: int
    record: int
    disposition: int
    agent: int
    phone: int
    call: int
    dialing: int
    completes: bool


@dataclass(slots=True)
class Results:
    """The attempt log of an instance. Times rise strictly, so that a time names one attempt.

    `previous` links an attempt to the record's one before (-1: none), `last` and `count` are by record position.
    """

    moments: array[int] = field(default_factory=lambda: array("q"))
    records: array[int] = field(default_factory=lambda: array("L"))
    previous: array[int] = field(default_factory=lambda: array("l"))
    packed: array[int] = field(default_factory=lambda: array("Q"))
    last: dict[int, int] = field(default_factory=dict)
    count: dict[int, int] = field(default_factory=dict)
    next_new: int = 0
    retries: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.moments)

    def add(self, attempt: Attempt) -> None:
        """Log an attempt; its time is moved on by milliseconds where needed to stay above the last one."""
        moment = max(attempt.moment, self.moments[-1] + 1) if self.moments else attempt.moment
        at = len(self.moments)
        self.moments.append(moment)
        self.records.append(attempt.record)
        self.previous.append(self.last.get(attempt.record, -1))
        self.packed.append(
            attempt.disposition
            | attempt.agent << 8
            | attempt.phone << 16
            | attempt.call << 24
            | attempt.dialing << 40
            | int(attempt.completes) << 56
        )
        self.last[attempt.record] = at
        self.count[attempt.record] = self.count.get(attempt.record, 0) + 1

    def get(self, at: int) -> Attempt:
        """Return the attempt at a place of the log."""
        packed = self.packed[at]
        return Attempt(
            moment=self.moments[at],
            record=self.records[at],
            disposition=packed & 0xFF,
            agent=packed >> 8 & 0xFF,
            phone=packed >> 16 & 0xFF,
            call=packed >> 24 & 0xFFFF,
            dialing=packed >> 40 & 0xFFFF,
            completes=bool(packed >> 56),
        )

    def latest(self, record: int) -> Attempt | None:
        """Return the last attempt at a record."""
        at = self.last.get(record)
        return None if at is None else self.get(at)

    def history(self, record: int) -> list[Attempt]:
        """Return all attempts at a record, oldest first."""
        attempts = []
        at = self.last.get(record, -1)
        while at >= 0:
            attempts.append(self.get(at))
            at = self.previous[at]
        return attempts[::-1]

    def is_completed(self, record: int) -> bool:
        """Return whether a record needs no more calls here."""
        at = self.last.get(record)
        return at is not None and bool(self.packed[at] >> 56)

    def since(self, moment: int) -> Iterator[tuple[int, int, bool]]:
        """Return (time, record, completed) of records by their last attempt, in order of time, from `moment` on."""
        for at in range(bisect_left(self.moments, moment), len(self.moments)):
            record = self.records[at]
            if self.last.get(record) == at:
                yield self.moments[at], record, bool(self.packed[at] >> 56)

    def retry(self, record: int, due: int) -> None:
        """Plan another attempt."""
        heapq.heappush(self.retries, (due, record))

    def due(self, now: int) -> int | None:
        """Take the record whose planned attempt is due, if any."""
        if self.retries and self.retries[0][0] <= now:
            return heapq.heappop(self.retries)[1]
        return None

    def forget(self, record: int) -> None:
        """Drop what is known of a record that was deleted; its attempts stay in the log as nobody's."""
        self.last.pop(record, None)
        self.count.pop(record, None)

"""Posting one chunk: what the platform answers, row by row, however it answers.

A request that is refused whole (400) is halved until the rows at fault stand alone. Rows that vanish without an error
are found by sending them again where that is safe: in a list with keys a duplicate is a record that is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from bpadmin.platforms.errors import Invalid, PlatformError, Reason
from bpadmin.platforms.types import BatchResult
from bpadmin.uploads.batch import ADDED, ALREADY_THERE, DUPLICATE, LIMIT, UNACCOUNTED, UPDATED, Parcel

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

# Isolating one bad row in 1,000 takes about 20 requests; rows beyond what this finds are refused as a group.
REQUESTS_PER_CHUNK = 250
LOOKS = 3
BAD_REQUEST = "badRequest"
MISSING_KEY = "missingKey"
TOGETHER = "refusedTogether"
ODD_SUM = "The dialler's numbers do not add up: it says that it took {told:,} rows where at most {sent:,} could be."
Call = Callable[[str, bytes], BatchResult]
"""A method of the client that sends many records at once: given the list's id and a ready body."""
_HALVED = (Reason.BAD_REQUEST, Reason.TOO_MUCH_DATA, Reason.LIMIT_TOO_LARGE, Reason.UNKNOWN)


class Posting:
    """The requests for one chunk. `refusal` is the last sentence with which the platform refused a whole request.

    `before_more` is called before every request but the first. `slowest` is how many seconds the slowest one took.
    """

    def __init__(
        self,
        client: PlatformClient,
        list_id: str,
        parcel: Parcel,
        *,
        before_more: Callable[[], None] | None = None,
    ) -> None:
        self.client = client
        self.list_id = list_id
        self.parcel = parcel
        self.refusal = ""
        self.slowest = 0.0
        self._before_more = before_more
        self._requests_left = REQUESTS_PER_CHUNK
        self._has_acted = False

    def add(self) -> None:
        """Add all records of the parcel."""
        self._guarded(lambda: self._add(range(self.parcel.count)))

    def post(self, call: Call, *, fate: str, proof: str) -> None:
        """Send the records whose fate is open by another call, which may be repeated.

        What it did to a record before, it answers with code `proof`.
        """
        if indices := self.parcel.open_among(range(self.parcel.count)):
            self._guarded(lambda: self._post(call, indices, fate, proof))

    def update(self) -> None:
        """Update all records of the parcel."""
        self._guarded(lambda: self._update(range(self.parcel.count)))

    def overwrite(self, *, reset: bool) -> None:
        """Add the records, or overwrite those of their keys, where the platform does both by one call."""
        call = partial(self.client.upsert_many_records, reset=reset)
        self._guarded(lambda: self._post(call, range(self.parcel.count), ADDED, DUPLICATE))

    def upsert(self) -> None:
        """Add the records, then update those that were in the list already."""

        def both() -> None:
            self._add(range(self.parcel.count))
            duplicates = self.parcel.with_fate(DUPLICATE)
            if duplicates:
                self.parcel.settle(duplicates, "")
                self._update(duplicates)

        self._guarded(both)

    def is_limit_reached(self) -> bool:
        """Return whether the platform takes no more records at all."""
        return LIMIT in self.parcel.fates or self.parcel.loose[LIMIT] > 0

    def is_all_refused(self) -> bool:
        """Return whether the platform refused every single row without naming a reason that it documents."""
        return all(fate in (BAD_REQUEST, TOGETHER) for fate in self.parcel.fates)

    def is_key_missing_everywhere(self) -> bool:
        """Return whether every row lacked a key for the platform, although our check found none missing."""
        return self.parcel.count > 1 and all(fate == MISSING_KEY for fate in self.parcel.fates)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except PlatformError as error:
            # What an earlier request of this chunk did cannot be taken back: the chunk as a whole is uncertain.
            error.maybe_applied = error.maybe_applied or self._has_acted
            raise

    def _add(self, indices: Sequence[int]) -> None:
        self._post(self.client.add_many_records, indices, ADDED, DUPLICATE)

    def _post(self, call: Call, indices: Sequence[int], fate: str, proof: str) -> None:
        for part, answer in self._answers(call, indices):
            unsure = self._read(part, answer, fate)
            if unsure and self.parcel.keys:
                self._look_for(unsure, call, fate, proof)
            elif unsure:
                self.parcel.loose[fate] += max(0, answer.count)

    def _update(self, indices: Sequence[int]) -> None:
        for part, answer in self._answers(self.client.update_many_records, indices):
            unsure = self._read(part, answer, UPDATED)
            if unsure:
                self._update_apart(unsure)

    def _answers(self, post: Call, indices: Sequence[int]) -> Iterator[tuple[Sequence[int], BatchResult]]:
        """Post records, halving what is refused whole; returns the parts that were taken up, each with its answer."""
        if self._before_more is not None and self._requests_left < REQUESTS_PER_CHUNK:
            self._before_more()
        self._requests_left -= 1
        began = time.monotonic()
        try:
            answer = post(self.list_id, self.parcel.body_of(indices))
        except Invalid as error:
            if error.maybe_applied or error.reason not in _HALVED:
                raise
            self.refusal = error.detail or error.message
            if len(indices) == 1:
                self.parcel.settle(indices, BAD_REQUEST, self.refusal)
            elif self._requests_left <= 0:
                words = f"Refused together with {len(indices) - 1:,} other rows: {self.refusal}"
                self.parcel.settle(indices, TOGETHER, words)
            else:
                middle = len(indices) // 2
                yield from self._answers(post, indices[:middle])
                yield from self._answers(post, indices[middle:])
            return
        finally:
            self.slowest = max(self.slowest, time.monotonic() - began)
        self._has_acted = True
        yield indices, answer

    def _read(self, part: Sequence[int], answer: BatchResult, fate: str) -> Sequence[int]:
        """Settle what an answer tells; returns the records among which some have vanished, () when none has.

        Its numbers are the platform's: a map of errors is no partition of what was sent, and sums may be anything.
        """
        taken, passed_over = max(0, answer.count), max(0, answer.passed_over)
        told = taken + passed_over + answer.error_count
        unmatched, left = 0, part
        if answer.errors:
            unmatched = self.parcel.refuse(part, answer.errors, surplus=told - len(part))
            left = self.parcel.open_among(part)
        if taken + passed_over > len(left):
            self.parcel.remark(ODD_SUM.format(told=taken + passed_over, sent=len(left)))
        if unmatched:
            # Which of these were refused cannot be told; their numbers still add up.
            there = len(left) - unmatched
            self.parcel.loose[fate] += min(taken, there)
            self.parcel.loose[ALREADY_THERE] += min(passed_over, there - min(taken, there))
            return ()
        if passed_over and taken + passed_over >= len(left):
            self.parcel.settle_there(left, passed_over)
            return ()
        if taken >= len(left):
            self.parcel.settle(left, fate)
            return ()
        return left

    def _look_for(self, unsure: Sequence[int], call: Call, fate: str, proof: str) -> None:
        """Send records of a list with keys again: a duplicate is there, and what was dropped gets another chance.

        A record that vanishes every time is unaccounted; that a lost record is there, only a duplicate proves. With
        deletions it is the other way round: `proof` is the code for a key that is not there.
        """
        added = 0
        for _ in range(LOOKS):
            again: list[int] = []
            added = 0
            for part, answer in self._answers(call, unsure):
                rest = self._read(part, answer, fate)
                again += rest
                added += max(0, answer.count) if rest else 0
            self.parcel.settle((index for index in unsure if self.parcel.fates[index] == proof), fate)
            unsure = again
            if not unsure:
                return
        if added:
            self.parcel.loose[fate] += added
        else:
            self.parcel.settle(unsure, UNACCOUNTED)

    def _update_apart(self, unsure: Sequence[int]) -> None:
        """Update records again in halves, which does no harm, until those that vanish stand alone."""
        middle = (len(unsure) + 1) // 2
        for half in (unsure[:middle], unsure[middle:]):
            if not half:
                continue
            for part, answer in self._answers(self.client.update_many_records, half):
                rest = self._read(part, answer, UPDATED)
                if not rest:
                    continue
                if answer.count <= 0:
                    self.parcel.settle(rest, UNACCOUNTED)
                elif self._requests_left > 0:
                    self._update_apart(rest)
                else:
                    self.parcel.loose[UPDATED] += max(0, answer.count)

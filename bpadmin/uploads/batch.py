"""The records of one chunk and what became of each; parsed only when the platform did not simply take them all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson

from bpadmin.jobs.handlers import ChunkResult
from bpadmin.platforms.record_rules.rules import canonical_key
from bpadmin.platforms.types import FieldSpec

ADDED, UPDATED = "added", "updated"
DUPLICATE, ALREADY_THERE, UNACCOUNTED = "duplicateKey", "already_there", "unaccounted"
LIMIT = "limitExceeded"


class Parcel:
    """`fates[i]` is what became of record i: ADDED, UPDATED, a reason code, or "" while it is not known.

    `loose` counts per code the outcomes that cannot be tied to a row; their records keep an empty fate. Of the records
    that are ALREADY_THERE only `passed_over` were so before, where that is not 0; `loose` puts the numbers right.
    `remarks` say what was odd about the answers: they are foreign arithmetic, and each record counts once all the same.
    """

    def __init__(self, body: bytes, count: int, keys: Sequence[FieldSpec]) -> None:
        self.body = body
        self.count = count
        self.keys = keys
        self.fates = [""] * count
        self.details: dict[int, str] = {}
        self.loose: Counter[str] = Counter()
        self.passed_over = 0
        # Sent again after an answer was lost: what is there already may be there by the first request.
        self.is_again = False
        self.remarks: list[str] = []
        self._moved = 0

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """Return the records as they are sent."""
        records: list[dict[str, Any]] = orjson.loads(self.body)
        return records

    @cached_property
    def identities(self) -> list[tuple[str, ...]]:
        """Return each record's identity: its key, or all of it in a list without keys."""
        return [canonical_key(record, self.keys) for record in self.records]

    def body_of(self, indices: Sequence[int]) -> bytes:
        """Return the request body for some of the records."""
        if len(indices) == self.count:
            return self.body
        return orjson.dumps([self.records[index] for index in indices])

    def settle(self, indices: Iterable[int], fate: str, detail: str = "") -> None:
        """Store what became of records."""
        for index in indices:
            self.fates[index] = fate
            if detail:
                self.details[index] = detail

    def refuse(
        self, indices: Sequence[int], errors: Mapping[str, Sequence[Mapping[str, Any]]], *, surplus: int = 0
    ) -> int:
        """Tie the objects that the platform refused to the records sent, by identity and never by position.

        Of several records with the same identity the last is taken first, since the platform takes the first. A record
        named more often than it was sent counts once; `surplus` is by how much all numbers of the answer exceed what
        was sent, so that of equal records one may have been named twice. Gives how many objects could not be tied: no
        more than there are records left.
        """
        by_identity: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index in indices:
            by_identity[self.identities[index]].append(index)
        named: dict[tuple[str, ...], str] = {}
        strange: Counter[str] = Counter()
        tied = twice = 0
        for code, echoes in errors.items():
            for echo in echoes:
                identity = canonical_key(echo, self.keys)
                candidates = by_identity.get(identity)
                if candidates is None:
                    strange[code] += 1
                elif not candidates or (twice < surplus and named.get(identity, code) != code):
                    twice += 1
                else:
                    index = self._likest(candidates, echo)
                    candidates.remove(index)
                    self.fates[index] = named[identity] = code
                    tied += 1
        if twice:
            self.remark(f"The dialler named {twice:,} of these rows more than once; each counts once.")
        room = len(indices) - tied
        for code, number in strange.items():
            self.loose[code] += min(number, room)
            room -= min(number, room)
        return len(indices) - tied - room

    def remark(self, words: str) -> None:
        """Keep in words what was odd about an answer."""
        if words not in self.remarks:
            self.remarks.append(words)

    def _likest(self, candidates: Sequence[int], echo: Mapping[str, Any]) -> int:
        if len(candidates) > 1:
            whole = canonical_key(echo, ())
            for index in reversed(candidates):
                if canonical_key(self.records[index], ()) == whole:
                    return index
        return candidates[-1]

    @property
    def is_plain(self) -> bool:
        """Return whether every record was simply taken, all in the same way."""
        return len(set(self.fates)) == 1 and self.fates[0] in (ADDED, UPDATED) and not (self.loose or self.remarks)

    def plain_result(self) -> ChunkResult:
        """Sum up a parcel that is plain."""
        return ChunkResult(added=self.count) if self.fates[0] == ADDED else ChunkResult(updated=self.count)

    def take(self, indices: Sequence[int], part: Parcel) -> None:
        """Take over what became of some of the records, which were sent as a parcel of their own."""
        for index, fate in zip(indices, part.fates, strict=True):
            self.fates[index] = fate
        self.details |= {indices[at]: words for at, words in part.details.items()}
        self.loose.update(part.loose)  # numbers below 0 stay
        self.passed_over += part.passed_over
        self._moved += part._moved
        for words in part.remarks:
            self.remark(words)

    def settle_there(self, indices: Sequence[int], passed_over: int) -> None:
        """Store that records are in the list of which `passed_over` were there before; which, nobody told.

        Each counts as there before, so that none takes the place of an older one, and the numbers are put right.
        """
        passed_over = min(passed_over, len(indices))
        self.passed_over += passed_over
        self.settle(indices, ALREADY_THERE)
        moved = len(indices) - passed_over
        self._moved += moved
        self.loose[ADDED] += moved
        self.loose[ALREADY_THERE] -= moved

    def settle_known(self, there: Container[int]) -> None:
        """Store which records were there before, once that is known: all others with this fate were added."""
        for index in self.with_fate(ALREADY_THERE):
            if index not in there:
                self.fates[index] = ADDED
        self.loose[ADDED] -= self._moved
        self.loose[ALREADY_THERE] += self._moved
        self.loose = Counter({code: number for code, number in self.loose.items() if number})
        self.passed_over = self._moved = 0

    def open_among(self, indices: Iterable[int]) -> list[int]:
        """Return those of the records whose fate is not known yet."""
        return [index for index in indices if not self.fates[index]]

    def with_fate(self, fate: str) -> list[int]:
        """Return the records that had this fate."""
        return [index for index, had in enumerate(self.fates) if had == fate]

    @property
    def counts(self) -> Counter[str]:
        """Count the records by what became of them, as far as it is known."""
        return Counter(fate for fate in self.fates if fate) + self.loose

    def result(self, rows: Sequence[int], *, is_first: bool, stop: str = "") -> ChunkResult:
        """Sum up, with source row numbers; a duplicate is already there, by whoever's doing.

        On the first attempt its code stays, so that it can be listed; on a later one it may well be our own record.
        """
        counts = self.counts
        outcome: dict[str, list[int]] = defaultdict(list)
        untold = (ADDED, UPDATED, ALREADY_THERE) if self.passed_over else (ADDED, UPDATED)
        for index, fate in enumerate(self.fates):
            if fate and fate not in untold:
                outcome[fate if is_first or fate != DUPLICATE else ALREADY_THERE].append(rows[index])
        known = (ADDED, UPDATED, DUPLICATE, ALREADY_THERE, UNACCOUNTED)
        return ChunkResult(
            added=counts[ADDED],
            updated=counts[UPDATED],
            already_there=counts[DUPLICATE] + counts[ALREADY_THERE],
            rejected=sum(number for code, number in counts.items() if code not in known),
            unaccounted=self.count - sum(number for code, number in counts.items() if code != UNACCOUNTED),
            outcome=dict(outcome),
            detail={str(rows[index]): text for index, text in self.details.items()},
            message=self._words(),
            stop=stop,
        )

    def _words(self) -> str:
        untold = (ADDED, UPDATED, ALREADY_THERE)
        named = {code: number for code, number in self.loose.items() if number and code not in untold}
        words = []
        if self.passed_over:
            words.append(f"{self.passed_over:,} of these were there before; the dialler does not tell which.")
        elif named:
            parts = ", ".join(f"{number:,} × {code}" for code, number in named.items())
            words.append(f"These outcomes could not be tied to a row of the file: {parts}.")
        return " ".join([*words, *self.remarks])

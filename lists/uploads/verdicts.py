"""What a reading of the list says about rows in question. Pure: counts in, verdicts out.

A row counts as found only when the list holds exactly as many of it as all requests explain that may have put it there,
the lost one included; as missing only when it holds no more than the others surely put there. In between nobody can
tell. And nothing is told as long as rows that must be there show that the reading itself is in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bpadmin.counts import part_of
from bpadmin.jobs.handlers import ChunkResult, Verdict
from bpadmin.jobs.models import Chunk
from bpadmin.jobs.reasons import FOUND, MISSING, UNCLEAR


@dataclass(frozen=True, slots=True)
class Counts:
    """How often one row is in the list, at `least` and at `most`, without the lost requests, and how often it was seen.

    `alike` counts records with the same values that have values in further fields as well.
    """

    least: int
    most: int
    found: int
    alike: int


class Findings:
    """A reading that came to its end. `asked` holds for each chunk the place in `counts` of each of its rows.

    `known` are places of rows that the platform took as it said; `totals` the list's own, before and after.
    """

    def __init__(
        self,
        *,
        asked: Sequence[Sequence[int]],
        counts: Sequence[Counts],
        known: Sequence[int],
        n_read: int,
        totals: tuple[int | None, int | None],
    ) -> None:
        self.asked = asked
        self.n_read = n_read
        self._wanted = [Counter(indices) for indices in asked]
        self._all_wanted = sum(self._wanted, Counter())
        self._known = [at for at in known if at not in self._all_wanted]
        self._totals = [total for total in totals if total is not None]
        seen = [counts[at] for at in self._known]
        # Where all known rows come back with more than was sent, the platform itself fills fields in.
        self._fills = bool(seen) and not any(each.found for each in seen) and all(each.alike for each in seen)
        self._counts = [self._merged(each) for each in counts]

    def verdict(self, chunk: Chunk, rows: Sequence[int], at: int, *, named: str) -> Verdict:
        """Say what became of the chunk that stands at this place in `asked`.

        `rows` are its rows in the file, `named` the words by which people know them.
        """
        fates = self._fates(at)
        tally = Counter(fates)
        if not self._is_whole:
            return Verdict(ask=_asked(named, self._not_whole()), grew_by=chunk.grew_by)
        doubt = (tally[FOUND] and self._doubt_there) or (tally[MISSING] and self._doubt_gone) or ""
        said = f"The list was read back to its end: {part_of(tally[FOUND], chunk.count, 'row', 'was')} found in it"
        if doubt:
            return Verdict(ask=_asked(named, f"{said}, but {doubt}"), grew_by=chunk.grew_by)
        if tally[FOUND] == chunk.count:
            them = "its row was" if chunk.count == 1 else f"all {chunk.count:,} rows were"
            words = f"The answer was lost; {them} found when the list was read back."
            return Verdict(result=ChunkResult(added=chunk.count, message=words))
        if tally[MISSING] == chunk.count:
            return Verdict()
        outcome = {code: [rows[place] for place, fate in enumerate(fates) if fate == code] for code in tally}
        if tally[MISSING]:
            said += f", {tally[MISSING]:,} {'was' if tally[MISSING] == 1 else 'were'} not"
        if not tally[UNCLEAR]:
            return Verdict(ask=_asked(named, f"{said}."), grew_by=tally[FOUND], outcome=outcome)
        words = f"{said}. Of {tally[UNCLEAR]:,} it cannot be told: {self._why_unclear(at)}."
        return Verdict(ask=_asked(named, words), grew_by=chunk.grew_by, outcome=outcome)

    def missing(self, rows: Sequence[int], at: int) -> list[int] | None:
        """Return the rows of the chunk at this place that the list lacks; None where the reading does not tell."""
        fates = self._fates(at)
        if not self._is_whole or UNCLEAR in fates or (MISSING in fates and self._doubt_gone):
            return None
        return [rows[place] for place, fate in enumerate(fates) if fate == MISSING]

    def _merged(self, counts: Counts) -> Counts:
        return Counts(counts.least, counts.most, counts.alike, 0) if self._fills else counts

    def _fates(self, at: int) -> list[str]:
        """Return FOUND, MISSING or UNCLEAR for each row of a chunk."""
        left = {index: self._copies(index, times, at) for index, times in self._wanted[at].items()}
        fates = []
        for index in self.asked[at]:
            copies = left[index]
            if copies is None:
                fates.append(UNCLEAR)
                continue
            fates.append(FOUND if copies else MISSING)
            left[index] = max(0, copies - 1)
        return fates

    def _copies(self, index: int, times: int, at: int) -> int | None:
        """Count how many copies of a row are there by this chunk's doing; None when that cannot be told."""
        counts, wanted = self._counts[index], self._all_wanted[index]
        if counts.alike:
            return None
        if counts.found == counts.least:
            return 0
        if counts.found == counts.most + wanted:
            return times
        is_between = counts.least < counts.found < counts.most + wanted
        is_alone = wanted == times
        return counts.found - counts.least if is_between and is_alone and counts.least == counts.most else None

    @cached_property
    def _is_whole(self) -> bool:
        return not self._totals or min(self._totals) <= self.n_read <= max(self._totals)

    def _not_whole(self) -> str:
        return (
            f"The list was read back, but {self.n_read:,} records came where it holds {min(self._totals):,}: that "
            "tells nothing about these rows."
        )

    @cached_property
    def _doubt_gone(self) -> str:
        """Say why a row that was not found may be there all the same, "" when nothing speaks for that."""
        lost = sum(self._counts[at].found < self._counts[at].least for at in self._known)
        if lost:
            return (
                f"of {len(self._known):,} rows that the platform had surely taken {lost:,} were not found either. "
                "Records were changed or removed since, so that not to be found tells nothing."
            )
        if not self._known and not self._totals:
            return (
                "the platform does not say how many records it holds, and there is no row that is surely in it to "
                "compare with, so that not to be found tells nothing."
            )
        return ""

    @cached_property
    def _doubt_there(self) -> str:
        """Say why a row that was found need not be there by the lost request, "" when nothing speaks for that."""
        over = sum(self._counts[at].found > self._counts[at].most for at in self._known)
        if not over:
            return ""
        return (
            f"of {len(self._known):,} rows that the platform had surely taken {over:,} are in it more often than they "
            "were sent. Somebody else puts rows of this file into the list, perhaps these as well."
        )

    def _why_unclear(self, at: int) -> str:
        elsewhere = {index for place, wanted in enumerate(self._wanted) if place != at for index in wanted}
        if elsewhere.intersection(self.asked[at]):
            return "the same rows were sent in another request that is in question, too"
        return "the list holds records like them that other uploads or other people have put there"


def _asked(named: str, words: str) -> str:
    return f"The platform's answer for {named} was lost. {words} They are not sent again before somebody decides."

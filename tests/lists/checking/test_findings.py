"""What counts from a reading of the list are taken for: exact or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.jobs.handlers import Verdict
from bpadmin.jobs.models import Chunk
from bpadmin.jobs.reasons import FOUND, MISSING, UNCLEAR
from lists.uploads.verdicts import Counts, Findings

ABSENT, THERE, TWICE, KNOWN = Counts(0, 0, 0, 0), Counts(0, 0, 1, 0), Counts(0, 0, 2, 0), Counts(1, 1, 1, 0)


def verdict(*seen: Counts, known: Any = (), totals: Any = (5, 5), n_read: int = 5) -> Verdict:
    """Return the verdict on a chunk whose rows were seen so often; `known` are counts of rows surely taken."""
    chunk = Chunk(number=1, count=len(seen), first_row=2, last_row=1 + len(seen))
    findings = Findings(
        asked=[range(len(seen))],
        counts=[*seen, *known],
        known=range(len(seen), len(seen) + len(known)),
        n_read=n_read,
        totals=totals,
    )
    return findings.verdict(chunk, range(2, 2 + len(seen)), 0, named="rows 2 to 3")


def test_all_there_is_accepted_and_none_there_is_to_be_sent() -> None:
    found = verdict(THERE, THERE, known=[KNOWN])
    assert found.result is not None
    assert found.result.added == 2
    assert verdict(ABSENT, ABSENT, known=[KNOWN]) == Verdict()


def test_more_copies_than_can_be_explained_tell_nothing() -> None:
    assert verdict(TWICE, THERE).outcome == {UNCLEAR: [2], FOUND: [3]}


def test_copies_beside_an_accepted_one_are_told_apart() -> None:
    beside = Counts(1, 1, 2, 0)
    assert verdict(beside, KNOWN).outcome == {FOUND: [2], MISSING: [3]}


def test_an_accepted_row_that_is_gone_leaves_its_copy_unclear() -> None:
    assert verdict(Counts(1, 1, 0, 0), THERE).outcome == {UNCLEAR: [2], FOUND: [3]}


def test_a_row_found_in_a_longer_record_is_unclear_unless_the_platform_fills_all_records() -> None:
    longer = Counts(0, 0, 0, 1)
    assert UNCLEAR in verdict(longer, THERE, known=[KNOWN]).outcome
    assert verdict(longer, longer, known=[Counts(1, 1, 0, 1)]).result is not None


@pytest.mark.parametrize(
    ("seen", "more", "words"),
    [
        ([ABSENT], {"known": [Counts(1, 1, 0, 0)]}, "were not found either"),
        ([THERE], {"known": [Counts(1, 1, 2, 0)]}, "Somebody else puts rows"),
        ([ABSENT], {"totals": (None, None)}, "does not say how many records"),
        ([ABSENT], {"totals": (9, 9)}, "5 records came where it holds 9"),
        ([THERE], {"totals": (9, 9)}, "5 records came where it holds 9"),
    ],
)
def test_a_reading_in_doubt_settles_nothing(seen: list[Counts], more: dict[str, Any], words: str) -> None:
    told = verdict(*seen, **more)
    assert told.result is None
    assert words in told.ask
    assert not told.outcome


def test_a_list_that_grew_while_it_was_read_is_whole() -> None:
    assert verdict(ABSENT, totals=(4, 6)) == Verdict()

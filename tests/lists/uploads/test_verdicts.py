"""What a reading of the list tells of rows in question, on counts alone."""

from __future__ import annotations

from bpadmin.jobs.models import Chunk
from bpadmin.jobs.reasons import FOUND, MISSING
from lists.uploads.verdicts import Counts, Findings


def findings(rows: int, counts: Counts) -> Findings:
    """Return the reading of a list for one chunk that holds the same row so often."""
    return Findings(asked=[[0] * rows], counts=[counts], known=[], n_read=5000, totals=(5000, 5000))


def test_of_a_row_sent_three_times_the_copies_that_came_are_found_and_the_others_missing() -> None:
    said = findings(3, Counts(least=1, most=1, found=2, alike=0)).verdict(Chunk(count=3), [2, 3, 4], 0, named="rows")
    assert (said.outcome, said.grew_by, said.result) == ({FOUND: [2], MISSING: [3, 4]}, 1, None)


def test_copies_are_told_apart_however_many_there_are() -> None:
    counts = Counts(least=int("1000"), most=int("1000"), found=1001, alike=0)
    said = findings(3, counts).verdict(Chunk(count=3), [2, 3, 4], 0, named="rows")
    assert said.outcome == {FOUND: [2], MISSING: [3, 4]}


def test_a_large_chunk_that_was_found_whole_counts_as_added() -> None:
    rows = range(2, 1002)
    reading = findings(1000, Counts(least=0, most=0, found=1000, alike=0))
    said = reading.verdict(Chunk(count=int("1000")), rows, 0, named="rows")
    assert said.result is not None
    assert (said.result.added, said.ask) == (1000, "")

"""Names of files: parts of the day, wildcards, and what is never taken."""

from __future__ import annotations

from datetime import date

import pytest

from bpadmin.feeds.naming import PatternRefused, is_temporary, pattern_check, wanted_on
from bpadmin.feeds.runs.facts import FileFacts, overlap_of, sketch_of

DAY = date(2026, 3, 9)


def test_a_pattern_means_the_names_of_a_day():
    wanted = wanted_on("Leads_{YYYY}-{MM}-{DD}_v*.csv", DAY)
    assert wanted.fits("leads_2026-03-09_v2.CSV")
    assert not wanted.fits("leads_2026-03-10_v2.csv")
    assert not wanted.fits("leads_2026-03-09_v2.csv.part")
    assert (wanted.exact, wanted_on("{YY}{MM}{DD}.csv", DAY).exact) == ("", "260309.csv")


@pytest.mark.parametrize("name", [".leads.csv", "leads.csv.tmp", "~$leads.xlsx", "leads.filepart", "leads.csv~"])
def test_what_is_still_being_written_is_told_by_its_name(name):
    assert is_temporary(name)
    assert not wanted_on("*", DAY).fits(name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Say how"),
        ("a/b.csv", "name alone"),
        ("leads_{WW}.csv", "{WW} is no part of a day"),
        ("leads_{YYYY.csv", "stands alone"),
        ("leads.csv.part", "never taken"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused(text, words):
    with pytest.raises(PatternRefused, match=words):
        pattern_check(text)


@pytest.mark.parametrize("share", [0, 10, 50, 95, 100])
def test_a_sketch_tells_how_much_two_files_overlap(share):
    count = 20_000
    first = count * (100 - share) // 100
    old = FileFacts(**dict(zip(("sketch", "keys"), sketch_of(str(n).encode() for n in range(count)), strict=True)))
    keys = (str(n).encode() for n in range(first, first + count))
    new = FileFacts(**dict(zip(("sketch", "keys"), sketch_of(keys), strict=True)))
    assert overlap_of(new, old) == pytest.approx(share, abs=6)

"""One row, two rows; 40.3 %, wherever a share is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.defaultfilters import floatformat

from bpadmin.counts import counted, decimal_words, part_of, percent_words
from bpadmin.results.opening import value_words

# A percentage written by a format of its own: “{share:.1f} %”, “{{ share|floatformat:1 }} %”.
OTHERWISE = re.compile(r"(:,?\.\df\}|floatformat:\S+ \}\}) ?%")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (counted(0, "row"), "0 rows"),
        (counted(1, "row", "is"), "1 row is"),
        (counted(1_653, "row", "was"), "1,653 rows were"),
        (counted(1, "entry"), "1 entry"),
        (counted(2, "entry", "has"), "2 entries have"),
        (counted(3, "day"), "3 days"),
        (part_of(1, 3, "row", "is"), "1 of 3 rows is"),
        (part_of(0, 1, "row", "is"), "0 of 1 row is"),
        (part_of(2, 3, "row", "is"), "2 of 3 rows are"),
    ],
)
def test_a_count_stands_with_its_noun_and_verb_in_the_number_that_fits(words: str, said: str) -> None:
    assert words == said


def test_a_share_is_rounded_alike_by_pages_commands_and_what_a_figure_opens() -> None:
    shares = [100 * part / whole for whole in (16, 400, 1200, 2400) for part in range(whole + 1)]
    assert [percent_words(each) for each in (40.25, 12.25, 0.05, 99.95, 100.0, None)] == [
        "40.3 %",
        "12.3 %",
        "0.1 %",
        "100.0 %",
        "100.0 %",
        "–",
    ]
    assert [percent_words(each) for each in shares] == [f"{floatformat(each, 1)} %" for each in shares]
    assert [value_words(each, "%") for each in shares] == [percent_words(each) for each in shares]
    assert [value_words(each) for each in shares] == [floatformat(each, 2) for each in shares]
    assert decimal_words(1234.5, 0) == "1,235"


def test_nobody_writes_a_share_by_a_format_of_its_own() -> None:
    root = Path(settings.BASE_DIR)
    places = [
        *root.glob("templates/**/*.html"),
        *(each for app in ("bpadmin", "campaigns", "lists", "dnc") for each in (root / app).glob("**/*.py")),
    ]
    assert len(places) > 500
    assert not [str(each) for each in places if OTHERWISE.search(each.read_text())]

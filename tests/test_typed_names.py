"""The name that is typed before something goes."""

from __future__ import annotations

import pytest

from bpadmin.typed_names import is_typed


@pytest.mark.parametrize(
    ("typed", "name", "is_it"),
    [
        ("Spring.csv", "Spring.csv", True),
        ("  spring.CSV ", "Spring.csv", True),
        ("Web leads\u00a0October", " web  leads October", True),
        ("STRASSE", "Straße", True),
        ("Spring", "Spring.csv", False),
        ("", "", False),
        ("  ", "Spring.csv", False),
    ],
)
def test_a_typed_name_counts_whatever_its_capitals_and_blanks(typed, name, is_it):
    assert is_typed(typed, name) is is_it

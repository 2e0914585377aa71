"""Names as ids: exact both ways, one segment of an address, and the same in each form that a page holds it in."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

import pytest

from bpadmin.platforms.names import id_of, names_of

NAMES = ["leads.csv", "Süd/West ~ 50%.csv", "a%2Fb", "a=2Fb", "..", " spaced ", "Was? #1 & 2+3", "日本", "x\ty\\z", ""]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_led_back_exactly(name: str) -> None:
    assert names_of(id_of(name)) == (name,)
    assert names_of(id_of(name, "b~c", name)) == (name, "b~c", name)
    assert names_of(id_of(id_of(name), "x"))[0] == id_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_an_id_is_one_segment_escaped_or_not(name: str) -> None:
    id_ = id_of(name)
    for form in (id_, quote(id_, safe="~=")):
        assert urlsplit(f"/t/acme/{form}/").path == f"/t/acme/{form}/"
        assert unquote(form) == id_
    assert not id_.startswith(".")


def test_what_is_plain_stays_readable() -> None:
    assert id_of("Spring leads 2026.csv", "Renewals") == "Spring leads 2026.csv~Renewals"

"""No word of ours stands where an id of a platform may stand: a list called as the word could not be opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

FOREIGN = re.compile(r"<platform_id:\w+>")
OURS = re.compile(r"<number:\w+>")
# What an id of a platform could be, if every word of ours were one: no converter can tell them apart.
ANY = re.compile(r"<(?!platform_id|number)\w+:\w+>")


def routes(resolver: Any, before: str = "") -> Iterator[tuple[str, ...]]:
    """Return every address of the URLconf as its segments."""
    for each in resolver.url_patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        elif isinstance(each, URLPattern):
            yield tuple(route.strip("/").split("/"))


def may_be_the_same(one: str, other: str) -> bool:
    if one == other:
        return True
    if any(kind.fullmatch(segment) for kind in (FOREIGN, ANY) for segment in (one, other)):
        return True
    if OURS.fullmatch(one) or OURS.fullmatch(other):
        return one.isdigit() or other.isdigit()
    return False


def shadows(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether an address of one route could be one of the other, for some id."""
    pairs = list(zip(one, other, strict=False))
    if len(one) != len(other) or not all(may_be_the_same(*pair) for pair in pairs):
        return False
    return any((FOREIGN.fullmatch(a) is None) != (FOREIGN.fullmatch(b) is None) for a, b in pairs)


def test_the_walk_knows_what_it_looks_for() -> None:
    assert shadows(("lists", "new"), ("lists", "<platform_id:list_id>"))
    assert shadows(("lists", "<number:n>"), ("lists", "<platform_id:list_id>"))
    assert not shadows(("lists", "new", "fields"), ("lists", "<platform_id:list_id>", "format"))
    assert len(set(routes(get_resolver()))) > 100


def test_numbers_in_addresses_are_bounded_by_what_columns_hold() -> None:
    """Django's own `int` takes any number of digits, which a database answers with an error of its own."""
    assert [route for route in routes(get_resolver()) if any("<int:" in segment for segment in route)] == []
    assert resolve("/t/acme/jobs/999999999999999999/")
    with pytest.raises(Resolver404):
        resolve("/t/acme/jobs/1000000000000000000000000000000/")


def test_no_word_of_ours_can_be_an_id() -> None:
    found = sorted(set(routes(get_resolver())))
    assert [pair for pair in combinations(found, 2) if shadows(*pair)] == []


@pytest.mark.parametrize("word", ["new", "by-name", "read-again", "records", "upload", "-"])
def test_a_list_called_as_a_word_of_ours_can_be_opened(
    word: str, older_tenant: Any, sandbox: Any, make_member: Any
) -> None:
    for name, more in (("detail", ""), ("format", "format/"), ("upload", "upload/"), ("lookup", "records/")):
        address = reverse(f"lists:{name}", args=[older_tenant.slug, word])
        assert address == f"/t/{older_tenant.slug}/lists/{word}/{more}"
        assert resolve(address).view_name == f"lists:{name}"
    assert resolve(reverse("campaigns:detail", args=["x", word])).view_name == "campaigns:detail"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("lists/new/", "new-list/"),
        ("lists/new/fields/", "new-list/fields/"),
        ("lists/by-name/?name=a", "list-by-name/?name=a"),
        ("campaigns/several/?campaign=1", "several-campaigns/?campaign=1"),
        ("campaigns/export/", "several-campaigns/export/"),
    ],
)
def test_an_address_of_before_leads_on(tenant: Any, supervisor_client: Client, before: str, now: str) -> None:
    response = supervisor_client.get(f"/t/acme/{before}")
    assert (response.status_code, response.headers["Location"]) == (302, f"/t/acme/{now}")

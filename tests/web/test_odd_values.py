"""A value that nobody would think of costs itself, never the page."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.names import is_addressable
from bpadmin.platforms.sources import Source
from bpadmin.platforms.types import ListUse
from bpadmin.tenants.models import Tenant
from lists.records.fields import RecordFields
from lists.records.list_link import ListBehind

pytestmark = pytest.mark.django_db

ODD_IDS = ("../../admin", "a/b", ".", "", "x" * 401, "a\nb")
ODD = (
    "nonsense", "", "0", "-1", "9999-12-31", "0001-01-01", "99999999999999999999999", "²", "1e400", "NaN", "\ud800",
    "../../x", "//evil.example", "javascript:alert(1)", "[]", "{}", "a" * 5000, "\r\nX: y", "%s%n", "'\"<b>", "é\u202e",
)  # fmt: skip
NAMES = (
    "since", "until", "page", "cursor", "next", "q", "sort", "like", "what", "view", "state", "kind", "person", "verb",
    "filter_1", "value_1", "columns", "fields", "outcome", "name",
)  # fmt: skip
TIMES = 40


def test_one_odd_id_leaves_the_others_on_the_page(
    supervisor_client: Client, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.create_campaign("Spring")
    honest = BrightPatternClient.get_campaigns

    def with_odd_ones(self: Any) -> Any:
        found = honest(self)
        return (*(dataclasses.replace(found[0], id=id_, name="Odd") for id_ in ODD_IDS), *found)

    monkeypatch.setattr(BrightPatternClient, "get_campaigns", with_odd_ones)
    answer = supervisor_client.get("/t/acme/campaigns/")
    assert answer.status_code == 200
    assert ("Spring" in answer.content.decode(), "Odd" in answer.content.decode()) == (True, False)
    assert not any(map(is_addressable, ODD_IDS))


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_odd_id_of_a_binding_costs_its_links_and_not_the_page_of_the_list(
    supervisor_client: Client, sandbox: Any, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    list_id = sandbox.create_list("Leads", [{"name": "phone", "type": "PHONE"}])
    uses = (ListUse(odd, "Odd campaign", "I1"), ListUse("C1", "Odd instance", odd), ListUse("C2", "Plain", "I2"))
    honest = BrightPatternClient.get_list
    monkeypatch.setattr(
        BrightPatternClient, "get_list", lambda self, id_: dataclasses.replace(honest(self, id_), campaigns=uses)
    )
    answer = supervisor_client.get(f"/t/acme/lists/{list_id}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert all(name in page for name in ("Odd campaign", "Odd instance", "Plain"))
    assert ("/records/in/C2/I2/" in page, "/campaigns/C1/" in page) == (True, True)
    assert "/records/in/C1/" not in page


def test_odd_parameters_break_no_page(supervisor_client: Client, sandbox: Any) -> None:
    sandbox.create_campaign("Spring")
    for day in ("9999-12-31", "0001-01-01"):
        for path in ("/t/acme/activity/", "/t/acme/dnc/evidence/", "/t/acme/dnc/evidence/csv/"):
            answer = supervisor_client.get(path, {"since": "0001-01-01", "until": day})
            assert answer.status_code in (200, 404), (path, day)
    campaign = (
        supervisor_client.get("/t/acme/campaigns/").content.decode().split("/t/acme/campaigns/", 2)[2].split("/")[0]
    )
    for following in ("nonsense", "lists:index", "//evil.example", "\\evil"):
        answer = supervisor_client.post(f"/t/acme/campaigns/{campaign}/stop/", {"next": following})
        assert answer.status_code < 500
        assert answer.headers.get("Location", "/t/").startswith("/t/"), following


def addresses(resolver: URLResolver, before: str = "") -> list[str]:
    """Return every address of the URLconf with something odd in the place of each part."""
    found = []
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        found += addresses(each, route) if isinstance(each, URLResolver) else [route]
        assert isinstance(each, URLPattern | URLResolver)
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_walk_over_all_addresses_with_odd_parameters_finds_no_error_of_ours(
    supervisor_client: Client, sandbox: Any
) -> None:
    """Seeded, so that what it finds is found again."""
    sandbox.create_campaign("Spring")
    chance = random.Random(14)
    supervisor_client.raise_request_exception = False
    routes = [route for route in addresses(get_resolver()) if "sign-out" not in route]
    worse = []
    for route in routes:
        for _ in range(max(1, TIMES * 10 // len(routes))):
            path = "/" + route.replace("<slug:slug>", "acme")
            while "<" in path:
                part = path[path.index("<") : path.index(">") + 1]
                odd = (
                    str(chance.choice((0, 1, 2**63, 10**30)))
                    if "<number" in part
                    else chance.choice(("x", "²", "=4", "~"))
                )
                path = path.replace(part, odd, 1)
            said = {name: chance.choice(ODD) for name in chance.sample(NAMES, 4)}
            said = {name: value.encode("utf-8", "replace").decode() for name, value in said.items()}
            ask = supervisor_client.get if chance.random() < 0.7 else supervisor_client.post
            answer = ask(path, said)
            if answer.status_code == 500:
                worse.append((ask.__name__, path, said))
    assert not worse


def test_an_odd_id_of_a_binding_has_no_tab_among_the_places_of_a_list() -> None:
    places = ((ListUse("C1", "Odd", "a/b"), "Odd"), (ListUse("C2", "Plain", "I2"), "Plain"))
    behind = ListBehind(Tenant(slug="acme"), "L1", "Leads", RecordFields(), places)
    assert [place for place, _, _ in behind.tabs(Source("s", "Leads"))] == ["Plain"]

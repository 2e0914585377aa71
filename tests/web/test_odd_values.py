"""A value that nobody would think of costs itself, never the page."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.names import is_addressable
from bpadmin.platforms.sources import Source
from bpadmin.platforms.types import ListUse
from bpadmin.tenants.models import Tenant
from lists.records.fields import RecordFields
from lists.records.list_link import ListBehind
from tests.api.asking import Script
from tests.conftest import signed_in
from tests.dnc.files.filing import known_list
from tests.jobs.uploading import create_list, people, ready_upload

pytestmark = pytest.mark.django_db

ODD_IDS = ("../../admin", "a/b", ".", "", "x" * 401, "a\nb")
ODD = (
    "nonsense", "", "0", "-1", "9999-12-31", "0001-01-01", "99999999999999999999999", "²", "1e400", "NaN", "\ud800",
    "../../x", "//evil.example", "javascript:alert(1)", "[]", "{}", "a" * 5000, "\r\nX: y", "%s%n", "'\"<b>", "é\u202e",
)  # fmt: skip
NAMES = (
    "since", "until", "page", "cursor", "next", "q", "sort", "like", "what", "view", "state", "kind", "person", "verb",
    "filter_1", "value_1", "columns", "campaign", "list", "source", "fields", "outcome", "name",
)  # fmt: skip
ODD_PARTS = ("x", "²", "=4", "~", "..", "a b", "\u202e", "%00")
ODD_JSON: tuple[Any, ...] = (
    *ODD, None, True, -1, 1.5, 10**30, [], {}, [None], [["x"]], {"a": {}}, ["+16505550100"], "+16505550100",
)  # fmt: skip
FIELD = re.compile(r' name="([a-zA-Z_0-9.:-]{1,40})"')
# Of a walk over all addresses; `make fuzz` makes twenty thousand.
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "400"))


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


@pytest.mark.parametrize("name", ["campaign", "list"])
@pytest.mark.parametrize("odd", [*ODD_IDS, "http://example.com\r\nX: 1"])
def test_an_odd_id_of_a_figure_is_told_to_be_none(
    supervisor_client: Client, sandbox: Any, tenant: Tenant, supervisor: User, name: str, odd: str
) -> None:
    asked = {"of": "calls", "range": "today", name: odd}
    page = supervisor_client.get("/t/acme/results/figure/", asked)
    assert page.status_code == (200 if not odd else 404)
    script = Script(tenant, supervisor)
    answer = script.client.get(
        "/api/v1/t/acme/results/figure/", asked, headers={"Authorization": f"Bearer {script.text}"}
    )
    assert answer.status_code == page.status_code


def addresses(resolver: URLResolver, before: str = "") -> list[str]:
    """Return every address of the URLconf with something odd in the place of each part."""
    found = []
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        found += addresses(each, route) if isinstance(each, URLResolver) else [route]
        assert isinstance(each, URLPattern | URLResolver)
    return found


class Walk:
    """Somebody who asks each address for what nobody would think of, with ids that there are and fields of its page."""

    def __init__(self, ids: dict[str, str], seed: int) -> None:
        self.chance = random.Random(seed)
        self.ids = ids
        self.fields: dict[str, list[str]] = {}
        self.worse: list[tuple[str, str, Any]] = []
        self.count = 0
        self.found = 0

    def path(self, route: str) -> str:
        """Return an address: three times in four with what there is in the place of each part."""
        path = "/" + route.replace("<slug:slug>", "acme")
        is_real = self.chance.random() < 0.75
        while "<" in path:
            part = path[path.index("<") : path.index(">") + 1]
            kind, _, name = part.strip("<>").partition(":")
            odd = str(self.chance.choice((0, 1, 2**63, 10**30))) if kind == "number" else self.chance.choice(ODD_PARTS)
            path = path.replace(part, self.ids.get(name, "1" if kind == "number" else "x") if is_real else odd, 1)
        return path

    def said(self, route: str) -> dict[str, str]:
        """Return fields with odd values: those that the page itself has, where it was seen, and usual ones."""
        names = [*NAMES, *self.fields.get(route, ()) * 2]
        said = {name: self.chance.choice(ODD) for name in self.chance.sample(names, min(len(names), 5))}
        return {name: value.encode("utf-8", "replace").decode() for name, value in said.items()}

    def page(self, client: Client, route: str) -> None:
        """Ask for a page once, or send it a form."""
        path, said = self.path(route), self.said(route)
        is_read = self.chance.random() < 0.6
        headers = {"HX-Request": "true"} if self.chance.random() < 0.2 else {}
        answer = (client.get if is_read else client.post)(path, said, headers=headers)
        self._note(answer, ("get" if is_read else "post", path, said))
        if answer.status_code == 200 and not answer.streaming:
            self.fields[route] = sorted({*self.fields.get(route, ()), *FIELD.findall(answer.content.decode())})[:80]

    def script(self, client: Client, route: str, token: str) -> None:
        """Ask the API once, with a body now and then."""
        path, said = self.path(route), self.said(route)
        known = ("keys", "reason", "rows", "mode", "confirm", "typed_name", "number", "campaign", "list", *said)
        body: Any = {self.chance.choice(known): self.chance.choice(ODD_JSON) for _ in range(3)}
        data = self.chance.choice((json.dumps(body), json.dumps([body]), "{", "", "[" * 2000))
        is_read = self.chance.random() < 0.5
        headers = {"Authorization": f"Bearer {token}"}
        if is_read:
            answer = client.get(path, said, headers=headers)
        else:
            answer = client.post(path, data, content_type="application/json", headers=headers)
        self._note(answer, ("get" if is_read else "post", path, said if is_read else data))

    def _note(self, answer: Any, asked: tuple[str, str, Any]) -> None:
        self.count += 1
        self.found += answer.status_code not in (302, 403, 404, 405)
        if answer.status_code == 500:
            self.worse.append(asked)


@pytest.mark.slow
@pytest.mark.timeout(900 if REQUESTS < 1000 else 14_400)
def test_a_walk_over_all_addresses_with_odd_parameters_finds_no_error_of_ours(
    supervisor: User, administrator: User, supervisor_client: Client, sandbox: Any, tenant: Tenant, settings: Any
) -> None:
    """Seeded, so that what it finds is found again."""
    settings.PERSON_PER_MINUTE = settings.API_PER_MINUTE = 10**9
    campaign = sandbox.create_campaign("Spring")
    list_id = create_list(sandbox, records=people(3))
    dnc_list = known_list(tenant, sandbox)
    job = ready_upload(tenant, list_id, people(3, start=10))
    ids = {
        "campaign_id": campaign,
        "campaign": campaign,
        "list_id": list_id,
        "list_": list_id,
        "list_pk": str(dnc_list.pk),
        "job_id": str(job.pk),
        "source_id": "none",
        "kind": "csv",
        "way": "mail",
        "user_id": str(supervisor.pk),
        "code": "x",
    }
    script = Script(tenant, supervisor)
    walk = Walk(ids, REQUESTS)
    supervisor_client.raise_request_exception = script.client.raise_request_exception = False
    above = signed_in(administrator)
    above.raise_request_exception = False
    routes = [route for route in addresses(get_resolver()) if "sign-out" not in route]
    for route in routes:
        for turn in range(max(1, REQUESTS // len(routes))):
            if route.startswith("api/"):
                walk.script(script.client, route, script.text)
            else:
                walk.page(above if turn % 4 == 3 else supervisor_client, route)
    assert not walk.worse
    assert walk.count >= REQUESTS * 0.7
    assert walk.found > walk.count / 10, "it was led away from nearly everywhere"


def test_an_odd_id_of_a_binding_has_no_tab_among_the_places_of_a_list() -> None:
    places = ((ListUse("C1", "Odd", "a/b"), "Odd"), (ListUse("C2", "Plain", "I2"), "Plain"))
    behind = ListBehind(Tenant(slug="acme"), "L1", "Leads", RecordFields(), places)
    assert [place for place, _, _ in behind.tabs(Source("s", "Leads"))] == ["Plain"]

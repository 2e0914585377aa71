"""Pages offer what a tenant's platform has: no link leads to what it lacks, and an address typed in says so."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404

from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.records.named import named_add
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_capabilities
from tests.fixtures_tenants import browser_of, connect

pytestmark = pytest.mark.django_db

PLATFORMS = ("brightpattern", "brightpattern_legacy", "v1", "jtel", "conpeek")
EACH_VIEW = 1
LACKED = {
    "v1": ("campaigns:index", "lists:index", "dnc:index", "lists:create"),
    "jtel": ("lists:index", "dnc:index", "campaigns:bulk", "records:add"),
    "conpeek": ("campaigns:index", "lists:index", "dnc:why", "campaigns:export_several"),
    "brightpattern_legacy": ("lists:create", "campaigns:bulk", "campaigns:delete_by_name"),
    "brightpattern": ("campaigns:delete_by_name", "records:add"),
}


@pytest.fixture(params=PLATFORMS)
def connected(request: pytest.FixtureRequest, db: None, sandbox: Any) -> tuple[str, Tenant]:
    """A tenant of each platform on a sandbox with something in it, with a source named where that has to be done."""
    sandbox.seed("small")
    if request.param == "v1":
        tenant = connect(sandbox, "brightpattern_legacy", api_version="v1", tenant_url=sandbox.tenant_url)
    else:
        tenant = connect(sandbox, request.param)
    tenant_capabilities(tenant)
    info = REGISTRY[tenant.platform]
    said = {
        "conpeek": lambda: {"voice_campaign_id": sandbox.conpeek_state()[0]["id"]},
        "v1": lambda: _bound(sandbox.state()),
    }.get(request.param)
    if said:
        named_add(tenant=tenant, info=info, values=said(), name="Named", actor=Actor(name="test"))
    return request.param, tenant


def _bound(state: dict[str, Any]) -> dict[str, str]:
    """Name a list that is bound to a campaign, and the campaign."""
    campaign = next(each for each in state["campaigns"] if each["instances"] and each["enabled"])
    return {"campaign": campaign["name"], "list": campaign["instances"][0]["name"]}


def walked(client: Client, start: str, prefix: str) -> dict[str, int]:
    """Follow the links of a tenant's pages, each view once; returns the status of each address."""
    waiting, found, seen = [start], {}, Counter[str]()
    while waiting:
        address = waiting.pop(0)
        path = address.partition("?")[0]
        try:
            view = resolve(path).view_name
        except Resolver404:
            found[address] = 404
            continue
        if address in found or seen[view] >= EACH_VIEW:
            continue
        seen[view] += 1
        answer = client.get(address)
        found[address] = answer.status_code
        if answer.status_code == 302:
            waiting.append(answer.headers["Location"])
        elif answer.status_code == 200 and not answer.streaming:
            links = re.findall(r'(?:href|hx-get)="([^"#]+)', answer.content.decode())
            waiting += [unescape(link) for link in links if link.startswith(prefix)]
    return found


def test_no_link_leads_to_what_the_platform_lacks(connected: tuple[str, Tenant]) -> None:
    _, tenant = connected
    prefix = reverse("results:home", args=[tenant.slug])
    found = walked(browser_of(tenant), prefix, prefix)
    assert len(found) > 5
    assert {address: status for address, status in found.items() if status not in (200, 302)} == {}


def test_an_address_typed_in_says_that_it_is_not_offered(connected: tuple[str, Tenant]) -> None:
    which, tenant = connected
    client = browser_of(tenant)
    answers = {name: client.get(reverse(name, args=[tenant.slug])) for name in LACKED[which]}
    assert {answer.status_code for answer in answers.values()} <= {404, 405}
    pages = [answer.content.decode() for answer in answers.values() if answer.status_code == 404]
    assert pages
    assert all(f"{REGISTRY[tenant.platform].label} does not offer this" in page for page in pages)

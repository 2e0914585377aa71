"""Pages are no heavier than they need to be: no indentation, and no more than so many bytes before compression."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import User
from django.template import engines
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from bpadmin.dialler.refreshing.services import catalogue_read
from bpadmin.tenants.models import Tenant
from bpadmin.web.compression import without_indentation
from tests.conftest import signed_in
from tests.results.dialling import Days

SHOWN_AS_IT_IS = re.compile(r"<(pre|textarea)\b.*?</\1>", re.DOTALL)


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("<ul>\n    <li>a</li>\n\n    <li>b</li>\n</ul>", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a  \t\n  b", "a\nb"),
        ("a  b", "a  b"),
        ("<pre>\n  kept\n    so\n</pre>\n  <b>", "<pre>\n  kept\n    so\n</pre>\n<b>"),
        ('<textarea rows="2">\n  x\n</textarea>\n   <i>', '<textarea rows="2">\n  x\n</textarea>\n<i>'),
        ("<prefix>\n  x", "<prefix>\nx"),
    ],
)
def test_indentation_goes_where_a_browser_does_not_show_it(source: str, sent: str) -> None:
    assert without_indentation(source) == sent


def test_a_value_keeps_its_line_breaks_and_spaces() -> None:
    template = engines["django"].from_string(without_indentation("<p>\n    {{ note }}\n</p>"))
    assert template.render({"note": "one\n    two"}) == "<p>\none\n    two\n</p>"


def test_no_page_carries_the_indentation_of_its_templates(tenant: Tenant, supervisor_client: Client) -> None:
    for name in ("campaigns:index", "lists:index", "jobs:index", "results:home"):
        page = supervisor_client.get(reverse(name, args=[tenant.slug])).content.decode()
        assert "<nav" in page
        assert re.search(r"\n[ \t]", SHOWN_AS_IT_IS.sub("", page)) is None, name


FIELDS = [
    {"name": "account", "type": "ACCOUNT", "key": True},
    {"name": "phone", "type": "PHONE", "phone_type": "OTHER"},
    {"name": "first name", "type": "FIRST_NAME"},
    {"name": "last name", "type": "LAST_NAME"},
    *({"name": f"custom field {n}", "type": "OTHER"} for n in range(6)),
]
LANDS_ELSEWHERE = re.compile(r"/static/|/sign-out/|/download/|\.(?:csv|json|xlsx|txt|zip|svg)$|format=csv")
OF_A_KIND = 2


def kind_of(address: str) -> str:
    """Name the view of an address, and whether it is asked with anything; "" for what is no page."""
    path, _, query = address.partition("?")
    if LANDS_ELSEWHERE.search(address):
        return ""
    try:
        return f"{resolve(path).view_name}{'?' if query else ''}"
    except Resolver404:
        return ""


def pages_of(client: Client, first: list[str]) -> dict[str, bytes]:
    """Follow links from the first pages, to a few pages of each kind; returns their HTML by address."""
    pages: dict[str, bytes] = {}
    kinds: Counter[str] = Counter()
    queue = deque(first)
    while queue:
        address = queue.popleft()
        kind = kind_of(address)
        if not kind or address in pages or kinds[kind] == OF_A_KIND:
            continue
        kinds[kind] += 1
        answer = client.get(address)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        pages[address] = answer.content
        links = re.findall(r'(?:href|hx-get)="([^"#]+)', answer.content.decode())
        queue.extend(urljoin(address, html.unescape(link)) for link in links)
    return pages


@pytest.mark.slow
def test_no_page_of_a_busy_tenant_is_larger_than_60_kb(
    tenant: Tenant, sandbox: Any, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tenant has more campaigns and lists than a page shows, a month of results, and records with many fields."""
    days = Days(sandbox, monkeypatch, tenant)
    for number in range(24):
        campaign = sandbox.create_campaign(f"Collections stage {number}", running=True, rate=0.0004)
        people = [
            {field["name"]: f"{field['name']} of {n}" for field in FIELDS}
            | {"account": f"A{number:03d}{n:04d}", "phone": f"4930{number:03d}{n:05d}"}
            for n in range(40)
        ]
        for part in range(2):
            sandbox.create_list(f"Past due {number}-{part} days.csv", FIELDS, bind=[campaign], records=people)
    for _ in range(5):
        days.on(timedelta(days=6))
        days.read()
    catalogue_read(tenant=tenant)
    at = f"/t/{tenant.slug}"
    pages = pages_of(
        signed_in(administrator), [f"{at}/", f"{at}/campaigns/", f"{at}/results/?range=30d", f"{at}/records/"]
    )
    assert len(pages) > 60
    assert any("/records/" in each and "/one/" in each for each in pages)
    assert any("/results/figure/" in each for each in pages)
    assert {each: len(page) for each, page in pages.items() if len(page) > 60_000} == {}

"""Every figure on the pages of figures opens what it is made of, and tells there what it told on its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.results.figures.words import BY_KEY
from bpadmin.tenants.models import Tenant
from tests.results.dialling import FIELDS, Days, people

pytestmark = pytest.mark.django_db

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
# What stands there alone is a figure: “1,234”, “12.5 %”, “+3”, “3 of 4”.
FIGURE = re.compile(r"[+\u2212-]?\d[\d,]*(\.\d+)?( %| of \d[\d,]*)?")
# Settings of a bound list are none either.
# A number in here is none: a place in a list or a page, a time, an id, a drawing, the table behind one, a name.
NO_FIGURE = frozenset({"nav", "time", "code", "svg", "script", "style", "option", "button", "summary"})
NO_FIGURE_CLASSES = frozenset({"behind", "tabs__count", "paging", "visually-hidden", "columns__top", "columns__labels"})


class Page(HTMLParser):
    """Finds the figures within <main>, each with the address that it opens, "" where it opens none."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.figures: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.stack.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        tags = {tag for tag, _ in self.stack}
        classes = {name for _, attrs in self.stack for name in (attrs.get("class") or "").split()}
        if "main" not in tags or tags & NO_FIGURE or classes & NO_FIGURE_CLASSES or not FIGURE.fullmatch(text):
            return
        labels = {attrs.get("data-label") for _, attrs in self.stack}
        if labels & {"Order", "Ratio"}:
            return
        links = [attrs.get("href") or "" for tag, attrs in self.stack if tag == "a"]
        where = " > ".join(f"{tag}.{attrs.get('class') or ''}" for tag, attrs in self.stack[-4:])
        self.figures.append((text, links[-1] if links else "", where))


def figures_of(html: str) -> list[tuple[str, str, str]]:
    page = Page()
    page.feed(html)
    return page.figures


@pytest.fixture
def worked(days: Days, sandbox: Any, tenant: Tenant) -> tuple[str, str]:
    """A campaign that dials two lists, a third one disabled, a day and a week after it began; campaign and list."""
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.004)
    first = sandbox.create_list("People", FIELDS, bind=[campaign], records=people(1500))
    sandbox.create_list("More people", FIELDS, bind=[campaign], records=people(900, 5000))
    days.until((days.now() + timedelta(days=1)).replace(hour=10, minute=20))
    days.read()
    days.on(timedelta(hours=2))
    days.read()
    days.on(timedelta(days=6, hours=22, minutes=30))
    days.read()
    days.on(timedelta(minutes=30))
    days.read()
    days.on(timedelta(seconds=61))
    days.read()
    cache.clear()
    return str(campaign), str(first)


def pages(tenant: Tenant, campaign: str, calling_list: str) -> Iterator[str]:
    for name, args in (
        ("results:home", []),
        ("campaigns:index", []),
        ("campaigns:detail", [campaign]),
        ("lists:detail", [calling_list]),
        ("results:whole", []),
        ("results:campaign", [campaign]),
        ("results:list", [calling_list]),
    ):
        yield reverse(name, args=[tenant.slug, *args])
    yield reverse("tenants:index")


def test_every_figure_opens_and_says_the_same(
    worked: tuple[str, str], tenant: Tenant, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last hour ends at the same time for all of them.
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    closed, otherwise, opened = [], [], set()
    for address in pages(tenant, *worked):
        found = figures_of(supervisor_client.get(address).content.decode())
        assert found or address.endswith("/campaigns/"), address
        for text, link, where in found:
            if not link:
                closed.append((address, text, where))
            elif "/results/figure/" in link:
                answer = supervisor_client.get(link)
                told = answer.context["opened"]
                opened.add(told.asked.figure.key)
                if told.words != text and f"{told.words} {told.note}" != text:
                    otherwise.append((address, text, told.words, link))
    assert not closed
    assert not otherwise
    assert {"left", "completed_percent", "last_hour", "contact_rate", "calls", "penetration", "enabled"} <= opened


def test_every_figure_of_the_dictionary_that_is_counted_opens_its_age_and_gaps(
    worked: tuple[str, str], tenant: Tenant, viewer_client: Client
) -> None:
    for key in BY_KEY.keys() - {"beside", "callbacks", "age", "gap"}:
        page = viewer_client.get(reverse("results:figure", args=[tenant.slug]), {"of": key, "campaign": worked[0]})
        assert page.status_code == 200, key
        body = page.content.decode()
        assert "Read until" in body, key
        assert "No gap in this span" in body, key
        told = page.context["opened"]
        assert told.value is not None or told.note, key
        for term, link in page.context["terms"]:
            shown = viewer_client.get(link).context["opened"]
            if term.of != key:
                assert shown.words == term.words, (key, term.of)

"""Every page that links lead to, light on a wide screen and dark on a phone: axe finds nothing that keeps people out.

Rules: WCAG 2.2, A and AA, and axe's best practices. A page of each kind and platform is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Page

from tests.browser.chromium import chromium, chromium_path
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
# Each theme and each size once: colours do not depend on the size, nor what stands where on the theme.
LOOKS = [("light", "wide"), ("dark", "phone")]
# Addresses that are no pages, or end the visit.
NO_PAGES = re.compile(
    r"/(?:static|sign-out|metrics|healthz|readyz|livez)\b|\.(?:csv|json|xlsx|txt|zip|log|xml|svg)$|/download/"
)
MOST_PAGES = 250
# What no link of the demo as it is begun leads to; the form of a feed stands at the address where its kind is chosen.
UNLINKED = ("feeds/new/?source=folder&target=list", "approvals/", "recycling/")
FILE = (
    "Account,First name,Phone,Due,Note\n"
    "A1,Ann,(650) 555-0100,2026-03-01,hello\nA2,Zoe,650-555-0101,2026-03-02,NULL\n"
    "A3,Bob,555,31.12.2026,\nA4,Cy,6505550104 x12,never,\nA5,,9115550105,2026-03-05,\n"
)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    chromium_path()
    with Stack() as running:
        yield running


def kind_of(url: str) -> str:
    """Name what kind of page an address is: its view, and the tenant it belongs to; "" for none of ours."""
    path = urlsplit(url).path
    if NO_PAGES.search(path):
        return ""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return f"{match.kwargs.get('slug', '')} {match.view_name}"


def sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/")
    page.get_by_label("User name").or_(page.get_by_label("Username")).fill("administrator")
    page.get_by_label("Password").fill(stack.sign_ins["administrator"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/t/"))


def upload(page: Page, stack: Stack) -> str:
    """Upload a file into the first list of the demo; returns the address of its columns."""
    page.goto(f"{stack.url}/t/demo/lists/")
    page.locator("#lists table a").first.click()
    page.get_by_role("link", name=re.compile("Upload")).first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "messy.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    if page.get_by_role("button", name=re.compile("Upload|Read")).count():
        page.get_by_role("button", name=re.compile("Upload|Read")).first.click()
    page.wait_for_url(re.compile(r"/columns/"))
    return page.url


def links_of(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.querySelectorAll('a[href]')].map(each => each.href)")
    return [urldefrag(each)[0] for each in found]


def crawled(page: Page, stack: Stack, first: list[str]) -> dict[str, str]:
    """Follow links from the first pages; returns an address for each kind of page."""
    kinds: dict[str, str] = {}
    queue = list(first)
    while queue and len(kinds) < MOST_PAGES:
        url = queue.pop(0)
        kind = kind_of(url)
        if not url.startswith(stack.url) or not kind or kind in kinds:
            continue
        try:
            answer = page.goto(url, wait_until="domcontentloaded")
        except Error:  # a download begins
            continue
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        kinds[kind] = url
        queue += links_of(page)
    return kinds


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page as it is shown now."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']} ({each['impact']}) at {node['target'][-1]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


def looked_at(browser: Browser, stack: Stack, kinds: dict[str, str], theme: str, size: str) -> list[str]:
    width, height = SIZES[size]
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": height})  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, stack)
    wrong = []
    for kind, url in kinds.items():
        page.goto(url, wait_until="domcontentloaded")
        wrong += [f"{kind} ({theme}, {size}): {words}" for words in violations(page)]
    context.close()
    return wrong


def test_no_page_keeps_anybody_out(stack: Stack) -> None:
    with chromium() as browser:
        page = browser.new_page()
        sign_in(page, stack)
        first = [f"{stack.url}/", upload(page, stack), page.url.replace("/columns/", "/check/")]
        first += [f"{stack.url}/t/demo/{path}" for path in UNLINKED]
        kinds = crawled(page, stack, first)
        assert len(kinds) > 50, sorted(kinds)
        wrong = [words for theme, size in LOOKS for words in looked_at(browser, stack, kinds, theme, size)]
    assert not wrong, "\n".join(wrong)

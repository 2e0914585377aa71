"""The grid of refused rows in a browser: judged while one types, by keyboard, and as narrow as a phone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from bpadmin.jobs.models import Job
from tests.browser.chromium import chromium
from tests.lists.fixing.test_fixing import BAD, GOOD, HEAD, fix_url, texts
from tests.lists.walking import check_url, ended, shown, to_check

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]
PATIENCE = 60_000


@pytest.fixture
def job(supervisor_client: Client, known_list: str) -> Job:
    job, _ = to_check(supervisor_client, known_list, HEAD + GOOD + BAD)
    supervisor_client.post(check_url(job), shown(job))
    return ended(job)


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide", "phone"])
def page(request: Any, live_server: Any, supervisor_client: Client) -> Iterator[Page]:
    width, scheme = request.param
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    cookie = supervisor_client.cookies[settings.SESSION_COOKIE_NAME].value
    with chromium() as browser:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        yield page


def test_rows_are_mended_by_typing_and_by_what_is_suggested(job: Job, page: Page) -> None:
    width = page.evaluate("window.innerWidth")
    page.goto(fix_url(job))
    row = page.locator("tr", has_text="Row 14")
    phone = row.get_by_label("Phone, row 14")
    phone.fill("(650) 555-0177")
    expect(row).to_contain_text("The list takes it like this.", timeout=PATIENCE)
    row = page.locator("tr", has_text="Row 12")
    row.get_by_role("button", name="Write 2026-12-31").click()
    expect(row.get_by_label("Due, row 12")).to_have_value("2026-12-31", timeout=PATIENCE)
    expect(row).to_contain_text("The list takes it like this.")
    drop = page.get_by_label("Leave row 15 out")
    drop.focus()
    page.keyboard.press("Space")
    expect(page.locator("tr", has_text="Row 15")).to_contain_text("Left out", timeout=PATIENCE)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/fix-{width}.png", full_page=True)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    page.reload()
    expect(page.get_by_label("Phone, row 14")).to_have_value("(650) 555-0177")
    expect(page.get_by_label("Leave row 15 out")).to_be_checked()
    assert texts(job)[12][3] == "2026-12-31"
    page.get_by_label("Phone, row 14").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Due, row 14")).to_be_focused()
    page.get_by_role("button", name=re.compile("Check the corrected rows")).click()
    expect(page.get_by_role("button", name=re.compile("Send .* rows? to Spring"))).to_be_visible(timeout=PATIENCE)
    if folder:
        page.screenshot(path=f"{folder}/check-{width}.png", full_page=True)

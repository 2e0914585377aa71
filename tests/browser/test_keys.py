"""Keys and the palette, in a browser on a bpadmin that really runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium, chromium_path
from tests.browser.test_main_job import sign_in
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium_path()
    with Stack() as stack, chromium() as browser:
        page = browser.new_context(base_url=stack.url).new_page()
        page.set_default_timeout(60_000)
        sign_in(page, stack, "supervisor")
        yield page


def test_g_and_a_letter_go_to_a_screen(page: Page) -> None:
    page.goto("/t/demo/jobs/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"/t/demo/campaigns/$"))
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url(re.compile(r"/t/demo/lists/$"))


def test_a_slash_opens_the_palette_which_finds_a_campaign(page: Page) -> None:
    page.goto("/t/demo/jobs/")
    page.keyboard.press("/")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("renewals")
    hit = page.locator(".palette__hit").first
    expect(hit).to_contain_text(re.compile("renewals", re.IGNORECASE))
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/t/demo/(campaigns|lists)/."))


def test_a_question_mark_lists_the_keys_and_they_can_be_switched_off(page: Page) -> None:
    page.goto("/t/demo/jobs/")
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_be_visible()
    keys.get_by_label("Switch off keys").check()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.evaluate("localStorage.removeItem('keys')")


def test_a_letter_in_a_field_is_a_letter(page: Page) -> None:
    page.goto("/t/demo/campaigns/")
    page.locator("#q").press_sequentially("g/?")
    expect(page.locator("#q")).to_have_value("g/?")
    expect(page.locator("#palette")).to_be_hidden()

"""A job that ends while its supervisor looks at another page is told there: once, and in the title and on the icon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium, chromium_path
from tests.browser.messy import FIELDS, messy_file
from tests.browser.test_main_job import LIST, PATIENCE, sign_in, upload
from tests.fixtures_sandbox import SandboxControl
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(700)]

# The bell asks every fifteen seconds; a loaded machine takes its time as well.
TOLD_WITHIN = 2 * PATIENCE
ICON = "document.querySelector('link[rel=\"icon\"]').href"
# How many toasts ever came on this page, also those that went by themselves.
WATCH = """
  window.told = [];
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes)
        if (node.dataset?.toast) window.told.push(node.dataset.toast);
  }).observe(document.getElementById("toasts"), { childList: true });
"""


@pytest.fixture
def stack() -> Iterator[Stack]:
    chromium_path()
    with Stack() as running:
        yield running


@pytest.fixture
def page(stack: Stack) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_context(base_url=stack.url).new_page()
        page.set_default_timeout(PATIENCE)
        yield page


def test_a_job_that_ends_is_told_on_another_page_once(page: Page, stack: Stack, tmp_path: Path) -> None:
    dialler = SandboxControl(stack.sandbox_url)
    dialler.create_list(LIST, FIELDS)
    (tmp_path / "leads.csv").write_bytes(messy_file(400).content)
    sign_in(page, stack, "supervisor")
    # What the demo itself had to say is seen.
    page.goto("/t/demo/notifications/")
    seen = page.get_by_role("button", name="Mark all as seen")
    if seen.count():
        seen.click()
    upload(page, tmp_path / "leads.csv")
    # The check is done with the page open; what was told of it is seen too.
    dialler.latency(3.0)
    page.get_by_role("button", name=re.compile("^Send")).click()
    page.wait_for_url(re.compile(r"/jobs/\d+/"))
    job = page.url.removeprefix(stack.url)

    page.goto("/t/demo/results/dictionary/")
    title, icon = page.title(), page.evaluate(ICON)
    before = int(match[1]) if (match := re.match(r"\((\d+)\) ", title)) else 0
    plain = title.removeprefix(f"({before}) ")
    page.evaluate(WATCH)
    toast = page.locator("#toasts [data-toast]").filter(has_text=LIST)
    expect(toast).to_have_count(1, timeout=TOLD_WITHIN)
    dialler.latency(0)
    assert page.title() == f"({before + 1}) {plain}"
    assert page.evaluate(ICON) != icon
    assert page.evaluate(ICON).startswith("data:image/svg+xml")
    expect(page.locator("#bell .bell__count")).to_contain_text(str(before + 1))
    words = toast.locator(".banner__title").inner_text()

    # Two more rounds of the bell: nothing is told twice, here or on the next page.
    page.wait_for_timeout(32_000)
    assert len(page.evaluate("window.told")) == 1
    page.goto("/t/demo/campaigns/")
    expect(page).to_have_title(re.compile(rf"^\({before + 1}\) "))
    expect(page.locator("#toasts [data-toast]")).to_have_count(0)

    page.goto("/t/demo/notifications/")
    mine = page.locator(".inbox__row").filter(has=page.get_by_role("link", name=words))
    expect(mine).to_have_count(1)
    mine.get_by_role("link", name=words).click()
    page.wait_for_url(re.compile(re.escape(job)))
    expect(page).to_have_title(re.compile(rf"^\({before}\) " if before else r"^[^(]"))

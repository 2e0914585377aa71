"""Acts on several campaigns at once: how many are ticked is said beside the buttons, and that none is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def page(live_server: Any, supervisor_client: Client) -> Iterator[Page]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    cookie = supervisor_client.cookies[settings.SESSION_COOKIE_NAME].value
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page


def test_how_many_are_ticked_is_said_and_that_none_is(page: Page, tenant: Any, sandbox: Any) -> None:
    for name in ("Autumn", "Renewals", "Spring"):
        sandbox.create_campaign(name)
    page.goto(reverse("campaigns:index", args=[tenant.slug]))
    bar = page.locator("#bulk")
    bar.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("No campaign was chosen.")).to_be_visible()
    for name, words in (("Autumn", "With the 1 chosen:"), ("Spring", "With the 2 chosen:")):
        page.get_by_label(f"Choose {name}").check()
        expect(bar.get_by_role("status")).to_have_text(words)
    page.get_by_label("Choose Autumn").uncheck()
    expect(bar.get_by_role("status")).to_have_text("With the 1 chosen:")
    page.get_by_label("Choose Renewals").check()
    bar.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Start 2 campaigns?")).to_be_visible()


def test_the_name_of_a_chosen_file_stays_on_the_page(page: Page, tenant: Any, sandbox: Any) -> None:
    list_id = sandbox.create_list(
        "Leads", [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
    )
    page.goto(reverse("lists:upload", args=[tenant.slug, list_id]))
    page.set_input_files("input[type=file]", {"name": "leads.csv", "mimeType": "text/csv", "buffer": b"id\n1\n"})
    expect(page.locator(".dropzone__chosen")).to_contain_text("leads.csv")

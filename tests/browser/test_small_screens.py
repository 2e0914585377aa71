"""What is filled in fits where it is filled in: on phones of 320 and 390 px, and in windows of 900 px height."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.chromium import chromium

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
HEIGHT = 900
# How far the page, or what is named, reaches beyond what is seen of it.
PAGE_TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
BEYOND = """
(each) => {
  const box = each.getBoundingClientRect();
  return {
    left: Math.max(0, -box.left), right: Math.max(0, box.right - innerWidth), top: Math.max(0, -box.top),
    bottom: Math.max(0, box.bottom - innerHeight), inside: each.scrollWidth - each.clientWidth,
  };
}
"""


@pytest.fixture(params=[320, 390, 1280])
def page(request: Any, live_server: Any, supervisor_client: Client) -> Iterator[Page]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    cookie = supervisor_client.cookies[settings.SESSION_COOKIE_NAME].value
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": request.param, "height": HEIGHT})
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page


def test_the_filter_of_the_activity_fits(page: Page, tenant: Any) -> None:
    page.goto(reverse("audit:index", args=[tenant.slug]))
    assert page.evaluate(PAGE_TOO_WIDE) <= 0
    filter_ = page.get_by_role("search", name="Filter the activity")
    beyond = filter_.evaluate(BEYOND)
    assert (beyond["left"], beyond["right"], beyond["inside"]) == (0, 0, 0)
    box = filter_.bounding_box()
    assert box is not None
    assert box["height"] <= HEIGHT  # all of it is seen at once


def test_a_new_list_with_fields_fits(page: Page, tenant: Any, sandbox: Any) -> None:
    page.goto(reverse("lists:build", args=[tenant.slug]))
    assert page.evaluate(PAGE_TOO_WIDE) <= 0
    for control in page.locator("main input:visible, main select:visible, main button:visible").all():
        beyond = control.evaluate(BEYOND)
        assert (beyond["left"], beyond["right"]) == (0, 0), control.evaluate("each => each.outerHTML")


def test_the_dialog_that_changes_a_binding_fits(page: Page, tenant: Any, sandbox: Any) -> None:
    campaign = sandbox.create_campaign("Renewals")
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=[{"id": "r1", "phone": "7000001"}])
    page.goto(reverse("campaigns:detail", args=[tenant.slug, campaign]))
    page.get_by_role("link", name="Change Spring").first.click()
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    dialog.get_by_label("Sorting").wait_for()
    assert set(dialog.evaluate(BEYOND).values()) == {0}
    last = dialog.get_by_role("button", name="Save").or_(dialog.get_by_role("button", name="Change")).first
    last.scroll_into_view_if_needed()
    assert {name: more for name, more in last.evaluate(BEYOND).items() if more > 0 and name != "inside"} == {}

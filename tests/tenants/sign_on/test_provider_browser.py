"""Single sign-on in a browser: from our sign-in page to a real server and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from bpadmin.tenants.models import Role, Tenant
from tests.browser.chromium import chromium
from tests.tenants.sign_on.test_provider import Server, settings_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def page(live_server: Any, settings: Any) -> Iterator[Page]:
    """A browser at our front door, with a provider that leads back to it."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    base = f"http://localhost:{live_server.thread.port}"
    server = Server(base + reverse("sso_callback"))
    try:
        settings_of(server, settings)
        with chromium() as browser:
            page = browser.new_context(base_url=base).new_page()
            page.set_default_timeout(60_000)
            yield page
    finally:
        server.close()


def test_somebody_signs_in_at_the_provider_and_stands_before_the_page_they_wanted(tenant: Tenant, page: Page) -> None:
    page.goto(reverse("jobs:index", args=[tenant.slug]))
    page.get_by_role("button", name="Acme ID").click()
    page.locator('input[name="login"]').fill("nora")
    page.locator('[type="submit"]').first.click()
    page.locator('input[name="password"]').fill("the-password-of-nora")
    page.locator('[type="submit"]').first.click()
    if page.locator('[name="answer"][value="accept"]').count():
        page.locator('[name="answer"][value="accept"]').click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    assert User.objects.get(username="nora").memberships.get().role == Role.SUPERVISOR

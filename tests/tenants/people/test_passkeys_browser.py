"""Passkeys in a browser with an authenticator of its own: added, asked for, enough alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from bpadmin.tenants.models import Tenant
from tests.browser.chromium import chromium
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(live_server: Any, supervisor_client: Client) -> Iterator[Page]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    base, name = f"http://localhost:{live_server.thread.port}", settings.SESSION_COOKIE_NAME
    with chromium() as browser:
        context = browser.new_context(base_url=base)
        context.add_cookies([{"name": name, "value": supervisor_client.cookies[name].value, "url": base}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        devtools = context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        yield page


def test_a_passkey_is_added_signs_in_alone_and_is_the_second_step(tenant: Tenant, supervisor: User, page: Page) -> None:
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("What you call it").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").data["name"] == "My laptop"
    page.context.clear_cookies()

    page.goto(reverse("tenants:tokens", args=[tenant.slug]))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="API tokens", exact=True)).to_be_visible()
    page.context.clear_cookies()

    page.goto(reverse("sign_in"))
    page.get_by_label("Username").fill("sam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()

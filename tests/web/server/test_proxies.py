"""Behind reverse proxies: whose address counts, and what is said when the address in the browser is not known."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from bpadmin.tenants.accounts.throttle import TRIES
from bpadmin.web.proxies import ClientAddress, forwarded_for
from tests.conftest import PASSWORD


@pytest.mark.parametrize(
    ("header", "proxies", "expected"),
    [
        ("198.51.100.2", 0, ""),
        ("198.51.100.2", 1, "198.51.100.2"),
        ("6.6.6.6, 198.51.100.2", 1, "198.51.100.2"),
        ("6.6.6.6, 198.51.100.2, 10.0.0.1", 2, "198.51.100.2"),
        ("198.51.100.2", 2, ""),
        ("", 1, ""),
        ("a stranger", 1, ""),
        ("[2001:db8::1]:443", 1, "2001:db8::1"),
        ("2001:db8::1", 1, "2001:db8::1"),
    ],
)
def test_only_what_trusted_proxies_wrote_is_believed(header: str, proxies: int, expected: str) -> None:
    assert forwarded_for(header, proxies) == expected


def test_the_address_is_corrected_for_everything_behind_it(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    seen: list[str] = []
    request = RequestFactory().get("/", headers={"x-forwarded-for": "6.6.6.6, 198.51.100.2"}, REMOTE_ADDR="10.0.0.9")
    ClientAddress(lambda request: seen.append(request.META["REMOTE_ADDR"]))(request)  # type: ignore[arg-type,return-value,func-returns-value]
    assert seen == ["198.51.100.2"]


@pytest.mark.django_db
def test_a_stranger_behind_the_same_proxy_locks_nobody_out(settings: Any, client: Client, viewer: User) -> None:
    settings.TRUSTED_PROXIES = 1
    wrong = {"username": viewer.username, "password": "a wrong one"}
    for _ in range(TRIES):
        client.post(reverse("sign_in"), wrong, headers={"x-forwarded-for": "203.0.113.1"})
    right = {"username": viewer.username, "password": PASSWORD}
    shut = client.post(reverse("sign_in"), right, headers={"x-forwarded-for": "203.0.113.1"})
    assert shut.status_code == 200
    entered = client.post(reverse("sign_in"), right, headers={"x-forwarded-for": "198.51.100.2"})
    assert entered.status_code == 302


@pytest.fixture
def strict_client(viewer: User) -> Client:
    """A browser whose forms are checked for where they come from."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(viewer)
    return browser


@pytest.mark.django_db
def test_an_unknown_origin_is_named_with_the_setting_that_knows_it(strict_client: Client) -> None:
    page = strict_client.post("/sign-out/", headers={"origin": "http://dial.example:8168"})
    assert page.status_code == 403
    words = page.content.decode()
    assert "http://dial.example:8168" in words
    assert "BPADMIN_ORIGINS" in words
    script = strict_client.post("/sign-out/", headers={"origin": "http://dial.example", "accept": "application/json"})
    assert "BPADMIN_ORIGINS to http://dial.example" in script.json()["problem"]


@pytest.mark.django_db
def test_an_old_form_is_said_to_be_old(strict_client: Client) -> None:
    page = strict_client.post("/sign-out/")
    assert page.status_code == 403
    assert "BPADMIN_ORIGINS" not in page.content.decode()

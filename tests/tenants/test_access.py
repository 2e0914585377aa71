"""The gate: works / anonymous / stranger / too low a role, on every page of a tenant."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bpadmin.tenants.access import role_of
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_create
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

READ = ["audit:index", "results:home"]
ADMINISTER = ["tenants:settings", "tenants:people", "tenants:test"]


@pytest.mark.parametrize("name", READ + ADMINISTER)
def test_nobody_signed_in_is_sent_to_sign_in_and_back(tenant: Tenant, client: Client, name: str) -> None:
    url = reverse(name, args=[tenant.slug])
    assert client.get(url).headers["Location"] == f"{reverse('sign_in')}?next={url}"


@pytest.mark.parametrize("name", READ + ADMINISTER)
def test_a_stranger_does_not_learn_that_the_tenant_exists(tenant: Tenant, stranger_client: Client, name: str) -> None:
    real = stranger_client.get(reverse(name, args=[tenant.slug]))
    made_up = stranger_client.get(reverse(name, args=["no-such-tenant"]))
    assert real.status_code == made_up.status_code == 404
    assert tenant.name not in real.content.decode()


@pytest.mark.parametrize("name", ADMINISTER)
def test_too_low_a_role_is_told_which_one_is_needed(tenant: Tenant, supervisor_client: Client, name: str) -> None:
    response = supervisor_client.get(reverse(name, args=[tenant.slug]))
    assert response.status_code == 403
    assert "Administrator" in response.content.decode()
    assert "Supervisor" in response.content.decode()


@pytest.mark.parametrize("name", [*READ[:1], *ADMINISTER])
def test_an_administrator_sees_every_page(tenant: Tenant, administrator_client: Client, name: str) -> None:
    assert administrator_client.get(reverse(name, args=[tenant.slug])).status_code == 200


def test_a_superuser_administers_every_tenant(tenant: Tenant, stranger: User) -> None:
    User.objects.filter(pk=stranger.pk).update(is_superuser=True)
    assert signed_in(stranger).get(reverse("tenants:settings", args=[tenant.slug])).status_code == 200


def test_a_closed_sign_in_is_nobody(tenant: Tenant, viewer: User) -> None:
    client = signed_in(viewer)
    User.objects.filter(pk=viewer.pk).update(is_active=False)
    assert client.get(reverse("audit:index", args=[tenant.slug])).status_code == 302


@pytest.mark.parametrize("is_superuser", [False, True])
def test_a_closed_account_has_no_role_wherever_it_is_asked_for(
    tenant: Tenant, administrator: User, is_superuser: bool
) -> None:
    administrator.is_superuser = is_superuser
    assert role_of(administrator, tenant) == Role.ADMINISTRATOR
    administrator.is_active = False
    assert role_of(administrator, tenant) is None


def test_a_fragment_asked_for_after_the_session_ended_reloads_the_page(tenant: Tenant, client: Client) -> None:
    response = client.get(reverse("audit:index", args=[tenant.slug]), headers={"HX-Request": "true"})
    assert response.headers["HX-Refresh"] == "true"
    assert not response.content


def test_roles_include_those_below() -> None:
    assert Role.ADMINISTRATOR.covers(Role.VIEWER)
    assert Role.SUPERVISOR.covers(Role.SUPERVISOR)
    assert not Role.VIEWER.covers(Role.SUPERVISOR)


def test_the_first_page_leads_to_the_tenant_open_last(tenant: Tenant, administrator: User) -> None:
    client = signed_in(administrator)
    other: dict[str, Any] = {"platform": "brightpattern", "base_url": "http://127.0.0.1:1"}
    later = tenant_create(
        slug="aaa", name="Aaa", credentials={"client_id": "a", "client_secret": "b"}, actor=administrator, **other
    )
    assert client.get("/").headers["Location"] == f"/t/{later.slug}/"
    client.get(reverse("audit:index", args=[tenant.slug]))
    assert client.get("/").headers["Location"] == f"/t/{tenant.slug}/"


def test_pages_that_ask_by_themselves_and_two_tabs_in_turn_do_not_write_the_session(
    tenant: Tenant, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, now = signed_in(administrator), [1_000_000.0]
    monkeypatch.setattr("bpadmin.tenants.access.time.time", lambda: now[0])
    other: dict[str, Any] = {"platform": "brightpattern", "base_url": "http://127.0.0.1:1"}
    credentials = {"client_id": "a", "client_secret": "b"}
    tenant_create(slug="aaa", name="Aaa", credentials=credentials, actor=administrator, **other)
    pages = [reverse("jobs:index", args=[slug]) for slug in (tenant.slug, "aaa")]
    trays = [reverse("jobs:tray", args=[slug]) for slug in (tenant.slug, "aaa")]

    def writes(urls: list[str], **headers: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            for url in urls:
                assert client.get(url, headers=headers).status_code == 200
        return sum("django_session" in each["sql"] and not each["sql"].startswith("SELECT") for each in queries)

    poll = {"HX-Request": "true"}
    assert writes(trays * 3, **poll) == 0
    assert writes(pages * 3) > 0
    assert writes(pages * 3) == 0
    now[0] += 301
    assert writes(trays * 2, **poll) == 0
    assert writes(pages[1:] * 2) > 0
    assert client.get("/").headers["Location"].startswith("/t/aaa/")


def test_somebody_without_a_tenant_is_told_whom_to_ask(stranger_client: Client, tenant: Tenant) -> None:
    response = stranger_client.get("/", follow=True)
    assert "You are not in a tenant yet" in response.content.decode()

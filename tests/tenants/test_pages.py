"""Pages of tenants and people."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.services import tenant_credentials
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db: None) -> Client:
    """A browser signed in as somebody who runs the system."""
    return signed_in(User.objects.create_superuser("root", password="x"))


def answers(sandbox: Any, **changes: Any) -> dict[str, Any]:
    """A filled-in form for a tenant."""
    return {
        "name": "Beta Desk",
        "slug": "",
        "base_url": sandbox.url,
        "time_zone": "Europe/Berlin",
        "lanes": 3,
        "chunk_size": 500,
        "connect_client_id": "sandbox",
        "connect_client_secret": "sandbox-secret",
        **changes,
    }


def test_a_superuser_connects_a_tenant_and_is_led_to_the_test(operator: Client, sandbox: Any) -> None:
    response = operator.post(reverse("tenants:create"), answers(sandbox))
    tenant = Tenant.objects.get()
    assert response.headers["Location"] == reverse("tenants:test", args=["beta-desk"]) + "?now=1"
    assert (tenant.slug, tenant.lanes, tenant.chunk_size, tenant.time_zone) == ("beta-desk", 3, 500, "Europe/Berlin")
    assert tenant.memberships.get().role == Role.ADMINISTRATOR


def test_on_an_empty_system_whoever_signs_in_connects_the_first_tenant(stranger: User, sandbox: Any) -> None:
    client = signed_in(stranger)
    assert "Connect your first tenant" in client.get(reverse("tenants:index")).content.decode()
    assert client.post(reverse("tenants:create"), answers(sandbox)).status_code == 302
    assert client.post(reverse("tenants:create"), answers(sandbox, name="Second")).status_code == 403
    assert Tenant.objects.count() == 1


def test_others_cannot_connect_tenants(administrator_client: Client, tenant: Tenant) -> None:
    assert administrator_client.get(reverse("tenants:create")).status_code == 403


def test_nobody_signed_in_connects_nothing(client: Client) -> None:
    assert client.get(reverse("tenants:create")).headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"base_url": "acme"}, "not a web address"),
        ({"connect_client_secret": ""}, "This field is required"),
        ({"lanes": 99}, "less than or equal to 16"),
        ({"name": ""}, "This field is required"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_told_at_its_field(operator: Client, sandbox: Any, changes: dict[str, Any], words: str) -> None:
    page = operator.post(reverse("tenants:create"), answers(sandbox, **changes)).content.decode()
    assert words in page
    assert 'aria-invalid="true"' in page
    assert "sandbox-secret" not in page
    assert not Tenant.objects.exists()


def test_a_private_address_is_refused_in_production(operator: Client, sandbox: Any, settings: Any) -> None:
    settings.ALLOW_PRIVATE_TENANTS = False
    page = operator.post(reverse("tenants:create"), answers(sandbox, base_url="https://127.0.0.1")).content.decode()
    assert "private network" in page
    assert not Tenant.objects.exists()


def test_the_secret_is_in_no_page(administrator_client: Client, tenant: Tenant) -> None:
    for name in ("settings", "people", "test"):
        page = administrator_client.get(reverse(f"tenants:{name}", args=[tenant.slug])).content.decode()
        assert "sandbox-secret" not in page
        assert tenant.secrets not in page
    activity = administrator_client.get(reverse("audit:index", args=[tenant.slug])).content.decode()
    assert "sandbox-secret" not in activity


def test_settings_are_saved_and_the_secret_kept(administrator_client: Client, tenant: Tenant, sandbox: Any) -> None:
    changed = answers(sandbox, name="Acme Renamed", connect_client_secret="")
    response = administrator_client.post(reverse("tenants:settings", args=[tenant.slug]), changed)
    assert response.status_code == 302
    tenant.refresh_from_db()
    assert (tenant.name, tenant.slug) == ("Acme Renamed", "acme")
    assert tenant_credentials(tenant)["client_secret"] == "sandbox-secret"


def test_refused_settings_change_nothing(administrator_client: Client, tenant: Tenant, sandbox: Any) -> None:
    changed = answers(sandbox, name="Evil", base_url="http://127.0.0.1:9", connect_client_secret="")
    page = administrator_client.post(reverse("tenants:settings", args=[tenant.slug]), changed).content.decode()
    assert "another server" in page
    tenant.refresh_from_db()
    assert tenant.name == "Acme Support"
    assert "<title>Settings · Acme Support" in page


def test_the_connection_page_tests_only_when_asked(administrator_client: Client, tenant: Tenant, sandbox: Any) -> None:
    url = reverse("tenants:test", args=[tenant.slug])
    administrator_client.get(f"{url}?now=1")
    assert sandbox.stats()["token_requests"] == 0
    page = administrator_client.post(url).content.decode()
    assert "verdict--ok" in page
    assert "<html" in page


def test_the_result_alone_is_a_fragment(administrator_client: Client, tenant: Tenant) -> None:
    url = reverse("tenants:test", args=[tenant.slug])
    fragment = administrator_client.post(url, headers={"HX-Request": "true"}).content.decode()
    assert "verdict--ok" in fragment
    assert "<html" not in fragment


def test_people_are_listed_with_their_roles(administrator_client: Client, tenant: Tenant, viewer: User) -> None:
    page = administrator_client.get(reverse("tenants:people", args=[tenant.slug])).content.decode()
    assert viewer.username in page
    assert "(you)" in page


def test_a_one_time_password_is_shown_once(administrator_client: Client, tenant: Tenant) -> None:
    url = reverse("tenants:person_create", args=[tenant.slug])
    response = administrator_client.post(url, {"new-username": "nina", "new-full_name": "", "new-role": "viewer"})
    password = response.context["password"]
    assert password in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    again = administrator_client.get(reverse("tenants:people", args=[tenant.slug])).content.decode()
    assert password not in again
    assert User.objects.get(username="nina").check_password(password)


def test_a_role_is_changed(administrator_client: Client, tenant: Tenant, viewer: User) -> None:
    url = reverse("tenants:person_role", args=[tenant.slug, viewer.pk])
    administrator_client.post(url, {"role": "supervisor"})
    assert Membership.objects.get(user=viewer).role == Role.SUPERVISOR
    page = administrator_client.post(url, {"role": "emperor"}, follow=True).content.decode()
    assert "Choose one of the three roles" in page


def test_removing_asks_first(administrator_client: Client, tenant: Tenant, viewer: User) -> None:
    url = reverse("tenants:person_remove", args=[tenant.slug, viewer.pk])
    assert "Remove viola from Acme Support?" in administrator_client.get(url).content.decode()
    assert Membership.objects.filter(user=viewer).exists()
    administrator_client.post(url)
    assert not Membership.objects.filter(user=viewer).exists()


def test_the_last_administrator_cannot_be_removed(
    administrator_client: Client, tenant: Tenant, administrator: User
) -> None:
    url = reverse("tenants:person_remove", args=[tenant.slug, administrator.pk])
    page = administrator_client.post(url, follow=True).content.decode()
    assert "last administrator" in page
    assert Membership.objects.filter(user=administrator).exists()


def test_a_new_password_asks_first(administrator_client: Client, tenant: Tenant, viewer: User) -> None:
    url = reverse("tenants:person_password", args=[tenant.slug, viewer.pk])
    administrator_client.get(url)
    assert User.objects.get(pk=viewer.pk).password == viewer.password
    password = administrator_client.post(url).context["password"]
    assert User.objects.get(pk=viewer.pk).check_password(password)


@pytest.mark.parametrize("name", ["person_role", "person_remove", "person_password"])
def test_people_of_other_tenants_are_out_of_reach(
    administrator_client: Client, tenant: Tenant, stranger: User, name: str
) -> None:
    url = reverse(f"tenants:{name}", args=[tenant.slug, stranger.pk])
    assert administrator_client.post(url, {"role": "viewer"}).status_code == 404


@pytest.mark.parametrize("name", ["person_invite", "person_create"])
def test_a_supervisor_changes_no_people(supervisor_client: Client, tenant: Tenant, name: str) -> None:
    assert supervisor_client.post(reverse(f"tenants:{name}", args=[tenant.slug])).status_code == 403


def test_the_list_of_tenants_costs_few_queries(
    administrator: User, tenant: Tenant, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(administrator)
    for number in range(10):
        other = Tenant.objects.create(slug=f"t{number}", name=f"T{number}", base_url="http://127.0.0.1:1")
        Membership.objects.create(tenant=other, user=administrator, role=Role.VIEWER)
    with django_assert_max_num_queries(11):
        page = client.get(reverse("tenants:index")).content.decode()
    assert "T9" in page

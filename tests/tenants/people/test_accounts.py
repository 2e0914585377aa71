"""Sign-in, sign-out, passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.tenants.accounts.first_run import first_run_code
from bpadmin.tenants.models import OneTimePassword, Role, Tenant
from bpadmin.tenants.people.services import person_create
from tests.conftest import PASSWORD, signed_in

pytestmark = pytest.mark.django_db
NEW = "a-quite-different-password"


def sign_in(client: Client, username: str, password: str, **extra: Any) -> Any:
    return client.post(reverse("sign_in"), {"username": username, "password": password, **extra})


@pytest.fixture
def newcomer(tenant: Tenant, administrator: User) -> tuple[str, str]:
    """Username and one-time password of somebody new."""
    membership, password = person_create(
        tenant=tenant, username="nina", full_name="", role=Role.VIEWER, actor=administrator
    )
    return membership.user.username, password


def test_the_right_password_opens_the_page_that_was_wanted(client: Client, tenant: Tenant, viewer: User) -> None:
    wanted = reverse("audit:index", args=[tenant.slug])
    assert sign_in(client, "viola", PASSWORD, next=wanted).headers["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_a_wrong_password_is_told_in_words(client: Client, viewer: User) -> None:
    page = sign_in(client, "viola", "wrong").content.decode()
    assert "do not go together" in page
    assert "_auth_user_id" not in client.session


def test_it_does_not_lead_to_another_site(client: Client, viewer: User) -> None:
    assert sign_in(client, "viola", PASSWORD, next="https://evil.example/").headers["Location"] == "/"


def test_ten_wrong_passwords_close_the_name_for_a_while(client: Client, viewer: User, supervisor: User) -> None:
    for _ in range(10):
        sign_in(client, "viola", "wrong")
    assert "Too many wrong passwords" in sign_in(client, "Viola", PASSWORD).content.decode()
    assert sign_in(client, "sam", PASSWORD).status_code == 302


def test_signing_out_needs_a_form_and_ends_the_session(tenant: Tenant, viewer_client: Client) -> None:
    assert viewer_client.get(reverse("sign_out")).status_code == 405
    viewer_client.post(reverse("sign_out"))
    assert viewer_client.get(reverse("audit:index", args=[tenant.slug])).status_code == 302


def test_an_empty_system_says_how_the_first_sign_in_is_made(client: Client) -> None:
    assert "createsuperuser" in client.get(reverse("sign_in")).content.decode()


def test_a_system_with_people_does_not(client: Client, stranger: User) -> None:
    assert "createsuperuser" not in client.get(reverse("sign_in")).content.decode()


def test_a_one_time_password_opens_the_password_page_alone(
    client: Client, tenant: Tenant, newcomer: tuple[str, str]
) -> None:
    sign_in(client, *newcomer)
    for url in ("/", reverse("tenants:index"), reverse("audit:index", args=[tenant.slug])):
        assert client.get(url).headers["Location"] == reverse("password")
    answers = {"old_password": newcomer[1], "new_password1": NEW, "new_password2": NEW}
    assert client.post(reverse("password"), answers).status_code == 302
    assert client.get(reverse("audit:index", args=[tenant.slug])).status_code == 200
    assert not OneTimePassword.objects.exists()


def test_a_one_time_password_left_lying_too_long_opens_nothing(client: Client, newcomer: tuple[str, str]) -> None:
    OneTimePassword.objects.update(made_at=timezone.now() - timedelta(days=8))
    assert "too old" in sign_in(client, *newcomer).content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("new", ["short-one", "password1234"])
def test_a_password_that_can_be_guessed_is_refused(viewer: User, new: str) -> None:
    answers = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    response = signed_in(viewer).post(reverse("password"), answers)
    assert response.context["form"].errors
    viewer.refresh_from_db()
    assert viewer.check_password(PASSWORD)


def test_changing_the_password_keeps_this_session_and_ends_the_others(tenant: Tenant, viewer: User) -> None:
    here, elsewhere = signed_in(viewer), signed_in(viewer)
    answers = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    here.post(reverse("password"), answers)
    url = reverse("audit:index", args=[tenant.slug])
    assert here.get(url).status_code == 200
    assert elsewhere.get(url).status_code == 302


def test_whoever_started_it_makes_the_first_person_and_nobody_else_does(client: Client, db: None) -> None:
    url = reverse("first_run", args=[first_run_code()])
    assert client.get(reverse("first_run", args=["0" * 24])).status_code == 404
    assert "The address to make the first sign-in was printed" in client.get(reverse("sign_in")).content.decode()
    said = {"username": "olga", "password1": "a-password-of-hers", "password2": "another-one"}
    page = client.post(url, said)
    assert (page.status_code, User.objects.count()) == (200, 0)
    answer = client.post(url, {**said, "password2": said["password1"]}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("tenants:create")
    assert User.objects.get().is_superuser
    assert AuditEntry.objects.get().message == "The first person of this installation."
    assert client.get(url).status_code == 404
    assert client.post(url, {**said, "username": "eve", "password2": said["password1"]}).status_code == 404

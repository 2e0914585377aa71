"""Invitations: a link, once, for who wants to; closing a sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import ApiToken, Invitation, Membership, Role, Tenant
from bpadmin.tenants.people.invitations import MOST, invitation_make
from bpadmin.tenants.people.services import PeopleRefused, membership_remove, membership_set, person_close
from bpadmin.tenants.people.tokens import token_make
from tests.conftest import PASSWORD, signed_in
from tests.shell import run
from tests.tenants.people.asking import is_in, sign_in

pytestmark = pytest.mark.django_db
NEW = "seven-green-ladders-hum"


def invited(client: Client, tenant: Tenant, whom: str = "Nina", role: str = "supervisor") -> str:
    """Invite by the page; give the path of the link."""
    page = client.post(reverse("tenants:person_invite", args=[tenant.slug]), {"invite-whom": whom, "invite-role": role})
    assert page.status_code == 200
    assert page.context["link"] in page.content.decode()
    return str(page.context["invited"].path)


def chosen(**more: str) -> dict[str, str]:
    return {"username": "nina", "full_name": "Nina van Dijk", "password": NEW, "again": NEW, **more}


def test_somebody_new_chooses_name_and_password_and_is_in(administrator_client: Client, tenant: Tenant) -> None:
    link, client = invited(administrator_client, tenant), Client()
    assert "Acme Support" in client.get(link).content.decode()
    assert client.post(link, chosen()).headers["Location"] == reverse("results:home", args=[tenant.slug])
    user = User.objects.get(username="nina")
    assert user.check_password(NEW)
    assert Membership.objects.get(user=user).role == Role.SUPERVISOR
    assert is_in(client)
    assert Client().get(link).status_code == 404
    assert Client().post(link, chosen(username="second")).status_code == 404
    entry = AuditEntry.objects.get(verb=Verb.MEMBER_ADD)
    assert (entry.actor_name, entry.details["invited by"]) == ("nina", "ada")


def test_somebody_who_signs_in_already_is_asked(administrator_client: Client, tenant: Tenant, stranger: User) -> None:
    link, client = invited(administrator_client, tenant), signed_in(stranger)
    assert "Join Acme Support?" in client.get(link).content.decode()
    assert not Membership.objects.filter(user=stranger).exists()
    client.post(link)
    assert Membership.objects.get(user=stranger).role == Role.SUPERVISOR


def test_whoever_must_sign_in_first_comes_back_to_the_link(
    administrator_client: Client, tenant: Tenant, stranger: User
) -> None:
    link, client = invited(administrator_client, tenant), Client()
    page = client.get(link)
    assert page.context["sign_in_url"] in page.content.decode()
    assert sign_in(client, "stranger", next=link).headers["Location"] == link


def test_nothing_on_the_page_tells_which_names_exist(
    administrator_client: Client, tenant: Tenant, stranger: User
) -> None:
    known, unknown = (
        administrator_client.post(
            reverse("tenants:person_invite", args=[tenant.slug]), {"invite-whom": whom, "invite-role": "viewer"}
        )
        for whom in ("stranger", "nobody99")
    )
    assert known.status_code == unknown.status_code == 200
    assert not Membership.objects.filter(user=stranger).exists()


def test_a_link_tells_only_few_names_that_exist(
    administrator_client: Client, tenant: Tenant, stranger: User, viewer: User
) -> None:
    link, client = invited(administrator_client, tenant), Client()
    assert "already" in client.post(link, chosen(username="STRANGER")).content.decode()
    for number in range(10):
        client.post(link, chosen(username=f"bad name {number}"))
    assert "Too many" in client.post(link, chosen()).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "Supervisor1", "again": "Supervisor1"}, "guessed soon"),
        ({"again": "seven-green-ladders-sing"}, "another password"),
        ({"username": "with space"}, "valid username"),
    ],
)
def test_a_sign_in_that_will_not_do_is_refused_and_the_link_stays(
    administrator_client: Client, tenant: Tenant, changes: dict[str, str], words: str
) -> None:
    link = invited(administrator_client, tenant)
    response = Client().post(link, chosen(**changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Client().post(link, chosen()).status_code == 302


def test_an_invitation_is_taken_back_and_grows_old(administrator_client: Client, tenant: Tenant) -> None:
    first, second = invited(administrator_client, tenant, "first"), invited(administrator_client, tenant, "second")
    people = reverse("tenants:people", args=[tenant.slug])
    assert first.split("/")[2] not in administrator_client.get(people).content.decode()
    pk = Invitation.objects.get(whom="first").pk
    administrator_client.post(reverse("tenants:invitation_withdraw", args=[tenant.slug, pk]))
    Invitation.objects.filter(whom="second").update(ends_at=timezone.now() - timedelta(seconds=1))
    assert [Client().get(link).status_code for link in (first, second)] == [404, 404]
    assert "Invited" not in administrator_client.get(people).content.decode()


@pytest.mark.parametrize("how", ["lower role", "taken out", "closed"])
def test_an_invitation_opens_nothing_once_whoever_made_it_may_not_invite_any_more(
    administrator_client: Client, tenant: Tenant, administrator: User, viewer: User, how: str
) -> None:
    link = invited(administrator_client, tenant, role="administrator")
    other = Membership.objects.get(tenant=tenant, user=viewer)
    membership_set(membership=other, role=Role.ADMINISTRATOR, actor=None)
    assert Client().get(link).status_code == 200
    own = Membership.objects.get(tenant=tenant, user=administrator)
    if how == "lower role":
        membership_set(membership=own, role=Role.SUPERVISOR, actor=viewer)
    elif how == "taken out":
        membership_remove(membership=own, actor=viewer)
    else:
        person_close(user=administrator, actor=viewer)
    page = Client().get(link)
    assert (page.status_code, "may not invite any more" in page.content.decode()) == (404, True)
    assert Client().post(link, chosen()).status_code == 404
    assert not User.objects.filter(username="nina").exists()


def test_an_invitation_goes_by_mail_where_mail_goes(
    administrator_client: Client, tenant: Tenant, settings: Any
) -> None:
    invited(administrator_client, tenant, "nina@example.com")
    assert not mail.outbox
    settings.EMAIL_HOST = "mail.example.com"
    link = invited(administrator_client, tenant, "nina@example.com")
    assert f"http://testserver{link}" in mail.outbox[0].body
    assert mail.outbox[0].to == ["nina@example.com"]
    Client().post(link, chosen())
    assert User.objects.get(username="nina").email == "nina@example.com"


@pytest.mark.parametrize("whom", ["", "nina@", " "])
def test_an_invitation_is_for_somebody(administrator_client: Client, tenant: Tenant, whom: str) -> None:
    url = reverse("tenants:person_invite", args=[tenant.slug])
    assert administrator_client.post(url, {"invite-whom": whom, "invite-role": "viewer"}).status_code == 422


def test_open_invitations_are_bounded(tenant: Tenant, administrator: User) -> None:
    Invitation.objects.bulk_create(
        Invitation(
            tenant=tenant,
            role=Role.VIEWER,
            whom="x",
            token_hash=str(number),
            ends_at=timezone.now() + timedelta(days=1),
            made_by_name="ada",
        )
        for number in range(MOST)
    )
    with pytest.raises(PeopleRefused, match="open already"):
        invitation_make(tenant=tenant, role=Role.VIEWER, whom="y", actor=administrator)


def test_a_closed_sign_in_opens_nothing_anywhere(administrator_client: Client, tenant: Tenant, viewer: User) -> None:
    token_make(tenant=tenant, user=viewer, name="script", scopes=["jobs:read"])
    theirs = signed_in(viewer)
    url = reverse("tenants:person_close", args=[tenant.slug, viewer.pk])
    assert "Close the sign-in of viola?" in administrator_client.get(url).content.decode()
    administrator_client.post(url)
    assert theirs.get(reverse("audit:index", args=[tenant.slug])).status_code == 302
    assert "do not go together" in sign_in(Client(), "viola").content.decode()
    assert not ApiToken.objects.filter(revoked_at=None).exists()
    assert "sign-in closed" in administrator_client.get(reverse("tenants:people", args=[tenant.slug])).content.decode()
    administrator_client.post(url)
    assert sign_in(Client(), "viola").status_code == 302
    verbs = AuditEntry.every.filter(target_name="viola").values_list("verb", flat=True)
    assert {Verb.PERSON_CLOSE, Verb.PERSON_OPEN} <= set(verbs)


def test_nobody_closes_the_sign_in_of_a_person_of_another_tenant_or_the_last_administrator(
    tenant: Tenant, administrator: User, viewer: User
) -> None:
    other = Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:1")
    Membership.objects.create(tenant=other, user=viewer, role=Role.VIEWER)
    with pytest.raises(PeopleRefused, match="do not administer"):
        person_close(user=viewer, actor=administrator)
    with pytest.raises(PeopleRefused, match="last administrator"):
        person_close(user=administrator, actor=None, actor_name="shell")


def test_commands_invite_add_close_and_open(tenant: Tenant, stranger: User) -> None:
    code, said = run("person_invite", "acme", "Nina", "--role", "viewer")
    assert code == 0
    assert Client().post(said["path"], chosen()).status_code == 302
    assert run("person_add", "acme", "stranger", "--role", "supervisor")[0] == 0
    assert Membership.objects.get(user=stranger).role == Role.SUPERVISOR
    assert run("person_add", "acme", "nobody", "--role", "viewer")[0] == 1
    assert run("person_close", "stranger")[0] == 0
    assert not User.objects.get(username="stranger").is_active
    assert run("person_close", "stranger", "--open")[0] == 0
    assert sign_in(Client(), "stranger", PASSWORD).status_code == 302
    assert run("person_close", "nobody")[0] == 1

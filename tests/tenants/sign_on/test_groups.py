"""Single sign-on without a server: what groups give and take away, who is refused, what passwords still open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import ApiToken, BreakGlass, Membership, Role, Tenant
from bpadmin.tenants.people.services import (
    PeopleRefused,
    membership_add,
    membership_remove,
    membership_set,
    person_create,
)
from bpadmin.tenants.people.tokens import token_make
from bpadmin.tenants.sign_on.groups import groups_of, memberships_follow
from bpadmin.tenants.sign_on.provider import SignOnAdapter, has_factor_there
from tests.conftest import signed_in
from tests.shell import run
from tests.tenants.people.asking import is_in, sign_in

pytestmark = pytest.mark.django_db
GROUPS = {"dial": (("acme", "supervisor"),), "chiefs": (("acme", "administrator"), ("gone", "viewer"))}


@pytest.fixture(autouse=True)
def provider(settings: Any) -> None:
    """Settings of a provider that nobody answers as."""
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    settings.OIDC_CLIENT_ID = settings.OIDC_CLIENT_SECRET = "bpadmin"
    settings.OIDC_NAME = "Acme ID"
    settings.OIDC_GROUPS = GROUPS


def arrive(**claims: Any) -> User:
    """Let somebody come back from the provider with claims; give who they are here. Raises ImmediateHttpResponse."""
    request = RequestFactory().get("/sign-in/sso/back/")
    request.user, request.session = AnonymousUser(), {}  # type: ignore[assignment]
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    claims = {"sub": "1", "preferred_username": "nora", "email": "nora@example.com", **claims}
    login: Any = SocialLogin(user=User(), account=SocialAccount(provider="openid_connect", uid=claims["sub"]))
    login.claims = [claims]
    login.lookup()
    SignOnAdapter(request).pre_social_login(request, login)
    return User.objects.get(pk=login.user.pk)


def refused(**claims: Any) -> str:
    """Return why somebody was not let in."""
    with pytest.raises(ImmediateHttpResponse) as stopped:
        arrive(**claims)
    assert stopped.value.response.headers["Location"] == reverse("sign_in")
    return AuditEntry.every.filter(verb=Verb.SIGN_IN_FAIL).latest("id").message


def changes() -> list[tuple[str, Any]]:
    entries = AuditEntry.every.filter(verb__startswith="member.").order_by("id")
    return [(entry.verb, entry.details["role"]) for entry in entries]


def test_memberships_follow_the_groups_at_each_sign_in_and_each_change_is_logged(tenant: Tenant) -> None:
    user = arrive(groups=["dial", "unknown"])
    assert (user.username, user.email, user.has_usable_password()) == ("nora", "nora@example.com", False)
    assert user.memberships.get().role == Role.SUPERVISOR
    assert arrive(groups=["dial", "chiefs"]) == user
    assert user.memberships.get().role == Role.ADMINISTRATOR
    arrive(groups=["dial", "chiefs"])
    assert "none of your groups" in refused(groups=["unknown"])
    assert not user.memberships.exists()
    assert changes() == [
        (Verb.MEMBER_ADD, "supervisor"),
        (Verb.MEMBER_CHANGE, {"before": "supervisor", "after": "administrator"}),
        (Verb.MEMBER_REMOVE, "administrator"),
    ]
    assert {each.actor_name for each in AuditEntry.every.filter(verb__startswith="member.")} == {"single sign-on"}


def test_whom_the_groups_put_out_is_signed_out_everywhere(tenant: Tenant) -> None:
    client = signed_in(arrive(groups=["dial"]))
    refused()
    assert client.get(reverse("audit:index", args=["acme"])).status_code == 302


def test_what_was_given_by_hand_stays_until_a_group_names_the_tenant(tenant: Tenant, stranger: User) -> None:
    Membership.objects.create(tenant=tenant, user=stranger, role=Role.VIEWER)
    assert memberships_follow(user=stranger, groups=[])
    assert stranger.memberships.get().role == Role.VIEWER
    memberships_follow(user=stranger, groups=["dial"])
    mine = stranger.memberships.get()
    assert (mine.role, mine.by_groups) == (Role.SUPERVISOR, True)
    with pytest.raises(PeopleRefused, match="follows their groups at Acme ID"):
        membership_set(membership=mine, role=Role.VIEWER, actor=None)
    with pytest.raises(PeopleRefused, match="follows their groups at Acme ID"):
        membership_remove(membership=mine, actor=None)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"groups": []}, "none of your groups"),
        (
            {"groups": ["dial"], "preferred_username": "Stranger"},
            "The name “Stranger” belongs to somebody here already",
        ),
        ({"groups": ["dial"], "email": "TAKEN@example.com"}, "belongs to somebody here already"),
        ({"groups": ["dial"], "preferred_username": "no spaces here"}, "cannot be a name here"),
    ],
)
def test_who_does_not_come_in_is_told_why(tenant: Tenant, stranger: User, claims: dict[str, Any], words: str) -> None:
    User.objects.filter(pk=stranger.pk).update(email="taken@example.com")
    assert words in refused(**claims)
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


def test_somebody_whose_sign_in_is_closed_stays_out(tenant: Tenant) -> None:
    User.objects.filter(pk=arrive(groups=["dial"]).pk).update(is_active=False)
    assert "is closed" in refused(groups=["dial"])


def test_groups_are_found_under_a_name_and_under_a_path(settings: Any) -> None:
    assert groups_of([{"groups": "one"}]) == ["one"]
    assert groups_of([{"sub": "1"}, {"groups": ["a", 7, "b"]}]) == ["a", "b"]
    settings.OIDC_GROUPS_CLAIM = "realm_access.roles"
    assert groups_of([{"realm_access": {"roles": ["c"]}}]) == ["c"]
    assert groups_of([{"realm_access": "no"}, {"realm_access.roles": ["d"]}]) == ["d"]


def test_a_second_factor_there_counts_only_in_words_that_the_operator_trusts(settings: Any) -> None:
    assert not has_factor_there([{"amr": ["pwd", "mfa"], "acr": "2"}])
    settings.OIDC_SECOND_FACTOR = frozenset({"mfa"})
    assert has_factor_there([{"amr": ["pwd", "mfa"]}])
    # What is no word says nothing, whatever shape it has.
    assert not has_factor_there([{"amr": [["mfa"], {"mfa": 1}, None], "acr": ["mfa"]}])
    assert has_factor_there([{"amr": [["mfa"]], "acr": "mfa"}])
    # What the page of the person says is not signed.
    assert not has_factor_there([{"amr": ["pwd"]}, {"amr": ["mfa"]}])


def test_a_provider_that_is_away_is_told_in_plain_words(client: Client) -> None:
    answer = client.post(reverse("sso_begin"), follow=True)
    assert "Acme ID cannot be reached from here" in answer.content.decode()
    assert client.get(reverse("sso_begin")).status_code == 405


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("code=x&state=unknown", "took too long"),
        ("error=access_denied&state=unknown", "did not let you through"),
        ("", "took too long"),
    ],
)
def test_nobody_comes_back_who_did_not_leave_from_here(client: Client, query: str, words: str) -> None:
    answer = client.get(f"{reverse('sso_callback')}?{query}", follow=True)
    assert words in answer.content.decode()
    assert not is_in(client)


def test_without_a_provider_its_addresses_are_not_there(client: Client, settings: Any) -> None:
    settings.OIDC_ISSUER = ""
    assert client.post(reverse("sso_begin")).status_code == 404
    assert client.get(reverse("sso_callback")).status_code == 404
    assert "Acme ID" not in client.get(reverse("sign_in")).content.decode()


def test_where_passwords_are_switched_off_they_open_nothing_and_none_are_made(
    tenant: Tenant, viewer: User, administrator: User, settings: Any, client: Client
) -> None:
    settings.LOCAL_SIGN_IN = False
    page = sign_in(client, "viola")
    assert "do not go together" in page.content.decode()
    assert not is_in(client)
    with pytest.raises(PeopleRefused, match="Passwords are switched off"):
        person_create(tenant=tenant, username="nina", full_name="", role=Role.VIEWER, actor=administrator)
    settings.LOCAL_SIGN_IN = True
    assert sign_in(client, "viola").status_code == 302


def test_the_break_glass_account_opens_for_some_hours_whatever_is_switched_off(
    tenant: Tenant, viewer: User, settings: Any
) -> None:
    settings.LOCAL_SIGN_IN = False
    assert run("person_break_glass", "viola", "--reason", "no")[0] == 1
    assert run("person_break_glass", "glass")[0] == 1
    code, told = run("person_break_glass", "glass", "--reason", "Acme ID is away", "--hours", "2")
    assert code == 0
    client = Client()
    assert sign_in(client, "glass", str(told["password"])).status_code == 302
    assert is_in(client)
    new = {"new_password1": "seven-green-ladders-hum", "new_password2": "seven-green-ladders-hum"}
    client.post(reverse("password"), {"old_password": told["password"], **new})
    assert client.get(reverse("operations:index")).status_code == 200
    with pytest.raises(PeopleRefused, match="must not outlast it"):
        token_make(tenant=tenant, user=User.objects.get(username="glass"), name="x", scopes=["jobs:read"])
    assert not ApiToken.objects.exists()
    entry = AuditEntry.every.get(verb=Verb.BREAK_GLASS)
    assert (entry.target_name, entry.details["reason"]) == ("glass", "Acme ID is away")
    BreakGlass.objects.update(ends_at=timezone.now() - timedelta(seconds=5))
    session = client.session
    session["ends_at"] = int(timezone.now().timestamp()) - 5
    session.save()
    assert client.get(reverse("operations:index")).status_code == 302
    settings.LOCAL_SIGN_IN = True
    assert not is_in(sign_in(Client(), "glass", "seven-green-ladders-hum").client)
    run("person_break_glass", "glass", "--reason", "again")
    assert run("person_break_glass", "glass", "--end")[0] == 0
    assert BreakGlass.objects.get().ends_at <= timezone.now()


def test_somebody_without_a_password_confirms_at_the_provider(tenant: Tenant) -> None:
    client = signed_in(arrive(groups=["chiefs"]))
    page = client.get(reverse("account_reauthenticate") + "?next=/x/").content.decode()
    assert "Confirm with Acme ID" in page
    assert 'name="password"' not in page


def test_a_limit_outlives_a_membership_that_groups_take_away_and_give_back(tenant: Tenant) -> None:
    user = arrive(groups=["dial"])
    limits = {"campaigns": ["7"], "lists": [], "dnc": []}
    user.memberships.update(limits=limits)
    assert refused(groups=["unknown"])
    assert not user.memberships.exists()
    arrive(groups=["dial"])
    assert user.memberships.get().limits == limits
    arrive(groups=["chiefs"])
    assert user.memberships.get().limits == limits
    refused(groups=[])
    arrive(groups=["chiefs"])
    assert user.memberships.get().limits == limits


def test_a_limit_outlives_a_removal_by_hand_unless_somebody_names_an_administrator(
    tenant: Tenant, administrator: User
) -> None:
    user = User.objects.create_user("lisa")
    limits = {"campaigns": [], "lists": ["3"], "dnc": []}
    Membership.objects.create(tenant=tenant, user=user, role=Role.VIEWER, limits=limits)
    membership_remove(membership=user.memberships.get(), actor=administrator)
    memberships_follow(user=user, groups=["dial"])
    assert user.memberships.get().limits == limits
    memberships_follow(user=user, groups=[])
    membership_add(tenant=tenant, username="lisa", role=Role.VIEWER, actor=administrator)
    assert user.memberships.get().limits == limits
    membership_remove(membership=user.memberships.get(), actor=administrator)
    membership_add(tenant=tenant, username="lisa", role=Role.ADMINISTRATOR, actor=administrator)
    assert user.memberships.get().limits is None

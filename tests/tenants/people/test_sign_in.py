"""Guessing, second factors, sessions that end, and being asked again."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import NoReverseMatch, reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.installation.counters import address_counted
from bpadmin.tenants.accounts.sessions import SEEN_EVERY, browser_told
from bpadmin.tenants.accounts.throttle import ADDRESS_TRIES, TRIES, TooManyTries, try_begin
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.people.services import person_create
from bpadmin.tenants.services import tenants_reencrypt
from tests.conftest import PASSWORD, signed_in
from tests.shell import run
from tests.tenants.people.asking import app_set_up, codes, is_in, sign_in

pytestmark = pytest.mark.django_db


def test_a_stranger_keeps_nobody_out_from_elsewhere(client: Client, viewer: User) -> None:
    for _ in range(TRIES + 2):
        sign_in(client, "viola", "wrong", address="198.51.100.1")
    assert "Too many wrong passwords" in sign_in(client, "viola", address="198.51.100.1").content.decode()
    assert sign_in(client, "viola", address="203.0.113.9").status_code == 302


def test_one_address_tries_only_so_many_names(viewer: User) -> None:
    for number in range(ADDRESS_TRIES):
        try_begin(name=f"name{number}", address="198.51.100.1")
    page = sign_in(Client(), "viola", address="198.51.100.1").content.decode()
    assert "from where you are" in page
    assert sign_in(Client(), "viola", address="203.0.113.9").status_code == 302


def test_who_changes_their_address_within_one_line_is_counted_as_one(viewer: User) -> None:
    for number in range(TRIES):
        sign_in(Client(), "viola", "wrong", address=f"2001:db8:1:2::{number:x}")
    page = sign_in(Client(), "viola", address="2001:db8:1:2:ffff::1").content.decode()
    assert "Too many wrong passwords for this name" in page
    assert sign_in(Client(), "viola", address="2001:db8:1:3::1").status_code == 302
    assert (address_counted("::ffff:198.51.100.1"), address_counted("198.51.100.1"), address_counted("nonsense")) == (
        "198.51.100.1",
        "198.51.100.1",
        "nonsense",
    )


def test_a_right_password_forgets_the_wrong_ones_before(viewer: User) -> None:
    for _ in range(3):
        for _ in range(TRIES - 1):
            sign_in(Client(), "viola", "wrong")
        assert sign_in(Client(), "viola").status_code == 302


def test_tries_at_the_same_moment_do_not_pass_under_the_same_count() -> None:
    def tried(_: int) -> bool:
        try:
            try_begin(name="viola", address="198.51.100.1")
        except TooManyTries:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(tried, range(80))) == TRIES


def test_guessing_the_present_password_is_slowed_down_too(viewer: User) -> None:
    client = signed_in(viewer)
    new = {"new_password1": "a-quite-different-password", "new_password2": "a-quite-different-password"}
    for _ in range(TRIES):
        client.post(reverse("password"), {"old_password": "wrong", **new})
    page = client.post(reverse("password"), {"old_password": PASSWORD, **new}).content.decode()
    assert "Too many wrong passwords" in page


def test_who_came_in_who_did_not_and_who_was_kept_out_is_in_the_log(client: Client, viewer: User) -> None:
    sign_in(client, "viola", "wrong", address="198.51.100.1")
    sign_in(client, "a-password-typed-here", "x", address="198.51.100.1")
    sign_in(client, "viola", address="198.51.100.1")
    client.post(reverse("sign_out"))
    doors = AuditEntry.every.filter(target_kind="person").order_by("id")
    told = [(each.verb, each.target_name, each.details.get("address")) for each in doors]
    assert told == [
        (Verb.SIGN_IN_FAIL, "viola", "198.51.100.1"),
        (Verb.SIGN_IN_FAIL, "an unknown name", "198.51.100.1"),
        (Verb.SIGN_IN, "viola", "198.51.100.1"),
        (Verb.SIGN_OUT, "viola", "127.0.0.1"),
    ]
    for _ in range(TRIES + 5):
        sign_in(Client(), "viola", "wrong")
    assert AuditEntry.every.filter(verb=Verb.SIGN_IN_LOCK).count() == 1


@pytest.mark.parametrize(
    "password", ["Supervisor1", "Passw0rd!!", "brightpattern", "callcentre2026", "8273645190", "x" * 200]
)
def test_passwords_that_are_guessed_soon_are_refused(viewer: User, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, viewer)
    validate_password("seven-green-ladders-hum", viewer)


def test_a_one_time_password_opens_once_and_cannot_stay(tenant: Tenant, administrator: User) -> None:
    _, password = person_create(tenant=tenant, username="nina", full_name="", role=Role.VIEWER, actor=administrator)
    first, second = Client(), Client()
    assert sign_in(first, "nina", password).status_code == 302
    assert "was used already" in sign_in(second, "nina", password).content.decode()
    assert not is_in(second)
    same = {"old_password": password, "new_password1": password, "new_password2": password}
    assert "Choose another one" in first.post(reverse("password"), same).content.decode()
    assert first.get(reverse("tenants:index")).headers["Location"] == reverse("password")
    assert first.get(reverse("mfa_index")).headers["Location"] == reverse("password")


def test_an_authenticator_app_is_asked_for_and_a_code_works_once(tenant: Tenant, viewer: User) -> None:
    secret = app_set_up(signed_in(viewer), viewer)
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))
    wanted = reverse("audit:index", args=[tenant.slug])
    client = Client()
    assert sign_in(client, "viola", next=wanted).headers["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    assert client.get(wanted).status_code == 302
    assert "is not right" in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    code = codes(secret)[2]
    assert client.post(reverse("mfa_authenticate"), {"code": code}).headers["Location"] == wanted
    assert client.get(wanted).status_code == 200
    other = Client()
    sign_in(other, "viola")
    other.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(other)


def test_a_recovery_code_works_once_and_is_shown_once(viewer: User, django_capture_on_commit_callbacks: Any) -> None:
    client = signed_in(viewer)
    with django_capture_on_commit_callbacks(execute=True):
        app_set_up(client, viewer)
    code = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"][0]
    again = client.get(reverse("mfa_view_recovery_codes"))
    assert code not in again.content.decode()
    for is_right in (True, False):
        other = Client()
        sign_in(other, "viola")
        other.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(other) is is_right
    made = {entry.details["kind"] for entry in AuditEntry.every.filter(verb=Verb.FACTOR_ADD)}
    assert made == {"authenticator app", "recovery codes"}


def test_wrong_codes_are_counted(viewer: User) -> None:
    secret = app_set_up(signed_in(viewer), viewer)
    client = Client()
    sign_in(client, "viola")
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert (
        "Too many wrong codes" in client.post(reverse("mfa_authenticate"), {"code": codes(secret)[2]}).content.decode()
    )


def test_a_lost_second_step_can_be_left(viewer: User) -> None:
    app_set_up(signed_in(viewer), viewer)
    client = Client()
    sign_in(client, "viola")
    assert client.get(reverse("sign_in")).headers["Location"] == reverse("mfa_authenticate")
    client.post(reverse("sign_out"))
    assert client.get(reverse("sign_in")).status_code == 200


def test_a_role_that_must_have_a_second_factor_sets_one_up_first(
    tenant: Tenant, administrator: User, viewer: User, settings: Any
) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"administrator"})
    wanted = reverse("audit:index", args=[tenant.slug])
    client = signed_in(administrator)
    assert client.get(wanted).headers["Location"].startswith(reverse("mfa_index"))
    assert "must have a second factor" in client.get(reverse("mfa_index")).content.decode()
    assert signed_in(viewer).get(wanted).status_code == 200
    app_set_up(client, administrator)
    assert client.get(wanted).status_code == 200
    page = client.post(reverse("mfa_deactivate_totp")).content.decode()
    assert "your last one" in page
    assert Authenticator.objects.filter(user=administrator, type="totp").exists()


def test_a_superuser_must_where_superusers_must(tenant: Tenant, stranger: User, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"superuser"})
    User.objects.filter(pk=stranger.pk).update(is_superuser=True)
    client = signed_in(stranger)
    for name in ("tenants:index", "operations:index"):
        assert client.get(reverse(name)).headers["Location"].startswith(reverse("mfa_index"))


def test_secrets_of_second_factors_are_encrypted_anew_with_the_others(viewer: User, settings: Any) -> None:
    secret = app_set_up(signed_in(viewer), viewer)
    settings.ENCRYPTION_KEY = f"{'n' * 40},{settings.ENCRYPTION_KEY}"
    tenants_reencrypt()
    settings.ENCRYPTION_KEY = "n" * 40
    client = Client()
    sign_in(client, "viola")
    client.post(reverse("mfa_authenticate"), {"code": codes(secret)[2]})
    assert is_in(client)


@pytest.mark.parametrize(
    ("host", "is_secure", "words"),
    [
        ("localhost:8000", False, ""),
        ("dial.example.com", True, ""),
        ("dial.example.com", False, "reached by TLS"),
        ("127.0.0.1:8000", False, "localhost:8000"),
        ("192.0.2.7", True, "by its name"),
        ("[::1]:8000", False, "localhost:8000"),
    ],
)
def test_where_passkeys_do_not_work_the_page_says_why(
    viewer: User, settings: Any, host: str, is_secure: bool, words: str
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    page = signed_in(viewer).get(reverse("mfa_add_webauthn"), headers={"Host": host}, secure=is_secure).content.decode()
    assert ("do not work at this address" in page) is bool(words)
    assert words in page
    assert (
        'data-passkey="sign-in"'
        in Client().get(reverse("sign_in"), headers={"Host": host}, secure=is_secure).content.decode()
    ) is not bool(words)


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_reset_password", "account_set_password"])
def test_pages_of_allauth_that_are_not_ours_have_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


NOW = time.time()


def travel(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("bpadmin.tenants.accounts.sessions.time.time", lambda: NOW + seconds)


def test_a_session_in_which_nobody_does_anything_ends(
    tenant: Tenant, viewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel(monkeypatch, 0)
    client, page, tray = (
        signed_in(viewer),
        reverse("audit:index", args=[tenant.slug]),
        reverse("jobs:tray", args=["acme"]),
    )
    travel(monkeypatch, 7 * 3600)
    assert client.get(tray, headers={"HX-Request": "true"}).status_code == 200
    travel(monkeypatch, 9 * 3600)
    assert client.get(page).status_code == 302
    assert "nothing was done for 8 hours" in client.get(reverse("sign_in")).content.decode()


def test_a_session_in_which_somebody_works_lasts_and_ends_after_some_days(
    tenant: Tenant, viewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel(monkeypatch, 0)
    client, page = signed_in(viewer), reverse("audit:index", args=[tenant.slug])
    for hours in range(7, 7 * 24, 7):
        travel(monkeypatch, hours * 3600)
        assert client.get(page).status_code == 200
    travel(monkeypatch, 7 * 24 * 3600 + SEEN_EVERY)
    assert client.get(page).status_code == 302
    assert "after 7 days" in client.get(reverse("sign_in")).content.decode()


def test_sessions_are_listed_and_ended_one_by_one_and_everywhere(tenant: Tenant, viewer: User) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    here, there, old = Client(), Client(headers={"User-Agent": agent}), signed_in(viewer)
    sign_in(here, "viola")
    sign_in(there, "viola", address="203.0.113.9")
    listed = here.get(reverse("mfa_index")).context["sessions"]
    assert [(each.browser, each.is_this) for each in listed] == [("unknown", True), ("Chrome on Windows", False)]
    here.post(reverse("session_end", args=[listed[1].pk]))
    page = reverse("audit:index", args=[tenant.slug])
    assert there.get(page).status_code == 302
    assert old.get(page).status_code == 200
    here.post(reverse("sessions_end"))
    assert old.get(page).status_code == 302
    assert here.get(page).status_code == 200


def test_nobody_ends_the_session_of_somebody_else(viewer: User, supervisor: User) -> None:
    mine, theirs = Client(), Client()
    sign_in(mine, "viola")
    sign_in(theirs, "sam")
    pk = theirs.get(reverse("mfa_index")).context["sessions"][0].pk
    mine.post(reverse("session_end", args=[pk]))
    assert is_in(theirs)


@pytest.mark.parametrize("name", ["tenants:settings", "tenants:people", "tenants:tokens"])
def test_somebody_who_signed_in_a_while_ago_is_asked_again(
    tenant: Tenant, administrator: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    client, wanted = signed_in(administrator), reverse(name, args=[tenant.slug])
    assert client.get(wanted).status_code == 200
    now = time.time()
    monkeypatch.setattr("bpadmin.tenants.accounts.confirmation.time.time", lambda: now + 16 * 60)
    asked = client.get(wanted).headers["Location"]
    assert asked.startswith(reverse("account_reauthenticate"))
    fragment = client.get(wanted, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{wanted}"})
    assert fragment.headers["HX-Redirect"] == asked
    if name != "tenants:people":
        sent = client.post(wanted, {}, headers={"Referer": f"http://testserver{wanted}"})
        assert sent.headers["Location"] == asked
    assert "is not your password" in client.post(asked, {"password": "wrong"}).content.decode()
    monkeypatch.undo()
    assert client.post(asked, {"password": PASSWORD}).headers["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_browsers_are_named_as_people_do() -> None:
    assert browser_told("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0") == "Firefox on Linux"
    assert browser_told("curl/8.5") == "curl/8.5"
    assert browser_told("") == "unknown"


def test_an_administrator_takes_a_lost_second_factor_away_with_a_new_password(
    tenant: Tenant, administrator: User, viewer: User
) -> None:
    theirs, client = signed_in(viewer), signed_in(administrator)
    app_set_up(theirs, viewer)
    url = reverse("tenants:person_password", args=[tenant.slug, viewer.pk])
    assert "Also take away their second factor" in client.get(url).content.decode()
    password = client.post(url, {"factors": "on"}).context["password"]
    assert not is_in(theirs) or theirs.get(reverse("mfa_index")).status_code == 302
    assert sign_in(Client(), "viola", password).headers["Location"] == "/"
    app_set_up(signed_in(administrator), administrator)
    assert run("person_factors_remove", "ada")[1]["removed"] == 2
    assert run("person_factors_remove", "nobody")[0] == 1

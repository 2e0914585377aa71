"""Single sign-on at a real server (Canaille from PyPI, in an environment of its own): there and back like a browser.

BPADMIN_CANAILLE names the Python that has it; without it these are skipped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Role, Tenant
from tests.conftest import signed_in
from tests.stack import free_port, wait_until
from tests.tenants.people.asking import is_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(600)]
HOST = "http://testserver"


def python_with_server() -> str:
    """Return the Python that has the server, as BPADMIN_CANAILLE names it; skips where none is named.

    The server's dependencies clash with ours, so that it wants a virtual environment of its own:
    `pip install "canaille[front,oidc]==0.3.6"`, which a build server does not do by itself.
    """
    given = os.environ.get("BPADMIN_CANAILLE")
    if not given:
        pytest.skip("BPADMIN_CANAILLE names no Python that has canaille")
    return given


class Server:
    """The identity provider, which leads back to an address of ours, and whom it puts into which groups."""

    def __init__(self, callback: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        script = Path(__file__).with_name("identity_server.py")
        command = [python_with_server(), str(script), str(self.port), callback]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        wait_until(self.answers, within=60, what="the identity provider")

    def answers(self) -> bool:
        assert self.process.poll() is None, "the identity provider has ended"
        try:
            return requests.get(f"{self.url}/.well-known/openid-configuration", timeout=2).ok
        except requests.RequestException:
            return False

    def put(self, user: str, *groups: str) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"user": user, "groups": groups}) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all of these."""
    made = Server(HOST + reverse("sso_callback"))
    yield made
    made.close()


@pytest.fixture
def provider(server: Server, settings: Any) -> Server:
    """Settings that lead to it, with everybody in the groups that they begin in."""
    settings_of(server, settings)
    return server


def settings_of(server: Server, settings: Any) -> None:
    """Set what leads to a server, and put everybody into the groups that they begin in."""
    settings.OIDC_ISSUER = server.url
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "bpadmin", "a-secret-of-the-test"
    settings.OIDC_CLIENT_AUTH = "client_secret_basic"
    settings.OIDC_SCOPES = ["openid", "profile", "email", "groups"]
    settings.OIDC_GROUPS = {"dial": (("acme", "supervisor"),), "chiefs": (("acme", "administrator"),)}
    settings.OIDC_NAME = "Acme ID"
    server.put("nora", "dial")
    server.put("otto")


class Person:
    """Somebody with a browser: cookies here and cookies there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = Client()
        self.there = requests.Session()

    def leave(self, **fields: str) -> str:
        """Press the button; give where the page leads."""
        page = self.client.post(reverse("sso_begin"), fields)
        assert page.status_code == 200, page.headers
        return str(page.context["address"])

    def pass_through(self, address: str) -> str:
        """Sign in there, unless that is done; give the address that leads back."""
        page = self.there.get(address, allow_redirects=False)
        for _ in range(12):
            if "Location" in page.headers:
                target = urljoin(page.url, page.headers["Location"])
                if target.startswith(HOST):
                    return target
                page = self.there.get(target, allow_redirects=False)
                continue
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
            fields = {"csrf_token": token[1] if token else ""}
            if 'name="password"' in page.text:
                fields["password"] = f"the-password-of-{self.name}"
            elif 'name="login"' in page.text:
                fields["login"] = self.name
            else:
                fields["answer"] = "accept"
            page = self.there.post(page.url, fields, allow_redirects=False)
        raise AssertionError(f"lost at {page.url}: {page.text[:2000]}")

    def come(self, **fields: str) -> Any:
        """Go there and back; give our last answer."""
        back = self.pass_through(self.leave(**fields))
        return self.client.get(back.removeprefix(HOST), follow=True)


def test_somebody_comes_in_by_a_group_and_is_put_out_by_one(provider: Server, tenant: Tenant) -> None:
    nora = Person("nora")
    page = nora.come(next="/t/acme/jobs/")
    assert page.redirect_chain[-1][0] == "/t/acme/jobs/"
    assert page.status_code == 200
    user = User.objects.get(username="nora")
    assert (user.email, user.first_name, user.memberships.get().role) == ("nora@example.com", "Nora", Role.SUPERVISOR)
    assert set(SocialAccount.objects.get().extra_data["id_token"]) <= {"sub", "email", "name", "preferred_username"}
    provider.put("nora", "dial", "chiefs")
    again = Person("nora")
    again.come()
    assert user.memberships.get().role == Role.ADMINISTRATOR
    provider.put("nora")
    words = Person("nora").come().content.decode()
    assert "none of your groups" in words
    assert not user.memberships.exists()
    assert again.client.get("/t/acme/jobs/").status_code == 302
    verbs = AuditEntry.every.filter(target_name="nora").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == [
        *(Verb.MEMBER_ADD, Verb.SIGN_IN, Verb.MEMBER_CHANGE, Verb.SIGN_IN, Verb.MEMBER_REMOVE, Verb.SIGN_IN_FAIL),
    ]


def test_who_has_no_group_and_who_has_a_name_of_somebody_else_stay_out(
    provider: Server, tenant: Tenant, supervisor: User
) -> None:
    assert "none of your groups" in Person("otto").come().content.decode()
    assert "The name “sam” belongs to somebody here already" in Person("sam").come().content.decode()
    assert User.objects.count() == 1


def test_a_sign_in_of_ours_is_connected_by_its_person_and_then_opens_by_either(
    provider: Server, tenant: Tenant, supervisor: User
) -> None:
    sam = Person("sam")
    sam.client = signed_in(supervisor)
    assert "connected with Acme ID" in sam.come(purpose="connect").content.decode()
    assert AuditEntry.every.filter(verb=Verb.SIGN_ON_CONNECT, actor=supervisor).exists()
    other = Person("sam")
    other.come()
    assert is_in(other.client)
    assert supervisor.memberships.get().by_groups


def test_asking_again_asks_there_again(provider: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.put("nora", "chiefs")
    nora = Person("nora")
    nora.come()
    wanted = reverse("tenants:people", args=["acme"])
    assert nora.client.get(wanted).status_code == 200
    now = time.time
    monkeypatch.setattr("bpadmin.tenants.accounts.confirmation.time.time", lambda: now() + 16 * 60)
    assert nora.client.get(wanted).headers["Location"].startswith(reverse("account_reauthenticate"))
    monkeypatch.undo()
    address = nora.leave(next=wanted)
    assert "prompt=login" in address
    assert "max_age=" in address
    back = nora.client.get(nora.pass_through(address).removeprefix(HOST))
    assert back.headers["Location"] == wanted
    assert is_in(nora.client)


def test_a_role_that_must_have_a_second_factor_sets_one_up_here_unless_the_provider_is_believed(
    provider: Server, tenant: Tenant, settings: Any
) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"supervisor"})
    nora = Person("nora")
    nora.come()
    assert nora.client.get("/t/acme/jobs/").headers["Location"].startswith(reverse("mfa_index"))


def test_what_comes_back_twice_or_into_another_browser_opens_nothing(provider: Server, tenant: Tenant) -> None:
    nora, thief = Person("nora"), Client()
    back = nora.pass_through(nora.leave()).removeprefix(HOST)
    assert "took too long" in thief.get(back, follow=True).content.decode()
    assert not is_in(thief)
    nora.client.get(back)
    assert is_in(nora.client)
    nora.client.logout()
    nora.client.get(back)
    assert not is_in(nora.client)


def test_a_token_for_another_sign_in_opens_nothing(provider: Server, tenant: Tenant) -> None:
    nora = Person("nora")
    address = re.sub(r"nonce=[^&]+", "nonce=of-another-one", nora.leave())
    page = nora.client.get(nora.pass_through(address).removeprefix(HOST), follow=True)
    assert "contradicts itself" in page.content.decode()
    assert not is_in(nora.client)


def test_a_wrong_secret_of_ours_is_told_without_it(provider: Server, tenant: Tenant, settings: Any) -> None:
    settings.OIDC_CLIENT_SECRET = "not-the-one"
    page = Person("nora").come().content.decode()
    assert "cannot be used" in page
    assert "not-the-one" not in page


def test_a_server_that_calls_itself_something_else_is_not_asked(provider: Server, settings: Any) -> None:
    settings.OIDC_ISSUER = provider.url.replace("127.0.0.1", "localhost")
    page = Client().post(reverse("sso_begin"), follow=True)
    assert "cannot be used" in page.content.decode()

"""Every address and every command, against everybody who might try it: a new one without a row here fails."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bpadmin import urls
from bpadmin.tenants import access
from bpadmin.tenants.models import Membership, Tenant
from tests.web.access_rows import ANYBODY, ASKED_AGAIN, COMMANDS, LIMITED, PEOPLE, ROWS, SUPERVISOR, VIEWER

pytestmark = pytest.mark.django_db

VALUES = {"slug": "acme", "pk": "999999", "kind": "csv", "token": "nobody", "number": "999999", "index": "1"}
IN = "in"


def refused(request: HttpRequest, exception: Exception, *, status: int) -> HttpResponse:
    return HttpResponse("refused", status=status)


class Admitted(Exception):
    """Somebody came through the gate; the page behind it is not asked for."""


def addresses() -> Iterator[tuple[str, str]]:
    """Yield the name of each address of ours, and an example of it."""

    def walk(patterns: Any, prefix: str, route: str) -> Iterator[tuple[str, str]]:
        for each in patterns:
            if isinstance(each, URLResolver):
                inner = f"{prefix}{each.namespace}:" if each.namespace else prefix
                yield from walk(each.url_patterns, inner, route + str(each.pattern))
            elif isinstance(each, URLPattern):
                whole = route + str(each.pattern)
                yield prefix + (each.name or whole), "/" + example(whole)

    yield from walk(get_resolver().url_patterns, "", "")


def example(route: str) -> str:
    parts = []
    for part in route.split("/"):
        before, mark, rest = part.partition("<")
        kind, _, name = rest.partition(">")[0].rpartition(":")
        known = VALUES.get(name, "999999" if kind == "number" else "X1")
        parts.append(f"{before}{known}{rest.partition('>')[2]}" if mark else part)
    return "/".join(parts)


class Browser:
    """Somebody at the door; signed in anew where a page may have ended the session."""

    def __init__(self, user: User | None) -> None:
        self.user = user
        self.client: Client | None = None

    def outcome(self, url: str) -> str:
        """Say what became of them at an address: in, sent to the sign-in page, or the status of a refusal."""
        if self.client is None:
            self.client = Client()
            if self.user is not None:
                self.client.force_login(self.user)
        client = self.client
        if not url.startswith(("/t/", "/api/")):
            self.client = None
        try:
            answer = client.get(url)
            if answer.status_code == 405:
                answer = client.post(url)
        except Admitted:
            return IN
        if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/"):
            return "sign-in"
        return str(answer.status_code) if answer.status_code in (401, 403, 404) else IN


@pytest.fixture
def browsers(
    stranger: User,
    viewer: User,
    supervisor: User,
    administrator: User,
    admin_user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Browser]:
    """Six people: nobody, somebody of no tenant, the three roles, and whoever runs the system."""

    def admitted(*_: Any) -> None:
        raise Admitted

    # A traceback for each of a thousand costs more than all else.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    # The last thing that the gate does; asking again who somebody is has tests of its own.
    monkeypatch.setattr(access, "last_tenant_keep", admitted)
    monkeypatch.setattr(access, "confirm_first", lambda request: None)
    # What the refusals look like has tests of its own, and costs more than all the rest.
    for status in (403, 404):
        answer = partial(refused, status=status)
        monkeypatch.setattr(urls, f"handler{status}", answer)
    users = (None, stranger, viewer, supervisor, administrator, admin_user)
    return {name: Browser(user) for name, user in zip(PEOPLE, users, strict=True)}


def test_every_address_has_a_row() -> None:
    assert {name for name, _ in addresses()} == set(ROWS)


def test_every_address_lets_in_whom_its_row_says_and_nobody_else(browsers: dict[str, Browser]) -> None:
    wrong = []
    for name, url in addresses():
        for person, wanted in zip(PEOPLE, ROWS[name], strict=True):
            found = browsers[person].outcome(url)
            if found != wanted:
                wrong.append(f"{name} for {person}: {found}, not {wanted}")
    assert wrong == []


def test_a_tenant_that_is_not_theirs_is_not_there(browsers: dict[str, Browser]) -> None:
    Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:1")
    for name, url in addresses():
        if url.startswith("/t/acme/") and ROWS[name] is not ANYBODY:
            assert browsers["administrator"].outcome(url.replace("/t/acme/", "/t/other/")) == "404", name


def test_somebody_limited_to_a_campaign_and_a_list_opens_those_and_nothing_of_others(
    browsers: dict[str, Browser], supervisor: User
) -> None:
    Membership.objects.filter(user=supervisor).update(limits={"campaigns": ["X1"], "lists": ["X1"], "dnc": []})
    wrong = []
    for name, url in addresses():
        if ROWS[name] not in (VIEWER, SUPERVISOR):
            continue
        found = browsers["supervisor"].outcome(url)
        if found != (IN if name in LIMITED else "403"):
            wrong.append(f"{name}: {found}")
        if "/X1/" in url and browsers["supervisor"].outcome(url.replace("/X1/", "/X2/", 1)) != "403":
            wrong.append(f"{name} of another")
    assert wrong == []


def test_somebody_who_came_in_a_while_ago_is_asked_again_where_it_counts(
    browsers: dict[str, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = set()

    def asked(request: HttpRequest) -> HttpResponse:
        found.add(request.resolver_match.view_name if request.resolver_match else "")
        return HttpResponse("who are you?")

    monkeypatch.setattr(access, "confirm_first", asked)
    for _, url in addresses():
        browsers["administrator"].outcome(url)
    assert found == ASKED_AGAIN


def commands() -> set[str]:
    """Name the commands of ours."""
    found = set()
    for config in apps.get_app_configs():
        if Path(config.path).is_relative_to(settings.BASE_DIR) and ".venv" not in config.path:
            folder = Path(config.path) / "management" / "commands"
            found |= {name for _, name, _ in pkgutil.iter_modules([str(folder)])}
    return found


def test_every_command_has_a_row_that_names_the_page_of_the_same_act() -> None:
    assert commands() == set(COMMANDS)
    assert {page for page in COMMANDS.values() if page} <= set(ROWS)

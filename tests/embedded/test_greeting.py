"""What `make run` says once everything runs: what each person of the demo may do, or where the first one is made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.embedded import __main__ as embedded
from bpadmin.embedded.demo import demo_ensure
from bpadmin.embedded.plan import Plan
from bpadmin.tenants.models import Tenant

pytestmark = pytest.mark.django_db


def greeted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox_port: int | None) -> str:
    """Return what is printed."""
    lines: list[str] = []
    monkeypatch.setattr(embedded, "say", lines.append)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)  # the test's own connection stays
    plan = Plan(tmp_path, tmp_path, "127.0.0.1", 8000, sandbox_port, None)
    embedded.greet(plan, 1.0)
    return "\n".join(lines)


def test_what_each_person_of_the_demo_may_is_what_they_may(
    sandbox: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    sandbox.seed("demo")
    demo_ensure(sandbox_url=sandbox.url)
    said = greeted(monkeypatch, tmp_path, int(sandbox.url.rpartition(":")[2]))
    may = dict(re.findall(r"^  (viewer|supervisor|administrator) +\S+ +(.+)$", said, re.MULTILINE))
    # A page for each thing that is said, and who comes in there.
    pages = {"look at everything": "dnc:index", "start and stop campaigns": "campaigns:bulk"}
    pages |= {"Do Not Call lists": "dnc:everywhere", "people of these tenants": "tenants:people"}
    opens: dict[str, set[str]] = {}
    for name in may:
        client = Client()
        client.force_login(User.objects.get(username=name))
        answers = {words: client.get(reverse(page, args=["demo"])).status_code for words, page in pages.items()}
        opens[name] = {words for words, status in answers.items() if status not in (403, 404)}
    assert opens["viewer"] == {"look at everything"}
    assert opens["supervisor"] == opens["viewer"] | {"start and stop campaigns", "Do Not Call lists"}
    assert opens["administrator"] == opens["supervisor"] | {"people of these tenants"}
    for name, words in may.items():
        told = {each for each in pages if each in words}
        assert told == opens[name] - {"viewer": set(), "supervisor": opens["viewer"]}.get(name, opens["supervisor"])
    assert "new tenants: a superuser" in may["administrator"]
    client = Client()
    client.force_login(User.objects.get(username="administrator"))
    assert client.get(reverse("tenants:create")).status_code == 403


def test_without_the_demo_it_leads_to_where_the_first_person_and_tenant_are_made(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = greeted(monkeypatch, tmp_path, None)
    assert "Nobody can sign in yet. Make the first sign-in, then connect a tenant:" in said
    address = re.search(r"http://127\.0\.0\.1:8000(/first-run/\S+/)", said)
    assert address is not None, said
    answers = {"username": "olga", "password1": "a-password-of-hers", "password2": "a-password-of-hers"}
    made = client.post(address[1], answers, follow=True)
    assert made.redirect_chain[-1][0] == reverse("tenants:create")
    assert not Tenant.objects.exists()
    assert "Nobody can sign in yet" not in greeted(monkeypatch, tmp_path, None)

"""A platform that nobody has heard of: added by its folder (tests/platforms/toy) and one line in the registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.platforms import REGISTRY
from bpadmin.tenants.models import Tenant
from tests.platforms.scripted_server import Say, ScriptedServer
from tests.platforms.toy.info import INFO
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = [{"id": f"c{number}", "who": name, "mood": "fine"} for number, name in enumerate(("Ann", "Ben", "Cy"))]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A toy platform that answers every reading with three calls, in the registry."""
    monkeypatch.setitem(REGISTRY, INFO.key, INFO)
    with ScriptedServer(Say(CALLS)) as server:
        yield server


@pytest.fixture
def client(server: ScriptedServer) -> Client:
    """A browser of somebody who has connected a tenant of it through the form."""
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    said = {"name": "Toys", "base_url": server.url, "time_zone": "UTC", "connect_team": "blue", "connect_key": "k"}
    answer = client.post(reverse("tenants:create") + "?platform=toy", said)
    assert answer.status_code == 302, answer.content.decode()
    return client


def text(response: Any) -> str:
    return response.content.decode()


def test_its_connection_is_tested_and_its_pages_are_those_it_offers(client: Client, server: ScriptedServer) -> None:
    assert "The connection works." in text(client.post(reverse("tenants:test", args=["toys"])))
    assert server.seen[-1].path == "/calls/blue?from=0&limit=1"
    assert server.seen[-1].headers["Authorization"] == "k"
    first = client.get(reverse("tenants:open", args=["toys"]), follow=True)
    assert first.redirect_chain[-1][0] == reverse("records:index", args=["toys"])
    assert "All calls" in text(first)
    assert reverse("lists:index", args=["toys"]) not in text(first)
    assert "Toy dialler does not offer this" in text(client.get(reverse("campaigns:index", args=["toys"])))


def test_its_records_are_browsed_in_its_words(client: Client) -> None:
    shown = text(client.get(reverse("records:browse", args=["toys", "calls"])))
    assert "Ann" in shown
    assert "calls 1 to 3" in shown
    one = text(client.get(reverse("records:record", args=["toys", "calls"]), {"id": "c1"}))
    assert "Ben" in one
    assert "mood" in one


def test_its_records_are_exported(client: Client) -> None:
    said = {"format": "csv", "rows": "record", "columns": "all"}
    answer = client.post(reverse("records:export", args=["toys", "calls"]), said)
    assert answer.status_code == 302, text(answer)
    job = Job.objects.get()
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED, job.message
    file = client.get(reverse("records:export_file", args=["toys", job.pk]))
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines] == [["id", "who"], ["c0", "Ann"], ["c1", "Ben"], ["c2", "Cy"]]


def test_it_is_connected_from_the_shell_with_its_own_options(server: ScriptedServer, tmp_path: Any) -> None:
    (tmp_path / "key").write_text("k\n")
    given = ("--url", server.url, "--team", "blue", "--key-file", str(tmp_path / "key"))
    code, said = run("tenant_add", "shell", "--platform", "toy", *given)
    assert (code, said["ok"]) == (0, True)
    assert Tenant.objects.get(slug="shell").platform == "toy"
    code, said = run("tenant_change", "shell", "--team", "red")
    assert (code, said["ok"]) == (0, True)
    assert Tenant.objects.get(slug="shell").credentials == {"team": "red"}
    code, said = run("tenant_add", "other", "--platform", "toy", *given[:2])
    assert (code, "--team is needed" in said["error"]) == (1, True)

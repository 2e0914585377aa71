"""A platform that nobody has heard of: added by its folder (tests/platforms/toy) and one line in the registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.jobs.engine import quiet_time
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.platforms import REGISTRY
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_create
from tests.fixtures_tenants import browser_of
from tests.lists.walking import csv_file, ended, said, shown
from tests.platforms.scripted_server import Say, ScriptedServer
from tests.platforms.toy.info import INFO
from tests.platforms.toy.server import ToyServer
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
    # What a make with uploads is asked besides.
    said |= {"lanes": "4", "chunk_size": "1000", "quiet_seconds": "180"}
    answer = client.post(reverse("tenants:create") + "?platform=toy", said)
    assert answer.status_code == 302, answer.content.decode()
    return client


def text(response: Any) -> str:
    return response.content.decode()


def test_its_connection_is_tested_and_its_pages_are_those_it_offers(client: Client, server: ScriptedServer) -> None:
    assert "The connection works." in text(client.post(reverse("tenants:test", args=["toys"])))
    assert server.seen[-1].path == "/calls/blue?from=0&limit=1"
    assert server.seen[-1].headers["Authorization"] == "k"
    first = client.get(reverse("results:home", args=["toys"]))
    assert first.status_code == 200
    assert "All calls" in text(client.get(reverse("records:index", args=["toys"])))
    assert reverse("lists:index", args=["toys"]) in text(first)
    assert reverse("dnc:index", args=["toys"]) not in text(first)
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


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Iterator[ToyServer]:
    """A toy that keeps what is sent, in the registry."""
    monkeypatch.setitem(REGISTRY, INFO.key, INFO)
    monkeypatch.setattr(quiet_time, "SCALE", 0.0)
    with ToyServer("spring", "autumn") as server:
        yield server


@pytest.fixture
def toys(rounds: ToyServer) -> Tenant:
    """A tenant of it."""
    credentials = {"team": "blue", "key": "k"}
    return tenant_create(slug="toys", name="Toys", platform="toy", base_url=rounds.url, credentials=credentials)


FILE = "who;number;hobby\nAnn;(650) 555-0100;chess\nBen;650-555-0101;\n;6505550102;go\nCy;12;\n"


def test_a_file_goes_into_it_by_the_wizard_in_its_words(toys: Tenant, rounds: ToyServer) -> None:
    browser = browser_of(toys)
    assert "spring" in text(browser.get(reverse("lists:index", args=["toys"]), follow=True))
    upload = reverse("lists:upload", args=["toys", "spring"])
    assert "Round" in text(browser.get(upload))
    browser.post(upload, {"file": csv_file(FILE)})
    job = Job.objects.get()
    mapping = browser.get(reverse("lists:upload_map", args=["toys", job.pk]))
    assert "Every row becomes a person who is called." in text(mapping)
    browser.post(mapping.request["PATH_INFO"], said(mapping))
    job.refresh_from_db()
    assert (job.rows_total, job.n_rejected_check) == (4, 2)
    answer = browser.post(reverse("lists:upload_check", args=["toys", job.pk]), shown(job))
    assert answer.status_code == 302, text(answer)
    assert ended(job).n_added == 2
    assert [person["who"] for person in rounds.people["spring"]] == ["Ann", "Ben"]
    page = text(browser.get(reverse("jobs:detail", args=["toys", job.pk])))
    assert "in the round" in page.lower()


def test_a_lost_answer_of_it_is_settled_by_counting(toys: Tenant, rounds: ToyServer, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(FILE, encoding="utf-8")
    rounds.cuts = 1
    code, told = run("list_upload", "toys", "autumn", str(path))
    assert code == 3, told
    assert len(rounds.people["autumn"]) == 2
    job = Job.objects.get()
    assert (job.n_added, job.n_uncertain, job.n_rejected_check) == (2, 0, 2)

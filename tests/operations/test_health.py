"""What every part of an installation says of itself, and to whom."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.installation import disk
from bpadmin.installation.hold import hold_begin, hold_reason
from bpadmin.installation.models import Installation
from bpadmin.jobs.models import Job, JobState, WorkerBeat
from bpadmin.operations import health
from bpadmin.operations.health import parts_read
from tests.conftest import PASSWORD
from tests.jobs.uploading import create_list, people, queued_upload

pytestmark = pytest.mark.django_db


def said(name: str) -> health.Part:
    return next(part for part in parts_read() if part.name == name)


def worker(queues: str = "interactive,poll,bulk", *, seconds_ago: float = 1.0, skew: float = 0.0) -> None:
    seen_at = timezone.now() - timedelta(seconds=seconds_ago)
    WorkerBeat.objects.create(name=f"w{seconds_ago}@here/1", queues=queues, seen_at=seen_at, clock_skew=skew)


def swept(seconds_ago: float) -> None:
    Installation.objects.update_or_create(pk=1, defaults={"swept_at": timezone.now() - timedelta(seconds=seconds_ago)})


def test_a_queue_without_a_worker_is_named() -> None:
    worker("interactive,poll")
    assert said("worker-interactive").is_ok
    assert not said("worker-bulk").is_ok
    assert "bulk" in said("worker-bulk").words


def test_a_worker_that_fell_silent_is_missing_with_its_time() -> None:
    worker(seconds_ago=60)
    part = said("worker-bulk")
    assert not part.is_ok
    assert "since" in part.words


def test_a_sweep_that_no_longer_runs_is_told() -> None:
    assert "never" in said("beat").words
    swept(3)
    assert said("beat").is_ok
    swept(300)
    assert "has not run since" in said("beat").words


def test_a_broker_that_is_away_is_told(settings: Any) -> None:
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    part = said("broker")
    assert not part.is_ok
    assert "does not take commands" in part.words


def test_a_full_disk_is_told_with_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda folder=None: 3 * disk.MEGABYTE)
    monkeypatch.setattr(health, "free_bytes", disk.free_bytes)
    assert "free 3 MB" in said("disk").words
    assert not said("disk").is_ok


def test_a_clock_that_is_ahead_is_told() -> None:
    worker(skew=30.0)
    part = said("clock")
    assert not part.is_ok
    assert "30 s ahead" in part.words


def test_a_sweep_that_stands_still_beside_a_living_beat_is_told_from_a_missing_beat() -> None:
    swept(300)
    assert "Start beat." in said("beat").words
    worker("", seconds_ago=60)
    assert "Start beat." in said("beat").words
    WorkerBeat.objects.create(name="beat@there/7", queues="", seen_at=timezone.now(), clock_skew=-30.0)
    assert "Beat lives (beat@there/7)" in said("beat").words
    assert "The clock of beat@there/7 is 30 s behind" in said("clock").words


def test_without_a_database_only_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_database", lambda: health.Part("database", is_ok=False, words="gone"))
    parts = parts_read()
    assert [part.name for part in parts] == ["database", "broker", "disk"]
    assert not health.is_ready(parts)


def test_readiness_tells_the_parts_to_this_machine_and_only_their_names_to_others(settings: Any) -> None:
    local = Client().get("/readyz")
    assert {part["name"] for part in local.json()["parts"]} >= {"database", "beat", "broker", "disk"}
    assert all("words" in part for part in local.json()["parts"])
    strange = Client(REMOTE_ADDR="203.0.113.9").get("/readyz")
    assert not any("words" in part for part in strange.json()["parts"])


def test_metrics_are_for_the_token_and_for_this_machine_only(settings: Any, tenant: Any) -> None:
    settings.METRICS_TOKEN = "t" * 32
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="203.0.113.9").get("/metrics").status_code == 403
    # A proxy of this machine asks for somebody else.
    assert Client().get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 403
    bearer = {"authorization": f"Bearer {settings.METRICS_TOKEN}"}
    assert Client(REMOTE_ADDR="203.0.113.9").get("/metrics", headers=bearer).status_code == 200


def test_metrics_tell_the_work_of_each_tenant(sandbox: Any, tenant: Any) -> None:
    queued_upload(tenant, create_list(sandbox), people(25))
    text = Client().get("/metrics").content.decode()
    assert 'bpadmin_jobs{state="waiting",tenant="acme"} 1.0' in text
    assert 'bpadmin_rows_open{outcome="not_sent",tenant="acme"} 25.0' in text
    assert 'bpadmin_rows_total{outcome="added",tenant="acme"} 0.0' in text
    assert 'bpadmin_part_up{part="database"} 1.0' in text


def test_a_job_whose_driver_is_gone_counts_as_stuck(
    sandbox: Any, tenant: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(5))
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, lease_until=long_ago)
    with pytest.raises(SystemExit):
        call_command("status")
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("acme"))
    assert line.split() == ["acme", "0", "0s", "1", "1", "0", "0"]


@pytest.fixture
def operator_client(client: Client) -> Client:
    """A browser in which a superuser is signed in."""
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return client


def test_the_operator_sees_all_parts_and_holds_and_releases(operator_client: Client) -> None:
    WorkerBeat.objects.create(name="beat@here/7", queues="", seen_at=timezone.now(), version="9.9.9")
    page = operator_client.get(reverse("operations:index")).content.decode()
    assert "worker-bulk" in page
    assert re.search(r"beat@here/7(?:<[^>]*>|\s)*–(?:<[^>]*>|\s)*9\.9\.9", page)
    operator_client.post(reverse("operations:hold"), {"reason": "a look at the books"})
    assert hold_reason() == "a look at the books"
    assert "a look at the books" in operator_client.get(reverse("tenants:index")).content.decode()
    operator_client.post(reverse("operations:release"))
    assert hold_reason() == ""


def test_nobody_else_does(administrator_client: Client) -> None:
    hold_begin(reason="x")
    assert administrator_client.get(reverse("operations:index")).status_code == 403
    assert administrator_client.post(reverse("operations:release")).status_code == 403
    assert hold_reason() == "x"

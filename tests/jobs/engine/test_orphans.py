"""What a killed process left is found and collected, and nothing that a job names."""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage, default_storage
from django.utils import timezone

from bpadmin.celery import app
from bpadmin.jobs.files import orphans
from bpadmin.jobs.files.orphans import OLD, orphans_collect
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.tasks import jobs_tidy
from bpadmin.records.kinds import RESULTS_EXPORT
from bpadmin.uploads.files import upload_create
from dnc.kinds import DNC_REPLACE
from dnc.models import DncStaged
from lists.deletions.options import DeletionOptions
from lists.kinds import LIST_DELETE, LIST_UPLOAD
from tests.dnc.files.filing import checked_file, known_list, numbers
from tests.jobs.uploading import create_list, people, ready_upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def storage_of_its_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def left(path: str, *, hours: float = 7) -> str:
    """Leave a file in storage as it would be that long after its process was killed."""
    path = default_storage.save(path, ContentFile(b"left"))
    old = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(default_storage.path(path), (old, old))
    return path


def test_a_half_received_file_goes_once_it_is_old(tenant: Any) -> None:
    old, young = left(f"uploads/{tenant.pk}/old"), left(f"uploads/{tenant.pk}/young", hours=5)
    job = upload_create(
        kind=LIST_UPLOAD, tenant=tenant, list_id="l", list_name="L", file_name="a.csv", stream=BytesIO(b"id\n1\n")
    )
    os.utime(default_storage.path(job.upload_path), (0, 0))
    assert orphans_collect()["uploads"] == 1
    assert [default_storage.exists(path) for path in (old, young, job.upload_path)] == [False, True, True]


def test_what_an_unfinished_check_left_goes_and_the_jobs_own_spool_stays(tenant: Any, sandbox: Any) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(5))
    mine = [f"{job.spool_path}{ending}" for ending in (".json", ".rows", ".refused")]
    for path in mine:
        os.utime(default_storage.path(path), (0, 0))
    folder = job.spool_path.rsplit("/", 1)[0]
    unfinished, former = left(f"{folder}/unfinished-abc"), left(f"{job.spool_path}0.json")
    nobodys = left("spools/987654321/x.json")
    assert orphans_collect()["spool files"] == 3
    assert [default_storage.exists(path) for path in mine] == [True] * 3
    assert not any(default_storage.exists(path) for path in (unfinished, former, nobodys))
    assert not default_storage.exists("spools/987654321")


def test_a_job_that_is_worked_on_is_left_alone(tenant: Any) -> None:
    job = Job.objects.create(
        tenant=tenant,
        kind=LIST_UPLOAD,
        state=JobState.PREPARING,
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    path = left(f"spools/{job.pk}/unfinished-abc")
    assert orphans_collect()["spool files"] == 0
    assert default_storage.exists(path)


def test_parts_of_an_export_that_its_job_does_not_name_go(tenant: Any) -> None:
    job = Job.objects.create(tenant=tenant, kind=RESULTS_EXPORT, state=JobState.QUEUED)
    named, nobodys = left(f"exports/{job.pk}/a.part"), left(f"exports/{job.pk}/b.part")
    Job.objects.filter(pk=job.pk).update(remote={"parts": [named]}, spool_path=f"exports/{job.pk}")
    assert orphans_collect()["export files"] == 1
    assert default_storage.exists(named)
    assert not default_storage.exists(nobodys)


def test_it_needs_no_local_folder(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = InMemoryStorage()
    monkeypatch.setattr(orphans, "default_storage", memory)
    memory.save(f"uploads/{tenant.pk}/x", ContentFile(b"left"))
    memory.save("spools/987654321/x.json", ContentFile(b"left"))
    assert sum(orphans_collect().values()) == 0
    found = orphans_collect(timezone.now() + OLD + timedelta(minutes=1))
    assert (found["uploads"], found["spool files"]) == (1, 1)


def test_a_storage_that_lists_nothing_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "default_storage", Storage())
    assert "uploads" not in orphans_collect()


def test_staged_keys_of_a_killed_check_go(tenant: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dnc_list = known_list(tenant, sandbox, numbers(2))
    with monkeypatch.context() as patch:
        patch.setattr("dnc.files.services.staged_forget", lambda batch: None)  # as kill -9: no `finally` runs
        checked_file(dnc_list, DNC_REPLACE, numbers(30))
    DncStaged.objects.create(batch=2**59 + 17, key="1")  # a number of the code before, which told no time
    assert orphans_collect()["staged Do Not Call keys"] == 1
    assert orphans_collect(timezone.now() + timedelta(hours=25))["staged Do Not Call keys"] == 30
    assert not DncStaged.objects.exists()


def test_a_deletion_that_nobody_confirmed_is_given_up_after_a_day(tenant: Any, sandbox: Any) -> None:
    list_id = create_list(sandbox)
    # Versions before 0.2.0 kept the question itself as a job.
    said = {"tenant": tenant, "kind": LIST_DELETE, "target_id": list_id, "target_name": "Autumn"}
    old, young = (Job.objects.create(**said, options=DeletionOptions().as_json()) for _ in range(2))
    Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=25))
    jobs_tidy()
    assert list(Job.objects.order_by("pk").values_list("state", flat=True)) == [JobState.CANCELLED, JobState.DRAFT]
    old.refresh_from_db()
    assert "Nobody confirmed it for a day" in old.message
    assert young.state == JobState.DRAFT


def test_sessions_that_are_over_are_cleared_by_the_same_task(db: None) -> None:
    over, still = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
    Session.objects.create(session_key="over", session_data="", expire_date=over)
    Session.objects.create(session_key="still", session_data="", expire_date=still)
    jobs_tidy()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["still"]
    assert app.conf.beat_schedule["jobs-tidy"]["task"] == jobs_tidy.name

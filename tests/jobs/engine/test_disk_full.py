"""A full disk is a wait, in words: check and sending go on when there is room, and nothing is an error of ours."""

from __future__ import annotations

import errno
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from bpadmin.installation import disk
from bpadmin.installation.disk import is_disk_full
from bpadmin.jobs.files import spool
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.queue.next_job import jobs_waiting
from bpadmin.jobs.services import job_confirm, job_prepare_now, job_submit
from lists.uploads.handler import UploadHandler
from tests.jobs.uploading import create_list, driven, people, ready_upload

pytestmark = pytest.mark.django_db(transaction=True)


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much is free, in bytes; a test may change it."""
    free = [3 * disk.MEGABYTE]
    monkeypatch.setattr(disk, "free_bytes", lambda folder=None: free[0])
    return free


def test_what_says_that_a_disk_is_full_is_known() -> None:
    assert is_disk_full(OSError(errno.EDQUOT, "Disk quota exceeded"))
    assert is_disk_full(OperationalError("database or disk is full"))
    wrapped = RuntimeError("it failed")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert is_disk_full(wrapped)
    assert not is_disk_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_disk_full(OperationalError("database is locked"))
    assert not is_disk_full(None)


def test_a_check_on_a_full_disk_waits_and_goes_on_by_itself(
    tenant: Any, sandbox: Any, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(5))
    job_submit(job=job)
    with monkeypatch.context() as patch:
        patch.setattr(spool.SpoolWriter, "add", full)
        assert job_prepare_now(job_id=job.pk, worker="test") == JobState.PREPARING
    job.refresh_from_db()
    assert "The disk of bpadmin is full: free 3 MB" in job.message
    assert "goes on by itself" in job.message
    assert job not in jobs_waiting(timezone.now())
    assert job in jobs_waiting(timezone.now() + timedelta(minutes=1))
    page = supervisor_client.get(f"/t/acme/uploads/{job.pk}/check/").content.decode()
    assert page.count("free 3 MB") == 2  # in the frame, and with the check
    assert "A worker is there and takes it in turn" not in page
    Job.objects.filter(pk=job.pk).update(next_run_at=timezone.now())
    assert job_prepare_now(job_id=job.pk, worker="test") == JobState.READY
    job.refresh_from_db()
    assert (job.message, job.failures, job.next_run_at) == ("", 0, None)


def test_sending_on_a_full_disk_waits_and_every_row_arrives_once(
    tenant: Any, sandbox: Any, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = create_list(sandbox)
    job = job_confirm(job=ready_upload(tenant, list_id, people(30)), actor_name="test")
    with monkeypatch.context() as patch:
        patch.setattr(UploadHandler, "begin", full)
        assert driven(job, seconds=0.1).state == JobState.QUEUED
    assert "The disk of bpadmin is full: free 3 MB" in job.message
    page = supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "Waiting until there is room on the disk" in page
    assert "dialler answers again" not in page
    Job.objects.filter(pk=job.pk).update(next_run_at=None)
    assert driven(job).state == JobState.SUCCEEDED
    assert len(sandbox.dump(list_id)) == 30


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_an_upload_to_a_full_disk_is_answered_in_words(
    tenant: Any, sandbox: Any, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    monkeypatch.setattr(FileSystemStorage, "_save", full)
    response = supervisor_client.post(
        f"/t/acme/lists/{create_list(sandbox)}/upload/",
        b"id,phone\n1,6505550100\n",
        content_type="application/octet-stream",
        headers={"Accept": accept, "X-File-Name": "a.csv"},
    )
    assert response.status_code == 507
    said = response.json()["problem"] if "json" in accept else response.content.decode()
    assert "The disk of bpadmin is full: free 3 MB" in said
    assert not Job.objects.exists()


def test_a_page_says_it_while_there_is_hardly_any_room(tenant: Any, supervisor_client: Client, room: list[int]) -> None:
    assert "The disk of bpadmin is full: free 3 MB" in supervisor_client.get("/t/acme/jobs/").content.decode()
    room[0] = 10**12
    assert "The disk of bpadmin is full" not in supervisor_client.get("/t/acme/jobs/").content.decode()

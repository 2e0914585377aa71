"""The bucket away for a while: everything waits in words, nothing is an error of ours, and every row arrives once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from bpadmin.installation.files import files_problem
from bpadmin.jobs.files.cleanup import jobs_tidy
from bpadmin.jobs.models import Chunk, Job, JobState
from bpadmin.jobs.services import job_confirm, job_prepare_now, job_submit
from bpadmin.storage import bucket as module
from tests.bucket.conftest import Bucket, storage_of
from tests.jobs.uploading import KEYED, KEYLESS, create_list, driven, people, queued_upload, ready_upload
from tests.stack import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIES", 1)


def test_a_check_waits_for_the_bucket_and_goes_on_by_itself(
    bucket: Bucket, tenant: Any, sandbox: Any, supervisor_client: Client
) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(20))
    job_submit(job=job)
    for trouble in ("503", "PUT 500", "403"):
        bucket.server.trouble(trouble)
        assert job_prepare_now(job_id=job.pk, worker="test") == JobState.PREPARING
        job.refresh_from_db()
        assert "goes on by itself when the object storage answers again" in job.message
        assert "object storage answers again" in page_of(supervisor_client, f"/t/acme/uploads/{job.pk}/check/")
        Job.objects.filter(pk=job.pk).update(next_run_at=timezone.now())
    bucket.server.trouble("")
    assert job_prepare_now(job_id=job.pk, worker="test") == JobState.READY
    assert driven(job_confirm(job=Job.objects.get(pk=job.pk), actor_name="test")).n_added == 20


@pytest.mark.parametrize("fields", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("trouble", ["503", "GET 503"], ids=["before", "between"])
def test_sending_waits_for_the_bucket_and_no_row_is_in_doubt_for_it(
    bucket: Bucket, tenant: Any, sandbox: Any, supervisor_client: Client, fields: Any, trouble: str
) -> None:
    list_id = create_list(sandbox, fields)
    job = queued_upload(tenant, list_id, people(30), fields=fields)
    bucket.server.trouble(trouble)
    job = driven(job, seconds=0.5)
    assert (job.state, job.n_not_sent, job.n_uncertain) == (JobState.QUEUED, 30, 0), job.message
    assert not Chunk.objects.filter(job=job).exclude(state="ready").exists()
    assert "The object storage could not do it" in job.message
    page = page_of(supervisor_client, f"/t/acme/jobs/{job.pk}/")
    assert "Waiting for the object storage" in page
    assert "dialler answers again" not in page
    bucket.server.trouble("")
    Job.objects.filter(pk=job.pk).update(next_run_at=None)
    job = driven(job)
    assert job.state == JobState.SUCCEEDED, job.message
    assert len(sandbox.dump(list_id)) == 30


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_pages_say_it(bucket: Bucket, tenant: Any, sandbox: Any, supervisor_client: Client, accept: str) -> None:
    list_id = create_list(sandbox)
    job = driven(queued_upload(tenant, list_id, [*people(5), *people(1)]))
    bucket.server.trouble("503")
    headers = {"Accept": accept, "X-File-Name": "a.csv"}
    answer = supervisor_client.post(
        f"/t/acme/lists/{list_id}/upload/",
        b"id,phone\n1,6505550100\n",
        content_type="application/octet-stream",
        headers=headers,
    )
    assert answer.status_code == 503
    said = answer.json()["problem"] if "json" in accept else answer.content.decode()
    assert "The object storage could not do it" in said
    assert Job.objects.count() == 1
    rejects = supervisor_client.get(f"/t/acme/jobs/{job.pk}/rejects.csv")
    assert rejects.status_code == 503
    assert "Try again in a moment" in rejects.content.decode()


def test_the_start_and_health_say_what_is_wrong_and_what_to_do(
    bucket: Bucket, settings: Any, client: Client, tenant: Any
) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(bucket, bucket_name="not-there")}
    assert "There is no bucket “not-there” at" in files_problem()
    assert "correct BPADMIN_S3_BUCKET" in files_problem()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    files = next(part for part in answer.json()["parts"] if part["name"] == "files")
    assert "There is no bucket" in files["words"]
    closed = f"http://127.0.0.1:{free_port()}"
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(bucket, endpoint_url=closed)}
    assert f"does not answer as it should (the bucket “{bucket.name}” at {closed})" in files_problem()
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(bucket)}
    bucket.server.trouble("403")
    assert "BPADMIN_S3_KEY_ID" in files_problem()
    bucket.server.trouble("PUT 403")
    assert "let the key read, write, delete and list there" in files_problem()
    bucket.server.trouble("")
    assert files_problem() == ""
    assert bucket.names() == ["bpadmin-mark"]
    asked = bucket.server.requests()
    assert files_problem() == ""
    assert bucket.server.requests() == asked  # what was well a moment ago is not asked again
    assert next(part for part in client.get("/readyz").json()["parts"] if part["name"] == "files")["ok"]


def test_two_installations_with_one_bucket_and_prefix_are_told_apart(
    bucket: Bucket, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files_problem() == ""
    default_storage.delete("bpadmin-mark")
    default_storage.save("bpadmin-mark", ContentFile(b"another"))
    monkeypatch.setattr("bpadmin.installation.files._well", {})
    assert "its mark is another" in files_problem()


def test_what_cannot_be_removed_now_is_removed_later(bucket: Bucket, tenant: Any, sandbox: Any) -> None:
    job = driven(queued_upload(tenant, create_list(sandbox), people(5)))
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=100))
    bucket.server.trouble("503")
    assert jobs_tidy() == 0
    bucket.server.trouble("")
    assert jobs_tidy() == 1
    assert bucket.names() == []
    assert not [path for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def page_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()

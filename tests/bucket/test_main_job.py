"""The main job with every file in a bucket: from the page that takes a file to the files that people fetch."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.installation.files import files_problem
from bpadmin.jobs.files.cleanup import jobs_tidy
from bpadmin.jobs.files.orphans import OLD, orphans_collect
from bpadmin.jobs.files.spool import SpoolWriter, spool_files
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now
from bpadmin.operations.backup import backup_write
from bpadmin.records.exports.services import exports_expire
from bpadmin.records.kinds import RESULTS_EXPORT
from lists.formats.services import format_remember
from tests.bucket.conftest import Bucket, is_left_local
from tests.campaigns.exporting import World
from tests.chaos.stack import Stack, rows_answered, wait_for_worker, wait_until
from tests.jobs.uploading import (
    KEYED,
    KEYLESS,
    accounted,
    create_list,
    driven,
    file_of,
    people,
    queued_upload,
    ready_upload,
)
from tests.lists.walking import check_url, map_url, said, shown
from tests.operations.test_backup import installation

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "snapshot"]),
    pytest.mark.slow,
    pytest.mark.timeout(900),
]

BAD = {"id": "", "phone": "4930999", "name": "No key"}


def workbook_of(rows: list[dict[str, str]]) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.active.append([field.name for field in KEYED])
    for row in rows:
        book.active.append([row[field.name] for field in KEYED])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def nothing_local() -> None:
    """Nothing that is kept lies on this machine, and nothing is left of what was under way."""
    assert is_left_local(Path(settings.MEDIA_ROOT)) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("way", ["form", "script"])
def test_a_file_goes_through_the_pages_into_the_list_and_its_rejects_come_back(
    bucket: Bucket, supervisor_client: Client, sandbox: Any, tenant: Any, kind: str, way: str
) -> None:
    list_id = create_list(sandbox)
    format_remember(tenant=tenant, list_id=list_id, list_name="Autumn", format_id="", format_name="", fields=KEYED)
    rows = [*people(40), BAD]
    file = workbook_of(rows) if kind == "xlsx" else file_of(rows, KEYED)
    url = f"/t/acme/lists/{list_id}/upload/"
    if way == "form":
        file.name = f"people.{kind}"  # type: ignore[attr-defined]
        answer = supervisor_client.post(url, {"file": file})
        assert answer.status_code == 302, answer.content.decode()
    else:
        headers = {"Accept": "application/json", "X-File-Name": f"people.{kind}"}
        answer = supervisor_client.post(url, file.getvalue(), content_type="application/octet-stream", headers=headers)
        assert answer.status_code == 200, answer.content.decode()
    job = Job.objects.get()
    assert bucket.names() == [job.upload_path]
    page = supervisor_client.get(map_url(job))
    assert "Person 1" in page.content.decode()
    supervisor_client.post(map_url(job), said(page))
    job.refresh_from_db()
    if job.state == JobState.PREPARING:
        job_prepare_now(job_id=job.pk, worker="test")
        job.refresh_from_db()
    assert job.state == JobState.READY, job.message
    supervisor_client.post(check_url(job), shown(job), follow=True)
    job = driven(job)
    assert (job.state, job.n_added, job.n_rejected) == (JobState.PARTIAL, 40, 1), job.message
    assert len(sandbox.dump(list_id)) == 40
    rejects = supervisor_client.get(f"/t/acme/jobs/{job.pk}/rejects.csv")
    text = b"".join(rejects.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert [row["name"] for row in csv.DictReader(io.StringIO(text))] == ["No key"]
    assert bucket.names() == sorted([job.upload_path, *(each.name for each in spool_files(job))])
    nothing_local()

    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - 100 * OLD * 24)
    assert jobs_tidy() == 1
    assert bucket.names() == []


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ndjson"])
def test_an_export_is_read_into_the_bucket_and_fetched_from_it(
    bucket: Bucket, supervisor_client: Client, sandbox: Any, tenant: Any, kind: str
) -> None:
    world = World(sandbox, 60)
    said = {"kind": "all", "rows": "record", "format": kind}
    asked = supervisor_client.post(reverse("campaigns:export", args=["acme", world.campaign]), said)
    assert asked.status_code == 302
    job = Job.objects.get(kind=RESULTS_EXPORT)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    answer = supervisor_client.get(reverse("records:export_file", args=["acme", job.pk]))
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert int(answer["Content-Length"]) == len(data)
    assert len(bucket.names()) == 1  # the parts that it was made of are gone
    assert bucket.names()[0].startswith(f"exports/{job.pk}/")
    if kind == "xlsx":
        assert openpyxl.load_workbook(io.BytesIO(data))["Results"].max_row == 61
    else:
        assert len(data.splitlines()) == (60 if kind == "ndjson" else 61)
    nothing_local()
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - 100 * OLD * 24)
    assert exports_expire() == 1
    assert bucket.names() == []


def test_a_worker_killed_in_the_middle_is_followed_by_another(
    bucket: Bucket, sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    count = 20_000
    list_id = create_list(sandbox, KEYLESS)
    stack = Stack()
    try:
        stack.start("broker", "worker", "beat")
        job = queued_upload(tenant, list_id, people(count), fields=KEYLESS, chunk_size=500, lanes=2)
        sandbox.latency(0.3)
        wait_until(lambda: rows_answered(job) >= count // 4, "a quarter is sent")
        stack.kill("worker")
        since = timezone.now()
        stack.start("worker")
        wait_for_worker(since)
        sandbox.latency(0)
        wait_until(lambda: Job.objects.get(pk=job.pk).is_final, "the job ends", 120)
    finally:
        stack.stop()
    accounted(job)
    assert job.state == JobState.SUCCEEDED, job.message
    assert sorted(record["id"] for record in sandbox.dump(list_id)) == sorted(row["id"] for row in people(count))


def test_a_check_that_was_overtaken_removes_its_own_files_only(bucket: Bucket, sandbox: Any, tenant: Any) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(20))
    slow = SpoolWriter(job)
    slow.add(b"[]", [1])
    slow.finish()
    job_prepare_now(job_id=job.pk, worker="test")
    before = [each.name for each in spool_files(job) if each.is_used]
    slow.discard()
    assert [each.name for each in spool_files(job)] == before
    assert driven(queued(job)).n_added == 20


def queued(job: Job) -> Job:
    job.refresh_from_db()
    return job_confirm(job=job, actor_name="test")


def test_changed_data_are_never_sent(bucket: Bucket, sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(20), lanes=1)
    name = f"{job.spool_path}.json"
    with default_storage.open(name) as file:
        data = file.read()
    default_storage.delete(name)
    default_storage.save(name, ContentFile(data.replace(b"Person 7", b"Nobody 7")))
    job = driven(job)
    assert job.state == JobState.FAILED
    assert "not as the check wrote them" in job.message
    assert sandbox.dump(list_id) == []


def test_what_has_no_owner_is_collected_and_everything_else_stays(
    bucket: Bucket, sandbox: Any, tenant: Any, settings: Any
) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(20))
    kept = bucket.names()
    for name in (
        f"uploads/{tenant.pk}/lost",
        f"spools/{job.pk}/lost.json",
        "spools/999999/lost.rows",
        "exports/7/lost",
    ):
        default_storage.save(name, ContentFile(b"lost"))
    bucket.server.client.create_multipart_upload(Bucket=bucket.name, Key=f"{bucket.prefix}/uploads/{tenant.pk}/half")
    work = Path(settings.MEDIA_ROOT) / "work"
    (work / "left").mkdir(parents=True)
    (work / "left" / "sheet").write_bytes(b"x")
    orphans_collect(timezone.now())
    assert len(bucket.names()) == len(kept) + 4  # they are young
    orphans_collect(timezone.now() + 2 * OLD)
    assert bucket.names() == kept
    assert bucket.server.unfinished(bucket.name) == []
    nothing_local()


def test_a_backup_moves_files_from_a_folder_into_a_bucket_and_back(
    sandbox: Any, tenant: Any, tmp_path: Path, settings: Any, request: pytest.FixtureRequest
) -> None:
    assert files_problem() == ""
    job = queued_upload(tenant, create_list(sandbox), people(30))
    with (tmp_path / "first.tar").open("wb") as stream:
        backup_write(stream)
    local = {path.name: path.read_bytes() for path in is_left_local(Path(settings.MEDIA_ROOT))}
    bucket: Bucket = request.getfixturevalue("bucket")
    inside = installation({"BPADMIN_DATA": str(tmp_path / "inside"), **bucket.environment()})
    done = inside("restore", str(tmp_path / "first.tar"))
    assert done.returncode == 0, done.stderr
    assert {Path(key).name for key in bucket.names()} == set(local)
    done = inside("status", "--json")
    assert '"files", "ok": true' in done.stdout, done.stdout
    done = inside("backup", str(tmp_path / "second.tar"))
    assert done.returncode == 0, done.stderr
    outside = installation({"BPADMIN_DATA": str(tmp_path / "outside")})
    done = outside("restore", str(tmp_path / "second.tar"))
    assert done.returncode == 0, done.stderr
    back = {path.name: path.read_bytes() for path in is_left_local(tmp_path / "outside" / "files")}
    assert back == local
    assert f"{Path(job.spool_path).name}.json" in back
    assert exports_expire() == 0

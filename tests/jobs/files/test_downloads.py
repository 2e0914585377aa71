"""What is fetched is whole, or an answer in words: never a beginning that looks like all of it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from bpadmin.jobs.files.rejects import rejects_lines
from bpadmin.jobs.files.spool import REFUSED, ROWS
from bpadmin.jobs.models import Job, JobState
from bpadmin.web import downloads
from bpadmin.web.downloads import FileGone, file_write
from tests.jobs.uploading import create_list, driven, people, queued_upload
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ended(tenant: Any, sandbox: Any) -> Job:
    """A job of 12 rows of which the check refused one and the list has one already."""
    rows = [*people(11), {"id": "P12", "phone": "", "name": "Nobody"}]
    rows[10] = {**rows[10], "id": ""}
    job = driven(queued_upload(tenant, create_list(sandbox), rows))
    assert job.n_rejected
    return job


def file_of(client: Client, job: Job) -> Any:
    return client.get(f"/t/acme/jobs/{job.pk}/rejects.csv")


def test_a_download_says_how_long_it_is(supervisor_client: Client, ended: Job) -> None:
    response = file_of(supervisor_client, ended)
    data = b"".join(response.streaming_content)
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(data)
    assert data == b"".join(rejects_lines(ended))


@pytest.mark.parametrize("lost", ["upload", "row numbers", "refusals"])
def test_a_file_that_is_gone_is_an_answer_in_words_and_no_header_alone(
    supervisor_client: Client, ended: Job, lost: str
) -> None:
    spool = ended.spool_path
    places = {"upload": ended.upload_path, "row numbers": spool + ROWS, "refusals": spool + REFUSED}
    default_storage.delete(places[lost])
    response = file_of(supervisor_client, ended)
    assert response.status_code == 410
    assert "no longer kept" in response.content.decode()
    assert "Content-Disposition" not in response.headers


def test_a_file_cut_short_in_storage_is_no_download(supervisor_client: Client, ended: Job) -> None:
    path = Path(default_storage.path(ended.upload_path))
    path.write_bytes(path.read_bytes()[:60])
    response = file_of(supervisor_client, ended)
    assert response.status_code == 410
    assert "shorter here than it was when it was checked" in response.content.decode()


def test_rows_of_a_job_whose_file_was_given_back_are_not_an_empty_file(supervisor_client: Client, ended: Job) -> None:
    Job.objects.filter(pk=ended.pk).update(upload_path="")
    assert file_of(supervisor_client, ended).status_code == 410


def test_a_disk_without_room_for_the_file_says_so(
    supervisor_client: Client, ended: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(parts: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "file_make", full)
    response = file_of(supervisor_client, ended)
    assert response.status_code == 507
    assert "The disk of bpadmin is full: free" in response.content.decode()


def test_rejects_whose_file_is_gone_cannot_be_sent_again(supervisor_client: Client, ended: Job) -> None:
    default_storage.delete(ended.upload_path)
    response = supervisor_client.post(f"/t/acme/uploads/{ended.pk}/again/", {"same": "1"})
    assert response.status_code == 422
    assert "no longer kept" in response.content.decode()
    assert Job.objects.count() == 1


def test_a_file_of_the_shell_is_whole_or_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("before")

    def parts() -> Any:
        yield b"a beginning"
        raise FileGone("it is gone")

    with pytest.raises(FileGone):
        file_write(path, parts())
    assert path.read_text() == "before"
    file_write(path, [b"af", b"ter"])
    assert path.read_text() == "after"
    assert [each.name for each in tmp_path.iterdir()] == ["rejects.csv"]


def test_the_shell_says_that_rejects_are_gone_and_writes_none(
    tenant: Any, sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(job: Job) -> Any:
        yield b"header"
        raise FileGone("The file of this upload is no longer kept here.")

    monkeypatch.setattr("lists.management.commands.list_upload.rejects_lines", gone)
    list_id, source, target = create_list(sandbox), tmp_path / "people.csv", tmp_path / "rejects.csv"
    source.write_text("id,phone,name\nP1,493010000001,Person 1\n")
    fields = ("--field", "id:ACCOUNT", "--field", "phone:PHONE", "--field", "name:OTHER", "--key", "id")
    code, told = run("list_upload", "acme", list_id, str(source), "--rejects", str(target), *fields)
    assert code == 1
    assert "no longer kept" in told["error"]
    assert Job.objects.get().state == JobState.SUCCEEDED
    assert not target.exists()

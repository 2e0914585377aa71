"""Rows in question stay with their job: no correction, no file and no other button sends them a second time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.engine import quiet_time
from bpadmin.jobs.files.rejects import refused_lines, rejects_lines
from bpadmin.jobs.files.row_ranges import ranges_in_words
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.services import (
    Decision,
    IllegalMove,
    chunk_decide,
    job_cancel,
    job_confirm,
    job_prepare_now,
    job_read_back,
    job_retry,
    job_submit,
)
from bpadmin.tenants.services import tenant_client
from bpadmin.uploads.files import upload_again, upload_create, upload_inspect
from lists.kinds import LIST_UPLOAD
from lists.uploads.handler import UploadHandler
from lists.uploads.services import upload_configure
from tests.jobs.uploading import (
    KEYLESS,
    accounted,
    counts,
    create_list,
    driven,
    ids,
    outcomes,
    people,
    queued_upload,
)

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": field.name, "type": str(field.type)} for field in KEYLESS]


def lost(*kinds: str) -> list[dict[str, Any]]:
    return [{"methods": ["add_many_records"], "kind": kind, "times": 1} for kind in kinds]


@pytest.fixture
def list_id(sandbox: Any) -> str:
    """A list without keys, which a campaign has."""
    return sandbox.create_list("Autumn", FIELDS, bind=[sandbox.create_campaign("Winter")])


@pytest.fixture
def cancelled(sandbox: Any, tenant: Any, list_id: str) -> Job:
    """A job of 40 rows: two refused by the check, ten in doubt (they are in the list), the rest cancelled."""
    rows = people(40)
    rows[0]["phone"] = rows[39]["phone"] = ""
    sandbox.faults([*lost("cut_after"), {"methods": ["get_list"], "kind": "http_500", "after": 1}])
    sandbox.faults([{"methods": ["add_many_records"], "kind": "http_500"}])
    job = driven(queued_upload(tenant, list_id, rows, fields=KEYLESS, chunk_size=20), seconds=1)
    sandbox.faults([])
    job_cancel(job=job, actor_name="Sam")
    job = accounted(job)
    assert (job.state, job.n_uncertain, job.n_rejected) == (JobState.CANCELLED, 20, 2)
    return job


def codes(lines: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in b"".join(lines).decode("utf-8-sig").splitlines()[1:]:
        code = line.split(",")[4]
        found[code] = found.get(code, 0) + 1
    return found


def configured(job: Job) -> Job:
    """Map a file's columns, have it checked and give the job as it waits."""
    inspection = upload_inspect(job=job)
    mapping = {str(index): name for index, name in enumerate(("id", "phone", "name"))}
    upload_configure(job=job, dialect=inspection.dialect, mapping=mapping, fields=KEYLESS, mode="add")
    job_submit(job=job)
    assert job_prepare_now(job_id=job.pk, worker="test") == JobState.READY
    job.refresh_from_db()
    return job


def test_a_correction_takes_refused_rows_only_and_the_file_lists_all(cancelled: Job) -> None:
    assert codes(refused_lines(cancelled)) == {"no_phone": 2}
    assert codes(rejects_lines(cancelled)) == {"no_phone": 2, "uncertain": 20, "not_sent": 18}
    text = b"".join(rejects_lines(cancelled)).decode()
    assert f"whether it is in the list is settled on the page of job {cancelled.pk}" in text


def test_our_importer_leaves_rows_of_another_job_out(tenant: Any, list_id: str, cancelled: Job, tmp_path: Any) -> None:
    file = tmp_path / "rejects.csv"
    file.write_bytes(b"".join(rejects_lines(cancelled)).replace(b"P1,,", b"P1,4930123456,"))
    with file.open("rb") as stream:
        job = configured(
            upload_create(
                kind=LIST_UPLOAD, tenant=tenant, list_id=list_id, list_name="Autumn", file_name="x.csv", stream=stream
            )
        )
    assert (job.rows_total, job.n_not_sent, job.n_rejected_check) == (40, 1, 39)
    problem = next(each for each in job.report["problems"] if each["code"] == "settled_elsewhere")
    assert problem["count"] == 38
    assert f"on the page of job {cancelled.pk}" in problem["samples"][0]["detail"]
    # Nor do they get round it by a second file.
    again = driven(job_confirm(job=job, actor_name="Sam"))
    assert codes(refused_lines(again)) == {"no_phone": 1}


def test_one_button_of_the_chain_is_pressed_once(
    supervisor_client: Client, sandbox: Any, list_id: str, cancelled: Job
) -> None:
    url, again = f"/t/acme/jobs/{cancelled.pk}/", f"/t/acme/uploads/{cancelled.pk}/again/"
    assert "Fix and send again" in supervisor_client.get(url).content.decode()
    # Mapped anew and given up, and mapped anew twice more: nothing was sent yet.
    supervisor_client.post(again, {"same": "1"})
    job_cancel(job=Job.objects.get(parent=cancelled))
    assert "Fix and send again" in supervisor_client.get(url).content.decode()
    first, second = configured(upload_again(job=cancelled)), configured(upload_again(job=cancelled))
    page = supervisor_client.get(url).content.decode()
    assert f"See the correction (job {second.pk})" in page
    assert "Fix and send again" not in page
    job_confirm(job=first, actor_name="Sam")
    words = f"Job {first.pk} has taken the rejected rows of job {cancelled.pk} already"
    with pytest.raises(IllegalMove, match=words):
        job_confirm(job=second, actor_name="Kim")
    assert f"See the correction (job {first.pk})" in supervisor_client.get(url).content.decode()
    refused = supervisor_client.post(again, {"same": "1"})
    assert refused.status_code == 422
    assert words in refused.content.decode()
    file = SimpleUploadedFile("right.csv", b"id,phone,name\nP1,4930123,A\n")
    assert supervisor_client.post(again, {"file": file}).status_code == 422


def test_a_cancelled_job_with_rows_in_doubt_asks_and_can_read_back(
    supervisor_client: Client, sandbox: Any, list_id: str, cancelled: Job
) -> None:
    page = " ".join(supervisor_client.get(f"/t/acme/jobs/{cancelled.pk}/").content.decode().split())
    assert "Are rows" in page
    assert "the job ended before it was found out" in page
    assert "Let bpadmin look for the 20 rows" in page
    job = driven(job_read_back(job=cancelled, actor_name="Sam", ring=False))
    held = len(sandbox.dump(list_id))
    assert (job.state, job.n_added, job.n_uncertain) == (JobState.CANCELLED, held, 0)
    job = driven(job_retry(job=job, actor_name="Sam"))
    assert counts(job) == {"added": 38, "rejected": 2}
    assert ids(sandbox.dump(list_id)) == ids(people(39)[1:])


def test_nobody_may_say_that_rows_are_not_there_while_they_may_still_come(
    cancelled: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = cancelled.chunks.get(state=ChunkState.ASK)
    monkeypatch.setattr(quiet_time, "SCALE", 100.0)
    with pytest.raises(IllegalMove, match="the dialler may still carry out what was asked"):
        chunk_decide(chunk=chunk, decision=Decision.NOT_APPLIED)
    job_read_back(job=cancelled)
    assert cancelled.next_run_at is not None
    assert cancelled.next_run_at > timezone.now() + timedelta(hours=1)
    assert "The list is read from" in cancelled.message


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.FAILED, JobState.ERRORED])
def test_a_decision_in_a_job_that_had_stopped_leaves_it_stopped(cancelled: Job, state: JobState) -> None:
    Job.objects.filter(pk=cancelled.pk).update(state=state, message=f"Why it stopped. {cancelled.message}")
    chunk_decide(chunk=cancelled.chunks.get(state=ChunkState.ASK), decision=Decision.NOT_APPLIED, actor_name="Sam")
    job = accounted(cancelled)
    assert (job.state, counts(job)) == (state, {"rejected": 2, "not_sent": 38})
    assert job.message == (
        "Why it stopped. 0 of 40 rows are in the list. 2 were rejected: download them with the reasons, correct and "
        "send again. 38 were not sent."
    )
    assert job_retry(job=job).state == JobState.QUEUED


def test_with_keys_the_rest_and_what_is_in_doubt_are_sent_again(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.faults([*lost("cut_after"), {"methods": ["add_many_records"], "kind": "http_503"}])
    job = driven(queued_upload(tenant, list_id, people(30), lanes=1), seconds=1)
    sandbox.faults([])
    job = job_cancel(job=job, actor_name="Sam")
    assert job.state == JobState.CANCELLED
    assert Chunk.objects.filter(job=job, state=ChunkState.ASK).exists()
    job = driven(job_retry(job=job, actor_name="Sam"))
    assert (job.state, job.n_in_list) == (JobState.SUCCEEDED, 30)
    assert "found there after a lost answer" in job.message
    assert "there before" not in job.message
    assert ids(sandbox.dump(list_id)) == ids(people(30))


def test_rows_that_a_list_lacks_are_named_by_reading_it_back(
    supervisor_client: Client, sandbox: Any, tenant: Any, list_id: str
) -> None:
    sandbox.faults(lost("drop_row_counted"))
    job = driven(queued_upload(tenant, list_id, people(30), fields=KEYLESS))
    assert counts(job) == {"added": 29, "unaccounted": 1}
    assert "Let bpadmin look for the 1 row<" in supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    job = driven(job_read_back(job=job, actor_name="Sam", ring=False))
    assert counts(job) == {"added": 29, "unaccounted": 1}
    held = {record["id"] for record in sandbox.dump(list_id)}
    missing = [at + 2 for at, row in enumerate(people(30)) if row["id"] not in held]
    assert outcomes(job) == {"unaccounted": missing}
    assert codes(rejects_lines(job)) == {"unaccounted": 1}
    with pytest.raises(IllegalMove, match="no rows in question"):
        job_read_back(job=job)


def test_a_list_that_is_gone_is_not_said_to_hold_rows(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(30), lanes=1)
    send = UploadHandler.send

    def send_and_delete(*args: Any, **given: Any) -> Any:
        result = send(*args, **given)
        with tenant_client(tenant) as other:
            other.delete_list(list_id)
        return result

    monkeypatch.setattr(UploadHandler, "send", send_and_delete)
    job = driven(job)
    assert job.state == JobState.FAILED
    assert "10 of 30 rows were taken before the dialler said that this list does not exist" in job.message
    assert "in the list" not in job.message


def test_rows_in_doubt_of_a_correction_are_named_by_their_first_numbers_wherever_they_are(
    supervisor_client: Client, sandbox: Any, tenant: Any, list_id: str, tmp_path: Any
) -> None:
    rows = people(40)
    for at in (1, 7, 18):
        rows[at]["phone"] = ""
    first = driven(queued_upload(tenant, list_id, rows, fields=KEYLESS))
    assert (first.state, first.n_rejected) == (JobState.PARTIAL, 3)
    lines = b"".join(rejects_lines(first)).replace(b",,Person", b",4930123456,Person")
    file = tmp_path / "right.csv"
    file.write_bytes(lines)
    with file.open("rb") as stream:
        target = {"tenant": tenant, "list_id": list_id, "list_name": "Autumn"}
        job = configured(upload_create(kind=LIST_UPLOAD, file_name="right.csv", stream=stream, parent=first, **target))
    assert job.parent_id == first.pk
    sandbox.faults([*lost("cut_after"), {"methods": ["get_list"], "kind": "http_500", "after": 1}])
    job = driven(job_confirm(job=job, actor_name="Sam"), seconds=1)
    sandbox.faults([])
    job_cancel(job=job, actor_name="Sam")
    job = accounted(job)
    assert job.n_uncertain == 3
    asked = job.chunks.get(state=ChunkState.ASK)
    assert (asked.first_row, asked.last_row) == (2, 4)
    page = " ".join(supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode().split())
    assert "Are rows 3, 9 and 20 in the list?" in page
    assert "answer for rows 3, 9 and 20 was lost" in page
    assert "rows 2 to 4" not in page
    told = supervisor_client.get(f"/t/acme/jobs/{job.pk}/question/{asked.number}.csv")
    assert "rows 3, 9 and 20" in told.headers["Content-Disposition"]
    chunk_decide(chunk=asked, decision=Decision.APPLIED, actor_name="Sam")
    assert AuditEntry.objects.filter(message__startswith="Rows 3, 9 and 20: ").exists()


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([7], "row 7"),
        ([1200, 1201, 1202], "rows 1,200 to 1,202"),
        ([3, 9, 20], "rows 3, 9 and 20"),
        ([3, 5, 7, 9, 11, 13, 1500], "7 rows between 3 and 1,500"),
    ],
)
def test_rows_that_lie_apart_are_named_or_counted_and_never_a_span(numbers: list[int], words: str) -> None:
    assert ranges_in_words(numbers) == words

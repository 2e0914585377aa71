"""Rows whose answer was lost, in a list without keys, found by reading the list back: told apart, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.jobs import services
from bpadmin.jobs.engine import read_back as reading
from bpadmin.jobs.files.rejects import question_lines, rejects_lines
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase, JobState, Reading, WriteLock
from bpadmin.jobs.reasons import FOUND, MISSING, UNCLEAR
from bpadmin.jobs.services import Decision, IllegalMove, chunk_decide, job_cancel, job_pause, job_read_back, job_resume
from bpadmin.tenants.services import tenant_client, tenant_test
from lists.uploads import read_back as reconciling
from tests.jobs.uploading import KEYLESS, accounted, counts, driven, ids, outcomes, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def list_id(sandbox: Any) -> str:
    """A list without keys, which a campaign has."""
    return bound_list(sandbox)


def bound_list(sandbox: Any, records: Sequence[Any] = ()) -> str:
    fields = [{"name": field.name, "type": str(field.type)} for field in KEYLESS]
    campaign = sandbox.create_campaign("Winter")
    return sandbox.create_list("Autumn", fields, bind=[campaign], records=records)


def asked(sandbox: Any, tenant: Any, list_id: str, rows: Sequence[Any], lost: Sequence[str]) -> Job:
    """Return an ended job of chunks of ten: the answers to the first ones were lost, and counting cannot settle them.

    `lost` says of each whether it was applied ("cut_after") or not ("cut_before"). Somebody else has written into the
    list meanwhile.
    """
    job = queued_upload(tenant, list_id, rows, fields=KEYLESS)
    driven(job, seconds=0)
    with tenant_client(tenant) as other:
        other.add_many_records(list_id, people(3, start=9000))
    assert driven(job, seconds=0).state == JobState.PAUSED
    job_resume(job=job, actor_name="Sam")
    sandbox.faults([{"methods": ["add_many_records"], "kind": kind, "times": 1} for kind in lost])
    job = driven(job)
    assert job.state == JobState.PARTIAL
    assert job.n_uncertain == 10 * len(lost)
    return job


def read(job: Job) -> Job:
    return driven(job_read_back(job=job, actor_name="Sam", ring=False))


def in_question(job: Job) -> Chunk:
    return Chunk.objects.get(job=job, state=ChunkState.ASK)


def stored(sandbox: Any, list_id: str) -> list[str]:
    return [each for each in ids(sandbox.dump(list_id)) if not each.startswith("P900")]


def test_a_list_that_no_campaign_has_is_read_by_itself_where_the_tenant_gives_it(sandbox: Any, tenant: Any) -> None:
    fields = [{"name": field.name, "type": str(field.type)} for field in KEYLESS]
    list_id = sandbox.create_list("Autumn", fields)
    sandbox.options(newer_lists=True)
    tenant_test(tenant)
    job = read(asked(sandbox, tenant, list_id, people(40), ["cut_after", "cut_before"]))
    assert counts(job) == {"added": 30, "not_sent": 10}
    assert sandbox.stats()["requests"]["fetch_all_records"] > 1
    assert len(stored(sandbox, list_id)) == job.n_accepted


def test_it_tells_what_was_applied_from_what_was_not(sandbox: Any, tenant: Any, list_id: str) -> None:
    job = asked(sandbox, tenant, list_id, people(40), ["cut_after", "cut_before"])
    assert counts(job) == {"added": 20, "uncertain": 20}
    job = read(job)
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 30, "not_sent": 10})
    assert "10 are in it and count as accepted, 10 are not in it and can be sent again" in job.message
    assert "30 of 40 rows are in the list. 10 were not sent. The list changed by 3 more than was sent" in job.message
    assert len(stored(sandbox, list_id)) == job.n_accepted
    found = Chunk.objects.get(job=job, number=1)
    assert (found.state, found.n_added) == (ChunkState.DONE, 10)
    assert "all 10 rows were found" in found.message
    job = driven(services.job_retry(job=job))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 40})
    assert stored(sandbox, list_id) == ids(people(40))


def test_it_says_in_the_log_who_asked_and_what_was_found(sandbox: Any, tenant: Any, list_id: str) -> None:
    job = read(asked(sandbox, tenant, list_id, people(20), ["cut_after"]))
    assert (job.state, job.message.count("All 20 rows are in the list.")) == (JobState.SUCCEEDED, 1)
    order = AuditEntry.objects.get(verb=Verb.JOB_READ_BACK)
    assert (order.actor_name, order.message) == ("Sam", "10 rows in question")
    found = AuditEntry.objects.get(verb=Verb.JOB_DECIDE)
    assert "10 are in it and count as accepted" in found.message
    assert found.details["rows"] == ["Rows 2 to 11: all are in the list"]


@pytest.fixture
def in_part(sandbox: Any, tenant: Any, list_id: str) -> Job:
    """A job of which ten rows were read back: seven were found, and three, which the platform had dropped, were not."""
    sandbox.options(vanishing_value="ghost")
    rows = people(30)
    rows[1]["name"] = rows[2]["name"] = rows[3]["name"] = "ghost"
    return read(asked(sandbox, tenant, list_id, rows, ["cut_after"]))


def test_a_chunk_that_is_there_in_part_stays_a_question_with_the_numbers(
    sandbox: Any, list_id: str, in_part: Job
) -> None:
    assert (in_part.state, counts(in_part)) == (JobState.PARTIAL, {"added": 20, "uncertain": 10})
    chunk = in_question(in_part)
    assert "7 of 10 rows were found in it, 3 were not" in chunk.message
    assert chunk.outcome == {FOUND: [2, 6, 7, 8, 9, 10, 11], MISSING: [3, 4, 5]}
    assert "10 stay in question" in in_part.message
    assert len(stored(sandbox, list_id)) == 27


def test_a_file_says_which_rows_were_found(in_part: Job) -> None:
    lines = b"".join(question_lines(in_part, in_question(in_part))).decode("utf-8-sig").splitlines()
    assert lines[0] == "id,phone,name,row,reason_code,reason,suggested_fix"
    assert [tuple(line.split(",")[3:5]) for line in lines[1:]] == [
        (str(row), "missing" if row in (3, 4, 5) else "found") for row in range(2, 12)
    ]
    rejects = b"".join(rejects_lines(in_part)).decode("utf-8-sig").splitlines()
    assert len(rejects) == 11
    assert "not found when the list was read back" in rejects[2]


def test_a_person_may_count_what_was_found_and_name_the_rest(sandbox: Any, list_id: str, in_part: Job) -> None:
    chunk_decide(chunk=in_question(in_part), decision=Decision.APPLIED, actor_name="Sam")
    job = accounted(in_part)
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 27, "unaccounted": 3})
    assert outcomes(job) == {"unaccounted": [3, 4, 5]}
    assert len(stored(sandbox, list_id)) == job.n_accepted


def test_the_same_row_in_two_lost_requests_is_not_guessed(sandbox: Any, tenant: Any, list_id: str) -> None:
    rows = people(30)
    rows[12] = rows[3]
    job = read(asked(sandbox, tenant, list_id, rows, ["cut_after", "cut_before"]))
    assert counts(job) == {"added": 10, "uncertain": 20}
    first, second = Chunk.objects.filter(job=job, state=ChunkState.ASK).order_by("number")
    assert "another request that is in question" in first.message
    assert first.outcome[UNCLEAR] == [5]
    assert len(second.outcome[MISSING]) == 9


def test_a_row_that_another_upload_may_have_put_there_is_not_guessed(sandbox: Any, tenant: Any, list_id: str) -> None:
    driven(queued_upload(tenant, list_id, people(10), fields=KEYLESS))
    job = read(asked(sandbox, tenant, list_id, people(20), ["cut_before"]))
    assert counts(job) == {"added": 10, "uncertain": 10}
    assert "0 of 10 rows were found" in in_question(job).message
    assert "other uploads or other people" in in_question(job).message
    assert len(sandbox.dump(list_id)) == 23


def test_copies_that_all_uploads_together_explain_are_found(sandbox: Any, tenant: Any, list_id: str) -> None:
    driven(queued_upload(tenant, list_id, people(10), fields=KEYLESS))
    job = read(asked(sandbox, tenant, list_id, people(20), ["cut_after"]))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 20})
    assert len(sandbox.dump(list_id)) == 33


def test_a_list_that_no_campaign_has_keeps_the_question(sandbox: Any, tenant: Any) -> None:
    list_id = sandbox.create_list("Autumn", [{"name": field.name, "type": str(field.type)} for field in KEYLESS])
    job = read(asked(sandbox, tenant, list_id, people(20), ["cut_after"]))
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 10, "uncertain": 10})
    assert job.message.startswith("No campaign has this list")
    assert Reading.objects.get(job=job).trouble


@pytest.mark.parametrize("fault", ["http_500", "cut_before"])
def test_a_list_that_cannot_be_read_to_its_end_keeps_the_question(
    sandbox: Any, tenant: Any, list_id: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_FAILURES", 1)
    monkeypatch.setattr(reconciling, "PAGE", 10)
    job = asked(sandbox, tenant, list_id, people(30), ["cut_before"])
    message = in_question(job).message
    sandbox.faults([{"methods": ["get_all_records"], "kind": fault, "after": 1}])
    job = read(job)
    assert (job.state, counts(job), job.phase) == (JobState.PARTIAL, {"added": 20, "uncertain": 10}, JobPhase.SEND)
    assert job.message.startswith("The list could not be read back to its end")
    assert in_question(job).message == message
    assert len(stored(sandbox, list_id)) == 20


def test_a_reading_goes_on_where_it_was_whoever_goes_on(
    sandbox: Any, tenant: Any, list_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "PAGE", 10)
    job = asked(sandbox, tenant, list_id, people(40), ["cut_after", "cut_before"])
    before = sandbox.stats()["requests"].get("get_all_records", 0)
    job_read_back(job=job, ring=False)
    turns = 0
    while driven(job, seconds=0).state == JobState.QUEUED:
        turns += 1
        assert job.phase == JobPhase.READ_BACK
        assert counts(job) == {"added": 20, "uncertain": 20}
        assert job.work_done <= job.work_total
    assert turns > 5
    assert counts(job) == {"added": 30, "not_sent": 10}
    assert sandbox.stats()["requests"]["get_all_records"] - before == 4  # 33 records


def test_nobody_decides_and_nothing_is_sent_while_it_reads(sandbox: Any, tenant: Any, list_id: str) -> None:
    job = asked(sandbox, tenant, list_id, people(20), ["cut_after"])
    chunk = in_question(job)
    job_read_back(job=job, ring=False)
    with pytest.raises(IllegalMove, match="is being read back"):
        chunk_decide(chunk=chunk, decision=Decision.NOT_APPLIED)
    with pytest.raises(IllegalMove, match="cannot be read back"):
        job_read_back(job=job)
    with pytest.raises(IllegalMove):
        services.job_retry(job=job)


def test_it_can_be_paused_and_stopped_and_tells_nothing_then(sandbox: Any, tenant: Any, list_id: str) -> None:
    job = asked(sandbox, tenant, list_id, people(20), ["cut_after"])
    message = job.message
    job_read_back(job=job, ring=False)
    driven(job, seconds=0)
    job_pause(job=job)
    assert driven(job).state == JobState.PAUSED
    job_cancel(job=job)
    assert (accounted(job).state, job.phase, job.message) == (JobState.PARTIAL, JobPhase.SEND, message)
    assert Reading.objects.get(job=job).trouble == reading.STOPPED
    assert in_question(job)
    job_read_back(job=job, ring=False)
    job_pause(job=job)
    job_resume(job=job)
    assert driven(job).state == JobState.SUCCEEDED


def test_stopping_one_that_is_being_read_ends_the_reading_and_not_the_job(
    sandbox: Any, tenant: Any, list_id: str
) -> None:
    job = asked(sandbox, tenant, list_id, people(20), ["cut_after"])
    job_read_back(job=job, ring=False)
    Job.objects.filter(pk=job.pk).update(wanted="cancel")
    job = driven(job)
    assert (job.state, job.wanted, counts(job)) == (JobState.PARTIAL, "", {"added": 10, "uncertain": 10})
    assert not WriteLock.objects.exists()


def test_a_job_without_a_question_is_not_read_back(sandbox: Any, tenant: Any, list_id: str) -> None:
    job = driven(queued_upload(tenant, list_id, people(10), fields=KEYLESS))
    with pytest.raises(IllegalMove, match="no rows in question"):
        job_read_back(job=job)

"""What can go wrong between us and the platform: no row is lost, none is doubled by its key, and the sum holds."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.jobs.engine import driver, lanes, retry_policy
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.services import Decision, IllegalMove, chunk_decide, job_drive, job_resume
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
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
from tests.telling import telling

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = {
    "cut after it was applied": {"kind": "cut_after"},
    "cut before it was applied": {"kind": "cut_before"},
    "503": {"kind": "http_503"},
    "503 although it was applied": {"kind": "http_503", "applied": True},
    "500": {"kind": "http_500"},
    "429": {"kind": "rate_limit", "seconds": 1},
    "hang": {"kind": "hang", "seconds": 2},
    "hang although it was applied": {"kind": "hang", "seconds": 2, "applied": True},
    "a proxy's page": {"kind": "html"},
    "a proxy's page although it was applied": {"kind": "html", "applied": True},
    "half an answer": {"kind": "cut_body"},
    "token revoked": {"kind": "revoke_token", "times": 2},
}


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in life for answers that do not come, and between looks."""
    monkeypatch.setattr(driver, "PATIENT_READ", 0.5)
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)


def on_adding(**fault: Any) -> list[dict[str, Any]]:
    return [{"methods": ["add_many_records"], **fault}]


def one_turn(job: Job) -> Job:
    """Drive a job for one turn, as a worker does, which leaves every wait to the sweep."""
    job_drive(job_id=job.pk, seconds=5.0, worker="test", may_wait=False)
    return accounted(job)


# One of each sort: applied and unknown, never begun, told off, without an end, let in no longer.
EACH_SORT = ("cut after it was applied", "503", "429", "half an answer", "token revoked")


@pytest.mark.slow
@pytest.mark.parametrize("name", telling(list(FAULTS), *EACH_SORT))
def test_every_row_is_in_the_list_once_after(sandbox: Any, tenant: Any, name: str) -> None:
    list_id = create_list(sandbox)
    sandbox.faults(on_adding(**{"probability": 0.3, "times": 6, **FAULTS[name]}))
    job = driven(queued_upload(tenant, list_id, people(200)))
    assert job.state == JobState.SUCCEEDED, job.message
    assert job.n_added + job.n_already_there == 200
    assert ids(sandbox.dump(list_id)) == ids(people(200))
    assert job.failures == 0
    assert job.failing_since is None


def test_rows_dropped_in_silence_are_missed_and_sent_again(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    # The second and the third are dropped while the first is looked for.
    sandbox.faults(on_adding(kind="drop_row", times=3))
    job = driven(queued_upload(tenant, list_id, people(50), lanes=1))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 50})
    assert ids(sandbox.dump(list_id)) == ids(people(50))


def test_a_wrong_secret_is_tried_once_more_in_words_before_it_fails_the_job(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    tenant.credentials = {"client_id": "nobody"}
    tenant.save()
    job = one_turn(queued_upload(tenant, list_id, people(20)))
    assert job.state == JobState.QUEUED
    assert "if it is refused again, the job stops" in job.message
    assert driven(job).state == JobState.FAILED
    assert counts(job) == {"not_sent": 20}


def test_a_user_who_is_locked_for_a_moment_costs_only_time(sandbox: Any, tenant: Any) -> None:
    list_id, good = create_list(sandbox), tenant.credentials
    tenant.credentials = {"client_id": "nobody"}
    tenant.save()
    job = one_turn(queued_upload(tenant, list_id, people(20)))
    tenant.credentials = good
    tenant.save()
    assert (driven(job).state, counts(job)) == (JobState.SUCCEEDED, {"added": 20})


def test_answers_that_nobody_can_understand_become_a_question(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20), lanes=1)
    sandbox.faults(on_adding(kind="html", applied=True))
    assert "the job stops and asks you" in one_turn(job).message
    monkeypatch.setattr(retry_policy, "UNREADABLE_SECONDS", 0.2)
    assert driven(job).state == JobState.PARTIAL
    assert "in a way that cannot be understood" in job.message
    assert {chunk.state for chunk in job.chunks.all()} <= {"ask", "ready", "done"}
    assert all("Look for some of them" in chunk.message for chunk in job.chunks.filter(state="ask"))


def test_what_cannot_be_reached_is_waited_for_without_end(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry_policy, "UNREADABLE_SECONDS", 0.0)
    job = queued_upload(tenant, create_list(sandbox), people(20))
    sandbox.faults(on_adding(kind="http_503"))
    for _ in range(4):
        Job.objects.filter(pk=job.pk).update(next_run_at=None)
        assert one_turn(job).state == JobState.QUEUED
    assert "it goes on by itself" in job.message


def test_what_a_lost_answer_had_added_is_listed_as_there(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.faults(on_adding(kind="cut_after", times=1))
    job = driven(queued_upload(tenant, list_id, people(30), lanes=1))
    assert counts(job) == {"added": 20, "already_there": 10}
    assert outcomes(job) == {"already_there": list(range(2, 12))}
    assert job.state == JobState.SUCCEEDED


@pytest.mark.parametrize("mode", ["update", "upsert"])
def test_updating_is_repeated_until_it_is_answered(sandbox: Any, tenant: Any, mode: str) -> None:
    list_id = create_list(sandbox, records=people(60))
    sandbox.faults([{"kind": "cut_after", "probability": 0.3, "times": 6}])
    renamed = [{**row, "name": "New"} for row in people(100 if mode == "upsert" else 60)]
    job = driven(queued_upload(tenant, list_id, renamed, mode=mode))
    assert job.state == JobState.SUCCEEDED
    assert job.n_accepted == len(renamed)
    assert {record["name"] for record in sandbox.dump(list_id)} == {"New"}
    assert len(sandbox.dump(list_id)) == len(renamed)


def test_the_lost_answer_to_a_deletion_is_asked_for_again(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(50, start=900))
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["delete_all_records"]}])
    job = driven(queued_upload(tenant, list_id, people(20), mode="replace"))
    assert job.state == JobState.SUCCEEDED
    assert ids(sandbox.dump(list_id)) == ids(people(20))


def test_a_deletion_that_fails_fails_the_job_before_anything_is_added(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(50, start=900))
    sandbox.options(fail_delete_jobs=True)
    job = driven(queued_upload(tenant, list_id, people(20), mode="replace"))
    assert job.state == JobState.FAILED
    assert counts(job) == {"not_sent": 20}
    assert "could not empty the list" in job.message


def test_a_platform_that_is_away_is_waited_for_in_words(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.faults(on_adding(kind="http_503"))
    job = queued_upload(tenant, list_id, people(30))
    job_drive(job_id=job.pk, seconds=20, worker="test", may_wait=False)
    job = accounted(job)
    assert job.state == JobState.QUEUED
    assert job.failures == 1
    assert job.next_run_at is not None
    assert "It has been like this since" in job.message
    assert "Nothing is lost" in job.message
    assert not job.lease_owner
    sandbox.faults([])
    job = driven(job)
    assert job.state == JobState.SUCCEEDED
    assert job.message == "All 30 rows are in the list."


def test_a_missing_privilege_fails_the_job_in_words(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    tenant.credentials = {"client_id": "viewer-only"}
    tenant.save()
    job = driven(queued_upload(tenant, list_id, people(30)))
    assert job.state == JobState.FAILED
    assert counts(job) == {"not_sent": 30}
    assert "It needs" in job.message
    assert "30 were not sent" in job.message


def test_a_list_that_is_gone_fails_the_job(sandbox: Any, tenant: Any) -> None:
    job = driven(queued_upload(tenant, "no-such-list", people(30)))
    assert job.state == JobState.FAILED
    assert counts(job) == {"not_sent": 30}


class TestWithoutKeys:
    """A list whose format has no key fields: sending twice would double the rows."""

    @pytest.mark.parametrize("name", telling(list(FAULTS), *[name for name in FAULTS if "cut" in name]))
    def test_every_row_is_in_the_list_once_after(self, sandbox: Any, tenant: Any, name: str) -> None:
        """As a tenant has it whose administrator lets rows be sent again on silence."""
        Tenant.objects.update(resends_after_quiet=True)
        list_id = create_list(sandbox, KEYLESS)
        sandbox.faults(on_adding(**{"probability": 0.3, "times": 4, **FAULTS[name]}))
        job = driven(queued_upload(tenant, list_id, people(100), fields=KEYLESS))
        assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 100})
        assert ids(sandbox.dump(list_id)) == ids(people(100))

    def test_rows_that_cannot_be_settled_by_counting_are_a_question(self, sandbox: Any, tenant: Any) -> None:
        job = self.asked(sandbox, tenant)
        assert job.state == JobState.PARTIAL
        assert counts(job) == {"added": 20, "uncertain": 10}
        assert "say on this page whether they are in the list" in job.message
        chunk = Chunk.objects.get(job=job, state=ChunkState.ASK)
        assert (chunk.number, chunk.grew_by) == (1, 7)
        assert "rows 2 to 11" in chunk.message

    def asked(self, sandbox: Any, tenant: Any) -> Any:
        """Lose the answer for a chunk of which three rows vanished: the list grew by 7 for 10 rows."""
        list_id = create_list(sandbox, KEYLESS)
        sandbox.options(vanishing_value="ghost")
        rows = people(30)
        rows[1]["name"] = rows[2]["name"] = rows[3]["name"] = "ghost"
        sandbox.faults(on_adding(kind="cut_after", times=1))
        return driven(queued_upload(tenant, list_id, rows, fields=KEYLESS))

    def test_a_person_may_say_that_they_are_there(self, sandbox: Any, tenant: Any) -> None:
        job = self.asked(sandbox, tenant)
        chunk = Chunk.objects.get(job=job, state=ChunkState.ASK)
        chunk_decide(chunk=chunk, decision=Decision.APPLIED, actor_name="Sam")
        job = accounted(job)
        assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 27, "unaccounted": 3})
        assert "uncertain" not in job.message
        with pytest.raises(IllegalMove, match="already decided"):
            chunk_decide(chunk=chunk, decision=Decision.NOT_APPLIED)

    def test_after_a_person_has_said_so_counting_goes_on(self, sandbox: Any, tenant: Any) -> None:
        list_id = create_list(sandbox, KEYLESS)
        sandbox.faults([*on_adding(kind="cut_after", times=1), *on_adding(kind="cut_before", times=1)])
        # A row dropped in silence, so that the list does not grow by exactly the first chunk.
        sandbox.options(vanishing_value="ghost")
        rows = people(60)
        rows[1]["name"] = "ghost"
        job = driven(queued_upload(tenant, list_id, rows, fields=KEYLESS))
        there, lost = Chunk.objects.filter(job=job, state=ChunkState.ASK).order_by("number")
        chunk_decide(chunk=there, decision=Decision.APPLIED, actor_name="Sam")
        sandbox.faults(on_adding(kind="cut_after", times=1))
        chunk_decide(chunk=lost, decision=Decision.NOT_APPLIED, actor_name="Sam")
        job = driven(job)
        assert counts(job) == {"added": 60}
        assert "grew by exactly 10" in Chunk.objects.get(pk=lost.pk).message
        assert len(sandbox.dump(list_id)) == 59

    def test_a_person_may_say_that_they_are_not_there(self, sandbox: Any, tenant: Any) -> None:
        job = self.asked(sandbox, tenant)
        sandbox.options(vanishing_value="")
        chunk = Chunk.objects.get(job=job, state=ChunkState.ASK)
        chunk_decide(chunk=chunk, decision=Decision.NOT_APPLIED, actor_name="Sam")
        job = accounted(job)
        assert (job.state, counts(job)) == (JobState.QUEUED, {"added": 20, "not_sent": 10})
        assert counts(driven(job)) == {"added": 30}

    def test_nothing_is_counted_when_somebody_else_writes_into_the_list(self, sandbox: Any, tenant: Any) -> None:
        list_id = create_list(sandbox, KEYLESS)
        job = queued_upload(tenant, list_id, people(60), fields=KEYLESS)
        driven(job, seconds=0)
        with tenant_client(tenant) as other:
            other.add_many_records(list_id, people(3, start=900))
        job = driven(job, seconds=0)
        assert job.state == JobState.PAUSED
        assert "holds 3 records more than this job left in it" in job.message
        job_resume(job=job, actor_name="Sam")
        sandbox.faults(on_adding(kind="cut_before", times=1))
        job = driven(job)
        assert job.n_uncertain == 10
        assert "somebody else" in Chunk.objects.get(job=job, state=ChunkState.ASK).message

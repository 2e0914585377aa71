"""Silence is no proof: a tenant that answers late, or never, gets no row twice, whoever asked and whatever died."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.engine import chunks, driver, quiet_time
from bpadmin.jobs.engine.lease import lease_take
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from bpadmin.uploads import wizard
from lists.uploads.counting import ListCount
from tests.jobs.uploading import (
    KEYLESS,
    accounted,
    counts,
    create_list,
    driven,
    ids,
    people,
    queued_upload,
    ready_upload,
)
from tests.lists.walking import shown

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a fraction of a second for answers."""
    monkeypatch.setattr(driver, "PATIENT_READ", 0.2)
    monkeypatch.setattr(driver, "HURRIED_READ", 0.2)


@pytest.fixture
def quiet_over(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the quiet time be as long as in life, and over when this is called."""
    monkeypatch.setattr(quiet_time, "SCALE", 1.0)

    def over(job: Job) -> None:
        monkeypatch.setattr(quiet_time, "SCALE", 0.0)
        Job.objects.filter(pk=job.pk).update(next_run_at=None)

    return over


def turned(job: Job) -> Job:
    """Return a job after a worker's turn, which sleeps through no wait."""
    job_drive(job_id=job.pk, seconds=5, worker="worker", may_wait=False)
    return accounted(job)


def held(sandbox: Any, list_id: str, count: int) -> None:
    """Wait until the list holds so many records."""
    while len(sandbox.dump(list_id)) < count:
        time.sleep(0.02)


def lost(*kinds: str, **more: Any) -> list[dict[str, Any]]:
    return [{"methods": ["add_many_records"], "kind": kind, "times": 1, **more} for kind in kinds]


def in_question(job: Job) -> list[int]:
    return list(Chunk.objects.filter(job=job, state=ChunkState.ASK).order_by("number").values_list("number", flat=True))


def test_a_tenant_that_answers_after_the_read_time_out_gets_no_row_twice(
    sandbox: Any, tenant: Any, quiet_over: Any
) -> None:
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults(lost("slow", seconds=0.6))
    job = turned(queued_upload(tenant, list_id, people(50), fields=KEYLESS))
    assert (job.state, counts(job)) == (JobState.QUEUED, {"added": 40, "uncertain": 10})
    held(sandbox, list_id, 50)
    quiet_over(job)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 50})
    assert ids(sandbox.dump(list_id)) == ids(people(50))


def test_a_request_of_a_killed_worker_counts_from_its_sending(sandbox: Any, tenant: Any, quiet_over: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(20), fields=KEYLESS)
    driven(job, seconds=0)
    killed = lease_take(job_id=job.pk, worker="killed")
    assert killed is not None
    sent = chunks.chunk_claim(killed)
    assert sent is not None
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    job = turned(job)
    assert (job.state, counts(job)) == (JobState.QUEUED, {"added": 10, "uncertain": 10})
    began = Chunk.objects.get(pk=sent.pk).sent_at
    assert abs(job.next_run_at - began - timedelta(seconds=180)) < timedelta(seconds=1)
    assert "may still carry that request out. The list is left alone until" in job.message
    # Only now the tenant carries out what the dead worker had asked.
    with tenant_client(tenant) as late:
        late.add_many_records(list_id, people(10))
    quiet_over(job)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 20})
    assert len(sandbox.dump(list_id)) == 20


def test_a_small_file_gives_the_page_back_and_waits_like_any_other(
    sandbox: Any, tenant: Any, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch, quiet_over: Any
) -> None:
    monkeypatch.setattr(wizard, "INLINE_SECONDS", 0.4)
    list_id = create_list(sandbox, KEYLESS)
    job = ready_upload(tenant, list_id, people(15), fields=KEYLESS, chunk_size=1000)
    sandbox.faults(lost("slow", seconds=0.6))
    assert supervisor_client.post(f"/t/acme/uploads/{job.pk}/check/", shown(job)).status_code == 302
    while not job.n_uncertain or job.lease_owner:
        time.sleep(0.02)
        job = turned(job)
    assert (job.state, counts(job)) == (JobState.QUEUED, {"uncertain": 15})
    page = supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "Left alone for a while, since 15 rows are in doubt" in page
    held(sandbox, list_id, 15)
    quiet_over(job)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 15})
    assert len(sandbox.dump(list_id)) == 15


def test_the_rest_is_sent_first_and_one_quiet_time_settles_two_chunks(
    sandbox: Any, tenant: Any, quiet_over: Any
) -> None:
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults(lost("hang", "hang", seconds=2))
    job = turned(queued_upload(tenant, list_id, people(50), fields=KEYLESS))
    assert (job.state, counts(job)) == (JobState.QUEUED, {"added": 30, "uncertain": 20})
    with tenant_client(tenant) as late:
        late.add_many_records(list_id, people(20))
    quiet_over(job)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 50})
    assert set(Chunk.objects.filter(job=job).values_list("attempt", flat=True)) == {1}


def test_what_stays_silent_is_a_question_and_is_never_sent_again(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults(lost("cut_before"))
    job = driven(queued_upload(tenant, list_id, people(30), fields=KEYLESS))
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 20, "uncertain": 10})
    assert "and the list has not grown since" in Chunk.objects.get(job=job, state=ChunkState.ASK).message
    assert len(sandbox.dump(list_id)) == 20


def test_of_several_only_what_the_growth_tells_apart_is_counted(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    # Chunks of ten, ten and four: that the list grew by four tells which of them it was, and nothing of the others.
    sandbox.faults(lost("cut_before", "cut_before", "cut_after"))
    job = driven(queued_upload(tenant, list_id, people(24), fields=KEYLESS))
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 4, "uncertain": 20})
    assert in_question(job) == [1, 2]


def test_a_tenant_s_settings_may_have_silent_rows_sent_again_by_name(sandbox: Any, tenant: Any) -> None:
    Tenant.objects.update(resends_after_quiet=True, resends_after_quiet_by="ada")
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults(lost("cut_before"))
    job = driven(queued_upload(tenant, list_id, people(30), fields=KEYLESS))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 30})
    entry = AuditEntry.objects.get(verb=Verb.JOB_DECIDE)
    assert entry.actor_name == "ada"
    assert "Rows 2 to 11: sent again, since the list did not grow" in entry.message


def test_rows_sent_again_on_silence_and_lost_again_are_a_question(sandbox: Any, tenant: Any) -> None:
    Tenant.objects.update(resends_after_quiet=True, resends_after_quiet_by="ada")
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults([{"methods": ["add_many_records"], "kind": "cut_before", "times": 2}])
    job = driven(queued_upload(tenant, list_id, people(10), fields=KEYLESS))
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"uncertain": 10})


def test_a_driver_that_dies_while_it_settles_has_nothing_sent_again(sandbox: Any, tenant: Any) -> None:
    Tenant.objects.update(resends_after_quiet=True, resends_after_quiet_by="ada")
    list_id = create_list(sandbox, KEYLESS)
    sandbox.options(vanishing_value="ghost")
    rows = [{**row, "name": "ghost"} if at < 3 else row for at, row in enumerate(people(10))]
    sandbox.faults(lost("cut_after"))
    job = driven(queued_upload(tenant, list_id, rows, fields=KEYLESS))
    assert counts(job) == {"uncertain": 10}
    # The total was noted with the seven rows that had come, and the question was not put any more.
    Chunk.objects.filter(job=job).update(state=ChunkState.UNCERTAIN)
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    sandbox.options(vanishing_value="")
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"uncertain": 10})
    assert len(sandbox.dump(list_id)) == 7


def test_a_request_that_never_left_is_no_doubt(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults(lost("rate_limit", seconds=0.01))
    job = driven(queued_upload(tenant, list_id, people(20), fields=KEYLESS))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 20})


def test_a_tenant_that_loses_every_answer_is_not_sent_the_whole_file(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "MOST_IN_DOUBT", 3)
    monkeypatch.setattr(quiet_time, "SCALE", 1.0)
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults([{"methods": ["add_many_records"], "kind": "cut_before"}])
    job = queued_upload(tenant, list_id, people(100), fields=KEYLESS)
    for _ in range(20):
        job = driven(job, seconds=1)
        if job.message.startswith("The answer for"):
            break
    assert counts(job) == {"uncertain": 30, "not_sent": 70}


class TestTheQuietTime:
    """How long it is."""

    @pytest.mark.parametrize(
        ("setting", "slowest", "seconds"), [(180, 0, 180), (10, 0, 90), (180, 120, 240), (600, 120, 600)]
    )
    def test_it_is_longer_than_the_setting_the_slowest_answer_and_the_read_time_out(
        self, tenant: Any, setting: int, slowest: float, seconds: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(quiet_time, "SCALE", 1.0)
        tenant.quiet_seconds, tenant.slowest_answer = setting, slowest
        assert quiet_time.quiet_seconds(tenant) == seconds

    def test_the_slowest_answer_to_a_write_is_kept(
        self, sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(quiet_time, "NOTABLE_ANSWER", 0.1)
        sandbox.faults(lost("slow", seconds=0.15))
        driven(queued_upload(tenant, create_list(sandbox), people(30)))
        tenant.refresh_from_db()
        assert tenant.slowest_answer >= 0.15
        quiet_time.answer_note(tenant, tenant.slowest_answer / 2)
        tenant.refresh_from_db()
        assert tenant.slowest_answer >= 0.15

    def test_every_request_of_a_chunk_begins_it_anew(self, sandbox: Any, tenant: Any) -> None:
        list_id = create_list(sandbox, KEYLESS)
        # Refused as a whole, the chunk is sent in halves; the answer for the second half is lost.
        sandbox.faults(lost("slow", seconds=0.1) + lost("slow", seconds=0.1) + lost("cut_before"))
        sandbox.options(spoiling_value="spoilt")
        rows = people(2)
        rows[0]["name"] = "spoilt"
        job = queued_upload(tenant, list_id, rows, fields=KEYLESS)
        began = timezone.now()
        job_drive(job_id=job.pk, seconds=5, worker="worker", may_wait=False)
        assert Chunk.objects.get(job=job).sent_at > began + timedelta(seconds=0.2)


class TestTheEndOfAJob:
    """The list's total is compared with what was sent, with keys and without."""

    @pytest.mark.parametrize("fields", [None, KEYLESS], ids=["keyed", "keyless"])
    def test_nothing_is_said_where_it_comes_out(self, sandbox: Any, tenant: Any, fields: Any) -> None:
        given = {"fields": fields} if fields else {}
        list_id = create_list(sandbox, *given.values(), records=people(5, start=900))
        sandbox.faults(lost("cut_after"))
        job = driven(queued_upload(tenant, list_id, people(30), **given))
        assert job.state == JobState.SUCCEEDED
        assert "changed by" not in job.message
        assert job.report["list_count"] == {"before": 5, "after": 35, "difference": 0, "lacking": 0}

    def test_rows_that_were_counted_and_dropped_are_unaccounted_without_keys(self, sandbox: Any, tenant: Any) -> None:
        list_id = create_list(sandbox, KEYLESS)
        sandbox.faults(lost("drop_row_counted", "drop_row_counted"))
        job = driven(queued_upload(tenant, list_id, people(30), fields=KEYLESS))
        assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 28, "unaccounted": 2})
        assert len(sandbox.dump(list_id)) == 28
        assert "2 were taken without an error, but the list does not hold them" in job.message

    def test_rows_with_a_key_that_were_counted_and_dropped_are_not_believed_either(
        self, sandbox: Any, tenant: Any, supervisor_client: Client
    ) -> None:
        list_id = create_list(sandbox)
        sandbox.faults(lost("drop_row_counted"))
        job = driven(queued_upload(tenant, list_id, people(30)))
        assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 29, "unaccounted": 1})
        words = "1 was taken without an error, but the list does not hold it."
        assert words in job.message
        assert words in supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
        assert job.report["list_count"]["difference"] == -1

    def test_what_others_add_meanwhile_is_said(self, sandbox: Any, tenant: Any) -> None:
        list_id = create_list(sandbox)
        job = queued_upload(tenant, list_id, people(30))
        driven(job, seconds=0)
        with tenant_client(tenant) as other:
            other.add_many_records(list_id, people(3, start=900))
        assert "changed by 3 more than was sent" in driven(job).message

    def test_an_upsert_counts_new_keys_only_and_an_update_is_left_out(self, sandbox: Any, tenant: Any) -> None:
        list_id = create_list(sandbox, records=people(10))
        job = driven(queued_upload(tenant, list_id, people(30), mode="upsert"))
        assert job.report["list_count"] == {"before": 10, "after": 30, "difference": 0, "lacking": 0}
        job = driven(queued_upload(tenant, list_id, people(30), mode="update"))
        assert "list_count" not in job.report

    def test_a_replacing_job_counts_from_the_empty_list(self, sandbox: Any, tenant: Any) -> None:
        list_id = create_list(sandbox, records=people(10, start=900))
        job = driven(queued_upload(tenant, list_id, people(30), mode="replace"))
        assert job.report["list_count"] == {"before": 0, "after": 30, "difference": 0, "lacking": 0}


def test_a_job_whose_list_holds_more_than_it_left_there_is_held_with_a_question(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(40), fields=KEYLESS)
    driven(job, seconds=0)
    before = Job.objects.filter(pk=job.pk).values().get()
    driven(job)
    # As after a restored backup: the list is full, and the database knows nothing of it.
    Chunk.objects.filter(job=job).update(state=ChunkState.READY, attempt=0, n_added=0)
    Job.objects.filter(pk=job.pk).update(**before)
    job = driven(job)
    assert job.state == JobState.PAUSED
    assert "holds 40 records more than this job left in it" in job.message
    assert len(sandbox.dump(list_id)) == 40


def test_counting_goes_on_where_a_job_of_the_version_before_was(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(20), fields=KEYLESS)
    former = {"baseline": 7, "baseline_added": 3, "foreign": True, "asked": {"1": 1}, "emptied": True}
    Job.objects.filter(pk=job.pk).update(remote=former)
    job.refresh_from_db()
    count = ListCount.of(job)
    assert count.last is not None
    assert (count.last.total, count.last.added, count.last.asked, count.is_foreign) == (7, 3, {"1": 1}, True)
    driven(job, seconds=0)
    assert set(job.remote) == {"count", "emptied"}
    assert ListCount.of(job).is_foreign

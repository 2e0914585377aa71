"""Driving a job: the lease, pause and cancel, turns, and what a killed or slow driver leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs import tasks
from bpadmin.jobs.engine import chunks, driver, lanes
from bpadmin.jobs.engine.lease import LeaseLost, lease_take, leases_expire_dead, machine_mark, owner_make
from bpadmin.jobs.engine.shutdown import shutdown_ask, shutdown_forget
from bpadmin.jobs.handlers import ChunkResult
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState, Wanted, WriteLock
from bpadmin.jobs.services import IllegalMove, job_cancel, job_confirm, job_drive, job_pause, job_resume, job_retry
from lists.uploads.handler import UploadHandler
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
    ready_upload,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)


def run_out(job: Job) -> None:
    """Let the job's lease run out, as after a driver that went silent."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


class AfterChunks:
    """Do something after some chunks of a turn have been sent, from within the driver."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int, act: Any) -> None:
        sent = UploadHandler.send
        self.left = count
        lock = threading.Lock()

        def send(handler: UploadHandler, job: Job, chunk: Chunk, **given: Any) -> ChunkResult:
            result = sent(handler, job, chunk, **given)
            with lock:
                self.left -= 1
                if self.left == 0:
                    act()
            return result

        monkeypatch.setattr(UploadHandler, "send", send)


def test_only_one_driver_has_the_lease(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    assert lease_take(job_id=job.pk, worker="one") is not None
    assert lease_take(job_id=job.pk, worker="two") is None
    assert job_drive(job_id=job.pk, seconds=0, worker="three") == JobState.RUNNING
    assert counts(accounted(job)) == {"not_sent": 20}


def test_a_job_of_one_small_chunk_is_done_at_once(sandbox: Any, tenant: Any) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(15), chunk_size=1000)
    job_confirm(job=job, actor_name="Sam", ring=False)
    assert job_drive(job_id=job.pk, seconds=3, worker="web") == JobState.SUCCEEDED


def test_a_turn_ends_when_its_time_is_over_and_the_next_goes_on(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(100), lanes=1)
    sandbox.latency(0.1)
    assert driven(job, seconds=0.8).state == JobState.QUEUED
    assert 0 < job.n_added < 100
    assert job.lease_owner == ""
    assert driven(job).state == JobState.SUCCEEDED
    assert ids(sandbox.dump(list_id)) == ids(people(100))


def test_a_message_for_a_job_that_is_gone_is_let_be() -> None:
    tasks.job_run(4711)
    tasks.job_prepare(4711)


def test_a_worker_s_message_moves_the_job_one_slice_on(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(30))
    tasks.job_run(job.pk)
    tasks.job_run(job.pk)
    assert accounted(job).state == JobState.SUCCEEDED


def test_a_worker_does_not_sleep_through_a_wait(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(3000, start=500))
    job = queued_upload(tenant, list_id, people(20), mode="replace")
    tasks.job_run(job.pk)
    assert (accounted(job).state, job.phase) == (JobState.QUEUED, "begin")
    assert job.next_run_at is not None


def test_sending_after_a_poll_is_left_to_another_queue(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(10, start=500))
    job = queued_upload(tenant, list_id, people(20), mode="replace")
    tasks.job_run(job.pk)
    sandbox.advance(60)
    Job.objects.filter(pk=job.pk).update(next_run_at=None)
    tasks.job_run(job.pk)
    assert (accounted(job).state, job.phase, counts(job)) == (JobState.QUEUED, "send", {"not_sent": 20})


def test_a_pause_is_heard_between_chunks_and_resumed(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(200), lanes=1)
    AfterChunks(monkeypatch, 3, lambda: job_pause(job=Job.objects.get(pk=job.pk), actor_name="Sam"))
    driven(job)
    assert (job.state, job.wanted) == (JobState.PAUSED, "")
    assert counts(job) == {"added": 30, "not_sent": 170}
    with pytest.raises(IllegalMove):
        job_pause(job=job)
    job_resume(job=job, actor_name="Sam")
    assert job.state == JobState.QUEUED
    assert driven(job).state == JobState.SUCCEEDED
    assert ids(sandbox.dump(list_id)) == ids(people(200))


def test_a_cancelled_job_says_what_was_sent(sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(200), lanes=1)
    AfterChunks(monkeypatch, 3, lambda: job_cancel(job=Job.objects.get(pk=job.pk), actor_name="Sam"))
    driven(job)
    assert job.state == JobState.CANCELLED
    assert counts(job) == {"added": 30, "not_sent": 170}
    assert job.message == "30 of 200 rows are in the list. 170 were not sent."
    assert job.finished_at is not None
    assert not WriteLock.objects.exists()


def test_a_waiting_job_is_paused_and_cancelled_at_once(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    assert job_pause(job=job).state == JobState.PAUSED
    assert driven(job).state == JobState.PAUSED
    assert job_cancel(job=job).state == JobState.CANCELLED
    with pytest.raises(IllegalMove, match="Cancelled"):
        job_resume(job=job)


def test_a_pause_may_be_taken_back_before_it_happens(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    assert lease_take(job_id=job.pk, worker="one")
    job.refresh_from_db()
    assert job_pause(job=job).wanted == Wanted.PAUSE
    assert job_resume(job=job).wanted == ""


@pytest.mark.parametrize(("act", "state"), [(job_pause, JobState.PAUSED), (job_cancel, JobState.CANCELLED)])
def test_a_job_whose_driver_is_gone_obeys_without_any_worker(
    sandbox: Any, tenant: Any, act: Any, state: JobState
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(30))
    lease = lease_take(job_id=job.pk, worker="killed")
    assert lease is not None
    chunks.chunk_claim(lease)
    run_out(job)
    job.refresh_from_db()
    assert act(job=job, actor_name="Sam").state == state
    assert counts(accounted(job)) == {"uncertain": 10, "not_sent": 20}
    assert job.wanted == ""


def test_the_end_of_a_job_is_logged(sandbox: Any, tenant: Any) -> None:
    job = driven(queued_upload(tenant, create_list(sandbox), people(30)))
    entry = AuditEntry.objects.get(verb="job.finish")
    assert (entry.target_id, entry.message, entry.actor) == (str(job.pk), "All 30 rows are in the list.", None)


@pytest.mark.parametrize("mode", ["add", "replace"])
def test_a_file_of_which_nothing_can_be_sent_changes_nothing_and_has_failed(
    sandbox: Any, tenant: Any, mode: str
) -> None:
    list_id = create_list(sandbox, records=people(5))
    rows = [{"id": "", "phone": "", "name": "Nobody"} for _ in range(3)]
    job = driven(queued_upload(tenant, list_id, rows, mode=mode))
    assert (job.state, counts(job)) == (JobState.FAILED, {"rejected": 3})
    assert len(sandbox.dump(list_id)) == 5


def test_a_tenant_in_trouble_all_along_gets_every_row_once(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(3000), chunk_size=50, lanes=4)
    sandbox.faults([{"kind": "cut_after", "probability": 0.05}, {"kind": "http_503", "probability": 0.05}])
    job = driven(job)
    assert job.state == JobState.SUCCEEDED, job.message
    assert ids(sandbox.dump(list_id)) == ids(people(3000))


def test_chunks_left_in_flight_become_uncertain_and_are_sent_once_more_by_their_keys(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(10))
    job = queued_upload(tenant, list_id, people(30))
    lease = lease_take(job_id=job.pk, worker="killed")
    assert lease is not None
    assert chunks.chunk_claim(lease) is not None
    run_out(job)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 20, "already_there": 10})
    assert outcomes(job) == {"already_there": list(range(2, 12))}
    assert Chunk.objects.get(job=job, number=1).attempt == 2


@pytest.mark.parametrize("was_applied", [True, False])
def test_chunks_left_in_flight_in_a_list_without_keys_are_counted(sandbox: Any, tenant: Any, was_applied: bool) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(30), fields=KEYLESS)
    # A first turn that sends nothing notes how many records the list holds.
    driven(job, seconds=0)
    lease = lease_take(job_id=job.pk, worker="killed")
    assert lease is not None
    chunk = chunks.chunk_claim(lease)
    assert chunk is not None
    if was_applied:
        from bpadmin.tenants.services import tenant_client

        with tenant_client(tenant) as client:
            client.add_many_records(list_id, people(10))
    run_out(job)
    job = driven(job)
    if was_applied:
        assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 30})
        assert ids(sandbox.dump(list_id)) == ids(people(30))
    else:
        assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 20, "uncertain": 10})
        assert len(sandbox.dump(list_id)) == 20


def test_a_driver_taken_for_dead_cannot_store_anything_any_more(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(30))
    slow = lease_take(job_id=job.pk, worker="slow")
    assert slow is not None
    chunk = chunks.chunk_claim(slow)
    assert chunk is not None
    run_out(job)
    quick = lease_take(job_id=job.pk, worker="quick")
    assert quick is not None
    assert chunks.stranded_mark(quick) == 1
    for late in (
        lambda: chunks.chunk_done(slow, chunk, ChunkResult(added=10), claim=True),
        lambda: chunks.chunk_uncertain(slow, chunk, "late"),
        lambda: chunks.chunk_give_back(slow, chunk),
        lambda: chunks.chunk_claim(slow),
    ):
        with pytest.raises(LeaseLost):
            late()
    assert counts(accounted(job)) == {"uncertain": 10, "not_sent": 20}


def test_two_drivers_at_once_send_every_row_once(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(400))
    sandbox.latency(0.01)

    def drive() -> None:
        job_drive(job_id=job.pk, seconds=None, worker="one of many")
        connection.close()

    threads = [threading.Thread(target=drive) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (accounted(job).state, counts(job)) == (JobState.SUCCEEDED, {"added": 400})
    assert len(sandbox.dump(list_id)) == 400
    assert sandbox.stats()["requests"]["add_many_records"] == 40


def test_a_second_job_on_the_same_list_waits_in_words_and_follows(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    first = queued_upload(tenant, list_id, people(20))
    second = queued_upload(tenant, list_id, people(20, start=100))
    assert lease_take(job_id=first.pk, worker="one")
    assert driven(second, seconds=0).state == JobState.QUEUED
    assert second.message == f"Waits for job {first.pk} (people.csv), which is writing into the same list."
    run_out(first)
    assert driven(first).state == JobState.SUCCEEDED
    assert driven(second).state == JobState.SUCCEEDED
    assert len(sandbox.dump(list_id)) == 40


def test_a_worker_that_shuts_down_gives_the_lease_back(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(200), lanes=1)
    AfterChunks(monkeypatch, 3, shutdown_ask)
    try:
        driven(job)
    finally:
        shutdown_forget()
    assert (job.state, job.lease_owner, job.next_run_at) == (JobState.QUEUED, "", None)
    assert counts(job) == {"added": 30, "not_sent": 170}


def test_an_error_of_ours_is_told_apart_and_can_be_retried(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(50), lanes=1)

    def fail() -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        AfterChunks(patch, 2, fail)
        driven(job)
    assert job.state == JobState.ERRORED
    assert counts(job) == {"added": 10, "uncertain": 10, "not_sent": 30}
    assert f"log under job {job.pk}" in job.message
    job_retry(job=job, actor_name="Sam")
    assert driven(job).state == JobState.SUCCEEDED
    assert ids(sandbox.dump(list_id)) == ids(people(50))


def test_the_lease_of_a_process_that_is_gone_ends_at_once(sandbox: Any, tenant: Any) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    job = queued_upload(tenant, create_list(sandbox), people(20))
    assert lease_take(job_id=job.pk, worker="killed")
    assert leases_expire_dead() == 0, "this process lives"
    Job.objects.filter(pk=job.pk).update(lease_owner=f"killed/{machine_mark()}/{ended.pid}/abcd")
    assert leases_expire_dead() == 1
    assert lease_take(job_id=job.pk, worker="next")


def test_the_lease_of_a_process_elsewhere_is_let_run(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    assert lease_take(job_id=job.pk, worker="far")
    Job.objects.filter(pk=job.pk).update(lease_owner="far/elsewhere/1/abcd")
    assert leases_expire_dead() == 0
    assert owner_make("me").split("/")[1:3] == [machine_mark(), str(os.getpid())]


def test_an_interrupted_command_gives_the_lease_back_and_leaves_the_doubt(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(50), lanes=1)

    def interrupt() -> None:
        raise KeyboardInterrupt

    AfterChunks(monkeypatch, 2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        job_drive(job_id=job.pk, seconds=None, worker="shell")
    assert accounted(job).state == JobState.QUEUED
    assert counts(job) == {"added": 10, "uncertain": 10, "not_sent": 30}
    assert driven(job).state == JobState.SUCCEEDED


def test_what_is_left_after_a_refusal_can_be_sent_later(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.options(rows_limit=20)
    job = driven(queued_upload(tenant, list_id, people(60), lanes=1))
    assert counts(job) == {"added": 20, "rejected": 10, "not_sent": 30}
    sandbox.options(rows_limit=1000)
    job_retry(job=job)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 50, "rejected": 10})
    with pytest.raises(IllegalMove):
        job_retry(job=job)


def test_a_job_without_doubt_never_asks_twice_for_the_same_chunk(sandbox: Any, tenant: Any) -> None:
    job = driven(queued_upload(tenant, create_list(sandbox), people(100), lanes=4))
    assert set(Chunk.objects.filter(job=job).values_list("attempt", "state")) == {(1, ChunkState.DONE)}
    assert driver.FOREGROUND_TURN > lanes.SHORT_WAIT

"""Two drivers of one job: what a check or a sender still writes after it has lost its lease changes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from bpadmin.jobs.engine import check, chunks
from bpadmin.jobs.engine.lease import (
    LEASE,
    Heartbeat,
    LeaseLost,
    job_driven,
    job_remember,
    job_reread,
    lease_held,
    lease_take,
    lease_take_check,
)
from bpadmin.jobs.files import spool
from bpadmin.jobs.files.spool import Spool, SpoolWriter
from bpadmin.jobs.handlers import ChunkResult, handler_of
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState, WriteLock
from bpadmin.jobs.services import job_cancel, job_confirm, job_drive, job_prepare_now, job_submit
from bpadmin.platforms.errors import Unreachable
from bpadmin.uploads.checking.staging import Staging
from dnc.entries import ledger as dnc_ledger
from dnc.files.handler import KeysHandler
from dnc.files.options import Way
from dnc.kinds import DNC_ADD, DNC_REPLACE
from dnc.models import DncEntry, DncSource, DncStaged, EntryState
from lists.uploads.handler import UploadHandler
from tests.dnc.files.filing import checked_file, known_list, numbers
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

pytestmark = pytest.mark.django_db(transaction=True)


def run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def checked_by_another(job: Job) -> None:
    """Have somebody else check the file, whose driver was silent for too long."""
    run_out(job)
    assert job_prepare_now(job_id=job.pk, worker="B") == JobState.READY


def once(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, act: Callable[[], None]) -> None:
    """Do something the first time a method is called, before it does its own work."""
    method, left = getattr(owner, name), [act]

    def wrapped(*args: Any, **options: Any) -> Any:
        if left:
            left.pop()()
        return method(*args, **options)

    monkeypatch.setattr(owner, name, wrapped)


def test_a_check_that_lost_its_lease_leaves_its_successors_spool_alone(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = create_list(sandbox)
    job = ready_upload(tenant, list_id, people(50))
    job_submit(job=job)
    lease = lease_take_check(job_id=job.pk, worker="A")
    monkeypatch.setattr(Heartbeat, "is_safe", property(lambda beat: not first))
    first: list[int] = []

    def stall() -> None:
        checked_by_another(job)
        first.append(1)

    once(monkeypatch, Staging, "take", stall)
    assert lease is not None
    assert check.check_run(lease) == JobState.READY
    monkeypatch.undo()
    job.refresh_from_db()
    with Spool.open(job):
        pass
    job_confirm(job=job, ring=False)
    assert counts(driven(job)) == {"added": 50}
    assert ids(sandbox.dump(list_id)) == ids(people(50))


def test_a_check_that_lost_its_lease_stores_nothing_over_what_was_sent(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = ready_upload(tenant, list_id, people(50), fields=KEYLESS)
    job_submit(job=job)
    lease = lease_take_check(job_id=job.pk, worker="A")

    def stall() -> None:
        checked_by_another(job)
        job_confirm(job=Job.objects.get(pk=job.pk), ring=False)
        job_drive(job_id=job.pk, seconds=0.0, worker="B", may_wait=False)
        first = lease_take(job_id=job.pk, worker="C")
        assert first is not None
        assert chunks.chunk_claim(first) is not None

    once(monkeypatch, SpoolWriter, "finish", stall)
    assert lease is not None
    check.check_run(lease)
    states = list(job.chunks.order_by("number").values_list("state", flat=True))
    assert states == ["in_flight", "ready", "ready", "ready", "ready"]
    assert accounted(job).state == JobState.RUNNING
    assert {file.is_used for file in spool.spool_files(job)} == {True}


def test_a_cancelled_check_that_was_only_slow_does_not_bring_the_job_back(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(20))
    job_submit(job=job)
    lease = lease_take_check(job_id=job.pk, worker="A")

    def stall() -> None:
        run_out(job)
        job_cancel(job=Job.objects.get(pk=job.pk))

    once(monkeypatch, SpoolWriter, "finish", stall)
    assert lease is not None
    assert check.check_run(lease) == JobState.CANCELLED
    assert (accounted(job).rows_total, job.spool_path, job.lease_owner) == (0, "", "")


def test_what_one_check_left_is_told_apart_from_what_is_in_use(sandbox: Any, tenant: Any) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(20))
    left = default_storage.save(f"spools/{job.pk}/{'0' * 32}.json", io.BytesIO(b"[]"))
    assert {file.name for file in spool.spool_files(job) if not file.is_used} == {left}
    assert sum(file.is_used for file in spool.spool_files(job)) == 3
    job_submit(job=job)
    assert all(file.is_used for file in spool.spool_files(job))


def test_nothing_is_stored_under_a_lease_that_is_lost(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    slow = lease_take(job_id=job.pk, worker="slow")
    assert slow is not None
    mine = job_driven(slow)
    run_out(job)
    assert lease_take(job_id=job.pk, worker="quick") is not None
    with pytest.raises(LeaseLost), lease_held(slow):
        pytest.fail("the block of a lost lease ran")
    with pytest.raises(LeaseLost):
        job_driven(slow)
    with pytest.raises(LeaseLost):
        job_reread(mine)
    with pytest.raises(LeaseLost):  # also after it has seen the other's row
        job_remember(mine, message="I was here")
    assert Job.objects.get(pk=job.pk).message == ""


def test_a_block_under_a_lease_is_stored_as_a_whole_or_not(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    lease = lease_take(job_id=job.pk, worker="one")
    assert lease is not None
    run_out(job)
    before = job.work_done

    def work() -> None:
        with lease_held(lease):
            Job.objects.filter(pk=job.pk).update(work_done=before + 7)
            raise ValueError

    with pytest.raises(ValueError):
        work()
    stored = Job.objects.get(pk=job.pk)
    assert (stored.work_done, stored.lease_until is not None and stored.lease_until < timezone.now()) == (before, True)
    with lease_held(lease):
        pass
    stored.refresh_from_db()
    assert stored.lease_until is not None
    assert stored.lease_until > timezone.now() + LEASE / 2


def replacement(sandbox: Any, tenant: Any, **more: Any) -> Job:
    dnc_list = known_list(tenant, sandbox, numbers(30))
    return checked_file(dnc_list, DNC_REPLACE, numbers(20, start=100), **more)


def test_a_list_emptied_by_a_driver_that_lost_its_lease_leaves_the_ledger_to_the_other(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_confirm(job=replacement(sandbox, tenant, way=Way.EMPTYING), ring=False)
    lease = lease_take(job_id=job.pk, worker="slow")
    assert lease is not None
    mine = job_driven(lease)
    from bpadmin.tenants.services import tenant_client

    client = tenant_client(tenant)
    deleting = client.delete_all_dnc_records

    def slowly(remote_id: str) -> Any:
        deleted = deleting(remote_id)
        run_out(job)
        job_drive(job_id=job.pk, seconds=None, worker="quick")
        return deleted

    monkeypatch.setattr(client, "delete_all_dnc_records", slowly)
    with pytest.raises(LeaseLost):
        KeysHandler().begin(mine, client=client)
    client.close()
    assert accounted(job).state == JobState.SUCCEEDED
    assert DncEntry.objects.filter(dnc_list_id=job.options["dnc_list"], state=EntryState.PRESENT).count() == 20
    assert DncSource.objects.filter(job=job).count() == 1


def test_a_lost_answer_is_noted_in_the_ledger_only_under_the_lease(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = replacement(sandbox, tenant)
    job_confirm(job=job, ring=False)
    lease = lease_take(job_id=job.pk, worker="slow")
    assert lease is not None
    mine, handler = job_driven(lease), handler_of(job)
    handler.begin(mine, client=None)
    chunk = chunks.chunk_claim(lease)
    assert chunk is not None
    run_out(job)
    assert lease_take(job_id=job.pk, worker="quick") is not None

    class Client:
        def add_many_dnc_records(self, list_id: str, body: bytes) -> None:
            raise Unreachable("The answer was lost.", maybe_applied=True)

    with Spool.open(mine) as opened, pytest.raises(LeaseLost):
        handler.send(mine, chunk, client=Client(), spool=opened)
    assert not DncEntry.objects.filter(dnc_list_id=job.options["dnc_list"]).exists()


def test_keys_are_staged_only_under_the_lease(sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = replacement(sandbox, tenant)
    job_submit(job=job)
    lease = lease_take_check(job_id=job.pk, worker="A")
    assert lease is not None
    once(monkeypatch, Staging, "take", lambda: checked_by_another(job))
    stage, batches = dnc_ledger.staged_add, []

    def staged(batch: int, pairs: Any) -> None:
        batches.append(batch)
        stage(batch, pairs)

    monkeypatch.setattr("dnc.files.services.staged_add", staged)
    assert check.check_run(lease) == JobState.READY
    assert len(batches) == 1  # those of the other
    assert not DncStaged.objects.exists()
    assert accounted(job).rows_total == 20


def test_the_lock_of_a_job_that_ends_at_the_same_moment_is_waited_for(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(10))
    with monkeypatch.context() as patched:
        # The other job's lock is in the way of ours, and gone before we look whose it is.
        patched.setattr(type(WriteLock.objects), "bulk_create", lambda *args, **options: [])
        assert lease_take(job_id=job.pk, worker="one") is None
    job.refresh_from_db()
    assert (job.state, job.lease_owner) == (JobState.QUEUED, "")
    assert lease_take(job_id=job.pk, worker="one") is not None


def test_a_check_that_fails_after_a_good_one_leaves_no_old_numbers(sandbox: Any, tenant: Any) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(50))
    job_submit(job=job)
    job.refresh_from_db()
    assert {name: getattr(job, name) for name in Job.COUNTERS} == dict.fromkeys(Job.COUNTERS, 0)
    default_storage.delete(job.upload_path)
    assert job_prepare_now(job_id=job.pk, worker="w") in Job.FINAL
    assert (accounted(job).rows_total, counts(job), job.chunks.count()) == (0, {}, 0)


def test_no_job_ends_with_a_chunk_in_flight(sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(50), lanes=1)
    done, calls = chunks.chunk_done, []

    def fail(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise ValueError("an error of ours")
        return done(*args, **options)

    monkeypatch.setattr(chunks, "chunk_done", fail)
    assert driven(job).state == JobState.ERRORED
    assert counts(job) == {"added": 10, "uncertain": 10, "not_sent": 30}
    assert not job.chunks.filter(state=ChunkState.IN_FLIGHT).exists()
    assert "10 were sent without an answer" in job.message.lower()


def test_a_cancelled_job_that_waited_has_nothing_in_flight(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    Job.objects.filter(pk=job.pk).update(started_at=timezone.now())
    job.chunks.filter(number=1).update(state=ChunkState.IN_FLIGHT, attempt=1, owner="gone")
    job_cancel(job=Job.objects.get(pk=job.pk))
    assert counts(accounted(job)) == {"uncertain": 10, "not_sent": 10}
    assert not job.chunks.filter(state=ChunkState.IN_FLIGHT).exists()


def test_a_job_whose_end_cannot_be_noted_ends_all_the_same(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))

    def fail(handler: UploadHandler, job: Job) -> str:
        raise ValueError("the evidence cannot be written")

    monkeypatch.setattr(UploadHandler, "finish", fail)
    assert driven(job).state == JobState.ERRORED
    assert (counts(job), job.lease_owner) == ({"added": 20}, "")
    assert "What was sent is accounted for" in job.message


def test_the_evidence_is_written_with_the_end_of_the_job(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bpadmin.jobs.engine import completion
    from dnc.models import DncChange

    dnc_list = known_list(tenant, sandbox)
    job = checked_file(dnc_list, DNC_ADD, numbers(10))
    job_confirm(job=job, ring=False)
    monkeypatch.setattr(completion, "lock_release", lambda job: (_ for _ in ()).throw(ValueError("after the evidence")))
    with pytest.raises(ValueError):
        job_drive(job_id=job.pk, seconds=20.0, worker="one", may_wait=False)
    assert not DncChange.objects.filter(job_number=job.pk).exists()
    monkeypatch.undo()
    assert driven(job).state == JobState.SUCCEEDED
    assert DncChange.objects.filter(job_number=job.pk).count() == 1


def test_numbers_that_do_not_add_up_are_put_right(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    lease = lease_take(job_id=job.pk, worker="one")
    assert lease is not None
    for result, wanted in (
        (ChunkResult(added=7, rejected=20, unaccounted=-17), (7, 3, 0)),
        (ChunkResult(added=4), (4, 0, 6)),
    ):
        chunk = chunks.chunk_claim(lease)
        assert chunk is not None
        chunks.chunk_done(lease, chunk, result, claim=False)
        stored = Chunk.objects.get(pk=chunk.pk)
        assert (stored.n_added, stored.n_rejected, stored.n_unaccounted) == wanted
        assert "do not add up" in stored.message
    accounted(job)

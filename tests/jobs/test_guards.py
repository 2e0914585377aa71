"""The second lines of defence: each of these lines alone keeps a row from being sent twice or told falsely."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from bpadmin.jobs.engine import chunks
from bpadmin.jobs.engine.durability import commits_on_disk
from bpadmin.jobs.engine.lanes import Lanes
from bpadmin.jobs.engine.lease import BEAT_SECONDS, LEASE, Heartbeat, Lease, LeaseLost, job_driven, lease_take
from bpadmin.jobs.handlers import ChunkResult
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.services import job_drive
from lists.uploads.handler import UploadHandler
from tests.jobs.uploading import KEYED, KEYLESS, accounted, counts, create_list, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)


def taken(job: Job) -> Lease:
    lease = lease_take(job_id=job.pk, worker="one")
    assert lease is not None
    return lease


def lanes_of(job: Job, beat: Heartbeat) -> Lanes:
    return Lanes(job, handler=UploadHandler(), beat=beat, deadline=None, read_timeout=5.0)


def test_a_heartbeat_that_was_silent_for_too_long_is_not_safe() -> None:
    beat = Heartbeat(Lease(1, "one"))
    assert beat.is_safe
    beat._renewed = time.monotonic() - LEASE.total_seconds() + BEAT_SECONDS
    assert not beat.is_safe


def test_a_heartbeat_that_was_told_of_the_loss_is_not_safe() -> None:
    beat = Heartbeat(Lease(1, "one"))
    beat.is_lost = True
    assert not beat.is_safe


def test_a_chunk_is_not_sent_when_the_lease_has_grown_old_since_its_claim(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(20), fields=KEYLESS)
    lease = taken(job)
    beat = Heartbeat(lease)
    claim = chunks.chunk_claim

    def slowly(*args: Any, **options: Any) -> Chunk | None:
        chunk = claim(*args, **options)
        beat._renewed -= LEASE.total_seconds()
        return chunk

    monkeypatch.setattr(chunks, "chunk_claim", slowly)
    lanes_of(job_driven(lease), beat).run()
    assert sandbox.dump(list_id) == []
    assert counts(accounted(job)) == {"not_sent": 20}
    assert set(job.chunks.values_list("state", "attempt")) == {(ChunkState.READY, 0)}


def test_an_answer_for_a_chunk_that_is_no_longer_in_flight_is_not_counted(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    lease = taken(job)
    for result in (ChunkResult(added=10), ChunkResult(added=9, rejected=1, outcome={"formatError": [3]})):
        chunk = chunks.chunk_claim(lease)
        assert chunk is not None
        chunks.chunk_done(lease, chunk, result, claim=False)
        before = counts(accounted(job))
        with pytest.raises(LeaseLost):
            chunks.chunk_done(lease, chunk, result, claim=False)
        assert counts(accounted(job)) == before


@pytest.mark.parametrize("state", [ChunkState.READY, ChunkState.IN_FLIGHT, ChunkState.UNCERTAIN, ChunkState.ASK])
def test_what_is_held_back_stays_so_while_any_other_chunk_is_open(sandbox: Any, tenant: Any, state: ChunkState) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    lease = taken(job)
    job.chunks.filter(number=2).update(state=ChunkState.HELD)
    job.chunks.filter(number=1).update(state=state)
    assert chunks.held_release(lease) == 0
    job.chunks.filter(number=1).update(state=ChunkState.DONE, n_added=10)
    assert chunks.held_release(lease) == 1


def test_a_claim_taken_back_leaves_a_doubtful_chunk_in_doubt(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(10))
    lease = taken(job)
    chunk = chunks.chunk_claim(lease)
    assert chunk is not None
    chunks.chunk_uncertain(lease, chunk, "The answer was lost.")
    again = chunks.chunk_claim(lease, again=chunk.pk)
    assert again is not None
    chunks.chunk_give_back(lease, again, "refused at the door")
    stored = Chunk.objects.get(pk=chunk.pk)
    assert (stored.state, stored.attempt) == (ChunkState.UNCERTAIN, 1)
    assert counts(accounted(job)) == {"uncertain": 10}


def test_a_claim_of_an_untouched_chunk_taken_back_leaves_it_ready(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(10))
    lease = taken(job)
    chunk = chunks.chunk_claim(lease)
    assert chunk is not None
    chunks.chunk_give_back(lease, chunk)
    stored = Chunk.objects.get(pk=chunk.pk)
    assert (stored.state, stored.attempt) == (ChunkState.READY, 0)


def test_after_a_failure_one_chunk_alone_feels_the_way(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(50), lanes=4)
    Job.objects.filter(pk=job.pk).update(failures=2)
    lease = taken(job)
    lanes = lanes_of(job_driven(lease), Heartbeat(lease))
    lanes.run()
    assert counts(accounted(job)) == {"added": 10, "not_sent": 40}
    assert (job.failures, job.failing_since) == (0, None)


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.parametrize(("fields", "wanted"), [(KEYLESS, 2), (KEYED, 1)], ids=["keyless-full", "keyed-normal"])
def test_the_commits_for_a_list_without_keys_reach_the_disk(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, fields: Any, wanted: int
) -> None:
    job = queued_upload(tenant, create_list(sandbox, fields), people(10), fields=fields, lanes=1)
    done, seen = chunks.chunk_done, []

    def look(*args: Any, **options: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            seen.append(cursor.fetchone()[0])
        return done(*args, **options)

    monkeypatch.setattr(chunks, "chunk_done", look)
    job_drive(job_id=job.pk, seconds=None, worker="one")
    assert seen == [wanted]


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_the_durability_of_a_connection_is_put_back() -> None:
    def level() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            return int(cursor.fetchone()[0])

    before = level()
    with commits_on_disk(is_needed=True):
        assert level() == 2
    assert level() == before

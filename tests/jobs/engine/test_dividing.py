"""A chunk is divided when it is sent, as suits the dialler; every row keeps its one outcome."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.files.storage import default_storage

from bpadmin.jobs.choices import confirmed_differs, spool_digest
from bpadmin.jobs.engine.chunks import chunk_claim, chunk_done, chunk_give_back, chunk_uncertain
from bpadmin.jobs.engine.lease import lease_take
from bpadmin.jobs.files.spool import BODIES, Spool
from bpadmin.jobs.handlers import ChunkResult, JobRefused
from bpadmin.jobs.management.progress import job_numbers
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState, TenantSpeed
from bpadmin.jobs.pages.presenters import JobView
from tests.jobs.uploading import accounted, create_list, driven, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 1050


@pytest.fixture
def job(sandbox: Any, tenant: Any) -> Job:
    return queued_upload(tenant, create_list(sandbox), people(ROWS), chunk_size=1000, lanes=2)


def pieces(job: Job) -> list[Chunk]:
    return list(job.chunks.order_by("number"))


def test_requests_are_as_large_as_the_tenants_last_job_has_learnt(job: Job, sandbox: Any) -> None:
    TenantSpeed.objects.create(tenant=job.tenant, learnt={"lanes": 2, "rows": 300, "latency": 0.2})
    before = spool_digest(job)
    ended = driven(job)
    assert (ended.state, ended.n_added) == (JobState.SUCCEEDED, ROWS)
    assert [chunk.count for chunk in pieces(job)] == [300, 300, 400, 50]
    assert len(sandbox.dump(job.target_id)) == ROWS
    assert spool_digest(job) == before
    assert all(one.number < other.number and one.last_row < other.first_row for one, other in pairwise(pieces(job)))


def test_parts_hold_the_rows_of_the_whole_in_their_order(job: Job) -> None:
    with Spool.open(job) as spool:
        whole = [record for chunk in pieces(job) for record in orjson.loads(spool.body(chunk))]
        rows = [row for chunk in pieces(job) for row in spool.rows(chunk)]
        lease = lease_take(job_id=job.pk, worker="test")
        assert lease is not None
        for most in (200, 300, 100, 1):
            chunk_claim(lease, most=most)
        assert [chunk.count for chunk in pieces(job)] == [200, 300, 100, 100, 300, 50]
        assert [record for chunk in pieces(job) for record in orjson.loads(spool.body(chunk))] == whole
        assert [row for chunk in pieces(job) for row in spool.rows(chunk)] == rows
        assert [(chunk.first_row, chunk.last_row) for chunk in pieces(job)] == [
            (spool.rows(chunk)[0], spool.rows(chunk)[-1]) for chunk in pieces(job)
        ]


def test_what_was_confirmed_stands_after_a_division_and_not_when_a_part_was_changed(job: Job) -> None:
    lease = lease_take(job_id=job.pk, worker="test")
    assert lease is not None
    part = chunk_claim(lease, most=400)
    assert part is not None
    job.refresh_from_db()
    assert confirmed_differs(job) == ""
    for change in ({"count": 399}, {"blocks": part.blocks.replace(part.blocks[-4:], "0000")}, {"offset": 7}):
        kept = Chunk.objects.filter(pk=part.pk).values(*change).get()
        after = Chunk.objects.filter(job=job, whole=part.whole).exclude(pk=part.pk)
        target = after if "offset" in change else Chunk.objects.filter(pk=part.pk)
        if "offset" in change:
            kept = after.values(*change).get()
        target.update(**change)
        assert confirmed_differs(job), change
        target.update(**kept)
    assert confirmed_differs(job) == ""


def test_a_part_that_was_changed_on_the_disk_is_not_sent(job: Job) -> None:
    lease = lease_take(job_id=job.pk, worker="test")
    assert lease is not None
    first = chunk_claim(lease, most=400)
    assert first is not None
    path = Path(default_storage.path(job.spool_path + BODIES))
    body = bytearray(path.read_bytes())
    body[first.offset + first.length - 20] ^= 1
    path.write_bytes(bytes(body))
    with Spool.open(job) as spool, pytest.raises(JobRefused, match="changed or damaged"):
        spool.body(first)


def test_a_part_without_an_answer_is_divided_when_it_is_sent_again(job: Job) -> None:
    lease = lease_take(job_id=job.pk, worker="test")
    assert lease is not None
    first = chunk_claim(lease, most=600)
    assert first is not None
    chunk_uncertain(lease, first, "no answer")
    assert accounted(job).n_uncertain == 600
    again = chunk_claim(lease, again=first.pk, most=200)
    assert again is not None
    assert (again.count, again.attempt) == (200, 2)
    chunk_done(lease, again, ChunkResult(already_there=200), claim=False)
    job = accounted(job)
    assert (job.n_already_there, job.n_uncertain, job.n_not_sent) == (200, 400, ROWS - 600)
    rest = job.chunks.get(state=ChunkState.UNCERTAIN)
    assert (rest.count, rest.attempt) == (400, 1)
    third = chunk_claim(lease, most=0)
    assert third is not None
    chunk_give_back(lease, third)
    assert accounted(job).n_not_sent == ROWS - 600


def test_a_chunk_of_before_is_sent_as_it_is(job: Job) -> None:
    for number, chunk in enumerate(pieces(job), 1):
        Chunk.objects.filter(pk=chunk.pk).update(blocks="", number=number)
    Job.objects.filter(pk=job.pk).update(confirmed={**job.confirmed, "spool": spool_digest(job)})
    TenantSpeed.objects.create(tenant=job.tenant, learnt={"lanes": 1, "rows": 100, "latency": 0.2})
    ended = driven(job)
    assert (ended.state, ended.n_added) == (JobState.SUCCEEDED, ROWS)
    assert [chunk.count for chunk in pieces(job)] == [1000, 50]


def test_a_dialler_that_fails_by_large_requests_gets_smaller_ones_and_every_row_once(job: Job, sandbox: Any) -> None:
    sandbox.faults([{"kind": "http_503", "times": 2, "methods": ["add_many_records"]}])
    ended = driven(job)
    assert (ended.state, ended.n_in_list) == (JobState.SUCCEEDED, ROWS)
    assert len(sandbox.dump(job.target_id)) == ROWS
    assert max(chunk.count for chunk in pieces(job)) < 1000


def test_a_dialler_that_asks_to_wait_gets_fewer_requests_of_the_same_size(job: Job, sandbox: Any) -> None:
    sandbox.faults([{"kind": "rate_limit", "times": 2, "seconds": 0.01, "methods": ["add_many_records"]}])
    ended = driven(job)
    assert (ended.state, ended.n_added) == (JobState.SUCCEEDED, ROWS)
    assert [chunk.count for chunk in pieces(job)] == [1000, 50]


def test_the_job_tells_how_it_is_sent(job: Job) -> None:
    ended = driven(job)
    told = job_numbers(ended)["sending"]
    assert told["rows_each"] == 1000
    assert told["answer_ms"] > 0
    words = JobView(ended).speed_words
    assert words.startswith(f"{told['at_a_time']} at a time, 1,000 rows each; the dialler answers in ")

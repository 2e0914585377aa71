"""Rules of the engine that decide by themselves: in which queue work belongs, what is believed and how often."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.jobs.engine.chunks import added_unaccounted
from bpadmin.jobs.engine.dispatch import BULK, INTERACTIVE, SMALL_WORK, queue_of
from bpadmin.jobs.engine.lease import lease_take
from bpadmin.jobs.engine.retry_policy import trouble_ending
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase, JobState
from bpadmin.jobs.services import _believed
from bpadmin.platforms.errors import AuthFailed, Reason
from tests.jobs.uploading import KEYLESS, create_list, people, queued_upload


@pytest.mark.parametrize(("records", "queue"), [(1, INTERACTIVE), (SMALL_WORK, INTERACTIVE), (SMALL_WORK + 1, BULK)])
def test_a_reading_back_of_many_records_waits_among_the_large(records: int, queue: str) -> None:
    assert queue_of(Job(phase=JobPhase.READ_BACK, rows_total=1, work_total=records)) == queue


@pytest.mark.django_db
@pytest.mark.parametrize(("reason", "tries"), [(Reason.TOKEN_REFUSED, 3), (Reason.BAD_CREDENTIALS, 2)])
def test_a_refusal_is_believed_when_it_has_come_so_often(tenant: Any, reason: Reason, tries: int) -> None:
    job, states = Job(tenant=tenant), []
    for _ in range(tries):
        ending = trouble_ending(job, AuthFailed("It is refused.", reason=reason))
        states.append(ending.state)
        for name, value in ending.fields.items():
            setattr(job, name, value)
    assert states == [JobState.QUEUED] * (tries - 1) + [JobState.FAILED]


@pytest.mark.parametrize(("grew_by", "there"), [(None, 10), (4, 4), (9, 9), (10, 10), (12, 10), (0, 10), (-3, 10)])
def test_of_rows_that_a_person_found_no_more_are_there_than_came(grew_by: int | None, there: int) -> None:
    found = _believed(Chunk(count=10, grew_by=grew_by))
    assert (found.added, found.unaccounted) == (there, 10 - there)


@pytest.mark.django_db(transaction=True)
def test_rows_that_the_list_lacks_are_taken_off_as_many_chunks_as_they_fill(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox, KEYLESS), people(30), fields=KEYLESS)
    lease = lease_take(job_id=job.pk, worker="w")
    assert lease is not None
    job.chunks.update(state=ChunkState.DONE, n_added=10)
    Job.objects.filter(pk=job.pk).update(n_added=30, n_not_sent=0)
    added_unaccounted(lease, 15)
    job.refresh_from_db()
    assert list(job.chunks.order_by("number").values_list("n_added", "n_unaccounted")) == [(10, 0), (5, 5), (0, 10)]
    assert (job.n_added, job.n_unaccounted) == (15, 15)

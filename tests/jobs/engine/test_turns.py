"""Who works next: tenants in turn, small before large, nobody for ever. Tests assert orders of claims, not seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from bpadmin.jobs.engine.completion import Ending, turn_end
from bpadmin.jobs.engine.dispatch import BULK, queue_of, wait_fields
from bpadmin.jobs.engine.lease import Lease, lease_take, lease_take_check
from bpadmin.jobs.engine.shutdown import shutdown_ask, shutdown_forget
from bpadmin.jobs.models import Job, JobPhase, JobState, WorkerBeat
from bpadmin.jobs.queue import turn
from bpadmin.jobs.queue.next_job import MESSAGE_SECONDS, PATIENCE, line_of, turn_note
from bpadmin.tenants.models import Tenant
from lists.kinds import LIST_UPLOAD
from tests.jobs.uploading import KEYED, create_list, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)

LARGE, SMALL = 50_000, 1_000


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def make() -> Callable[..., Job]:
    """Make a job of a tenant that was just offered to the workers."""

    def make_job(tenant: str, rows: int = LARGE, **fields: Any) -> Job:
        owner, _ = Tenant.objects.get_or_create(
            slug=tenant, defaults={"name": tenant, "base_url": "http://127.0.0.1:9"}
        )
        given = {
            "state": JobState.QUEUED,
            "phase": JobPhase.SEND,
            "rows_total": rows,
            "n_not_sent": rows,
            "target_id": f"list-{Job.objects.count()}",
            **wait_fields(since=timezone.now(), is_offered=True),
            **fields,
        }
        return Job.objects.create(tenant=owner, kind=LIST_UPLOAD, **given)

    return make_job


class Workers:
    """Workers of the bulk queue that take turns as `turns.turn_take` does, but send nothing: `step` is one free worker.

    The worker that took its job first is the next one that is free. A job has `slices` turns, then it has ended.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.held: list[Lease] = []
        self.claimed: list[int] = []

    def step(self) -> int | None:
        """Let the next worker be free and take a job; returns its id."""
        if len(self.held) == self.count:
            self.release(JobState.QUEUED)
        job = line_of(BULK).next()
        if job is None:
            return None
        lease = lease_take(job_id=job.pk, worker="worker@here")
        assert lease is not None
        self.held.append(lease)
        self.claimed.append(job.pk)
        return job.pk

    def release(self, state: JobState, **how: Any) -> int:
        """End the turn of the worker that began first."""
        lease = self.held.pop(0)
        assert turn_end(lease, Ending(state, **how), seconds=0.0, ring=True)
        turn_note(tenant_id=Job.objects.get(pk=lease.job_id).tenant_id, queue=BULK)
        return lease.job_id


def order(queue: str = BULK) -> list[int]:
    return [job.pk for job in line_of(queue).jobs]


def test_the_job_of_an_idle_tenant_is_taken_by_the_next_free_worker_however_many_large_ones_wait(make: Any) -> None:
    large = [make(f"t{number % 5}") for number in range(30)]
    workers = Workers(2)
    for _ in range(7):
        assert workers.step() in {job.pk for job in large}
    quiet = make("quiet", SMALL)
    assert workers.step() == quiet.pk


def test_tenants_take_turns_whatever_they_have(make: Any) -> None:
    for _ in range(10):
        make("busy")
    make("other")
    make("third")
    workers = Workers(1)
    taken = [Job.objects.get(pk=workers.step()).tenant.slug for _ in range(6)]
    assert taken == ["busy", "other", "third"] * 2


def test_no_job_is_left_out(make: Any) -> None:
    jobs = [make(f"t{number % 3}") for number in range(9)]
    workers = Workers(2)
    for number, job in enumerate(jobs):
        Job.objects.filter(pk=job.pk).update(waiting_since=ago(PATIENCE.total_seconds() + 100 - number))
    taken = {workers.step() for _ in range(9)}
    assert taken == {job.pk for job in jobs}


def test_workers_are_shared_out_among_tenants(make: Any) -> None:
    for _ in range(5):
        make("one")
    for _ in range(5):
        make("two")
    workers = Workers(4)
    taken = [Job.objects.get(pk=workers.step()).tenant.slug for _ in range(4)]
    assert sorted(taken) == ["one", "one", "two", "two"]


def test_within_a_tenant_small_goes_before_large_until_the_large_one_has_waited_long_enough(make: Any) -> None:
    large = make("one")
    small = make("one", SMALL)
    assert order() == [small.pk, large.pk]
    Job.objects.filter(pk=large.pk).update(waiting_since=ago(PATIENCE.total_seconds() + 1))
    assert order() == [large.pk, small.pk]


def test_what_a_person_put_first_goes_before_all_of_its_tenant_but_not_before_others(make: Any) -> None:
    mine = [make("one", SMALL), make("one"), make("one")]
    other = make("two")
    for job in mine[1:]:
        Job.objects.filter(pk=job.pk).update(put_first_at=timezone.now())
    Job.objects.filter(pk=mine[0].pk).update(waiting_since=ago(PATIENCE.total_seconds() + 1))
    turn_note(tenant_id=mine[0].tenant_id, queue=BULK)
    assert order() == [other.pk, mine[2].pk, mine[1].pk, mine[0].pk]


def test_jobs_on_one_list_keep_their_order_and_the_first_inherits_the_better_place(make: Any) -> None:
    large = make("one", target_id="same")
    middle = make("one", 20_000)
    small = make("one", SMALL, target_id="same")
    assert order() == [large.pk, middle.pk, small.pk]


def test_a_job_whose_driver_died_is_taken_at_the_next_free_turn_though_messages_of_others_wait(make: Any) -> None:
    others = [make("busy") for _ in range(6)]
    workers = Workers(2)
    workers.step()
    orphan = make("busy", state=JobState.RUNNING, lease_owner="w/x/1/y", lease_until=ago(1))
    assert workers.step() == orphan.pk
    assert orphan.pk not in {job.pk for job in others}


def test_a_try_that_was_promised_for_a_time_is_made_at_the_first_free_turn_after_it(make: Any) -> None:
    for _ in range(5):
        make("busy")
    make("one")
    workers = Workers(2)
    failing = make("one", SMALL)
    while workers.step() != failing.pk:
        pass
    while workers.held[0].job_id != failing.pk:
        workers.release(JobState.QUEUED)
        workers.step()
    workers.release(JobState.QUEUED, message="503", wait=30.0, fields={"failures": 1, "failing_since": ago(0)})
    assert failing.pk not in [workers.step() for _ in range(6)]
    Job.objects.filter(pk=failing.pk).update(next_run_at=ago(0.1), waiting_since=ago(0.1))
    assert workers.step() == failing.pk


def test_tenants_that_do_not_answer_have_half_of_the_workers_at_most(make: Any) -> None:
    fine = [make("fine") for _ in range(3)]
    for number in range(4):
        make(f"dead{number}", failing_since=ago(60), failures=9, next_run_at=ago(number + 1))
    WorkerBeat.objects.create(name="w", queues="bulk", slots=2, seen_at=timezone.now())
    for number in range(4):
        turn_note(tenant_id=Tenant.objects.get(slug=f"dead{number}").pk, queue=BULK)
    workers = Workers(2)
    assert workers.step() not in {job.pk for job in fine}
    assert workers.step() in {job.pk for job in fine}


def test_checks_of_large_files_leave_a_worker_free(make: Any) -> None:
    WorkerBeat.objects.create(name="w", queues="bulk", slots=2, seen_at=timezone.now())
    checks = [make("one", 0, state=JobState.PREPARING, phase="", file_size=10**8) for _ in range(2)]
    assert line_of(BULK).next().pk == checks[0].pk  # type: ignore[union-attr]
    assert lease_take_check(job_id=checks[0].pk, worker="w")
    assert line_of(BULK).next() is None
    job = make("two")
    assert line_of(BULK).next().pk == job.pk  # type: ignore[union-attr]


def test_a_job_that_somebody_drives_himself_is_left_to_him_for_some_seconds(make: Any) -> None:
    job = make("one", enqueued_at=None)
    assert line_of(BULK).next() is None
    Job.objects.filter(pk=job.pk).update(waiting_since=ago(MESSAGE_SECONDS + 1))
    assert line_of(BULK).next() == job


def test_a_line_costs_the_same_however_long_it_is(make: Any, django_assert_num_queries: Any) -> None:
    for number in range(20):
        make(f"t{number % 4}")
    # One of them to see whether all sending is held.
    with django_assert_num_queries(4):
        assert len(line_of(BULK).jobs) == 20


@pytest.fixture
def large_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have jobs of more than ten rows belong to the large ones."""
    monkeypatch.setattr("bpadmin.jobs.engine.dispatch.SMALL_ROWS", 10)


@pytest.mark.usefixtures("large_enough")
def test_a_message_makes_the_worker_take_whose_turn_it_is_not_whom_it_names(sandbox: Any, tenant: Any) -> None:
    large = queued_upload(tenant, create_list(sandbox, KEYED), people(60))
    small = queued_upload(tenant, create_list(sandbox, KEYED), people(20))
    assert queue_of(large) == queue_of(small) == BULK
    assert turn.turn_take(hint=large.pk, queue=BULK, worker="w") == small.pk
    assert turn.turn_take(hint=small.pk, queue=BULK, worker="w") == large.pk
    assert turn.turn_take(hint=large.pk, queue=BULK, worker="w") is None
    assert {Job.objects.get(pk=job.pk).state for job in (large, small)} == {JobState.SUCCEEDED}


@pytest.fixture
def shutting_down() -> Iterator[None]:
    shutdown_ask()
    yield
    shutdown_forget()


def test_a_worker_that_is_to_end_takes_nothing(make: Any, shutting_down: None) -> None:
    job = make("one")
    assert turn.turn_take(hint=job.pk, queue=BULK, worker="w") is None
    job.refresh_from_db()
    assert (job.state, job.lease_owner) == (JobState.QUEUED, "")

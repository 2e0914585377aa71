"""The sweep: it sends messages for whatever should move and does not, and for nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bpadmin.jobs.engine.lease import lease_take
from bpadmin.jobs.models import Job, JobPhase, JobState, WriteLock
from bpadmin.jobs.queue import sweep
from bpadmin.jobs.queue.next_job import MESSAGE_SECONDS
from bpadmin.tenants.models import Tenant
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Tenant:
    return Tenant.objects.create(slug="acme", name="Acme", base_url="http://127.0.0.1:9")


@pytest.fixture
def make(acme: Tenant) -> Any:
    def make_job(state: JobState, **fields: Any) -> Job:
        fields["n_not_sent"] = fields.setdefault("rows_total", 1000)
        given = {"target_id": f"list-{Job.objects.count()}", "phase": JobPhase.SEND, **fields}
        return Job.objects.create(tenant=acme, kind=LIST_UPLOAD, state=state, **given)

    return make_job


@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, str]]:
    """The messages that go to a broker whose queues are never empty."""
    rung: list[tuple[str, int, str]] = []

    def ring(task: str, job_id: int, queue: str, *, expires: float | None = None) -> bool:
        assert expires, "what the sweep sends must not pile up while all workers are busy"
        rung.append((task.rsplit(".", 1)[-1], job_id, queue))
        return True

    monkeypatch.setattr(sweep, "ring", ring)
    return rung


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_it_rings_for_a_queued_job_whose_message_was_lost(make: Any, bell: Any) -> None:
    job = make(JobState.QUEUED, waiting_since=ago(60), enqueued_at=ago(MESSAGE_SECONDS + 1))
    assert sweep.jobs_sweep() == [job.pk]
    assert bell == [("job_run", job.pk, "bulk")]


def test_it_rings_once_in_a_while_for_a_job_that_nobody_takes(make: Any, bell: Any) -> None:
    job = make(JobState.QUEUED, waiting_since=ago(60), enqueued_at=ago(60))
    assert [sweep.jobs_sweep() for _ in range(3)] == [[job.pk], [], []]


def test_it_leaves_a_job_alone_for_which_a_message_was_just_sent(make: Any, bell: Any) -> None:
    make(JobState.QUEUED, waiting_since=ago(2), enqueued_at=ago(2))
    make(JobState.QUEUED, waiting_since=ago(2))  # somebody drives it himself
    assert sweep.jobs_sweep() == []


def test_it_rings_for_a_job_whose_driver_is_gone_whatever_waits_in_the_queue(make: Any, bell: Any) -> None:
    gone = make(JobState.RUNNING, lease_owner="x", lease_until=ago(1), waiting_since=ago(4), enqueued_at=ago(4))
    make(JobState.RUNNING, lease_owner="y", lease_until=ago(-5))
    make(JobState.QUEUED, waiting_since=ago(1), enqueued_at=ago(1))
    assert sweep.jobs_sweep() == [gone.pk]


def test_it_rings_for_a_check_whose_worker_died(make: Any, bell: Any) -> None:
    died = make(JobState.PREPARING, lease_owner="x", lease_until=ago(1), rows_total=0, phase="", file_size=10**9)
    never = make(JobState.PREPARING, rows_total=0, phase="", file_size=1000)
    make(JobState.PREPARING, lease_owner="y", lease_until=ago(-5))
    sweep.jobs_sweep()
    assert sorted(bell) == [("job_prepare", died.pk, "bulk"), ("job_prepare", never.pk, "interactive")]


def test_a_job_that_waits_for_a_time_is_rung_for_as_soon_as_it_has_come(make: Any, bell: Any) -> None:
    due = make(JobState.QUEUED, next_run_at=ago(0), waiting_since=ago(0), enqueued_at=ago(1))
    make(JobState.QUEUED, next_run_at=ago(-60))
    assert sweep.jobs_sweep() == [due.pk]


def test_a_job_that_waits_for_another_on_its_list_is_left_alone(make: Any, bell: Any, acme: Tenant) -> None:
    writer = make(JobState.RUNNING, lease_owner="y", lease_until=ago(-5), target_id="same")
    waiting = make(JobState.QUEUED, target_id="same")
    lock = WriteLock.objects.create(tenant=acme, target_id="same", job=writer)
    assert sweep.jobs_sweep() == []
    lock.delete()
    assert sweep.jobs_sweep() == [waiting.pk]


def test_a_job_that_waits_for_a_person_or_has_ended_is_left_alone(make: Any, bell: Any) -> None:
    alone = {make(state).pk: state for state in (JobState.DRAFT, JobState.READY, JobState.PAUSED, *Job.FINAL)}
    assert [alone[pk] for pk in sweep.jobs_sweep()] == []


def test_a_full_queue_does_not_keep_messages_out_of_another(make: Any, bell: Any) -> None:
    for _ in range(sweep.AT_MOST + 5):
        make(JobState.QUEUED, enqueued_at=ago(100), waiting_since=ago(200))
    small = make(JobState.QUEUED, rows_total=20)
    rung = sweep.jobs_sweep()
    assert small.pk in rung
    assert len(rung) == sweep.AT_MOST + 1
    assert len(sweep.jobs_sweep()) == 5


def test_a_broker_that_cannot_be_reached_is_asked_once(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(sweep, "ring", lambda task, job_id, queue, expires: asked.append(job_id))
    make(JobState.QUEUED)
    make(JobState.QUEUED)
    assert sweep.jobs_sweep() == []
    assert len(asked) == 1
    assert not Job.objects.exclude(enqueued_at=None).exists()


def test_a_job_polling_the_platform_has_a_queue_of_its_own(make: Any, bell: Any) -> None:
    job = make(JobState.QUEUED, phase=JobPhase.BEGIN, remote_job_id="abc")
    sweep.jobs_sweep()
    assert bell == [("job_run", job.pk, "poll")]


def test_a_dead_process_of_this_machine_is_noticed_before_its_lease_runs_out(make: Any, bell: Any) -> None:
    job = make(JobState.QUEUED)
    assert lease_take(job_id=job.pk, worker="w")
    assert sweep.jobs_sweep() == []
    owner = Job.objects.get(pk=job.pk).lease_owner.split("/")
    Job.objects.filter(pk=job.pk).update(lease_owner="/".join([*owner[:2], "4194305", owner[3]]))
    assert sweep.jobs_sweep() == [job.pk]


def test_a_sweep_asks_the_database_little(make: Any, bell: Any, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        make(JobState.QUEUED)
    sweep.sweep_note()
    # One of them to see whether all sending is held, one that the sweep ran.
    with django_assert_max_num_queries(6):
        assert len(sweep.jobs_sweep()) == 20

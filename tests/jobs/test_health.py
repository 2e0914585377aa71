"""Worker health beside a job, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from bpadmin.jobs.models import Job, JobPhase, JobState, WorkerBeat
from bpadmin.jobs.queue import worker_health as module
from bpadmin.jobs.queue.signs import sign_write, signs_forget
from bpadmin.jobs.queue.worker_health import worker_health
from bpadmin.tenants.models import Tenant
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "broker_answers", lambda: True)


@pytest.fixture
def job() -> Job:
    tenant = Tenant.objects.create(slug="acme", name="Acme", base_url="http://127.0.0.1:9")
    return Job.objects.create(
        tenant=tenant,
        kind=LIST_UPLOAD,
        state=JobState.QUEUED,
        rows_total=9999,
        n_not_sent=9999,
        phase=JobPhase.SEND,
    )


def seen(seconds_ago: float, queues: str = "interactive,bulk,poll") -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    WorkerBeat.objects.create(name=f"w{seconds_ago}{queues}", queues=queues, seen_at=at)


def test_a_living_worker_is_nothing_to_speak_of(job: Job) -> None:
    seen(3)
    health = worker_health(job)
    assert health.is_ok
    assert health.sentence == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(40.2, "40 s"), (300, "5 minutes"), (9000, "2 hours"), (200_000, "2 days")]
)
def test_a_silent_worker_is_said_to_be_silent(job: Job, seconds: float, words: str) -> None:
    seen(seconds)
    health = worker_health(job)
    assert not health.is_ok
    assert health.sentence.startswith(f"No worker has been seen for {words}, so this job is standing still.")


def test_no_worker_at_all_is_said_so(job: Job) -> None:
    assert worker_health(job).sentence.startswith("No worker is running, so this job is standing still.")
    assert worker_health(job).seen_seconds_ago is None


def test_a_worker_of_another_queue_is_of_no_use_to_the_job(job: Job) -> None:
    seen(1, queues="interactive")
    assert not worker_health(job).is_ok


def test_a_job_that_somebody_works_on_is_well_without_any_worker(job: Job) -> None:
    job.lease_until = timezone.now() + timedelta(seconds=5)
    assert worker_health(job).is_ok


@pytest.mark.parametrize("state", [JobState.READY, JobState.PAUSED, JobState.SUCCEEDED])
def test_a_job_that_needs_no_worker_is_well(job: Job, state: JobState) -> None:
    job.state = state
    assert worker_health(job).is_ok


def test_a_check_that_waits_speaks_of_the_check(job: Job) -> None:
    job.state = JobState.PREPARING
    assert "so the check is standing still" in worker_health(job).sentence


def test_a_worker_that_beats_again_is_one_worker(django_assert_num_queries: Any) -> None:
    sign_write(name="bulk@here/1", queues="bulk")
    sign_write(name="bulk@here/1", queues="bulk,poll")
    assert WorkerBeat.objects.get().queues == "bulk,poll"


def test_a_sweep_that_no_longer_runs_is_named_instead_of_a_promise(tenant: Any) -> None:
    from bpadmin.installation.models import Installation

    job = Job.objects.create(tenant=tenant, kind=LIST_UPLOAD, state=JobState.QUEUED, file_name="leads.csv")
    Installation.objects.create(pk=1, swept_at=timezone.now() - timedelta(minutes=5))
    WorkerBeat.objects.create(name="w@here/1", queues="interactive,bulk,poll", seen_at=timezone.now())
    health = worker_health(job)
    assert not health.is_ok
    assert "has not run since" in health.sentence
    Installation.objects.update(swept_at=timezone.now())
    cache.delete("installation:swept")
    assert worker_health(job).is_ok


def test_a_broker_that_is_away_is_named_before_what_stands_still_for_it(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "broker_answers", lambda: False)
    seen(1)
    assert worker_health(job).is_ok
    WorkerBeat.objects.all().delete()
    assert worker_health(job).sentence.startswith("The broker (Redis) does not take commands, so this job is standing")


def test_a_worker_that_was_killed_long_ago_is_not_who_was_seen_last(job: Job) -> None:
    """A worker that ends in order takes its name off the list; one before it that was killed could not."""
    seen(300)
    seen(300, queues="interactive,poll")
    signs_forget("interactive,bulk,poll")
    assert worker_health(job).sentence.startswith("No worker is running")
    assert WorkerBeat.objects.count() == 1

"""What people may do to a job: legal moves are made once and logged, illegal ones are refused in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job, JobPhase, JobState, Wanted
from bpadmin.jobs.services import (
    IllegalMove,
    job_cancel,
    job_confirm,
    job_pause,
    job_resume,
    job_retry,
    job_submit,
)
from bpadmin.tenants.models import Tenant
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db

MOVES = {"submit": job_submit, "confirm": job_confirm, "pause": job_pause, "resume": job_resume, "cancel": job_cancel}
LEGAL = {
    "submit": {JobState.DRAFT, JobState.READY, JobState.FAILED, JobState.ERRORED},
    "confirm": {JobState.READY},
    "pause": {JobState.QUEUED, JobState.RUNNING},
    "resume": {JobState.PAUSED},
    "cancel": set(JobState) - set(Job.FINAL),
}


@pytest.fixture
def make() -> Any:
    tenant = Tenant.objects.create(slug="acme", name="Acme", base_url="http://127.0.0.1:9")

    def make_job(state: JobState, **fields: Any) -> Job:
        given = {"target_id": "L1", "target_name": "Autumn", "file_name": "people.csv", **fields}
        return Job.objects.create(tenant=tenant, kind=LIST_UPLOAD, state=state, **given)

    return make_job


@pytest.mark.parametrize("name", list(MOVES))
def test_each_move_is_made_from_its_states_alone(make: Any, name: str) -> None:
    refused = set(JobState) - LEGAL[name]
    for state in LEGAL[name]:
        MOVES[name](job=make(state))
    for state in refused:
        job = make(state)
        with pytest.raises(IllegalMove, match=state.label):
            MOVES[name](job=job)
        assert Job.objects.get(pk=job.pk).state == state


def test_only_the_first_of_two_people_confirms(make: Any) -> None:
    job = make(JobState.READY)
    other = Job.objects.get(pk=job.pk)
    job_confirm(job=job, actor_name="Sam")
    with pytest.raises(IllegalMove, match="Queued"):
        job_confirm(job=other, actor_name="Anna")
    assert AuditEntry.objects.filter(verb="list.upload.confirm").count() == 1


def test_a_confirmation_is_logged_with_what_is_sent(make: Any) -> None:
    job = make(
        JobState.READY,
        rows_total=100,
        n_not_sent=90,
        n_rejected=10,
        n_rejected_check=10,
        file_sha256="ab",
        options={"mode": "upsert"},
    )
    job_confirm(job=job, actor_name="Sam")
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.target_name, entry.target_id) == ("Sam", "Autumn", "L1")
    assert entry.details == {
        "job": job.pk,
        "file": "people.csv",
        "sha256": "ab",
        "rows": 100,
        "to_send": 90,
        "mode": "upsert",
        "columns": [],
        "reason": "",
    }
    assert job.phase == JobPhase.BEGIN


def test_a_running_job_is_asked_to_cancel_and_a_waiting_one_is_cancelled(make: Any) -> None:
    running = make(JobState.RUNNING, lease_until=timezone.now() + timedelta(seconds=5), started_at=timezone.now())
    assert (job_cancel(job=running).state, running.wanted) == (JobState.RUNNING, Wanted.CANCEL)
    assert job_cancel(job=make(JobState.QUEUED)).state == JobState.CANCELLED


def test_a_check_that_nobody_does_is_cancelled_at_once(make: Any) -> None:
    assert job_cancel(job=make(JobState.PREPARING)).state == JobState.CANCELLED


def test_what_started_to_send_is_never_checked_again(make: Any) -> None:
    with pytest.raises(IllegalMove):
        job_submit(job=make(JobState.FAILED, started_at=timezone.now()))


def test_only_a_job_with_rows_left_is_sent_again(make: Any) -> None:
    with pytest.raises(IllegalMove, match="cannot be sent again"):
        job_retry(job=make(JobState.PARTIAL, started_at=timezone.now()))
    left = make(JobState.FAILED, started_at=timezone.now(), rows_total=5, n_not_sent=5, phase=JobPhase.SEND)
    assert job_retry(job=left).state == JobState.QUEUED

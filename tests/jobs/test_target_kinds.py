"""An id says which list it is only together with its kind: where names are ids, two lists may share one."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bpadmin.jobs.engine.lease import lease_take
from bpadmin.jobs.kinds import JobKind, TargetKind
from bpadmin.jobs.models import Job, JobState, WriteLock
from bpadmin.jobs.queue.next_job import jobs_waiting
from bpadmin.jobs.services import job_cancel, list_jobs, list_last_jobs
from dnc.entries.clear import _writer
from dnc.kinds import DNC_ADD, DNC_DELETE
from dnc.models import DncList
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db(transaction=True)


def queued(tenant: Any, kind: JobKind, file_name: str) -> Job:
    return Job.objects.create(
        tenant=tenant,
        kind=kind,
        state=JobState.QUEUED,
        phase="begin",
        target_id="Spam",
        target_name="Spam",
        file_name=file_name,
    )


@pytest.fixture
def upload(older_tenant: Any) -> Job:
    return queued(older_tenant, LIST_UPLOAD, "leads.csv")


@pytest.fixture
def removal(older_tenant: Any) -> Job:
    return queued(older_tenant, DNC_DELETE, "dnc.csv")


def test_a_calling_list_and_a_dnc_list_of_one_name_are_written_at_the_same_time(upload: Job, removal: Job) -> None:
    assert (upload.target_kind, removal.target_kind) == (TargetKind.LIST, TargetKind.DNC)
    assert lease_take(job_id=upload.pk, worker="w")
    assert removal in jobs_waiting(timezone.now())
    assert lease_take(job_id=removal.pk, worker="w")
    assert WriteLock.objects.count() == 2


def test_two_files_for_one_dnc_list_still_wait_for_each_other(older_tenant: Any, removal: Job) -> None:
    second = queued(older_tenant, DNC_ADD, "more.csv")
    assert lease_take(job_id=removal.pk, worker="w")
    assert lease_take(job_id=second.pk, worker="w") is None
    assert second not in jobs_waiting(timezone.now())
    second.refresh_from_db()
    assert f"Waits for job {removal.pk}" in second.message


def test_each_list_shows_its_own_jobs(older_tenant: Any, upload: Job, removal: Job) -> None:
    assert list_jobs(tenant=older_tenant, list_ids=["Spam"]) == [upload]
    assert list_last_jobs(tenant=older_tenant, list_ids=["Spam"]) == {"Spam": upload}


def test_emptying_the_dnc_list_does_not_wait_for_the_upload(older_tenant: Any, upload: Job) -> None:
    dnc_list = DncList.objects.create(tenant=older_tenant, remote_id="Spam", name="Spam")
    assert lease_take(job_id=upload.pk, worker="w")
    assert _writer(dnc_list) is None


def test_the_end_of_a_job_wakes_the_next_one_of_the_same_list(
    older_tenant: Any, upload: Job, removal: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr("bpadmin.jobs.engine.completion.ring_run", lambda job: rung.append(job.pk))
    second = queued(older_tenant, DNC_ADD, "more.csv")
    WriteLock.objects.create(tenant=older_tenant, target_kind=TargetKind.DNC, target_id="Spam", job=removal)
    job_cancel(job=removal)
    assert rung == [second.pk]

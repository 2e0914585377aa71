"""Storage is given back, and what is told of a job stays."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from bpadmin.jobs import tasks
from bpadmin.jobs.files.cleanup import jobs_tidy
from bpadmin.jobs.models import Job, JobState
from bpadmin.uploads.files import upload_create
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db(transaction=True)


def uploaded(tenant, **fields) -> Job:
    """Return a job with a stored file, changed as said."""
    job = upload_create(
        kind=LIST_UPLOAD,
        tenant=tenant,
        list_id="l",
        list_name="Spring",
        file_name="a.csv",
        stream=BytesIO(b"id,phone\n1,6505550100\n"),
    )
    Job.objects.filter(pk=job.pk).update(**fields)
    job.refresh_from_db()
    return job


def test_an_upload_that_nobody_confirms_is_given_up_and_says_so(tenant, settings):
    settings.DRAFT_KEEP_DAYS = 7
    old = uploaded(tenant, created_at=timezone.now() - timedelta(days=8))
    young = uploaded(tenant, created_at=timezone.now() - timedelta(days=6))
    assert jobs_tidy() == 1
    path = old.upload_path
    old.refresh_from_db()
    assert old.state == JobState.CANCELLED
    assert "Nothing was sent" in old.message
    assert not default_storage.exists(path)
    assert default_storage.exists(young.upload_path)


def test_the_files_of_an_ended_job_go_after_their_time_and_the_job_stays(tenant, settings, supervisor_client):
    settings.UPLOAD_KEEP_DAYS = 90
    ended = {
        "state": JobState.PARTIAL,
        "phase": "send",
        "rows_total": 2,
        "n_rejected": 2,
        "started_at": timezone.now(),
    }
    old = uploaded(tenant, finished_at=timezone.now() - timedelta(days=91), **ended)
    young = uploaded(tenant, finished_at=timezone.now() - timedelta(days=89), **ended)
    assert jobs_tidy() == 1
    assert not default_storage.exists(old.upload_path)
    assert default_storage.exists(young.upload_path)
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, old.pk])).content.decode()
    assert old.file_sha256 in page
    assert "with reasons" not in page
    assert jobs_tidy() == 0


def test_sessions_that_are_over_go_with_the_hourly_tidying():
    for key, days in (("over", -1), ("lasting", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    tasks.jobs_tidy()
    assert [session.session_key for session in Session.objects.all()] == ["lasting"]

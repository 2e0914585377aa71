"""A waiting job's page says what goes before it, names no other tenant's job, and lets a supervisor put it first."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.engine.dispatch import BULK, wait_fields
from bpadmin.jobs.models import Job, JobPhase, JobState, WorkerBeat, WriteLock
from bpadmin.jobs.pages.queue_position import queue_place
from bpadmin.jobs.queue.next_job import line_of
from bpadmin.jobs.services import IllegalMove, job_put_first
from bpadmin.tenants.models import Tenant
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jobs(tenant: Tenant) -> list[Job]:
    """Two small jobs and a large one of the tenant, and three of another that was served before."""
    WorkerBeat.objects.create(name="w", queues="interactive,bulk,poll", seen_at=timezone.now())
    other = Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:9")
    made = [make(tenant, rows, f"mine-{rows}.csv") for rows in (50_000, 1_000, 2_000)]
    for number in range(3):
        make(other, 9_000 + number, f"secret-{number}.csv")
    return made


def make(tenant: Tenant, rows: int, name: str) -> Job:
    return Job.objects.create(
        tenant=tenant,
        kind=LIST_UPLOAD,
        state=JobState.QUEUED,
        phase=JobPhase.SEND,
        rows_total=rows,
        n_not_sent=rows,
        file_name=name,
        target_id=name,
        target_name="Autumn",
        **wait_fields(since=timezone.now(), is_offered=True),
    )


def page_of(client: Client, job: Job) -> str:
    cache.clear()
    return " ".join(client.get(f"/t/acme/jobs/{job.pk}/").content.decode().split())


def test_the_page_names_own_jobs_before_it_and_counts_those_of_others(viewer_client: Client, jobs: list[Job]) -> None:
    page = page_of(viewer_client, jobs[0])
    assert "2 of your jobs and 2 of other tenants are before it." in page
    for job in jobs[1:]:
        assert f'href="/t/acme/jobs/{job.pk}/">{job.file_name}</a>' in page
    assert "secret" not in page
    assert "Put it first" not in page  # a viewer may not
    assert "It is the next one that a free worker takes." in page_of(viewer_client, jobs[1])


def test_a_supervisor_puts_a_job_first_and_the_log_says_who(supervisor_client: Client, jobs: list[Job]) -> None:
    assert "Put it first" in page_of(supervisor_client, jobs[0])
    answer = supervisor_client.post(f"/t/acme/jobs/{jobs[0].pk}/put-first/", follow=True)
    page = " ".join(answer.content.decode().split())
    assert "It is the next one that a free worker takes." in page
    assert "Put it first" not in page
    assert line_of(BULK).jobs[0] == jobs[0]
    entry = AuditEntry.objects.get(verb=Verb.JOB_PUT_FIRST)
    assert (entry.actor_name, entry.target_id) == ("sam", str(jobs[0].pk))


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.SUCCEEDED])
def test_what_does_not_wait_cannot_be_put_first(jobs: list[Job], state: JobState) -> None:
    Job.objects.filter(pk=jobs[0].pk).update(state=state)
    with pytest.raises(IllegalMove, match="cannot be put first"):
        job_put_first(job=jobs[0], actor_name="Sam")
    assert Job.objects.get(pk=jobs[0].pk).put_first_at is None
    assert not AuditEntry.objects.filter(verb=Verb.JOB_PUT_FIRST).exists()


def test_neither_a_viewer_nor_another_tenant_puts_a_job_first(
    viewer_client: Client, supervisor_client: Client, jobs: list[Job]
) -> None:
    foreign = Job.objects.exclude(tenant=jobs[0].tenant).latest("pk")
    assert viewer_client.post(f"/t/acme/jobs/{jobs[0].pk}/put-first/").status_code == 403
    assert supervisor_client.post(f"/t/acme/jobs/{foreign.pk}/put-first/").status_code == 404
    assert not Job.objects.exclude(put_first_at=None).exists()


def test_the_command_does_what_the_button_does(jobs: list[Job]) -> None:
    out = StringIO()
    call_command("job_first", "acme", str(jobs[0].pk), "--json", stdout=out, stderr=StringIO())
    assert json.loads(out.getvalue()) == {
        "job": jobs[0].pk,
        "state": "queued",
        "before_own": 0,
        "before_others": 0,
    }
    with pytest.raises(SystemExit):
        call_command("job_first", "acme", "4711", stdout=out, stderr=StringIO())


def test_a_job_that_waits_for_something_else_has_no_place(jobs: list[Job]) -> None:
    Job.objects.filter(pk=jobs[0].pk).update(next_run_at=timezone.now() + timedelta(seconds=30))
    WriteLock.objects.create(tenant=jobs[0].tenant, target_id=jobs[1].target_id, job=jobs[2])
    for job in jobs[:2]:
        assert queue_place(Job.objects.get(pk=job.pk)) is None


def test_table_and_tray_say_how_many_are_before_a_job(
    viewer_client: Client, jobs: list[Job], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(15):
        table = viewer_client.get("/t/acme/jobs/").content.decode()
    assert "4 before it" in table
    assert "4 before it" in viewer_client.get("/t/acme/jobs/tray/").content.decode()

"""A restored database sends nothing by itself: what was under way is put before a person; nobody is called twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bpadmin.dialler.types import Actor
from bpadmin.installation.hold import hold_begin, hold_end
from bpadmin.jobs.engine.driver import job_drive
from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.queue.restored import restored_hold
from bpadmin.jobs.services import Decision, job_decide, job_read_back, job_resume
from bpadmin.tenants.services import tenant_client
from campaigns.services import campaign_start
from tests.jobs.uploading import KEYED, KEYLESS, accounted, counts, driven, ids, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)


def restored(sandbox: Any, tenant: Any, fields: Any = KEYLESS) -> tuple[Job, str]:
    """Make a job as a backup from its middle has it, whose rows were all sent after the backup was made."""
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in fields]
    list_id = sandbox.create_list("Autumn", described, bind=[sandbox.create_campaign("Spring")])
    job = queued_upload(tenant, list_id, people(30), fields=fields, lanes=1)
    first = job.chunks.order_by("number").first()
    with Spool.open(job) as spool, tenant_client(tenant) as client:
        for chunk in job.chunks.order_by("number"):
            client.add_many_records(list_id, spool.body(chunk))
    Chunk.objects.filter(pk=first.pk).update(state=ChunkState.DONE, n_added=10, attempt=1)
    Job.objects.filter(pk=job.pk).update(
        n_added=10,
        n_not_sent=20,
        state=JobState.RUNNING,
        phase="send",
        lease_until=job.created_at,
        started_at=job.created_at,
    )
    hold_begin(reason="restored")
    restored_hold()
    job.refresh_from_db()
    return job, list_id


def test_nothing_is_sent_and_every_row_that_may_have_been_is_in_question(sandbox: Any, tenant: Any) -> None:
    job, list_id = restored(sandbox, tenant)
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 10, "uncertain": 20})
    job_drive(job_id=job.pk, seconds=0.5, worker="w")
    hold_end()
    job_drive(job_id=job.pk, seconds=0.5, worker="w")
    assert len(sandbox.dump(list_id)) == 30


def test_it_was_done_is_believed_for_all_rows_at_once(sandbox: Any, tenant: Any, supervisor_client: Client) -> None:
    job, _ = restored(sandbox, tenant)
    page = supervisor_client.get(reverse("jobs:detail", args=["acme", job.pk])).content.decode()
    assert "All 20 rows in question at once" in page
    supervisor_client.post(reverse("jobs:decide_all", args=["acme", job.pk]), {"decision": "applied"})
    job.refresh_from_db()
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 30})
    assert accounted(job)


def test_go_on_waits_for_the_release_and_then_sends(sandbox: Any, tenant: Any) -> None:
    job, list_id = restored(sandbox, tenant)
    job_decide(job=job, decision=Decision.NOT_APPLIED, actor_name="Anna")
    assert job_drive(job_id=job.pk, seconds=0.3, worker="w", may_wait=False) == JobState.QUEUED
    held = len(sandbox.dump(list_id))
    hold_end()
    assert driven(job).n_added == 30
    assert len(sandbox.dump(list_id)) == held + 20


def test_reading_back_goes_on_during_the_hold_and_finds_them(sandbox: Any, tenant: Any) -> None:
    job, _ = restored(sandbox, tenant)
    job_read_back(job=job, actor_name="Anna", ring=False)
    job = driven(job)
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 30})


def test_rows_with_a_key_wait_paused_and_are_not_doubled(sandbox: Any, tenant: Any) -> None:
    job, list_id = restored(sandbox, tenant, KEYED)
    assert job.state == JobState.PAUSED
    assert "recognised by their key" in job.message
    hold_end()
    job_resume(job=job, actor_name="Anna")
    job = driven(job)
    assert job.n_in_list == 30
    assert sorted(ids(sandbox.dump(list_id))) == sorted(f"P{n}" for n in range(1, 31))


def test_people_cannot_act_on_the_dialler_either(sandbox: Any, tenant: Any) -> None:
    hold_begin(reason="a look at the books")
    change = campaign_start(tenant=tenant, campaign_id="x", name="Spring", actor=None, actor_name="Anna")
    assert "a look at the books" in change.sentence
    assert Actor(name="Anna").called == "Anna"


def test_status_names_each_job_to_settle(sandbox: Any, tenant: Any, capsys: pytest.CaptureFixture[str]) -> None:
    job, _ = restored(sandbox, tenant)
    with pytest.raises(SystemExit):
        call_command("status")
    out = capsys.readouterr().out
    assert "Nothing is sent: restored" in out
    assert f"job {job.pk} of acme" in out
    call_command("job_decide", "acme", str(job.pk), "in-list")
    assert Job.objects.get(pk=job.pk).state == JobState.SUCCEEDED

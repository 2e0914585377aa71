"""What is old is removed, what is open or evidence never is, and what was removed is told."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.guard import guard_lift, guard_make
from bpadmin.audit.models import AuditEntry
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.models import Action
from bpadmin.installation.hold import hold_begin
from bpadmin.jobs.files import retention
from bpadmin.jobs.files.retention import old_remove
from bpadmin.jobs.kinds import JobKind
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.tasks import jobs_tidy
from dnc.kinds import DNC_ADD
from dnc.models import DncSource
from lists.kinds import LIST_UPLOAD

pytestmark = pytest.mark.django_db

ENDED = {"state": JobState.SUCCEEDED, "phase": "send", "rows_total": 30, "n_added": 30}


@pytest.fixture(autouse=True)
def days(settings: Any) -> None:
    settings.JOB_KEEP_DAYS, settings.CHUNK_KEEP_DAYS, settings.AUDIT_KEEP_DAYS = 400, 120, 2560


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def ended(tenant: Any, *, days: int, chunks: int = 3, kind: JobKind = LIST_UPLOAD, **fields: Any) -> Job:
    """Return a job that ended some days ago, with a chunk for each ten rows."""
    said = {**ENDED, "started_at": ago(days), "finished_at": ago(days), **fields}
    job = Job.objects.create(tenant=tenant, kind=kind, target_id="l", target_name="Spring", **said)
    for number in range(1, chunks + 1):
        row = (number - 1) * 10
        places = {"first_record": row, "first_row": row + 2, "last_row": row + 11, "offset": row, "length": 9}
        Chunk.objects.create(job=job, number=number, count=10, state=ChunkState.DONE, n_added=10, **places)
    return job


def left() -> set[int]:
    return set(Job.objects.values_list("pk", flat=True))


def test_chunks_go_first_and_the_job_goes_later(tenant: Any, supervisor_client: Client) -> None:
    young, middle, old = (ended(tenant, days=days) for days in (100, 200, 401))
    removal = old_remove()
    assert (removal.jobs, removal.chunks) == (1, 6)
    assert left() == {young.pk, middle.pk}
    assert (young.chunks.count(), middle.chunks.count()) == (3, 0)
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, middle.pk]))
    assert page.status_code == 200
    assert supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, old.pk])).status_code == 404
    assert old_remove() == retention.Removal()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": JobState.PAUSED},
        {"state": JobState.QUEUED},
        {"state": JobState.READY},
        {"state": JobState.PARTIAL, "n_added": 20, "n_uncertain": 10},
        {"spool_path": "spools/1"},
        {"upload_path": "uploads/1"},
        {"kind": DNC_ADD},
        {"finished_at": None},
    ],
    ids=str,
)
def test_what_is_open_asks_has_files_or_is_about_do_not_call_stays(tenant: Any, fields: dict[str, Any]) -> None:
    job = ended(tenant, days=1000, **fields)
    assert old_remove() == retention.Removal()
    assert left() == {job.pk}
    assert job.chunks.count() == 3


def test_rows_not_sent_keep_their_chunks_for_as_long_as_the_job(tenant: Any) -> None:
    job = ended(tenant, days=200, state=JobState.CANCELLED, n_added=20, n_not_sent=10)
    old_remove()
    assert job.chunks.count() == 3


def test_what_evidence_points_to_stays(tenant: Any) -> None:
    job = ended(tenant, days=1000)
    DncSource.objects.create(tenant=tenant, job=job)
    assert old_remove() == retention.Removal()
    assert DncSource.objects.get().job_id == job.pk


@pytest.mark.parametrize("open_fields", [{"finished_at_days": 10}, {"state": JobState.PAUSED}], ids=str)
def test_a_chain_of_corrections_goes_together_or_not_at_all(tenant: Any, open_fields: dict[str, Any]) -> None:
    fields = dict(open_fields)
    days = fields.pop("finished_at_days", 900)
    first = ended(tenant, days=1000)
    second = ended(tenant, days=950, parent=first)
    third = ended(tenant, days=days, parent=second, **fields)
    assert old_remove().jobs == 0
    assert left() == {first.pk, second.pk, third.pk}
    Job.objects.filter(pk=third.pk).update(state=JobState.SUCCEEDED, finished_at=ago(900))
    assert old_remove().jobs == 3
    assert not left()


def test_many_chunks_go_in_small_transactions(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    ended(tenant, days=401, chunks=7)
    ended(tenant, days=200, chunks=3)
    removal = old_remove()
    assert (removal.jobs, removal.chunks, Chunk.objects.count()) == (1, 10, 0)


def test_a_run_that_had_too_much_is_followed_by_another(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_JOBS", 2)
    for _ in range(3):
        ended(tenant, days=401, chunks=0)
    assert [old_remove().jobs, old_remove().jobs] == [2, 1]


def test_old_entries_of_the_log_go_but_those_of_evidence_and_open_acts(tenant: Any) -> None:
    asked = Action.objects.create(
        tenant=tenant,
        verb=Verb.LIST_CREATE,
        actor_name="x",
        asked="y",
        asked_at=ago(3000),
        lasts=9,
        open_from=ago(3000),
    )
    guard_lift()
    AuditEntry.every.update(at=ago(3000))
    guard_make()
    for verb, act in ((Verb.TENANT_CHANGE, None), (Verb.DNC_ADD, None), (Verb.LIST_CREATE, asked.pk)):
        AuditEntry.every.create(verb=verb, tenant=tenant, actor_name="x", act=act, at=ago(3000))
    audit_record(verb=Verb.TENANT_CHANGE, tenant=tenant, actor=None, actor_name="young")
    # That the tenant was connected is old as well.
    assert old_remove().entries == 2
    assert sorted(AuditEntry.every.values_list("verb", flat=True)) == ["dnc.add", "list.create", "tenant.change"]


def test_acts_go_once_their_outcome_is_known_and_old(tenant: Any) -> None:
    said = {"tenant": tenant, "verb": Verb.RECORD_ADD, "actor_name": "x", "asked": "add 16505550100", "lasts": 9}
    old = Action.objects.create(**said, asked_at=ago(130), state="done")
    young = Action.objects.create(**said, asked_at=ago(100), state="done")
    waiting = Action.objects.create(**said, asked_at=ago(130), open_from=ago(130))
    assert old_remove().acts == 1
    assert set(Action.objects.values_list("pk", flat=True)) == {young.pk, waiting.pk}
    assert not Action.objects.filter(pk=old.pk).exists()


def test_nothing_is_removed_while_everything_is_held(tenant: Any) -> None:
    ended(tenant, days=1000)
    hold_begin(reason="a look")
    assert old_remove() == retention.Removal()


def test_zero_keeps_everything(tenant: Any, settings: Any) -> None:
    settings.JOB_KEEP_DAYS = settings.CHUNK_KEEP_DAYS = settings.AUDIT_KEEP_DAYS = 0
    ended(tenant, days=10_000)
    assert old_remove() == retention.Removal()


def test_status_and_metrics_tell_it_and_the_sums_of_rows_do_not_fall(
    tenant: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ended(tenant, days=401)
    ended(tenant, days=10)
    before = Client().get("/metrics").content.decode()
    jobs_tidy()
    after = Client().get("/metrics").content.decode()
    line = 'bpadmin_rows_total{outcome="added",tenant="acme"} 60.0'
    assert line in before
    assert line in after
    assert 'bpadmin_removed_total{kind="jobs",tenant="acme"} 1.0' in after
    with pytest.raises(SystemExit):
        call_command("status", "--json")
    told = capsys.readouterr()
    assert "Removed for their age: 1 job, 3 chunks" in told.err
    assert json.loads(told.out)["removed"]["jobs"] == 1

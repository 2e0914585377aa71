"""What was confirmed is frozen: where it differs from what stands now, nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.jobs.choices import spool_digest
from bpadmin.jobs.models import Chunk, Job, JobState
from bpadmin.jobs.services import StaleForm, job_confirm, job_drive
from tests.jobs.uploading import accounted, create_list, driven, ids, people, queued_upload, ready_upload

pytestmark = pytest.mark.django_db(transaction=True)


def changed(job: Job, **options: Any) -> None:
    """Change a stored choice behind everybody's back, as the commit before or a person at the database may do."""
    Job.objects.filter(pk=job.pk).update(options={**Job.objects.get(pk=job.pk).options, **options})


def test_the_confirmation_keeps_the_choices_with_the_digest_of_the_checked_rows(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(25), mode="upsert")
    job.refresh_from_db()
    assert job.confirmed["choices"]["mode"] == "upsert"
    assert job.confirmed["choices"]["mapping"] == {"0": "id", "1": "phone", "2": "name"}
    assert job.confirmed["kind"] == "list_upload"
    assert job.confirmed["spool"] == job.report["spool_digest"] == spool_digest(job)


def test_another_mode_after_the_confirmation_sends_nothing(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(3, start=900))
    job = queued_upload(tenant, list_id, people(25))
    changed(job, mode="replace")
    job = driven(job)
    assert job.state == JobState.FAILED
    assert "What is done: “Add” was confirmed, “Replace everything” stands now." in job.message
    assert (job.n_not_sent, len(sandbox.dump(list_id))) == (25, 3)


def test_another_choice_between_two_turns_stops_the_rest(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(40), lanes=1)
    job_drive(job_id=job.pk, seconds=0.0, worker="test", may_wait=False)
    sent = len(sandbox.dump(list_id))
    changed(job, mapping={"0": "id", "1": "phone"})
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job = accounted(job)
    assert (job.state, len(sandbox.dump(list_id))) == (JobState.FAILED, sent)
    assert "The columns: “id → id, phone → phone, name → name” was confirmed" in job.message


def test_rows_that_are_not_those_that_were_checked_are_not_sent(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(25))
    Chunk.objects.filter(job=job, number=2).update(checksum="0123456789abcdef")
    job = driven(job)
    assert (job.state, sandbox.dump(list_id)) == (JobState.FAILED, [])
    assert "are not those that lie here now" in job.message


def test_choices_that_were_changed_after_the_check_cannot_be_confirmed(sandbox: Any, tenant: Any) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(5))
    changed(job, mode="replace")
    with pytest.raises(StaleForm, match="not what its check was made for"):
        job_confirm(job=job)
    assert Job.objects.get(pk=job.pk).state == JobState.READY


def test_how_fast_it_is_sent_may_change_and_a_job_confirmed_before_goes_on(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(15))
    changed(job, lanes=1)
    assert driven(job).state == JobState.SUCCEEDED
    job = ready_upload(tenant, list_id, people(5, start=100))
    report = {name: value for name, value in job.report.items() if not name.endswith("_digest")}
    old = {name: value for name, value in job.options.items() if name not in ("version", "chosen_by", "chosen_at")}
    Job.objects.filter(pk=job.pk).update(report=report, options=old, state=JobState.QUEUED, phase="begin")
    assert driven(job).state == JobState.SUCCEEDED
    assert len(ids(sandbox.dump(list_id))) == 20


def test_counters_do_not_move_the_revision(sandbox: Any, tenant: Any) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(15))
    before = job.revision
    assert before > 0
    assert driven(job).revision == before


def test_a_newer_version_of_the_program_is_not_guessed_at(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = queued_upload(tenant, list_id, people(5))
    changed(job, version=99)
    job = driven(job)
    assert (job.state, sandbox.dump(list_id)) == (JobState.FAILED, [])
    assert "A newer version of this program" in job.message

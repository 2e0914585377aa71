"""A job's headline comes from what was done: of no kind is one that did nothing called succeeded."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bpadmin.jobs.kinds import JobKind, TargetKind, kinds
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.records.kinds import CONTACTS_DELETE, REQUESTS_RECALL, RESULTS_EXPORT
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from lists.kinds import LIST_DELETE, LIST_RECYCLE, LIST_TAKE_BACK, LIST_UPLOAD
from tests.dnc.files.filing import known_list

pytestmark = pytest.mark.django_db(transaction=True)

THERE = {"rows_total": 3, "n_already_there": 3}
RESULT = {"rows": 0, "records": 0, "places": [], "counts": {"removed": 0, "stayed": 3}, "called_meanwhile": 0}
# What a job of each kind holds that has ended without doing anything; what its badge says then.
NOTHING: dict[JobKind, tuple[dict[str, Any], str]] = {
    LIST_UPLOAD: (THERE, "Nothing added"),
    LIST_DELETE: ({"remote": {"total_before": 5, "total_after": 5, "deleted": 0}}, "No record matched"),
    LIST_TAKE_BACK: ({"report": {"result": RESULT}}, "Nothing removed"),
    LIST_RECYCLE: ({}, "Nothing to send"),
    DNC_ADD: (THERE, "Nothing added"),
    DNC_DELETE: (THERE, "Nothing removed"),
    DNC_REPLACE: (THERE, "Nothing to change"),
    RESULTS_EXPORT: ({"report": {"result": RESULT}}, "No records"),
    CONTACTS_DELETE: ({"state": JobState.FAILED, "rows_total": 2, "n_rejected": 2}, "Not done"),
    REQUESTS_RECALL: ({"state": JobState.FAILED, "rows_total": 2, "n_rejected": 2}, "Not done"),
}


def test_every_kind_is_looked_at() -> None:
    assert set(NOTHING) == set(kinds())


@pytest.mark.parametrize("kind", NOTHING)
def test_a_job_that_did_nothing_says_so_by_its_page_and_in_the_table(
    tenant: Any, sandbox: Any, viewer_client: Client, kind: JobKind
) -> None:
    members, badge = NOTHING[kind]
    target: dict[str, Any] = {
        "target_kind": str(kind.target.value),
        "target_id": "1",
        "target_name": "Spring",
        "phase": "send",
    }
    if kind.target is TargetKind.DNC:
        target["options"] = {"dnc_list": known_list(tenant, sandbox, name="Spring").pk}
    job = Job.objects.create(kind=kind, tenant=tenant, **{"state": JobState.SUCCEEDED, **target, **members})
    assert job_view(job).badge == badge
    for address in (f"/t/{tenant.slug}/jobs/{job.pk}/", f"/t/{tenant.slug}/jobs/"):
        page = viewer_client.get(address).content.decode().partition("<main")[2]
        assert badge in page
        assert ">Succeeded<" not in page

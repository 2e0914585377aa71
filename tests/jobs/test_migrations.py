"""A database whose accounting older versions have left in contradiction can be migrated, and is counted anew."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from bpadmin.jobs.models import Chunk, Job, JobState
from lists.kinds import LIST_UPLOAD

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE = [("jobs", "0007_fences_and_turns")]
OUTCOMES = ("n_added", "n_already_there", "n_rejected", "n_uncertain", "n_not_sent", "n_unaccounted")


def numbers(job: Job) -> dict[str, int]:
    return {name: value for name in OUTCOMES if (value := getattr(job, name))}


def test_broken_rows_are_counted_anew_and_named(tenant: Any, caplog: pytest.LogCaptureFixture) -> None:
    # Of all apps: what stands on these migrations goes back with them.
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    try:
        apps = executor.loader.project_state(BEFORE).apps
        jobs, chunks = apps.get_model("jobs", "Job"), apps.get_model("jobs", "Chunk")

        def make(state: str, **given: Any) -> int:
            return int(jobs.objects.create(tenant_id=tenant.pk, kind="list_upload", state=state, **given).pk)

        def chunk(job: int, number: int, state: str, **given: Any) -> None:
            rows = {"first_record": 10 * number, "first_row": 10 * number, "last_row": 10 * number + 9}
            chunks.objects.create(job_id=job, number=number, count=10, state=state, offset=0, length=9, **rows, **given)

        hiccup = make("errored", rows_total=45, n_added=10, n_rejected=5, n_rejected_check=5, n_not_sent=30)
        chunk(hiccup, 1, "done", n_added=10)
        chunk(hiccup, 2, "in_flight", attempt=1)
        chunk(hiccup, 3, "in_flight", attempt=2)
        chunk(hiccup, 4, "ready")
        buckets = make("succeeded", rows_total=10, n_added=8, n_rejected=4)
        chunk(buckets, 1, "done", n_added=8, n_rejected=4)
        recheck = make("failed", n_not_sent=50)
        unknown = make("partial", rows_total=50, n_added=30)
        held = make("cancelled", lease_owner="gone/x/1/y")
        good = make("succeeded", rows_total=7, n_added=7)
        with caplog.at_level(logging.WARNING):
            MigrationExecutor(connection).migrate(latest)
    finally:
        MigrationExecutor(connection).migrate(latest)
    found = {job.pk: job for job in Job.objects.all()}
    assert all(job.accounted == job.rows_total for job in found.values())
    assert numbers(found[hiccup]) == {"n_added": 10, "n_rejected": 5, "n_uncertain": 20, "n_not_sent": 10}
    assert numbers(found[buckets]) == {"n_added": 8, "n_rejected": 2}
    assert (found[recheck].rows_total, numbers(found[recheck])) == (0, {})
    assert numbers(found[unknown]) == {"n_added": 30, "n_unaccounted": 20}
    assert found[held].lease_owner == ""
    for pk, words in ((hiccup, "counted anew"), (recheck, "former check"), (unknown, "look at this job")):
        assert any(f"job {pk}: " in line and words in line for line in caplog.messages)
    assert not any(f"job {good}: " in line for line in caplog.messages)
    assert not Chunk.objects.filter(state="in_flight").exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"rows_total": 10, "n_added": 9},
        {"n_unaccounted": 1},
        {"rows_total": 1, "n_added": 1, "n_rejected_check": 1},
        {"state": JobState.READY, "lease_owner": "somebody"},
    ],
    ids=["a-row-lost", "a-row-too-many", "refused-and-added", "a-lease-without-a-driver"],
)
def test_the_database_refuses_what_cannot_be(tenant: Any, broken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(tenant=tenant, kind=LIST_UPLOAD, **broken)


def test_the_database_refuses_a_done_chunk_that_lacks_a_row(tenant: Any) -> None:
    job = Job.objects.create(tenant=tenant, kind=LIST_UPLOAD)
    places = dict.fromkeys(("first_record", "first_row", "last_row", "offset", "length"), 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Chunk.objects.create(job=job, number=1, count=10, state="done", n_added=9, **places)

"""Sending an upload in each mode: what arrives, and how every row is accounted for."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.jobs.models import Chunk, JobState
from bpadmin.platforms.types import FieldSpec, FieldType
from tests.jobs.uploading import (
    AGE,
    ID,
    KEYED,
    KEYLESS,
    PHONE,
    counts,
    create_list,
    driven,
    ids,
    outcomes,
    people,
    queued_upload,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_adds_every_row(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    job = driven(queued_upload(tenant, list_id, people(95)))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 95})
    assert job.message == "All 95 rows are in the list."
    assert ids(sandbox.dump(list_id)) == ids(people(95))


def test_it_sends_what_the_file_says(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    driven(queued_upload(tenant, list_id, people(25)))
    stored = [{name: record[name] for name in ("id", "phone", "name")} for record in sandbox.dump(list_id)]
    assert sorted(stored, key=str) == sorted(people(25), key=str)


def test_a_row_that_is_in_the_list_already_is_counted_as_there(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(3))
    job = driven(queued_upload(tenant, list_id, people(20)))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 17, "already_there": 3})
    assert outcomes(job) == {"duplicateKey": [2, 3, 4]}
    assert job.message == "All 20 rows are in the list (17 added, 3 there before)."


def test_update_changes_what_is_there_and_refuses_the_rest(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(8))
    renamed = [{**row, "name": "New"} for row in people(10)]
    job = driven(queued_upload(tenant, list_id, renamed, mode="update"))
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"updated": 8, "rejected": 2})
    assert outcomes(job) == {"keyNotFound": [10, 11]}
    assert {record["name"] for record in sandbox.dump(list_id)} == {"New"}
    assert len(sandbox.dump(list_id)) == 8


def test_upsert_adds_new_rows_and_updates_the_others(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(8))
    renamed = [{**row, "name": "New"} for row in people(25)]
    job = driven(queued_upload(tenant, list_id, renamed, mode="upsert"))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 17, "updated": 8})
    assert {record["name"] for record in sandbox.dump(list_id)} == {"New"}
    assert ids(sandbox.dump(list_id)) == ids(people(25))


def test_replace_leaves_only_the_new_rows(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(40, start=500))
    job = driven(queued_upload(tenant, list_id, people(25), mode="replace"))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 25})
    assert ids(sandbox.dump(list_id)) == ids(people(25))
    assert job.message == "All 25 rows are in the list. 40 former records were deleted before."


def test_replace_waits_in_words_while_the_list_is_being_emptied(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(3000, start=500))
    job = driven(queued_upload(tenant, list_id, people(25), mode="replace"), seconds=0)
    assert job.state == JobState.QUEUED
    assert job.remote_job_id
    assert job.next_run_at is not None
    assert job.message.startswith("The list is being emptied first")
    assert counts(job) == {"not_sent": 25}


def test_rows_refused_by_the_platform_are_matched_by_key(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, (ID, PHONE, AGE))
    rows = [{"id": f"Q{n}", "phone": f"4930{n:06d}", "age": "old" if n in (3, 14) else "7"} for n in range(20)]
    # The check is told that age may be any text, so that only the platform finds the two.
    lenient = (ID, PHONE, FieldSpec("age"))
    job = driven(queued_upload(tenant, list_id, rows, fields=lenient))
    assert counts(job) == {"added": 18, "rejected": 2}
    assert outcomes(job) == {"formatError": [5, 16]}
    assert job.state == JobState.PARTIAL
    assert "2 were rejected" in job.message


def test_the_limit_of_all_lists_stops_the_job(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.options(rows_limit=25)
    job = driven(queued_upload(tenant, list_id, people(100), lanes=1))
    assert job.state == JobState.PARTIAL
    assert counts(job) == {"added": 25, "rejected": 5, "not_sent": 70}
    assert outcomes(job) == {"limitExceeded": [27, 28, 29, 30, 31]}
    assert "limit" in job.message
    assert "70 were not sent" in job.message


@pytest.mark.parametrize("fields", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_one_row_that_spoils_its_request_is_isolated_by_halving(sandbox: Any, tenant: Any, fields: Any) -> None:
    list_id = create_list(sandbox, fields)
    sandbox.options(spoiling_value="poison")
    rows = people(40)
    rows[17]["name"] = "poison"
    job = driven(queued_upload(tenant, list_id, rows, fields=fields, chunk_size=20))
    assert counts(job) == {"added": 39, "rejected": 1}
    assert outcomes(job) == {"badRequest": [19]}
    assert "poison" in Chunk.objects.get(job=job, n_rejected=1).outcome["detail"]["19"]


def test_a_platform_that_refuses_everything_is_asked_no_further(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.options(spoiling_value="poison")
    rows = [{**row, "name": "poison"} for row in people(100)]
    job = driven(queued_upload(tenant, list_id, rows, lanes=1))
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"rejected": 10, "not_sent": 90})
    assert "refused every one of the 10 rows" in job.message
    assert job.message.endswith("90 were not sent.")


@pytest.mark.parametrize("mode", ["add", "upsert"])
def test_rows_that_vanish_are_named_in_a_list_with_keys(sandbox: Any, tenant: Any, mode: str) -> None:
    list_id = create_list(sandbox)
    sandbox.options(vanishing_value="ghost")
    rows = people(40)
    rows[5]["name"] = rows[33]["name"] = "ghost"
    job = driven(queued_upload(tenant, list_id, rows, mode=mode))
    assert (job.state, counts(job)) == (JobState.PARTIAL, {"added": 38, "unaccounted": 2})
    assert outcomes(job) == {"unaccounted": [7, 35]}
    assert len(sandbox.dump(list_id)) == 38


def test_rows_that_vanish_from_an_update_are_named(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, records=people(40))
    sandbox.options(vanishing_value="ghost")
    rows = people(40)
    rows[5]["name"] = rows[33]["name"] = "ghost"
    job = driven(queued_upload(tenant, list_id, rows, mode="update"))
    assert counts(job) == {"updated": 38, "unaccounted": 2}
    assert outcomes(job) == {"unaccounted": [7, 35]}


def test_rows_that_vanish_from_a_list_without_keys_are_counted(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    sandbox.options(vanishing_value="ghost")
    rows = people(40)
    rows[5]["name"] = rows[33]["name"] = "ghost"
    job = driven(queued_upload(tenant, list_id, rows, fields=KEYLESS))
    assert counts(job) == {"added": 38, "unaccounted": 2}
    assert "2 were taken without an error" in job.message


def test_a_row_dropped_once_is_added_when_it_is_missed(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.faults([{"kind": "drop_row", "times": 1}])
    job = driven(queued_upload(tenant, list_id, people(40)))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 40})
    assert ids(sandbox.dump(list_id)) == ids(people(40))


def test_refused_rows_are_matched_whatever_case_and_order_they_come_back_in(sandbox: Any, tenant: Any) -> None:
    fields = (FieldSpec("Customer ID", key=True), PHONE, FieldSpec("Age"))
    list_id = create_list(sandbox, (fields[0], PHONE, FieldSpec("Age", FieldType.INTEGER)))
    sandbox.options(lowercase_echo=True)
    rows = [{"Customer ID": f"Q{n}", "phone": f"4930{n:07d}", "Age": "old" if n in (3, 14) else "7"} for n in range(20)]
    job = driven(queued_upload(tenant, list_id, rows, fields=fields))
    assert counts(job) == {"added": 18, "rejected": 2}
    assert outcomes(job) == {"formatError": [5, 16]}


def test_equal_rows_of_a_list_without_keys_are_told_apart(sandbox: Any, tenant: Any) -> None:
    fields = (PHONE, FieldSpec("Age"))
    list_id = create_list(sandbox, (PHONE, FieldSpec("Age", FieldType.INTEGER)))
    rows = [{"phone": "4930123456", "Age": "old" if n in (3, 7) else "7"} for n in range(10)]
    job = driven(queued_upload(tenant, list_id, rows, fields=fields))
    assert counts(job) == {"added": 8, "rejected": 2}
    assert outcomes(job) == {"formatError": [5, 9]}

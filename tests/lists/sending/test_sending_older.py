"""Uploads into lists of the older API: every mode and fault, and the list holds what was reported accepted."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.jobs.engine import driver, lanes
from bpadmin.jobs.models import Chunk, ChunkState, JobState
from bpadmin.jobs.services import Decision, chunk_decide
from bpadmin.platforms.names import id_of
from tests.fixtures_tenants import connect
from tests.jobs.uploading import (
    AGE,
    ID,
    KEYLESS,
    NAME,
    PHONE,
    FieldSpec,
    accounted,
    counts,
    create_list,
    driven,
    ids,
    outcomes,
    people,
    queued_upload,
)
from tests.telling import telling

pytestmark = pytest.mark.django_db(transaction=True)

LIST_ID = id_of("Autumn")
FAULTS: dict[str, dict[str, Any]] = {
    "cut after it was applied": {"kind": "cut_after"},
    "cut before it was applied": {"kind": "cut_before"},
    "503": {"kind": "http_503"},
    "503 although it was applied": {"kind": "http_503", "applied": True},
    "half an answer": {"kind": "cut_body"},
    "token revoked": {"kind": "revoke_token", "times": 2},
}


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Any:
    return connect(sandbox, "brightpattern_legacy", slug="acme")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in life for answers that do not come."""
    monkeypatch.setattr(driver, "PATIENT_READ", 0.5)
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)


@pytest.mark.parametrize(
    "name", telling(list(FAULTS), "cut after it was applied", "503 although it was applied", "token revoked")
)
def test_every_row_is_in_the_list_once_after(sandbox: Any, tenant: Any, name: str) -> None:
    list_id = create_list(sandbox)
    sandbox.faults([{"methods": ["v2.add_many_records"], "probability": 0.3, "times": 6, **FAULTS[name]}])
    job = driven(queued_upload(tenant, LIST_ID, people(100)))
    assert job.state == JobState.SUCCEEDED, job.message
    assert job.n_added + job.n_already_there == 100
    assert ids(sandbox.dump(list_id)) == ids(people(100))


def test_refused_rows_are_told_by_reason_although_their_fields_come_back_in_lower_case(
    sandbox: Any, tenant: Any
) -> None:
    fields = (FieldSpec("Id", key=True), FieldSpec("Phone", PHONE.type), FieldSpec("Name"))
    list_id = create_list(sandbox, fields, records=[{"Id": "P3", "Phone": "49301000003", "Name": "Old"}])
    rows = [{name.title(): value for name, value in row.items()} for row in people(10)]
    job = driven(queued_upload(tenant, LIST_ID, rows, fields=fields))
    assert counts(job) == {"added": 9, "already_there": 1}
    assert outcomes(job) == {"duplicateKey": [4]}
    assert len(sandbox.dump(list_id)) == 10


def test_rows_dropped_in_silence_are_missed_and_sent_again(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox)
    sandbox.faults([{"kind": "drop_row", "times": 3}])
    job = driven(queued_upload(tenant, LIST_ID, people(50), lanes=1))
    assert (job.state, counts(job)) == (JobState.SUCCEEDED, {"added": 50})
    assert ids(sandbox.dump(list_id)) == ids(people(50))


def test_rows_that_vanish_are_sent_again_until_they_are_refused_in_words(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, (ID, PHONE, NAME, AGE))
    rows = [{**row, "age": "old" if number % 5 == 0 else "42"} for number, row in enumerate(people(10))]
    job = driven(queued_upload(tenant, LIST_ID, rows, fields=(ID, PHONE, NAME, FieldSpec("age"))))
    assert counts(job) == {"added": 8, "rejected": 2}
    assert "integer is expected" in str(list(Chunk.objects.filter(job=job).values_list("outcome", flat=True)))
    assert len(sandbox.dump(list_id)) == 8


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("update", "cut_after"),
        ("upsert", "cut_after"),
        ("upsert", "http_503"),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in [
            ("update", "http_503"), ("update", "cut_before"), ("upsert", "cut_before"),
        ]),
    ],
)  # fmt: skip
def test_updating_goes_one_by_one_and_is_repeated_until_it_is_answered(
    sandbox: Any, tenant: Any, mode: str, kind: str
) -> None:
    list_id = create_list(sandbox, records=people(20))
    sandbox.faults([{"kind": kind, "probability": 0.2, "times": 5}])
    renamed = [{**row, "name": "New"} for row in people(30 if mode == "upsert" else 20)]
    job = driven(queued_upload(tenant, LIST_ID, renamed, mode=mode))
    assert job.state == JobState.SUCCEEDED, job.message
    assert job.n_accepted == len(renamed)
    assert {record["name"] for record in sandbox.dump(list_id)} == {"New"}
    assert len(sandbox.dump(list_id)) == len(renamed)
    assert "v2.update_record" in sandbox.stats()["requests"]


def test_an_update_tells_which_keys_are_not_in_the_list(sandbox: Any, tenant: Any) -> None:
    create_list(sandbox, records=people(5))
    job = driven(queued_upload(tenant, LIST_ID, people(8), mode="update"))
    assert counts(job) == {"updated": 5, "rejected": 3}
    assert outcomes(job) == {"keyNotFound": [7, 8, 9]}
    assert job.state == JobState.PARTIAL


def test_a_list_without_a_key_cannot_be_updated_and_says_so_at_once(sandbox: Any, tenant: Any) -> None:
    create_list(sandbox, KEYLESS, records=people(5))
    job = driven(queued_upload(tenant, LIST_ID, people(30), mode="update", lanes=1))
    assert counts(job) == {"rejected": 10, "not_sent": 20}
    assert "found no key" in job.message


def test_a_chunk_of_updates_is_short_whatever_the_tenant_says(sandbox: Any, tenant: Any) -> None:
    create_list(sandbox, records=people(3))
    job = queued_upload(tenant, LIST_ID, people(250), mode="update", chunk_size=1000)
    assert [chunk.count for chunk in job.chunks.order_by("number")] == [100, 100, 50]


@pytest.mark.parametrize("kind", ["", "cut_after", "http_503"])
def test_a_replacement_leaves_the_files_rows_and_no_other(sandbox: Any, tenant: Any, kind: str) -> None:
    list_id = create_list(sandbox, records=people(50, start=900))
    if kind:
        sandbox.faults([{"kind": kind, "times": 1, "methods": ["v2.delete_all_records"]}])
    job = driven(queued_upload(tenant, LIST_ID, people(20), mode="replace"))
    assert job.state == JobState.SUCCEEDED, job.message
    assert ids(sandbox.dump(list_id)) == ids(people(20))


def test_a_lost_answer_for_a_list_without_a_key_becomes_a_question(sandbox: Any, tenant: Any) -> None:
    list_id = create_list(sandbox, KEYLESS)
    sandbox.faults([{"kind": "cut_after", "times": 1, "after": 1, "methods": ["v2.add_many_records"]}])
    job = driven(queued_upload(tenant, LIST_ID, people(30), fields=KEYLESS))
    assert job.state == JobState.PARTIAL
    assert counts(job) == {"added": 20, "uncertain": 10}
    chunk = Chunk.objects.get(job=job, state=ChunkState.ASK)
    assert "total cannot be relied on" in chunk.message
    chunk_decide(chunk=chunk, decision=Decision.APPLIED, actor_name="test")
    job = accounted(job)
    assert counts(job) == {"added": 30}
    assert ids(sandbox.dump(list_id)) == ids(people(30))


def test_a_list_that_no_campaign_has_is_sent_into_all_the_same(sandbox: Any, tenant: Any) -> None:
    described = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
    list_id = sandbox.create_list("Süd/West ~ 50%.csv", described)
    rows = [{"id": row["id"], "phone": row["phone"]} for row in people(10)]
    job = driven(queued_upload(tenant, id_of("Süd/West ~ 50%.csv"), rows, fields=(ID, PHONE)))
    assert counts(job) == {"added": 10}
    assert len(sandbox.dump(list_id)) == 10


def test_a_list_that_is_not_there_fails_the_job_in_words(sandbox: Any, tenant: Any) -> None:
    job = driven(queued_upload(tenant, "nowhere", people(10)))
    assert (job.state, counts(job)) == (JobState.FAILED, {"not_sent": 10})
    assert "no list of this name" in job.message

"""Make uploads for tests of the engine: from rows to a job that is checked and waits, and the truth to compare with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bpadmin.jobs.models import Chunk, Job, JobState
from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_submit
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.files import upload_create
from lists.kinds import LIST_UPLOAD
from lists.uploads.services import upload_configure

Row = Mapping[str, str]

ID = FieldSpec("id", FieldType.OTHER, key=True, searchable=True)
PLAIN_ID = FieldSpec("id", FieldType.OTHER)
PHONE = FieldSpec("phone", FieldType.PHONE)
NAME = FieldSpec("name", FieldType.OTHER)
AGE = FieldSpec("age", FieldType.INTEGER)

KEYED = (ID, PHONE, NAME)
KEYLESS = (PLAIN_ID, PHONE, NAME)


def people(count: int, start: int = 1) -> list[dict[str, str]]:
    """Make rows that any list takes, each with a key and a phone of its own."""
    return [
        {"id": f"P{number}", "phone": f"49301{number:07d}", "name": f"Person {number}"}
        for number in range(start, start + count)
    ]


def create_list(sandbox: Any, fields: Sequence[FieldSpec] = KEYED, *, records: Sequence[Any] = ()) -> str:
    """Make a list on the sandbox with these fields; returns its id."""
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in fields]
    return sandbox.create_list("Autumn", described, records=records)


def file_of(rows: Sequence[Row], fields: Sequence[FieldSpec]) -> io.BytesIO:
    """Write rows as a CSV file whose columns are named as the fields."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return io.BytesIO(text.getvalue().encode())


def ready_upload(
    tenant: Any,
    list_id: str,
    rows: Sequence[Row],
    *,
    fields: Sequence[FieldSpec] = KEYED,
    mode: str = "add",
    chunk_size: int = 10,
    lanes: int = 2,
) -> Job:
    """Make an upload that has passed the check and waits for a person's word."""
    job = upload_create(
        kind=LIST_UPLOAD,
        tenant=tenant,
        list_id=list_id,
        list_name="Autumn",
        file_name="people.csv",
        stream=file_of(rows, fields),
    )
    dialect = {
        "kind": "csv",
        "member": "",
        "encoding": "utf-8",
        "delimiter": ",",
        "quote": '"',
        "has_header": True,
        "header_row": 1,
        "sheet": "",
    }
    mapping = {str(index): field.name for index, field in enumerate(fields)}
    Job.objects.filter(pk=job.pk).update(options={**job.options, "header": [field.name for field in fields]})
    job.refresh_from_db()
    upload_configure(job=job, dialect=dialect, mapping=mapping, fields=fields, mode=mode, again=True)
    job.refresh_from_db()
    Job.objects.filter(pk=job.pk).update(options={**job.options, "chunk_size": chunk_size, "lanes": lanes})
    job.refresh_from_db()
    job_submit(job=job)
    assert job_prepare_now(job_id=job.pk, worker="test") == JobState.READY, Job.objects.get(pk=job.pk).message
    job.refresh_from_db()
    return job


def queued_upload(*args: Any, **options: Any) -> Job:
    """Make an upload that a person has confirmed."""
    return job_confirm(job=ready_upload(*args, **options), actor_name="test")


def driven(job: Job, seconds: float | None = None) -> Job:
    """Drive a job in the foreground and give it as it is stored then; its accounting must add up."""
    job_drive(job_id=job.pk, seconds=seconds, worker="test")
    return accounted(job)


def accounted(job: Job) -> Job:
    """Return the job as it is stored, after checking that every row has exactly one outcome, also chunk by chunk."""
    job.refresh_from_db()
    assert job.accounted == job.rows_total, counts(job)
    for chunk in Chunk.objects.filter(job=job, state="done"):
        total = chunk.n_added + chunk.n_updated + chunk.n_already_there + chunk.n_rejected + chunk.n_unaccounted
        assert total == chunk.count, chunk.number
    return job


def counts(job: Job) -> dict[str, int]:
    """Return the counters that are not zero."""
    names = ("added", "updated", "already_there", "rejected", "uncertain", "not_sent", "unaccounted")
    return {name: value for name in names if (value := getattr(job, f"n_{name}"))}


def outcomes(job: Job) -> dict[str, list[int]]:
    """Return the source rows of each reason code, over all chunks."""
    found: dict[str, list[int]] = {}
    for outcome in Chunk.objects.filter(job=job).order_by("number").values_list("outcome", flat=True):
        for code, rows in outcome.items():
            if code != "detail":
                found.setdefault(code, []).extend(rows)
    return {code: sorted(rows) for code, rows in found.items()}


def ids(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of records, in order."""
    return sorted(record["id"] for record in records)

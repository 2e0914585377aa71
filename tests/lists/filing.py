"""Takes files through the upload services, from their bytes to a checked job."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import orjson

from bpadmin.jobs.files.rejects import rejects_lines
from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.models import ChunkState, Job
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.files import reading_keep, upload_create, upload_inspect
from lists.kinds import LIST_UPLOAD
from lists.uploads.services import upload_configure

FIELDS = (
    FieldSpec("id", key=True, required=True),
    FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA"),
    FieldSpec("due", FieldType.DATETIME, date_format="yyyy-MM-dd"),
    FieldSpec("age", FieldType.INTEGER),
    FieldSpec("name"),
)


def some_tenant(slug: str = "filing") -> Tenant:
    """Return a tenant that is never called."""
    return Tenant.objects.get_or_create(slug=slug, defaults={"name": slug, "base_url": "https://example.invalid"})[0]


def arrived(data: bytes, name: str = "file.csv", **more: Any) -> Job:
    """Return the DRAFT of a file that arrived and was looked at."""
    job = upload_create(
        kind=LIST_UPLOAD,
        tenant=some_tenant(),
        list_id="L1",
        list_name="List 1",
        file_name=name,
        stream=io.BytesIO(data),
        **more,
    )
    return reading_keep(job=job, inspection=upload_inspect(job=job))


def configured(
    data: bytes, fields: Sequence[FieldSpec] = FIELDS, *, mode: str = "add", chunk_size: int = 1000, **dialect: Any
) -> Job:
    """Return a job whose columns are mapped to the fields of the same names."""
    job = arrived(data)
    if dialect:
        reading_keep(job=job, inspection=upload_inspect(job=job, choices=dialect))
    job.options = {**job.options, "chunk_size": chunk_size}
    names = {spec.name.lower() for spec in fields}
    mapping = {str(at): name.lower() for at, name in enumerate(job.options["header"]) if name.lower() in names}
    return upload_configure(job=job, dialect=dialect, mapping=mapping, fields=fields, mode=mode)


def checked(data: bytes, fields: Sequence[FieldSpec] = FIELDS, **how: Any) -> Job:
    """Return a job after the check, read from the database again."""
    job = configured(data, fields, **how)
    upload_prepare(job=job)
    return Job.objects.get(pk=job.pk)


def spooled(job: Job) -> dict[int, dict[str, Any]]:
    """Return what would be sent, by source row, without the spares."""
    records: dict[int, dict[str, Any]] = {}
    with Spool.open(job) as spool:
        for chunk in job.chunks.exclude(state=ChunkState.HELD).order_by("number"):
            rows, body = spool.rows(chunk), orjson.loads(spool.body(chunk))
            assert len(rows) == len(body) == chunk.count
            assert (min(rows), max(rows)) == (chunk.first_row, chunk.last_row)
            records.update(zip(rows, body, strict=True))
    return records


def spares(job: Job) -> list[int]:
    """Return the rows that are held back in case the one of their key that is sent is refused."""
    with Spool.open(job) as spool:
        return [row for chunk in job.chunks.filter(state=ChunkState.HELD) for row in spool.rows(chunk)]


def rejects(job: Job) -> bytes:
    """Return the whole rejects file."""
    return b"".join(rejects_lines(job))


def problem_codes(job: Job) -> dict[str, int]:
    """Count the report's problems by code."""
    counts: dict[str, int] = {}
    for problem in job.report["problems"]:
        counts[problem["code"]] = counts.get(problem["code"], 0) + problem["count"]
    return counts

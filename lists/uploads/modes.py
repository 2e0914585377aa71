"""What a job's options say about how its rows go into the list."""

from __future__ import annotations

from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec
from lists.models import UploadMode
from lists.upload_options import upload_options


def job_mode(job: Job) -> UploadMode:
    """Give a job's mode."""
    return UploadMode(upload_options(job).mode or UploadMode.ADD)


def job_fields(job: Job) -> tuple[FieldSpec, ...]:
    """Give the fields of the list as they were when the job was checked."""
    return upload_options(job).fields


def job_keys(job: Job) -> tuple[FieldSpec, ...]:
    """Give the key fields, () for a list without keys."""
    return tuple(spec for spec in job_fields(job) if spec.key)


def is_repeatable(job: Job) -> bool:
    """Tell whether sending rows twice leaves them in the list once: by their keys, or because they are only updated."""
    return job_mode(job) in (UploadMode.UPDATE, UploadMode.UPSERT) or bool(job_keys(job))

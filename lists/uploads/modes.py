"""What a job's options say about how its rows go into the list."""

from __future__ import annotations

from bpadmin.jobs.models import Job
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.info import UploadTerms
from bpadmin.platforms.types import FieldSpec
from bpadmin.uploads.models import UploadMode
from lists.uploads.options import upload_options


def job_mode(job: Job) -> UploadMode:
    """Return a job's mode."""
    return UploadMode(upload_options(job).mode or UploadMode.ADD)


def job_fields(job: Job) -> tuple[FieldSpec, ...]:
    """Return the fields of the list as they were when the job was checked."""
    return upload_options(job).fields


def job_keys(job: Job) -> tuple[FieldSpec, ...]:
    """Return the key fields, () for a list without keys."""
    return tuple(spec for spec in job_fields(job) if spec.key)


def is_repeatable(job: Job) -> bool:
    """Tell whether sending rows twice leaves them in the list once: by their keys, or because they are only updated."""
    return job_mode(job) in (UploadMode.UPDATE, UploadMode.UPSERT) or bool(job_keys(job))


def job_terms(job: Job) -> UploadTerms:
    """Return how files go into the platform that a job is for."""
    info = REGISTRY.get(job.tenant.platform)
    return info.uploads if info is not None else UploadTerms()

"""How the rows of a file go into a list."""

from __future__ import annotations

from django.db import models

from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec


class Mode(models.TextChoices):
    """What an upload does; the value stands in job.options["mode"]."""

    ADD = "add", "Add new records"
    UPDATE = "update", "Update existing records"
    UPSERT = "upsert", "Add new records, update existing ones"
    REPLACE = "replace", "Delete all records, then add these"


def job_mode(job: Job) -> Mode:
    """Give a job's mode."""
    return Mode(job.options.get("mode") or Mode.ADD)


def job_fields(job: Job) -> tuple[FieldSpec, ...]:
    """Give the fields of the list as they were when the job was checked."""
    return tuple(FieldSpec.from_json(field) for field in job.options.get("fields") or ())


def job_keys(job: Job) -> tuple[FieldSpec, ...]:
    """Give the key fields, () for a list without keys."""
    return tuple(spec for spec in job_fields(job) if spec.key)


def is_repeatable(job: Job) -> bool:
    """Tell whether sending rows twice leaves them in the list once: by their keys, or because they are only updated."""
    return job_mode(job) in (Mode.UPDATE, Mode.UPSERT) or bool(job_keys(job))

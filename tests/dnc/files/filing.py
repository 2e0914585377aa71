"""Make files of keys for tests: from lines to a job that is checked, and on to its end."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from bpadmin.dialler.types import Actor
from bpadmin.jobs.kinds import JobKind
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_submit
from dnc.files.options import Way
from dnc.files.services import dnc_mapping_suggest, dnc_upload_configure, dnc_upload_create, dnc_upload_inspect
from dnc.models import DncKind, DncList

TESTER = Actor(name="tester")


def numbers(count: int, start: int = 0) -> list[str]:
    """Return numbers as the platform keeps them."""
    return [f"1650{5550000 + n:07d}" for n in range(start, start + count)]


def known_list(tenant: Any, sandbox: Any, keys: Sequence[str] = (), **said: Any) -> DncList:
    """Make a list of phone numbers on the sandbox, known here by its id."""
    name, kind = said.pop("name", "Company DNC"), said.pop("type", DncKind.INTERNAL)
    remote_id = sandbox.create_dnc_list(name, str(kind.value), list(keys))
    return DncList.objects.create(tenant=tenant, remote_id=remote_id, name=name, type=kind, **said)


def checked_file(
    dnc_list: DncList, kind: JobKind, lines: Sequence[str], *, header: str = "number", size: int = 10, **more: Any
) -> Job:
    """Take a CSV file of these lines in and have it checked."""
    more.setdefault("way", Way.DIFFERENCE)
    stream = io.BytesIO("\n".join([header, *lines, ""]).encode())
    job = dnc_upload_create(dnc_list=dnc_list, kind=kind, file_name="numbers.csv", stream=stream, actor=TESTER, **more)
    inspection = dnc_upload_inspect(job=job, choices={"has_header": True})
    mapping = {str(each.index): each.field for each in dnc_mapping_suggest(job=job, inspection=inspection)}
    dnc_upload_configure(job=job, dialect=inspection.dialect, mapping=mapping)
    Job.objects.filter(pk=job.pk).update(options={**job.options, "chunk_size": size})
    job_submit(job=job)
    state = job_prepare_now(job_id=job.pk, worker="test")
    job.refresh_from_db()
    assert state == JobState.READY, job.message
    return job


def finished(job: Job) -> Job:
    """Drive a job to its end; every row must have its outcome."""
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    assert job.accounted == job.rows_total
    return job


def sent_file(dnc_list: DncList, kind: JobKind, lines: Sequence[str], **more: Any) -> Job:
    """Check a file, confirm and send it."""
    job = checked_file(dnc_list, kind, lines, **more)
    job_confirm(job=job, actor_name="tester", ring=False)
    return finished(job)


def held(sandbox: Any, dnc_list: DncList) -> set[str]:
    """Return the keys that the sandbox holds."""
    return {entry["key"] for entry in sandbox.dump_dnc(dnc_list.remote_id)}

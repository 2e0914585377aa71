"""The upload wizard's acts that are the same whatever a file is for. Small files finish while the page is made."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from threading import Thread
from typing import Any, cast

from django.core.files.storage import default_storage
from django.db import connection

from bpadmin.jobs.handlers import job_options, structure_read
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import FileOptions
from bpadmin.jobs.services import job_drive, job_prepare_now, job_reconfigure
from bpadmin.pace import scaled
from bpadmin.storage.troubles import StorageAway
from bpadmin.tabular.readers import READ_SECONDS
from bpadmin.uploads.conversion.rules import ColumnRule
from bpadmin.uploads.files import UploadRefused, conversion_of, rows_said, upload_inspect
from bpadmin.uploads.inspection import Inspection
from bpadmin.uploads.mapping.suggestions import conversion_keep

# A file this small is checked while its page is made: the check reads several thousand rows in the time of a page.
INLINE_BYTES = 256 * 1024
# A kilobyte may be thousands of rows, or stand for millions: what is longer than this is for a worker.
INLINE_LINES = 5000
INLINE_UNPACKED = 4 * 1024 * 1024
ZIP, PACKED = b"PK", (b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
INLINE_ROWS = 200
INLINE_SECONDS = scaled(3.0, least=0.5)
NOTHING_REFUSED = (
    "There are no rejected rows to send again. Rows in doubt are settled on the page of their job, and rows that were "
    "not sent are sent from there."
)


def file_read(*, job: Job, choices: Mapping[str, Any] | None = None) -> Inspection:
    """Read the beginning of a job's file as it was read last, or as `choices` say. Stores nothing. UploadRefused.

    Also where that takes longer than a page can wait.
    """
    kept = structure_read(FileOptions, job.options, job).dialect
    return upload_inspect(job=job, choices={**kept, **choices} if choices else kept or None, seconds=READ_SECONDS)


def rows_decide(
    *,
    job: Job,
    hidden_rows: str | None = None,
    short_rows: str | None = None,
    apostrophes: str | None = None,
    date_order: str | None = None,
    double_encoding: str | None = None,
    doubles: str | None = None,
    revision: int | None = None,
    actor_name: str = "",
) -> Job:
    """Check a file anew with its rows or dates taken otherwise (see `rows_said`). UploadRefused and IllegalMove."""
    said = {"hidden_rows": hidden_rows, "short_rows": short_rows, "apostrophes": apostrophes, "date_order": date_order}
    said |= {"double_encoding": double_encoding, "doubles": doubles}
    options = rows_said(cast(FileOptions, job_options(job)), **said)
    job_reconfigure(job=job, options=options, revision=revision, check=True, actor_name=actor_name)
    prepare_small(job)
    return job


def rule_decide(*, job: Job, column: int, rule: ColumnRule, revision: int | None = None, actor_name: str = "") -> Job:
    """Check a file anew with another rule for a column; its other rules stay. UploadRefused, StaleForm, IllegalMove.

    To write dates in the list's form, take the rule that the column has, with `date` set to the form that they have:
    `conversion_of(options).rule(column)`, and `dates_offered` of `bpadmin.uploads.conversion.cell_rules`.
    """
    options = cast(FileOptions, job_options(job))
    conversion = conversion_of(options).with_rule(column, rule)
    if problems := conversion.problems(options.header):
        raise UploadRefused(*problems)
    options = replace(options, conversion=conversion.as_json())
    job_reconfigure(job=job, options=options, revision=revision, check=True, actor_name=actor_name)
    conversion_keep(
        tenant_id=job.tenant_id, list_id=job.target_id, header=options.header, conversion=options.conversion
    )
    prepare_small(job)
    return job


def is_small(job: Job) -> bool:
    """Return whether a job's rows are few enough to be sent while the page is made."""
    return job.rows_total <= INLINE_ROWS


def drive_small(job: Job) -> None:
    """Send the rows of a confirmed job if they are few, and give the page back after some seconds at the latest."""
    if is_small(job):
        # In a thread, since a dialler that does not answer would hold the page; what it has begun it ends in order.
        driver = Thread(target=_drive, args=[job.pk], name=f"drive-{job.pk}", daemon=True)
        driver.start()
        driver.join(INLINE_SECONDS)
        job.refresh_from_db()


def prepare_small(job: Job) -> None:
    """Check a submitted file while the page is made, if it is small and the check does not take long for its list.

    It is the one reading of a file in a process that serves pages, so that not only its bytes are few but what they
    hold: rows of a text, and what is unpacked. Everything else is checked by a worker.
    """
    if job.file_size <= INLINE_BYTES and not structure_read(FileOptions, job.options, job).is_long and _is_short(job):
        job_prepare_now(job_id=job.pk, worker=f"web-{os.getpid()}")
        job.refresh_from_db()


def _is_short(job: Job) -> bool:
    """Return whether a small file holds no more than a page may wait for; False where that cannot be told."""
    try:
        with default_storage.open(job.upload_path, "rb") as file:
            data = cast(bytes, file.read(INLINE_BYTES + 1))
        if data.startswith(ZIP):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                size = sum(member.file_size for member in archive.infolist())
                return size <= INLINE_UNPACKED and not any(_is_packed(archive, each) for each in archive.infolist())
    except (OSError, StorageAway, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, zlib.error):
        return False
    if data.startswith(PACKED):
        return False
    return max(data.count(b"\n"), data.count(b"\r")) <= INLINE_LINES


def _is_packed(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Return whether a member of an archive is packed once more, so that its size tells nothing."""
    with archive.open(member) as inner:
        return inner.read(6).startswith(PACKED)


def _drive(job_id: int) -> None:
    try:
        job_drive(job_id=job_id, seconds=INLINE_SECONDS, worker=f"web-{os.getpid()}")
    finally:
        connection.close()


def is_mappable(job: Job) -> bool:
    """Return whether the columns can still be mapped: nothing was sent, and no check is running."""
    before = (JobState.DRAFT, JobState.READY, JobState.FAILED, JobState.ERRORED)
    return job.state in before and job.started_at is None

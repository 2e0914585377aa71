"""Refused rows while people correct them: kept with the job, changed cell by cell, and sent as its correction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

from django.db import transaction

from bpadmin.jobs.files.corrections import correction_refusal, refused_count
from bpadmin.jobs.files.rejects import correction_lines, refused_rows
from bpadmin.jobs.files.spool import Refusal
from bpadmin.jobs.models import Job, RefusedRow
from bpadmin.jobs.reasons import DOUBLE, IDENTICAL
from bpadmin.uploads.files import LinesFile, UploadRefused, reading_keep, upload_create, upload_inspect
from bpadmin.web.downloads import FileGone
from lists.fixing.judging import columns_sent, rows_judge
from lists.kinds import LIST_UPLOAD
from lists.uploads.options import upload_options
from lists.uploads.wizard import check_carry_on

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_ROWS = 5000
LONGEST_CELL = 10_000
AT_ONCE = 500
NONE_LEFT = "Every row is left out, so there is nothing to send."
NOTHING_REFUSED = "This job has no refused rows that could be corrected."


class FixRefused(UploadRefused):
    """The rows of this job cannot be corrected, now or here; the message says why."""


def rows_open(*, job: Job) -> None:
    """Make the job's refused rows ready to be corrected, the first 5,000 of them. FixRefused; FileGone.

    Rows of a key of which another row counts are left out to begin with: sent once more they would change its record.
    """
    if not job.is_final or not refused_count(job) or not job.phase:
        raise FixRefused(NOTHING_REFUSED)
    if words := correction_refusal(job):
        raise FixRefused(words)
    if job.refused_rows.exists():
        return
    rows = [
        RefusedRow(
            job=job,
            number=number,
            row=refusal.row,
            code=refusal.code,
            detail=refusal.detail,
            fix=refusal.fix,
            cells=cells,
            is_dropped=_is_superseded(refusal),
        )
        for number, (cells, refusal) in enumerate(islice(refused_rows(job), MOST_ROWS), start=1)
    ]
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        if not job.refused_rows.exists():
            RefusedRow.objects.bulk_create(rows, batch_size=AT_ONCE)


def _is_superseded(refusal: Refusal) -> bool:
    # Where all rows of a key are refused a person is to choose one, and the suggested fix says so.
    return refusal.code in (DOUBLE, IDENTICAL) and not refusal.fix


def rows_beyond(job: Job) -> int:
    """Count the refused rows that are too many for the page; they are taken along as they are."""
    return max(0, refused_count(job) - MOST_ROWS)


def cells_say(*, job: Job, cells: Mapping[tuple[int, int], str], by_name: str) -> None:
    """Keep what was typed into cells: (number of the row, index of the column) to text."""
    numbers = {number for number, _ in cells}
    allowed = {column.index for column in columns_sent(job)}
    with transaction.atomic():
        for row in job.refused_rows.select_for_update().filter(number__in=numbers):
            edited = dict(row.edited)
            for (number, column), text in cells.items():
                if number != row.number or column not in allowed or column >= len(row.cells):
                    continue
                edited.pop(str(column), None)
                if text != row.cells[column]:
                    edited[str(column)] = text[:LONGEST_CELL]
            if edited != row.edited:
                row.edited, row.by_name = edited, by_name
                row.save(update_fields=["edited", "by_name", "changed_at"])


def rows_drop(*, job: Job, numbers: Iterable[int], is_dropped: bool, by_name: str) -> None:
    """Leave rows out, or take them in again."""
    rows = job.refused_rows.filter(number__in=list(numbers)).exclude(is_dropped=is_dropped)
    rows.update(is_dropped=is_dropped, by_name=by_name)


def kind_mend(*, job: Job, kind: str, by_name: str) -> int:
    """Put the suggested value into every cell with a fault of this kind; returns how many."""
    columns = columns_sent(job)
    rows = list(job.refused_rows.filter(is_dropped=False))
    cells = {
        (number, fault.column.index): fault.suggestion
        for number, faults in rows_judge(job, columns, rows).items()
        for fault in faults
        if fault.kind == kind and fault.suggestion
    }
    cells_say(job=job, cells=cells, by_name=by_name)
    return len(cells)


def rows_send(*, job: Job, owner: User) -> tuple[Job, bool]:
    """Make the corrected rows a correction of their job, checked with the same mapping; returns it, and whether it is.

    What was too much for the page goes along as it is, but for rows of a key of which another row counts. FixRefused,
    UploadRefused.
    """
    rows_open(job=job)
    if not rows_beyond(job) and not job.refused_rows.filter(is_dropped=False).exists():
        raise FixRefused(NONE_LEFT)
    stem = job.file_name.rsplit(".", 1)[0] or "upload"
    lines = correction_lines(upload_options(job).header, _rows_now(job))
    try:
        correction = upload_create(
            kind=LIST_UPLOAD,
            tenant=job.tenant,
            list_id=job.target_id,
            list_name=job.target_name,
            file_name=f"{stem} - corrections of job {job.pk}.csv",
            stream=cast(BinaryIO, LinesFile(lines)),
            owner=owner,
            owner_name=owner.get_username(),
            parent=job,
        )
    except FileGone as gone:
        raise UploadRefused(str(gone)) from gone
    reading_keep(job=correction, inspection=upload_inspect(job=correction), actor_name=owner.get_username())
    return correction, check_carry_on(job=correction)


def _rows_now(job: Job) -> Iterator[tuple[list[str], Refusal]]:
    for row in job.refused_rows.filter(is_dropped=False).order_by("number").iterator(chunk_size=AT_ONCE):
        yield row.texts, Refusal(row.row, row.code, row.detail, row.fix)
    if rows_beyond(job):
        rest = islice(refused_rows(job), MOST_ROWS, None)
        yield from ((cells, refusal) for cells, refusal in rest if not _is_superseded(refusal))

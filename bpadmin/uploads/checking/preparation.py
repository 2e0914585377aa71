"""The check of a whole file: read through, its spool and chunks stored under the lease, or nothing at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.core.files.base import File

from bpadmin.jobs.engine.lease import LeaseLost, job_remember, lease_held, lease_of
from bpadmin.jobs.engine.outage import store_patiently
from bpadmin.jobs.files.rejects import expansion_limit
from bpadmin.jobs.files.spool import SpoolWriter, spool_forget
from bpadmin.jobs.handlers import Progress, ShouldStop, structure_read
from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import Chunk, Job
from bpadmin.jobs.options import BLANK, KEEP, LEAVE_OUT, UNDO, FileOptions
from bpadmin.platforms import REGISTRY
from bpadmin.storage.local_work import CopyStopped, file_nearby
from bpadmin.tabular.ahead import read_ahead
from bpadmin.tabular.formula import unguard, unmarked
from bpadmin.tabular.types import Kind, TabularError
from bpadmin.uploads.checking.staging import Plan, Staging
from bpadmin.uploads.conversion.converter import converter_of
from bpadmin.uploads.files import UploadRefused, conversion_of
from bpadmin.uploads.mapping.suggestions import mapping_problems
from bpadmin.uploads.models import UploadMode

if TYPE_CHECKING:
    BytesFile = File[bytes]
else:
    BytesFile = File

CHUNKS_AT_ONCE = 500


def upload_prepare(
    *,
    job: Job,
    progress: Progress = lambda done, total: None,
    should_stop: ShouldStop = lambda: False,
    staging_of: Callable[[Plan, SpoolWriter], Staging] = Staging,
    finish: Callable[[Staging], None] = lambda staging: None,
) -> None:
    """Check the whole file and write spool, chunks, counters and report. UploadRefused.

    `staging_of` makes what checks the rows; `finish` may append to the spool what is to be done besides the rows.

    Starts over cleanly when run again. `progress(done_bytes, total_bytes)` and `should_stop()` are called per block;
    when it is to stop it returns early and leaves nothing behind. Does not move the job's state: that is the caller's.
    """
    began = time.monotonic()
    before = job.spool_path
    store_patiently(partial(_forget, job))
    spool_forget(before)
    writer = SpoolWriter(job)
    try:
        staging = staging_of(_plan(job), writer)
        if not _read_through(job, staging, progress, should_stop):
            writer.discard()
            return
        staging.finish()
        if not staging.rows_total:
            if staging.rows_not_taken:
                raise UploadRefused("The rule for rows leaves out every row of this file. Correct its values.")
            raise UploadRefused("The file holds no rows, only a header. Choose a file with at least one row.")
        finish(staging)
        path = writer.finish()
    except CopyStopped:
        writer.discard()
        return
    except TabularError as error:
        writer.discard()
        raise UploadRefused(str(error)) from error
    except BaseException:
        writer.discard()
        raise
    seconds = time.monotonic() - began
    speed = round(staging.rows_total / max(seconds, 0.001))
    report = replace(staging.report(), seconds=round(seconds, 3), rows_per_second=speed)
    try:
        store_patiently(partial(_store, job, staging, writer.chunks, path, report.as_json()))
    except LeaseLost:
        writer.discard()  # whoever has taken over writes a spool of its own
        raise


def _read_through(job: Job, staging: Staging, progress: Progress, should_stop: ShouldStop) -> bool:
    """Take every block of the file; False when it was told to stop."""
    plan = staging.plan
    total, progress_made = job.file_size, False
    with file_nearby(job.upload_path, should_stop=should_stop) as file:
        table = cast(BinaryIO, file), plan.dialect, plan.width
        parts = read_ahead(*table, staging.work, limit=expansion_limit())
        for part, checked in parts:
            if should_stop():
                return False
            staging.take(part.block, checked)
            if not progress_made and part.done:
                staging.expect_rows(staging.rows_total * part.total // part.done)
            progress_made = True
            total = part.total or total
            progress(min(part.done, total), total)
    return not should_stop()


def _plan(job: Job) -> Plan:
    """Read a job's options as orders for the check. UploadRefused when it was never configured."""
    options = structure_read(FileOptions, job.options, job)
    if not options.mapping or not options.fields:
        raise UploadRefused("Nobody has said yet which column goes where. Map the columns first.")
    fields, header, mapping, mode = options.fields, options.header, options.mapping, options.mode
    is_of_list = kind_of(job).has_list_fields  # other kinds have fields of their own, and rules for them
    conversion = conversion_of(options)
    titles = conversion.titles(header)
    problems = conversion.problems(header)
    if is_of_list:
        problems += mapping_problems(header=titles, mapping=mapping, fields=fields, mode=mode)
    if problems:
        raise UploadRefused("The file is read otherwise than when its columns were mapped.", *problems)
    by_name = {spec.name: spec for spec in fields}
    table = replace(
        options.table,
        fills_short=fills_short(options),
        leaves_out_hidden=leaves_out_hidden(job, options),
        undoes_double_encoding=options.double_encoding == UNDO,
    )
    pairs = sorted(((int(index), by_name[name]) for index, name in mapping.items()), key=lambda pair: pair[0])
    columns = tuple((at, spec) for at, spec in pairs if not spec.skip)
    takes_off = unguard_of(job, options)
    converter = converter_of(conversion, header=header, columns=columns, unguard=takes_off)
    return Plan(
        dialect=table,
        header=converter.header if converter else header,
        columns=converter.columns if converter else columns,
        mode=UploadMode(mode),
        chunk_size=_chunk_size(job, UploadMode(mode)),
        converter=converter,
        date_order=options.date_order,
        unguard=takes_off,
        doubles=options.doubles,
        record_rules=REGISTRY[job.tenant.platform].record_rules,
    )


def leaves_out_hidden(job: Job, options: FileOptions) -> bool:
    """Return whether rows that a workbook hides are left out.

    Where nobody has said anything: whoever filtered people away does not want them called, nor their numbers freed.
    But a Do Not Call list gets all numbers that there are: one too many does no harm, one too few does.
    """
    if options.hidden_rows:
        return options.hidden_rows == LEAVE_OUT
    return kind_of(job).leaves_out_hidden


def unguard_of(job: Job, options: FileOptions) -> Callable[[str, bool], str] | None:
    """Return what takes off cells what a spreadsheet has put around them; None where they are taken as they are.

    A workbook holds its texts as they are, but for marks of codes. Rejects are cells of their first file, once our own
    guard is undone.
    """
    if options.apostrophes == KEEP:
        return None
    if options.table.is_rejects and job.parent is not None:
        return unguard_of(job.parent, structure_read(FileOptions, job.parent.options, job.parent))
    return unguard if options.table.kind is Kind.CSV else unmarked


def fills_short(options: FileOptions) -> bool:
    """Return whether cells that are missing at the end of a row are blank: spreadsheets leave blank ones out.

    Where records are changed that is said by a person, since a lost separator would change the wrong fields.
    """
    if options.short_rows:
        return options.short_rows == BLANK
    return options.mode not in (UploadMode.UPDATE, UploadMode.UPSERT)


def _chunk_size(job: Job, mode: UploadMode) -> int:
    """Return how many rows a chunk has: fewer where each update costs a request, so that a chunk stays short."""
    size = max(1, structure_read(FileOptions, job.options, job).chunk_size or job.tenant.chunk_size)
    info = REGISTRY.get(job.tenant.platform)
    if info is None or not kind_of(job).has_list_fields:
        return size
    if info.uploads.rows_a_call:
        return min(size, info.uploads.rows_a_call)
    most = info.updates_at_once if mode in (UploadMode.UPDATE, UploadMode.UPSERT) else 0
    return min(size, most) if most else size


def _forget(job: Job) -> None:
    """Take back what an earlier check of this job has stored; LeaseLost when that is not ours to do."""
    with lease_held(lease_of(job)):
        job.chunks.all().delete()
        job_remember(job, **dict.fromkeys(Job.COUNTERS, 0), spool_path="")


def _store(job: Job, staging: Staging, chunks: Sequence[Chunk], path: str, report: Mapping[str, Any]) -> None:
    """Store what the check has found, in one transaction that proves the lease; LeaseLost. May be tried again."""
    values: dict[str, Any] = {
        **dict.fromkeys(Job.COUNTERS, 0),
        "rows_total": staging.rows_refused + staging.writer.count,
        "rows_blank": staging.rows_blank,
        "n_rejected": staging.rows_refused,
        "n_rejected_check": staging.rows_refused,
        "n_not_sent": staging.writer.count,
        "spool_path": path,
        "report": dict(report),
    }
    for chunk in chunks:
        chunk.pk, chunk._state.adding = None, True
    with lease_held(lease_of(job)):
        job.chunks.all().delete()
        Chunk.objects.bulk_create(chunks, batch_size=CHUNKS_AT_ONCE)
        job_remember(job, **values)

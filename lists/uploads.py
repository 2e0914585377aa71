"""Uploads into calling lists: from a file that arrives to a checked spool that waits for a person's word."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from bpadmin.downloads import FileGone
from bpadmin.jobs.corrections import correction_refusal
from bpadmin.jobs.lease import LeaseLost, job_remember, lease_held, lease_of
from bpadmin.jobs.models import Chunk, Job, JobKind, JobState
from bpadmin.jobs.options import FileOptions, JobOptions
from bpadmin.jobs.outage import store_patiently
from bpadmin.jobs.registry import JobRefused, Progress, ShouldStop, job_options, structure_read
from bpadmin.jobs.rejects import expansion_limit, refused_lines
from bpadmin.jobs.services import job_reconfigure
from bpadmin.jobs.spool import SpoolWriter, spool_forget
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.types import FieldSpec
from bpadmin.tabular.ahead import read_ahead
from bpadmin.tabular.types import TabularError
from lists.formats import format_get, format_say
from lists.inspection import Choice, Inspection, Notice, inspect
from lists.mapping import mapping_problems, mapping_remember
from lists.models import ListFormat, UploadMode
from lists.staging import Plan, Staging
from lists.upload_options import UploadOptions

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

    BytesFile = File[bytes]
else:
    BytesFile = File

__all__ = ["Choice", "Inspection", "Notice", "UploadRefused"]

COPY_BYTES = 1024 * 1024
CHUNKS_AT_ONCE = 500


class UploadRefused(JobRefused):
    """The file or its mapping cannot be used; `problems` are sentences for a supervisor, str() joins them."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def upload_create(
    *,
    tenant: Tenant,
    list_id: str,
    list_name: str,
    file_name: str,
    stream: BinaryIO,
    owner: User | None = None,
    owner_name: str = "",
    parent: Job | None = None,
    kind: JobKind = JobKind.LIST_UPLOAD,
    options: FileOptions | None = None,
) -> Job:
    """Keep an arriving file and open a DRAFT job for it; UploadRefused when it is too large or empty.

    Of a `parent` it takes the corrected rows; UploadRefused when another job has. `stream` needs only `read(n)`. The
    target is a Do Not Call list for the kinds that are about those, which have `options` of their own to begin with.
    """
    if parent is not None and (words := correction_refusal(parent)):
        raise UploadRefused(words)
    began_with = replace(options or UploadOptions(), chunk_size=tenant.chunk_size, lanes=tenant.lanes)
    path = f"uploads/{tenant.pk}/{uuid.uuid4().hex}"
    arriving = _Arriving(stream, settings.MAX_UPLOAD_BYTES)
    try:
        path = default_storage.save(path, arriving)
        if not arriving.count:
            raise UploadRefused("The file is empty. Choose a file with at least one row.")
        return Job.objects.create(
            tenant=tenant,
            kind=kind,
            state=JobState.DRAFT,
            owner=owner,
            owner_name=owner_name,
            parent=parent,
            target_id=list_id,
            target_name=list_name,
            file_name=file_name[-300:],
            file_size=arriving.count,
            file_sha256=arriving.digest.hexdigest(),
            upload_path=path,
            options=began_with.as_json(),
        )
    except BaseException:
        default_storage.delete(path)
        raise


def upload_again(
    *,
    job: Job,
    owner: User | None = None,
    owner_name: str = "",
    kind: JobKind | None = None,
    options: FileOptions | None = None,
) -> Job:
    """Open a new DRAFT with the refused rows of `job` as its file, those in doubt or not sent left out. UploadRefused.

    Its columns are mapped as before. `kind` and `options` are what it begins with where that is not the kind of `job`,
    and nothing.
    """
    stem = job.file_name.rsplit(".", 1)[0] or "upload"
    try:
        return upload_create(
            tenant=job.tenant,
            list_id=job.target_id,
            list_name=job.target_name,
            file_name=f"{stem} - rejects of job {job.pk}.csv",
            stream=cast(BinaryIO, _Lines(refused_lines(job))),
            owner=owner,
            owner_name=owner_name,
            parent=job,
            kind=kind or JobKind(job.kind),
            options=options,
        )
    except FileGone as gone:
        raise UploadRefused(str(gone)) from gone


def upload_inspect(*, job: Job, choices: Mapping[str, Any] | None = None) -> Inspection:
    """Find out how the file reads; `choices` (members of the dialect a person set) overrule the guess. Stores nothing.

    A look before the first `reading_keep` reads the whole file to prove its encoding, later ones only its beginning.
    Raises UploadRefused.
    """
    try:
        with default_storage.open(job.upload_path, "rb") as file:
            options = structure_read(FileOptions, job.options, job)
            return inspect(cast(BinaryIO, file), options, choices or {}, limit=expansion_limit())
    except TabularError as error:
        raise UploadRefused(str(error)) from error


def reading_keep(*, job: Job, inspection: Inspection, revision: int | None = None, actor_name: str = "") -> Job:
    """Store how the file is read from now on. Raises StaleForm, IllegalMove; see `job_reconfigure`."""
    options = read_as(job_options(job), inspection)
    return job_reconfigure(job=job, options=options, revision=revision, actor_name=actor_name)


def read_as(options: JobOptions, inspection: Inspection) -> FileOptions:
    """Give the options with the file read as it was inspected."""
    return replace(
        cast(FileOptions, options),
        dialect=dict(inspection.dialect),
        header=inspection.header,
        encoding_proof=inspection.proof,
    )


def options_reading(*, job: Job, dialect: Mapping[str, Any]) -> FileOptions:
    """Give a job's options with the file read as a person wants it; `dialect` may hold only what was set."""
    options = cast(FileOptions, job_options(job))
    wanted = {**options.dialect, **dialect}
    if wanted != options.dialect or not options.header:
        return read_as(options, upload_inspect(job=job, choices=wanted))
    return options


def upload_configure(
    *,
    job: Job,
    dialect: Mapping[str, Any],
    mapping: Mapping[str, str],
    fields: Sequence[FieldSpec],
    mode: str,
    revision: int | None = None,
    check: bool = False,
    actor_name: str = "",
) -> Job:
    """Take a person's mapping ({column index as text: field name}); UploadRefused lists everything that is missing.

    `dialect` may hold only what a person set. What is said about the fields is kept for the list, unless its format
    was created here. `revision` and `check` as for `job_reconfigure`, which raises StaleForm and IllegalMove.
    """
    options = options_reading(job=job, dialect=dialect)
    header = list(options.header)
    mapping = {str(index): name for index, name in mapping.items() if name}
    if problems := mapping_problems(header=header, mapping=mapping, fields=fields, mode=mode):
        raise UploadRefused(*problems)
    options = replace(options, mode=UploadMode(mode).value, mapping=mapping, fields=tuple(fields))
    try:
        with transaction.atomic():
            job_reconfigure(job=job, options=options, revision=revision, check=check, actor_name=actor_name)
            mapping_remember(tenant_id=job.tenant_id, list_id=job.target_id, header=header, mapping=mapping)
            known = format_get(tenant=job.tenant, list_id=job.target_id)
            if known is None or known.source != ListFormat.Source.CREATED:
                format_say(tenant=job.tenant, list_id=job.target_id, list_name=job.target_name, fields=fields)
    except ValueError as error:
        job.refresh_from_db()
        raise UploadRefused(str(error)) from error
    return job


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
            raise UploadRefused("The file holds no rows, only a header. Choose a file with at least one row.")
        finish(staging)
        path = writer.finish()
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
    with default_storage.open(job.upload_path, "rb") as file:
        table = cast(BinaryIO, file), plan.dialect, len(plan.header)
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
    is_of_list = job.kind == JobKind.LIST_UPLOAD  # other kinds have fields of their own, and rules for them
    if is_of_list and (problems := mapping_problems(header=header, mapping=mapping, fields=fields, mode=mode)):
        raise UploadRefused("The file is read otherwise than when its columns were mapped.", *problems)
    by_name = {spec.name: spec for spec in fields}
    pairs = sorted(((int(index), by_name[name]) for index, name in mapping.items()), key=lambda pair: pair[0])
    return Plan(
        dialect=options.table,
        header=header,
        columns=tuple((at, spec) for at, spec in pairs if not spec.skip),
        mode=UploadMode(mode),
        chunk_size=_chunk_size(job, UploadMode(mode)),
    )


def _chunk_size(job: Job, mode: UploadMode) -> int:
    """Give how many rows a chunk has: fewer where each update costs a request, so that a chunk stays short."""
    size = max(1, structure_read(FileOptions, job.options, job).chunk_size or job.tenant.chunk_size)
    info = REGISTRY.get(job.tenant.platform)
    most = info.updates_at_once if info is not None and mode in (UploadMode.UPDATE, UploadMode.UPSERT) else 0
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


class _Arriving(BytesFile):
    """An arriving file on its way into storage: measured, hashed, and cut off when it grows too large."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        super().__init__(cast(Any, stream), name="upload")
        self.stream = stream
        self.limit = limit
        self.count = 0
        self.digest = hashlib.sha256()

    def read(self, size: int | None = -1) -> bytes:
        """Read on, as storage back ends do that take a file object."""
        data = self.stream.read(size) if size is not None and size >= 0 else self.stream.read()
        self.count += len(data)
        if self.count > self.limit:
            raise UploadRefused(
                f"The file is larger than {self.limit // (1024 * 1024):,} MB, the limit of this installation. "
                "Split it, or pack it as .zip or .gz, and upload again."
            )
        self.digest.update(data)
        return data

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Read on in pieces, as local storage does."""
        while data := self.read(chunk_size or COPY_BYTES):
            yield data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back to the start before anything was read, which some back ends ask for; else it cannot be done."""
        if offset == 0 and whence == 0 and self.count == 0:
            return 0
        raise OSError("an arriving file can be read only once")

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        """Tell that it may be long."""
        return True


class _Lines(RawIOBase):
    """A generator of bytes as a file to read from."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.lines = lines
        self.rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self.rest) < size:
            more = next(self.lines, b"")
            if not more:
                break
            self.rest += more
        cut = len(self.rest) if size < 0 else size
        data, self.rest = self.rest[:cut], self.rest[cut:]
        return data

"""Files as they arrive and read: kept, looked at, and read as a person wants; for uploads of every kind."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

from bpadmin.jobs.files.corrections import correction_refusal
from bpadmin.jobs.files.rejects import expansion_limit, refused_lines
from bpadmin.jobs.files.spool import spool_delete
from bpadmin.jobs.handlers import JobRefused, job_options, options_class, structure_read
from bpadmin.jobs.kinds import JobKind, kind_of
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import (
    DOUBLE_ENCODING_LABELS,
    DOUBLES_LABELS,
    GUARD_LABELS,
    HIDDEN_LABELS,
    ORDER_LABELS,
    SHORT_LABELS,
    FileOptions,
    JobOptions,
    NotUnderstood,
)
from bpadmin.jobs.services import job_reconfigure
from bpadmin.storage.troubles import StorageAway
from bpadmin.tabular.readers import TooLong
from bpadmin.tabular.types import TabularError
from bpadmin.uploads.conversion.rules import Conversion
from bpadmin.uploads.encoding_hints import encoding_hints
from bpadmin.uploads.inspection import Inspection, inspect
from bpadmin.web.downloads import FileGone

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

    BytesFile = File[bytes]
else:
    BytesFile = File

COPY_BYTES = 1024 * 1024


class UploadRefused(JobRefused):
    """The file or its mapping cannot be used; `problems` are sentences for a supervisor, str() joins them."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class LookTooLong(UploadRefused):
    """Looking into the file takes longer than the one who asked wants to wait."""


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
    kind: JobKind,
    options: FileOptions | None = None,
) -> Job:
    """Keep an arriving file and open a DRAFT job for it; UploadRefused when it is too large or empty.

    Of a `parent` it takes the corrected rows; UploadRefused when another job has. `stream` needs only `read(n)`. The
    target is a Do Not Call list for the kinds that are about those, which have `options` of their own to begin with.
    """
    if parent is not None and (words := correction_refusal(parent)):
        raise UploadRefused(words)
    began_with = replace(options or file_options(kind), chunk_size=tenant.chunk_size, lanes=tenant.lanes)
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
        with suppress(StorageAway):  # it is collected later
            default_storage.delete(path)
        raise


def file_options(kind: JobKind) -> FileOptions:
    """Return the options that an upload of a kind begins with."""
    return cast(FileOptions, options_class(kind)())


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
            stream=cast(BinaryIO, LinesFile(refused_lines(job))),
            owner=owner,
            owner_name=owner_name,
            parent=job,
            kind=kind or kind_of(job),
            options=options,
        )
    except FileGone as gone:
        raise UploadRefused(str(gone)) from gone


def upload_inspect(*, job: Job, choices: Mapping[str, Any] | None = None, seconds: float = 0.0) -> Inspection:
    """Find out how the file reads; `choices` (members of the dialect a person set) overrule the guess. Stores nothing.

    A look before the first `reading_keep` reads the whole file to prove its encoding, later ones only its beginning.
    Another process looks, which may take so much memory and time of a processor as its size explains. Raises
    UploadRefused; LookTooLong where it takes more than some `seconds`.
    """
    try:
        with default_storage.open(job.upload_path, "rb") as file:
            options = structure_read(FileOptions, job.options, job)
            hints = None if options.encoding_proof else encoding_hints(job)
            how: dict[str, Any] = {"limit": expansion_limit(), "hints": hints, "seconds": seconds}
            return inspect(cast(BinaryIO, file), options, choices or {}, **how)
    except TooLong as error:
        raise LookTooLong(str(error)) from error
    except TabularError as error:
        raise UploadRefused(str(error)) from error


def reading_keep(*, job: Job, inspection: Inspection, revision: int | None = None, actor_name: str = "") -> Job:
    """Store how the file is read from now on. Raises StaleForm, IllegalMove; see `job_reconfigure`."""
    options = read_as(job_options(job), inspection)
    return job_reconfigure(job=job, options=options, revision=revision, actor_name=actor_name)


def read_as(options: JobOptions, inspection: Inspection) -> FileOptions:
    """Return the options with the file read as it was inspected."""
    return replace(
        cast(FileOptions, options),
        dialect=dict(inspection.dialect),
        header=inspection.header,
        encoding_proof=inspection.proof,
    )


def options_reading(*, job: Job, dialect: Mapping[str, Any]) -> FileOptions:
    """Return a job's options with the file read as a person wants it; `dialect` may hold only what was set."""
    options = cast(FileOptions, job_options(job))
    wanted = {**options.dialect, **dialect}
    if wanted != options.dialect or not options.header:
        return read_as(options, upload_inspect(job=job, choices=wanted))
    return options


def upload_forget(*, job: Job) -> None:
    """Remove a checked job of which nothing was sent, with its files."""
    if job.started_at is not None:
        raise UploadRefused("Rows of this file were sent, so its job stays.")
    with suppress(StorageAway):  # what is left is collected later
        spool_delete(job)
        default_storage.delete(job.upload_path)
    job.delete()


ROWS_SAID: Mapping[str, Mapping[str, str]] = {
    "hidden_rows": HIDDEN_LABELS,
    "short_rows": SHORT_LABELS,
    "apostrophes": GUARD_LABELS,
    "date_order": ORDER_LABELS,
    "double_encoding": DOUBLE_ENCODING_LABELS,
    "doubles": DOUBLES_LABELS,
}
"""What may be said of how rows and cells are taken, by the name of the choice, with its values."""


def rows_said(options: FileOptions, **said: str | None) -> FileOptions:
    """Return the options with what was said of the choices in ROWS_SAID; None where nothing was. UploadRefused."""
    for name, value in said.items():
        if value and value not in ROWS_SAID[name]:
            raise UploadRefused(f"“{value}” is none of {', '.join(ROWS_SAID[name])}.")
    changes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    return replace(options, **changes)


def conversion_of(options: FileOptions) -> Conversion:
    """Return what is done to the cells of a file. UploadRefused where it is not understood."""
    try:
        return Conversion.from_json(options.conversion)
    except NotUnderstood as error:
        raise UploadRefused(str(error)) from error


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


class LinesFile(RawIOBase):
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

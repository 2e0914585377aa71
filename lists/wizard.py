"""The upload wizard's acts, one for each of its buttons. Long work is a worker's; small files finish here."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.db import connection

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import FileOptions
from bpadmin.jobs.registry import structure_read
from bpadmin.jobs.rejects import refused_count
from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_reconfigure
from bpadmin.pace import scaled
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import FieldSpec
from bpadmin.tenants.services import tenant_client
from lists.formats import format_fields, format_get, format_learn
from lists.mapping import fields_propose, mapping_saved
from lists.models import ListFormat, UploadMode
from lists.receiving import Received
from lists.services import list_jobs, list_read, lists_forget
from lists.upload_options import upload_options
from lists.uploads import (
    Inspection,
    UploadRefused,
    reading_keep,
    upload_again,
    upload_configure,
    upload_create,
    upload_inspect,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.live import Snapshot
    from bpadmin.platforms.types import CallingList
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

# A file this small is checked while its page is made: the check reads several thousand rows in the time of a page.
INLINE_BYTES = 256 * 1024
INLINE_ROWS = 200
INLINE_SECONDS = scaled(3.0, least=0.5)
# Seconds for reading one record of a list to learn its fields; a slow dialler must not hold up the wizard.
LEARN_TIMEOUT = 5.0
NOTHING_REFUSED = (
    "There are no rejected rows to send again. Rows in doubt are settled on the page of their job, and rows that were "
    "not sent are sent from there."
)


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where a file is to go, and what is known of that list; `parent` is the job whose rejects it corrects."""

    tenant: Tenant
    list_id: str
    list_name: str
    parent: Job | None = None
    snapshot: Snapshot[CallingList | None] | None = None
    known: ListFormat | None = None
    earlier: Sequence[Job] = ()

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """Give the list's fields as far as they are known."""
        return format_fields(self.known)


def upload_target(*, tenant: Tenant, list_id: str) -> UploadTarget | None:
    """Find the list to upload into, None if there is none; while the dialler is away, by its last known name."""
    snapshot = list_read(tenant, list_id)
    found = snapshot.value
    if snapshot.has_value and found is None and not snapshot.error:
        return None
    known = format_get(tenant=tenant, list_id=list_id, format_id=found.format_id if found else "")
    earlier = list_jobs(tenant=tenant, list_ids=[list_id], limit=3)
    last_known = [job.target_name for job in earlier]
    if known and known.list_id == list_id:
        last_known.append(known.list_name)
    name = found.name if found else next(filter(None, last_known), list_id)
    return UploadTarget(tenant=tenant, list_id=list_id, list_name=name, snapshot=snapshot, known=known, earlier=earlier)


def upload_target_again(*, parent: Job) -> UploadTarget:
    """Give the list that a job's corrected rejects go into."""
    known = format_get(tenant=parent.tenant, list_id=parent.target_id)
    return UploadTarget(
        tenant=parent.tenant, list_id=parent.target_id, list_name=parent.target_name, parent=parent, known=known
    )


def file_take(*, target: UploadTarget, received: Received, owner: User) -> Job:
    """Store an arriving file as a DRAFT and see whether it can be read. UploadRefused, and then nothing stays."""
    job = upload_create(
        tenant=target.tenant,
        list_id=target.list_id,
        list_name=target.list_name,
        file_name=received.name,
        stream=received.stream,
        owner=owner,
        owner_name=owner.get_username(),
        parent=target.parent,
    )
    try:
        if job.file_size != received.size:
            raise UploadRefused("Only a part of the file arrived. Check the connection and upload it again.")
        reading_keep(job=job, inspection=upload_inspect(job=job), actor_name=owner.get_username())
    except UploadRefused:
        default_storage.delete(job.upload_path)
        job.delete()
        raise
    return job


def rejects_take(*, parent: Job, owner: User) -> Job:
    """Take a job's refused rows as they are for a new DRAFT, to be mapped anew. UploadRefused when there are none."""
    if not parent.is_final or not refused_count(parent):
        raise UploadRefused(NOTHING_REFUSED)
    job = upload_again(job=parent, owner=owner, owner_name=owner.get_username())
    return reading_keep(job=job, inspection=upload_inspect(job=job), actor_name=owner.get_username())


def file_read(*, job: Job, choices: Mapping[str, Any] | None = None) -> Inspection:
    """Read the beginning of a job's file as it was read last, or as `choices` say. Stores nothing. UploadRefused."""
    kept = structure_read(FileOptions, job.options, job).dialect
    return upload_inspect(job=job, choices={**kept, **choices} if choices else kept or None)


def format_known(*, tenant: Tenant, list_id: str, calling_list: CallingList | None) -> ListFormat | None:
    """Give what is known of a list's fields; where nothing is, read a record to find out, but not for long."""
    known = format_get(tenant=tenant, list_id=list_id, format_id=calling_list.format_id if calling_list else "")
    if known is not None or calling_list is None or not calling_list.campaigns:
        return known
    try:
        client = tenant_client(tenant, read_timeout=LEARN_TIMEOUT)
        return format_learn(tenant=tenant, list_id=list_id, client=client)
    except PlatformError as error:
        log.info("the fields of list %s could not be learnt: %s", list_id, error)
        return None


def column_looks(inspection: Inspection) -> tuple[FieldSpec, ...]:
    """Give a field for each column as its name and its first values look, in the order of the columns."""
    proposed = fields_propose(header=inspection.header, rows=inspection.rows)
    by_name = {field.name.casefold(): field for field in proposed}
    return tuple(by_name.get(name.casefold()) or FieldSpec(name=name) for name in inspection.header)


def mapping_before(*, job: Job, header: Sequence[str]) -> Mapping[str, str]:
    """Give the mapping to start from: this job's own, that of the job it repeats, or the one kept for the list."""
    if mapping := structure_read(FileOptions, job.options, job).mapping:
        return dict(mapping)
    if job.parent is not None and (carried := mapping_carry(job.parent, header)):
        return carried
    return mapping_saved(tenant_id=job.tenant_id, list_id=job.target_id, header=header)


def mapping_carry(parent: Job, header: Sequence[str]) -> dict[str, str]:
    """Take a mapping over to another file by the names of its columns, in order where a name comes twice."""
    waiting: dict[str, list[str]] = {}
    before = structure_read(FileOptions, parent.options, parent)
    names = before.header
    for at, field in sorted((int(index), field) for index, field in before.mapping.items()):
        if at < len(names):
            waiting.setdefault(names[at].strip().casefold(), []).append(field)
    carried = {}
    for index, name in enumerate(header):
        if fields := waiting.get(name.strip().casefold()):
            carried[str(index)] = fields.pop(0)
    return carried


def mode_before(job: Job) -> str:
    """Give the mode to start with. A correction never replaces: that would delete what its first file brought."""
    if mode := upload_options(job).mode:
        return mode
    before = upload_options(job.parent).mode if job.parent else ""
    return UploadMode.ADD if before in ("", UploadMode.REPLACE) else before


def check_begin(
    *,
    job: Job,
    dialect: Mapping[str, Any],
    mapping: Mapping[str, str],
    fields: Sequence[FieldSpec],
    mode: str,
    revision: int | None = None,
    actor_name: str = "",
) -> Job:
    """Keep the mapping and have the whole file checked; small files at once. UploadRefused, StaleForm, IllegalMove.

    `revision` is the one that the form carries, None for that of `job` as it was read.
    """
    choices: dict[str, Any] = {"dialect": dialect, "mapping": mapping, "fields": fields, "mode": mode}
    upload_configure(job=job, **choices, revision=revision, check=True, actor_name=actor_name)
    prepare_small(job)
    return job


def check_carry_on(*, job: Job) -> bool:
    """Check a corrected file with the mapping of the job it repeats; False when its columns are not the same."""
    parent = job.parent
    if parent is None:
        return False
    inspection = file_read(job=job)
    mapping = mapping_carry(parent, inspection.header)
    before = upload_options(parent)
    if sorted(mapping.values()) != sorted(before.mapping.values()):
        return False
    check_begin(
        job=job,
        dialect=inspection.dialect,
        mapping=mapping,
        fields=before.fields,
        mode=mode_before(job),
        actor_name=job.owner_name,
    )
    return True


def blocked_leave_out(*, job: Job, leaves_out: bool, revision: int | None = None, actor_name: str = "") -> Job:
    """Check a file anew with its blocked rows left out, or with them. StaleForm, IllegalMove."""
    options = replace(upload_options(job), leave_out_blocked=leaves_out)
    job_reconfigure(job=job, options=options, revision=revision, check=True, actor_name=actor_name)
    prepare_small(job)
    return job


def rows_send(*, job: Job, revision: int | None = None, actor: User | None = None, actor_name: str = "") -> Job:
    """Send a checked job's rows: a few at once, so that nobody notices a queue; many by a worker.

    What is sent is what was shown: `revision` is the one that the form carries. StaleForm, IllegalMove.
    """
    job_confirm(job=job, revision=revision, actor=actor, actor_name=actor_name, ring=not is_small(job))
    drive_small(job)
    lists_forget(tenant=job.tenant, list_id=job.target_id)
    return job


def is_small(job: Job) -> bool:
    """Tell whether a job's rows are few enough to be sent while the page is made."""
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
    """Check a submitted file while the page is made, if it is small."""
    if job.file_size <= INLINE_BYTES:
        job_prepare_now(job_id=job.pk, worker=f"web-{os.getpid()}")
        job.refresh_from_db()


def _drive(job_id: int) -> None:
    try:
        job_drive(job_id=job_id, seconds=INLINE_SECONDS, worker=f"web-{os.getpid()}")
    finally:
        connection.close()


def is_mappable(job: Job) -> bool:
    """Tell whether the columns can still be mapped: nothing was sent, and no check is running."""
    before = (JobState.DRAFT, JobState.READY, JobState.FAILED, JobState.ERRORED)
    return job.state in before and job.started_at is None

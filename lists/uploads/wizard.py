"""The upload wizard's acts, one for each of its buttons. Long work is a worker's; small files finish here."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage

from bpadmin.dialler.catalogue import list_read, lists_forget
from bpadmin.jobs.files.corrections import refused_count
from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import FileOptions, NotUnderstood
from bpadmin.jobs.services import job_confirm, job_reconfigure, list_jobs
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import FieldSpec
from bpadmin.storage.troubles import StorageAway
from bpadmin.tabular.headers import is_nameless
from bpadmin.tenants.services import tenant_client
from bpadmin.uploads.checking.questions import questions_open
from bpadmin.uploads.conversion.recipes import Applied, recipe_apply, recipe_content
from bpadmin.uploads.conversion.rules import Conversion
from bpadmin.uploads.files import (
    UploadRefused,
    conversion_of,
    reading_keep,
    upload_again,
    upload_create,
    upload_inspect,
)
from bpadmin.uploads.first_look import first_look, is_unread
from bpadmin.uploads.inspection import Inspection
from bpadmin.uploads.mapping.suggestions import column_types, conversion_saved, mapping_saved
from bpadmin.uploads.models import UploadMode
from bpadmin.uploads.request_files import Received
from bpadmin.uploads.wizard import NOTHING_REFUSED, drive_small, file_read, is_small, prepare_small
from lists.formats.services import format_fields, format_get, format_learn
from lists.kinds import LIST_UPLOAD
from lists.models import ListFormat
from lists.uploads.options import upload_options
from lists.uploads.services import upload_configure
from lists.uploads.target.place import target_title, target_url

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.dialler.live import Snapshot
    from bpadmin.platforms.info import UploadTerms
    from bpadmin.platforms.types import CallingList
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

# Seconds for reading one record of a list to learn its fields; a slow dialler must not hold up the wizard.
LEARN_TIMEOUT = 5.0


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
    def url(self) -> str:
        """Return the page of what the file goes into."""
        return target_url(self.tenant, self.list_id)

    @property
    def terms(self) -> UploadTerms:
        """Return how files go into this platform."""
        return REGISTRY[self.tenant.platform].uploads

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """Return the list's fields as far as they are known."""
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
    name = target_title(tenant, list_id, name)
    return UploadTarget(tenant=tenant, list_id=list_id, list_name=name, snapshot=snapshot, known=known, earlier=earlier)


def upload_target_again(*, parent: Job) -> UploadTarget:
    """Return the list that a job's corrected rejects go into."""
    known = format_get(tenant=parent.tenant, list_id=parent.target_id)
    return UploadTarget(
        tenant=parent.tenant, list_id=parent.target_id, list_name=parent.target_name, parent=parent, known=known
    )


def file_take(*, target: UploadTarget, received: Received, owner: User, seconds: float | None = None) -> Job:
    """Store an arriving file as a DRAFT and see whether it can be read. UploadRefused, and then nothing stays.

    Where that takes more than some `seconds`, or a page's patience, it is left to a worker, and the job is unread until
    then (`first_look.is_unread`).
    """
    job = upload_create(
        kind=LIST_UPLOAD,
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
        first_look(job=job, actor_name=owner.get_username(), seconds=seconds)
    except UploadRefused:
        job.delete()
        with suppress(StorageAway):  # it is collected later
            default_storage.delete(job.upload_path)
        raise
    return job


def rejects_take(*, parent: Job, owner: User) -> Job:
    """Take a job's refused rows as they are for a new DRAFT, to be mapped anew. UploadRefused when there are none."""
    if not parent.is_final or not refused_count(parent):
        raise UploadRefused(NOTHING_REFUSED)
    job = upload_again(job=parent, owner=owner, owner_name=owner.get_username())
    return reading_keep(job=job, inspection=upload_inspect(job=job), actor_name=owner.get_username())


def format_known(*, tenant: Tenant, list_id: str, calling_list: CallingList | None) -> ListFormat | None:
    """Return what is known of a list's fields; where nothing is, read a record to find out, but not for long."""
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
    """Return a field for each column as its name and its first values look, in the order of the columns.

    A column without a name of its own gets none: a name that we made up is no field of any list.
    """
    types = column_types(header=inspection.header, rows=inspection.rows)
    return tuple(
        FieldSpec(name="" if is_nameless(name) else name, type=kind)
        for name, kind in zip(inspection.header, types, strict=True)
    )


def mapping_before(*, job: Job, header: Sequence[str]) -> Mapping[str, str]:
    """Return the mapping to start from: this job's own, that of the job it repeats, or the one kept for the list."""
    return rules_before(job=job, header=header).mapping


def rules_before(*, job: Job, header: Sequence[str]) -> Applied:
    """Return mapping and conversion to start from: this job's own, those of the job it repeats, or those of the list.

    Rules that are not understood, or are about other columns, are left out: a person sees what is there.
    """
    own = structure_read(FileOptions, job.options, job)
    if own.mapping:
        return _as_kept(own.mapping, own.conversion, header)
    if job.parent is not None:
        with suppress(UploadRefused, NotUnderstood):
            if (carried := rules_carry(job.parent, header, is_lenient=True)).mapping:
                return carried
    tenant_id, list_id = job.tenant_id, job.target_id
    return _as_kept(
        mapping_saved(tenant_id=tenant_id, list_id=list_id, header=header),
        conversion_saved(tenant_id=tenant_id, list_id=list_id, header=header),
        header,
    )


def _as_kept(mapping: Mapping[str, str], conversion: Mapping[str, Any], header: Sequence[str]) -> Applied:
    found = Conversion()
    with suppress(NotUnderstood):
        found = Conversion.from_json(conversion)
    if found.problems(header):
        found = Conversion()
    last = len(found.titles(header))
    return Applied({at: name for at, name in mapping.items() if at.isdecimal() and int(at) < last}, found)


def rules_carry(parent: Job, header: Sequence[str], *, is_lenient: bool = False) -> Applied:
    """Take a job's mapping and conversion over to another file by the names of its columns.

    RuleRefused where the file lacks one of them, unless `is_lenient`; UploadRefused.
    """
    before = structure_read(FileOptions, parent.options, parent)
    content = recipe_content(header=before.header, mapping=before.mapping, conversion=conversion_of(before))
    return recipe_apply(content, header, is_lenient=is_lenient)


def mode_before(job: Job) -> str:
    """Return the mode to start with. A correction never replaces: that would delete what its first file brought."""
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
    hidden_rows: str | None = None,
    short_rows: str | None = None,
    conversion: Conversion | None = None,
    apostrophes: str | None = None,
    date_order: str | None = None,
    double_encoding: str | None = None,
    only_changed: bool | None = None,
    again: bool = False,
    reset_dialling: bool = False,
    at_once: bool = True,
    remembers: bool = True,
    revision: int | None = None,
    actor_name: str = "",
) -> Job:
    """Keep the mapping and have the whole file checked; small files at once. UploadRefused, StaleForm, IllegalMove.

    Without `at_once` it is left to a worker, however small the file is; without `remembers` the next file of this
    header is not suggested the same.
    `revision` is the one that the form carries, None for that of `job` as it was read.
    """
    choices: dict[str, Any] = {"dialect": dialect, "mapping": mapping, "fields": fields, "mode": mode}
    choices |= {"hidden_rows": hidden_rows, "short_rows": short_rows, "conversion": conversion}
    choices |= {"apostrophes": apostrophes, "date_order": date_order, "double_encoding": double_encoding}
    choices |= {"again": again, "only_changed": only_changed, "is_long": None if at_once else True}
    choices |= {"reset_dialling": reset_dialling, "remembers": remembers}
    upload_configure(job=job, **choices, revision=revision, check=True, actor_name=actor_name)
    prepare_small(job)
    return job


def check_carry_on(*, job: Job) -> bool:
    """Check a corrected file with the mapping of the job it repeats; False when its columns are not the same."""
    parent = job.parent
    if parent is None or is_unread(job):
        return False
    inspection = file_read(job=job)
    if inspection.question is not None or inspection.part is not None:
        return False
    before = upload_options(parent)
    try:
        carried = rules_carry(parent, inspection.header)
    except (UploadRefused, NotUnderstood):
        return False
    if sorted(carried.mapping.values()) != sorted(before.mapping.values()):
        return False
    check_begin(
        job=job,
        dialect=inspection.dialect,
        mapping=carried.mapping,
        conversion=carried.conversion,
        fields=before.fields,
        mode=mode_before(job),
        apostrophes=before.apostrophes or None,
        date_order=before.date_order or None,
        double_encoding=before.double_encoding or None,
        reset_dialling=before.reset_dialling,
        actor_name=job.owner_name,
    )
    return True


def blocked_leave_out(*, job: Job, leaves_out: bool, revision: int | None = None, actor_name: str = "") -> Job:
    """Check a file anew with its blocked rows left out, or with them. StaleForm, IllegalMove."""
    options = replace(upload_options(job), leave_out_blocked=leaves_out)
    job_reconfigure(job=job, options=options, revision=revision, check=True, actor_name=actor_name)
    prepare_small(job)
    return job


def rows_send(
    *,
    job: Job,
    accepted: Collection[str] = (),
    revision: int | None = None,
    actor: User | None = None,
    actor_name: str = "",
) -> Job:
    """Send a checked job's rows: a few at once, so that nobody notices a queue; many by a worker.

    What is sent is what was shown: `revision` is the one that the form carries. `accepted` names the questions of the
    check that were answered with yes. StaleForm, IllegalMove; UploadRefused while one is open.
    """
    if (revision is None or revision == job.revision) and (left := questions_open(job, accepted)):
        raise UploadRefused(*(each.sentence for each in left))
    job_confirm(job=job, revision=revision, actor=actor, actor_name=actor_name, ring=not is_small(job))
    drive_small(job)
    lists_forget(tenant=job.tenant, list_id=job.target_id)
    return job

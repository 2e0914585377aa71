"""Putting kept records back: an ordinary upload of them, and why it cannot be where it could double some."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from bpadmin.counts import counted
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import KEEP
from bpadmin.uploads.conversion.rules import CLEAR, Conversion
from bpadmin.uploads.files import LinesFile, reading_keep, upload_create, upload_inspect
from bpadmin.uploads.models import UploadMode
from bpadmin.web.downloads import FileGone
from lists.kinds import LIST_DELETE, LIST_UPLOAD
from lists.models import OldValues
from lists.old_values.services import PAGE, OldValuesRefused, old_values_lines, old_values_of, old_values_touched
from lists.records.fields import record_fields
from lists.uploads.modes import job_fields, job_mode
from lists.uploads.wizard import check_begin

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.platforms.types import FieldSpec

FILE_NAME = "old values of job {job}.csv"
DOUBLING = (
    "The list has no keys, and it is not sure that the job deleted all {kept} that were kept: putting all back would "
    "bring those that are still there a second time. Download the old values, and upload those that are missing."
)
TWICE = (
    "The list has no keys, and job {job} has put these records back before: a second time they would be in it twice. "
    "Look there for what became of each row."
)


def restore_refusal(old: OldValues) -> str:
    """Say why kept records cannot be put back by a job of their own, "" where they can or must be asked about."""
    try:
        specs = _fields(old.job)
    except OldValuesRefused as refused:
        return str(refused)
    if _mode(old.job) is UploadMode.ADD and not any(spec.key for spec in specs):
        return _doubling_words(old)
    return ""


def old_values_restore(*, job: Job, owner: User) -> Job:
    """Make the kept records an upload that puts them back, and have it checked. OldValuesRefused, UploadRefused.

    Nothing is sent before somebody has confirmed it.
    """
    old = old_values_of(job)
    if old is None or not old.is_done or old.is_gone:
        raise OldValuesRefused("The old values of this job are not kept, or not any more.")
    if not old.n_kept:
        raise OldValuesRefused("The job met no record, so there is nothing to put back.")
    if not job.is_final:
        raise OldValuesRefused("The job has not ended: end it first.")
    if why := restore_refusal(old):
        raise OldValuesRefused(why)
    specs, mode = _fields(job), _mode(job)
    try:
        made = upload_create(
            kind=LIST_UPLOAD,
            tenant=job.tenant,
            list_id=job.target_id,
            list_name=job.target_name,
            file_name=FILE_NAME.format(job=job.pk),
            stream=cast(BinaryIO, LinesFile(old_values_lines(old, is_guarded=False))),
            owner=owner,
            owner_name=owner.get_username(),
        )
    except FileGone as gone:
        raise OldValuesRefused(str(gone)) from gone
    inspection = upload_inspect(job=made)
    reading_keep(job=made, inspection=inspection, actor_name=owner.get_username())
    known = {spec.name.casefold(): spec.name for spec in specs if not spec.skip}
    mapping = {str(at): known[name.casefold()] for at, name in enumerate(inspection.header) if name.casefold() in known}
    return check_begin(
        job=made,
        dialect=inspection.dialect,
        mapping=mapping,
        fields=specs,
        mode=mode,
        # What was blank becomes blank again; by itself an update leaves such a field as it is.
        conversion=Conversion(blank=CLEAR) if mode is UploadMode.UPDATE else None,
        apostrophes=KEEP,
        again=True,
        remembers=False,
        at_once=old.n_kept <= PAGE,
        actor_name=owner.get_username(),
    )


def _mode(job: Job) -> UploadMode:
    """Return how the old values go back: as they were taken away."""
    if job.kind == LIST_DELETE:
        return UploadMode.ADD
    mode = job_mode(job)
    return UploadMode.REPLACE if mode is UploadMode.REPLACE else UploadMode.UPDATE


def _doubling_words(old: OldValues) -> str:
    """Say why records could come a second time into a list without keys, "" where they cannot."""
    if old_values_touched(old) != old.n_kept:
        return DOUBLING.format(kept=counted(old.n_kept, "record"))
    job = old.job
    before = Job.objects.filter(
        tenant=job.tenant, kind=LIST_UPLOAD, target_id=job.target_id, file_name=FILE_NAME.format(job=job.pk)
    )
    back = before.exclude(started_at=None).first()
    return TWICE.format(job=back.pk) if back else ""


def _fields(job: Job) -> tuple[FieldSpec, ...]:
    if job.kind == LIST_UPLOAD:
        return tuple(job_fields(job))
    specs = record_fields(tenant=job.tenant, list_id=job.target_id).specs
    if not specs:
        raise OldValuesRefused(
            "Nobody has said yet which fields the list has: download the old values, and upload them as a file."
        )
    return tuple(specs)

"""The acts of the upload wizard for files of keys, one for each of its buttons; most are those of list uploads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage

from bpadmin.acts import Actor
from bpadmin.jobs.models import Job, JobKind
from bpadmin.jobs.rejects import refused_count
from bpadmin.jobs.services import job_confirm
from dnc.chain import actor_name
from dnc.file_options import Way, keys_options
from dnc.ledger import Dates
from dnc.models import DncKind, DncList
from dnc.normalising import COMMENT_LENGTH
from dnc.replacing import dnc_replace_confirm
from dnc.uploads import (
    dnc_upload_again,
    dnc_upload_configure,
    dnc_upload_create,
    dnc_upload_inspect,
)
from lists.uploads import UploadRefused, reading_keep
from lists.wizard import NOTHING_REFUSED, drive_small, is_small, prepare_small

if TYPE_CHECKING:
    from lists.receiving import Received

EMPTYING = "empty"
# What a person may choose, and the job that it makes.
KINDS: Mapping[str, JobKind] = {
    "add": JobKind.DNC_ADD,
    "delete": JobKind.DNC_DELETE,
    "replace": JobKind.DNC_REPLACE,
    EMPTYING: JobKind.DNC_REPLACE,
}


def file_take(*, dnc_list: DncList, what: str, received: Received, actor: Actor, parent: Job | None = None) -> Job:
    """Store an arriving file as a DRAFT and see whether it can be read. UploadRefused, and then nothing stays."""
    job = dnc_upload_create(
        dnc_list=dnc_list,
        kind=KINDS[what],
        file_name=received.name,
        stream=received.stream,
        actor=actor,
        way=Way.EMPTYING if what == EMPTYING else Way.DIFFERENCE,
        parent=parent,
    )
    try:
        if job.file_size != received.size:
            raise UploadRefused("Only a part of the file arrived. Check the connection and upload it again.")
        reading_keep(job=job, inspection=dnc_upload_inspect(job=job), actor_name=actor_name(actor))
    except UploadRefused:
        default_storage.delete(job.upload_path)
        job.delete()
        raise
    return job


def rejects_take(*, parent: Job, actor: Actor) -> Job:
    """Take a job's refused rows as they are for a new DRAFT. UploadRefused when there are none."""
    if not parent.is_final or not refused_count(parent):
        raise UploadRefused(NOTHING_REFUSED)
    job = dnc_upload_again(job=parent, actor=actor)
    return reading_keep(job=job, inspection=dnc_upload_inspect(job=job), actor_name=actor_name(actor))


def what_of(job: Job) -> str:
    """Give what a job does by the word that KINDS has for it."""
    if job.kind == JobKind.DNC_REPLACE and keys_options(job).way is Way.EMPTYING:
        return EMPTYING
    return next(what for what, kind in KINDS.items() if kind == job.kind)


def check_begin(
    *,
    job: Job,
    what: str,
    comment: str,
    expires_on: date | None,
    dialect: Mapping[str, Any],
    mapping: Mapping[str, str],
    revision: int | None = None,
    actor_name: str = "",
) -> Job:
    """Keep what the person said and have the whole file checked; small files at once.

    `revision` is the one that the form carries, None for that of `job` as it was read. Raises UploadRefused,
    StaleForm, IllegalMove: then nothing is kept.
    """
    said = {
        "way": Way.EMPTYING if what == EMPTYING else Way.DIFFERENCE,
        "comment": " ".join(comment.split())[:COMMENT_LENGTH],
        "dates": Dates(expires_on=expires_on if what == "add" else None),
    }
    dnc_upload_configure(
        job=job,
        dialect=dialect,
        mapping=mapping,
        kind=KINDS[what],
        said=said,
        revision=revision,
        check=True,
        actor_name=actor_name,
    )
    prepare_small(job)
    return job


def rows_send(*, job: Job, actor: Actor, typed_name: str = "", revision: int | None = None) -> Job:
    """Let a checked job begin; a few rows are sent at once. DncRefused with every question left, IllegalMove.

    What is sent is what was shown: `revision` is the one that the form carries. StaleForm.
    """
    ring = not is_small(job)
    if job.kind == JobKind.DNC_REPLACE:
        dnc_replace_confirm(job=job, revision=revision, actor=actor, typed_name=typed_name, ring=ring)
    else:
        job_confirm(job=job, revision=revision, actor=actor.user, actor_name=actor.name, ring=ring)
    drive_small(job)
    return job


def key_words(dnc_list: DncList) -> str:
    """Name what a list holds one of."""
    return {
        DncKind.INTERNAL: "phone number",
        DncKind.GEOGRAPHIC_AREACODE: "area code",
        DncKind.GEOGRAPHIC_POSTAL: "postal code",
    }.get(DncKind(dnc_list.type), "value")

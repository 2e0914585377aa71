"""The acts of the upload wizard for files of keys, one for each of its buttons; most are those of list uploads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage

from bpadmin.dialler.types import Actor
from bpadmin.jobs.files.corrections import refused_count
from bpadmin.jobs.kinds import JobKind
from bpadmin.jobs.models import Job
from bpadmin.storage.troubles import StorageAway
from bpadmin.uploads.files import UploadRefused, reading_keep
from bpadmin.uploads.first_look import first_look
from bpadmin.uploads.wizard import NOTHING_REFUSED, drive_small, is_small, prepare_small
from dnc.entries.ledger import Dates
from dnc.evidence.chain import actor_name
from dnc.files.confirm import dnc_file_confirm
from dnc.files.options import Way, keys_options
from dnc.files.services import dnc_upload_again, dnc_upload_configure, dnc_upload_create, dnc_upload_inspect
from dnc.keys.normalisation import COMMENT_LENGTH
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.models import DncKind, DncList

if TYPE_CHECKING:
    from bpadmin.uploads.request_files import Received

EMPTYING = "empty"
# What a person may choose, and the job that it makes.
KINDS: Mapping[str, JobKind] = {
    "add": DNC_ADD,
    "delete": DNC_DELETE,
    "replace": DNC_REPLACE,
    EMPTYING: DNC_REPLACE,
}


def file_take(*, dnc_list: DncList, what: str, received: Received, actor: Actor, parent: Job | None = None) -> Job:
    """Store an arriving file as a DRAFT and see whether it can be read. UploadRefused, and then nothing stays.

    Where that takes long it is left to a worker, and the job is unread until then (`first_look.is_unread`).
    """
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
        first_look(job=job, inspect=dnc_upload_inspect, actor_name=actor_name(actor))
    except UploadRefused:
        job.delete()
        with suppress(StorageAway):  # it is collected later
            default_storage.delete(job.upload_path)
        raise
    return job


def rejects_take(*, parent: Job, actor: Actor) -> Job:
    """Take a job's refused rows as they are for a new DRAFT. UploadRefused when there are none."""
    if not parent.is_final or not refused_count(parent):
        raise UploadRefused(NOTHING_REFUSED)
    job = dnc_upload_again(job=parent, actor=actor)
    return reading_keep(job=job, inspection=dnc_upload_inspect(job=job), actor_name=actor_name(actor))


def what_of(job: Job) -> str:
    """Return what a job does by the word that KINDS has for it."""
    if job.kind == DNC_REPLACE and keys_options(job).way is Way.EMPTYING:
        return EMPTYING
    return next(what for what, kind in KINDS.items() if kind == job.kind)


def check_begin(
    *,
    job: Job,
    what: str,
    comment: str,
    expires_on: date | None,
    home: str = "",
    take: Sequence[str] = (),
    dialect: Mapping[str, Any],
    mapping: Mapping[str, str],
    again: bool = False,
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
        "home": home.strip().upper(),
        "take": tuple(take),
    }
    dnc_upload_configure(
        job=job,
        dialect=dialect,
        mapping=mapping,
        kind=KINDS[what],
        said=said,
        again=again,
        revision=revision,
        check=True,
        actor_name=actor_name,
    )
    prepare_small(job)
    return job


def rows_send(
    *,
    job: Job,
    actor: Actor,
    typed_name: str = "",
    accepted: Collection[str] = (),
    revision: int | None = None,
) -> Job:
    """Let a checked job begin; a few rows are sent at once. DncRefused with every question left, IllegalMove.

    What is sent is what was shown: `revision` is the one that the form carries, `accepted` as for `dnc_file_confirm`.
    StaleForm.
    """
    ring = not is_small(job)
    dnc_file_confirm(job=job, revision=revision, actor=actor, typed_name=typed_name, accepted=accepted, ring=ring)
    drive_small(job)
    return job


def key_words(dnc_list: DncList) -> str:
    """Name what a list holds one of."""
    return {
        DncKind.INTERNAL: "phone number",
        DncKind.GEOGRAPHIC_AREACODE: "area code",
        DncKind.GEOGRAPHIC_POSTAL: "postal code",
    }.get(DncKind(dnc_list.type), "value")

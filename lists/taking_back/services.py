"""Taking an import back: whether it can be, the preview as a job, and the yes to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.db import transaction

from bpadmin.approvals.services import MANY, approval_first
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.extensions import list_disablers
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.jobs.files.spool import BODIES, spool_origins
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_resume, job_start
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.uploads.models import UploadMode
from lists.kinds import LIST_TAKE_BACK, LIST_UPLOAD
from lists.models import TakeBack
from lists.old_values.services import old_values_of
from lists.taking_back.handler import ASKED, TakeBackOptions, counts_told, preview_words, take_back_remote
from lists.taking_back.rows import RowState, rows_sent, states_counted
from lists.uploads.modes import job_keys, job_mode

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.tenants.models import Tenant

NEEDED = frozenset({Capability.RECORDS_DELETE, Capability.RESULTS_READ})

NO_KEY = "The list has no key, so that the records of this upload cannot be told from others."


class TakeBackRefused(Exception):
    """An import cannot be taken back; the message is a sentence with the reason. Nothing was asked."""


def take_back_refusal(upload: Job) -> str:
    """Say why an upload cannot be taken back, "" where it can."""
    if upload.kind != LIST_UPLOAD:
        return "Only uploads into calling lists can be taken back."
    if why := platform_refusal(upload.tenant):
        return why
    if not upload.is_final:
        return "It has not ended yet. Cancel it first, then take back what is in the list."
    if job_mode(upload) not in (UploadMode.ADD, UploadMode.REPLACE):
        if (old := old_values_of(upload)) is not None and old.is_done and not old.is_gone:
            return "It changed records that were there before. Put back what they held: it is kept on the job's page."
        return "It changed records that were there before, and what they held then was not kept."
    if not job_keys(upload):
        return NO_KEY
    if not upload.n_added:
        return "It added no rows."
    if not upload.spool_path or not default_storage.exists(upload.spool_path + BODIES):
        return "Its checked rows are no longer kept, so that nobody knows any more which records it added."
    return ""


def never_taken_back(upload: Job) -> str:
    """Say before rows are only added why they could not be taken back, "" where they could."""
    if job_mode(upload) is not UploadMode.ADD:
        return ""
    return platform_refusal(upload.tenant) or ("" if job_keys(upload) else NO_KEY)


def platform_refusal(tenant: Tenant) -> str:
    """Say why no import of a tenant can be taken back, "" where they can."""
    if capabilities_known(tenant) >= NEEDED:
        return ""
    info = REGISTRY.get(tenant.platform)
    name = info.label if info else tenant.platform
    return f"{name} offers no deletion that spares what was attempted, so an upload cannot be taken back here."


def take_back_ask(*, upload: Job, actor: Actor, ring: bool = True) -> Job:
    """Have the list read and the rows of an upload counted; the job then waits for a yes. Raises TakeBackRefused.

    `ring=False` where the caller drives it itself.
    """
    with transaction.atomic():
        # One at a time: the row of the upload is held until the other one is seen.
        upload = Job.objects.select_for_update().select_related("tenant").get(pk=upload.pk)
        if why := take_back_refusal(upload):
            raise TakeBackRefused(why)
        if other := take_back_open(upload):
            raise TakeBackRefused(f"It is being taken back already, by job {other.pk}.")
        facts = (("Upload", f"{upload.file_name}, job {upload.pk}"), ("Rows added by it", f"{upload.n_added:,}"))
        job = Job.objects.create(
            tenant=upload.tenant,
            kind=LIST_TAKE_BACK,
            state=JobState.DRAFT,
            owner=actor.user,
            owner_name=actor.called,
            target_id=upload.target_id,
            target_name=upload.target_name,
            file_name=upload.file_name,
            options=TakeBackOptions(upload=upload.pk, facts=facts).as_json(),
        )
        TakeBack.objects.create(job=job, upload=upload)
        job_start(job=job, ring=ring)
    return job


def take_back_open(upload: Job) -> Job | None:
    """Return the job that is taking an upload back now."""
    states = [*Job.ACTIVE, JobState.PAUSED]
    return Job.objects.filter(take_back__upload=upload, state__in=states).first()


def take_back_begin(
    *, job: Job, actor: Actor, disables: bool, ring: bool = True, approval: Approval | None = None
) -> tuple[Job, Sequence[Act]]:
    """Say yes to the preview; with `disables` the list is disabled first, wherever it is dialled.

    Returns the job and what came of disabling. Raises TakeBackRefused, IllegalMove and PlatformError; the first also
    where it takes many and waits for the `approval` of another person.
    """
    if not is_asking(job):
        raise TakeBackRefused("There is nothing to say yes to: it is still counting, or at work already.")
    if waits := _approval(job, actor, disables, approval):
        raise TakeBackRefused(waits)
    acts: list[Act] = []
    if disables:
        for disable in list_disablers:
            acts += disable(job.tenant, job.target_id, actor)
    with transaction.atomic():
        TakeBack.objects.filter(job=job).update(is_confirmed=True)
        job_resume(job=job, actor=actor.user, actor_name=actor.called)
        audit_record(
            verb=Verb.LIST_UPLOAD_TAKE_BACK,
            tenant=job.tenant,
            actor=actor.user,
            actor_name=actor.called,
            target_kind="list",
            target_id=job.target_id,
            target_name=job.target_name,
            message=f"Job {job.pk}: {preview_words(take_back_counts(job))}",
            details={"job": job.pk, "upload": job.take_back.upload_id, "file": job.file_name},
        )
    return job, acts


def takes_many(job: Job) -> bool:
    """Return whether so many rows may go that the rule of two people asks for another one."""
    counts = take_back_counts(job)
    return counts.get(RowState.REMOVABLE, 0) + counts.get(RowState.OURS, 0) > MANY


def _approval(job: Job, actor: Actor, disables: bool, approval: Approval | None) -> str:
    if not takes_many(job):
        return ""
    return approval_first(
        kind="list.take_back",
        tenant=job.tenant,
        target=Target("list", job.target_id, job.target_name),
        wanted={"job": job.pk, "disables": disables, "rows": counts_told(take_back_counts(job))},
        sentence=f"Take “{job.file_name}” back from “{job.target_name}” (job {job.pk}). "
        f"{preview_words(take_back_counts(job))}",
        actor=actor,
        approval=approval,
    )


def is_asking(job: Job) -> bool:
    """Return whether a taking back has counted and waits for a yes."""
    has_counted = job.state == JobState.PAUSED and take_back_remote(job).phase == ASKED
    return has_counted and TakeBack.objects.filter(job=job, is_confirmed=False).exists()


def take_back_counts(job: Job) -> dict[RowState, int]:
    """Return how many rows of the upload are in each state; they add up to all of its rows that were checked."""
    return states_counted(bytes(TakeBack.objects.get(job=job).states))


def take_back_rows(job: Job) -> Iterator[tuple[int, RowState]]:
    """Yield each row of the upload with its state, by its number in the file, or in the file that it corrects.

    Raises JobRefused when it is gone.
    """
    row = TakeBack.objects.select_related("upload").get(job=job)
    letters = {state.byte: state for state in RowState}
    states, origins = bytes(row.states), spool_origins(row.upload)
    for sent in rows_sent(row.upload):
        if sent.place < len(states):
            yield origins.get(sent.row, sent.row), letters.get(states[sent.place], RowState.OURS)

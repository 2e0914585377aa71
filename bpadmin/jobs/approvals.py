"""Checked files that take the place of what a list holds, or take much out of it: a second person may have to agree."""

from __future__ import annotations

import hashlib

import orjson

from bpadmin.approvals.models import Approval, ApprovalState
from bpadmin.approvals.services import MANY, approval_first
from bpadmin.dialler.types import Actor, Target
from bpadmin.jobs.choices import confirmed_of
from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.kinds import Effect, TargetKind, kind_of
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import FileOptions

REPLACES = "replace"
# Kinds of approvals end so that let a held file of a feed be sent; each is of one job (`bpadmin.feeds.runs.approvals`).
OF_FEED = ".feed"


def confirmed_digest(job: Job) -> str:
    """Return what stands for all that a checked job would send, and how."""
    confirmed = orjson.dumps(confirmed_of(job).as_json(), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(confirmed).hexdigest()


def _approved_as_held(job: Job, digest: str) -> bool:
    """Return whether two people have let exactly this be sent when its feed had held it back: they are asked once."""
    given = Approval.objects.filter(tenant=job.tenant, kind=f"{job.target_kind}{OF_FEED}", state=ApprovalState.GIVEN)
    wanted = given.exclude(used_at=None).filter(target_id=job.target_id).values_list("wanted", flat=True)
    return any(each.get("job") == job.pk and each.get("confirmed") == digest for each in wanted)


def job_waits(job: Job, actor: Actor, approval: Approval | None) -> str:
    """Return "" where a checked job may be sent now, else that it waits for another person.

    What is approved is frozen as what is confirmed: kind, target, choices and the digest of the rows.
    """
    kind = kind_of(job)
    replaces = kind.effect is Effect.REPLACES
    if kind.has_list_fields:
        replaces |= structure_read(FileOptions, job.options, job).mode == REPLACES
    removes = kind.effect is Effect.REMOVES and job.n_not_sent > MANY
    if job.state != JobState.READY or not (replaces or removes):
        return ""
    digest = confirmed_digest(job)
    if _approved_as_held(job, digest):
        return ""
    what = TargetKind(job.target_kind).label
    rows = f"{job.n_to_send:,} rows of “{job.file_name}” (job {job.pk})"
    does = "take the place of what" if replaces else "be taken out of"
    return approval_first(
        kind=f"{job.target_kind}.{'replace' if replaces else 'remove'}",
        tenant=job.tenant,
        target=Target(job.target_kind, job.target_id, job.target_name),
        wanted={"job": job.pk, "confirmed": digest},
        sentence=f"Let {rows} {does} the {what} “{job.target_name}”{' holds' if replaces else ''}.",
        actor=actor,
        approval=approval,
    )

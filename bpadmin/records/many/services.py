"""Ordering something of many records as a job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from bpadmin.approvals.kinds import ApprovalKind
from bpadmin.approvals.services import MANY, approval_first, is_two_people
from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.counts import counted
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.jobs.kinds import JobKind
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import IllegalMove, job_resume, job_start
from bpadmin.records.kinds import CONTACTS_DELETE, REQUESTS_RECALL
from bpadmin.records.many.rows import (
    ASKED,
    ID,
    MOST,
    READING,
    SENDING,
    Fate,
    ManyOptions,
    ManyRefused,
    ManyRemote,
    keys_of,
    keys_pack,
    many_options,
    many_remote,
)
from bpadmin.records.models import ManyRows

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.platforms.sources import Condition, Source
    from bpadmin.tenants.models import Tenant

VERBS = {str(CONTACTS_DELETE): Verb.CONTACT_DELETE, str(REQUESTS_RECALL): Verb.REQUEST_RECALL}
WORDS = {str(CONTACTS_DELETE): "delete contacts", str(REQUESTS_RECALL): "put requests back into dialling"}


def many_begin(
    *,
    kind: JobKind,
    tenant: Tenant,
    source: Source,
    actor: Actor,
    keys: Sequence[str] = (),
    conditions: Sequence[Condition] | None = None,
    by: str = ID,
    terms: Mapping[str, Any] | None = None,
    ring: bool = True,
) -> Job:
    """Order it of the records of these keys, or of those that meet conditions; the latter waits for a yes first.

    A deletion of many waits for another person as well, where the tenant is under the rule of two. `ring=False` where
    the caller drives the job itself. Raises ManyRefused.
    """
    if bool(keys) == (conditions is not None):
        raise ManyRefused("Say which records: by a filter, or by a file.")
    if len(keys) > MOST:
        raise ManyRefused(f"These are {len(keys):,} rows; a job takes {MOST:,}. Nothing was asked of the dialler.")
    waits = kind == CONTACTS_DELETE and (not keys or len(keys) > MANY) and is_two_people(tenant)
    is_sure = bool(keys) and not waits
    what = counted(len(keys), "row") + " of a file" if keys else "all that meet a filter"
    facts = (("Records", what), *(() if not terms else (("Terms", ", ".join(f"{k}: {v}" for k, v in terms.items())),)))
    options = ManyOptions(by=by, terms=dict(terms or {}), conditions=tuple(conditions or ()), facts=facts)
    with transaction.atomic():
        job = Job.objects.create(
            tenant=tenant,
            kind=kind,
            state=JobState.DRAFT,
            owner=actor.user,
            owner_name=actor.called,
            target_id=source.id,
            target_name=source.name,
            options=options.as_json(),
            remote=ManyRemote(phase=SENDING if is_sure else ASKED if keys else READING).as_json(),
            rows_total=len(keys),
            n_not_sent=len(keys),
        )
        ManyRows.objects.create(
            job=job,
            keys=keys_pack(keys) if keys else b"",
            states=bytes(len(keys) * [Fate.WAITING.byte]),
            is_confirmed=is_sure,
        )
        job_start(job=job, ring=ring)
        audit_record(
            verb=VERBS[str(kind)],
            tenant=tenant,
            actor=actor.user,
            actor_name=actor.called,
            target_kind="source",
            target_id=source.id,
            target_name=source.name,
            message=f"Job {job.pk}: {WORDS[str(kind)]}, {what}.",
            details={"job": job.pk, "rows": len(keys), "filter": [each.as_json() for each in conditions or ()]},
        )
    return job


def many_waiting(*, kind: JobKind, tenant: Tenant, source: Source, keys: Sequence[str], by: str) -> Job | None:
    """Return the job of exactly these keys of a source that waits for a yes, others beside it or not; None for none."""
    waiting = Job.objects.filter(
        tenant=tenant, kind=kind, state=JobState.PAUSED, target_id=source.id, rows_total=len(keys)
    )
    found = waiting.select_related("tenant", "many").filter(many__is_confirmed=False).order_by("pk")
    return next((job for job in found if many_options(job).by == by and keys_of(job.many) == list(keys)), None)


def many_go(*, job: Job, actor: Actor, approval: Approval | None = None) -> Job:
    """Say yes to exactly the rows that were found or named, and let the job go on.

    Raises IllegalMove, also where a deletion of many waits for the `approval` of another person.
    """
    if job.state != JobState.PAUSED or many_remote(job).phase != ASKED:
        raise IllegalMove("There is nothing to say yes to: it still looks for records, or is at work already.")
    rows = ManyRows.objects.get(job=job)
    if job.kind == CONTACTS_DELETE and len(rows.states) > MANY and (waits := _approval(job, rows, actor, approval)):
        raise IllegalMove(waits)
    with transaction.atomic():
        ManyRows.objects.filter(job=job).update(is_confirmed=True)
        return job_resume(job=job, actor=actor.user, actor_name=actor.called)


def _approval(job: Job, rows: ManyRows, actor: Actor, approval: Approval | None) -> str:
    return approval_first(
        kind="contacts.delete",
        tenant=job.tenant,
        target=Target("source", job.target_id, job.target_name),
        wanted={"job": job.pk, "rows": hashlib.sha256(bytes(rows.keys)).hexdigest()},
        sentence=f"Delete {counted(len(rows.states), 'contact')} of “{job.target_name}” (job {job.pk}).",
        actor=actor,
        approval=approval,
    )


class ContactsDeletion(ApprovalKind):
    """Deleting many contacts."""

    def facts(self, tenant: Tenant, target_id: str) -> dict[str, str]:
        """Return nothing: what is deleted stands in the job, and does not change."""
        return {}

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Let the job go on, if it is still what was asked for."""
        job = Job.objects.select_related("tenant").filter(tenant=approval.tenant, pk=approval.wanted["job"]).first()
        if job is None:
            return Act(Outcome.REFUSED, "The job is not there any more.")
        try:
            many_go(job=job, actor=actor, approval=approval)
        except IllegalMove as refused:
            return Act(Outcome.REFUSED, str(refused))
        return Act(Outcome.DONE, f"Job {job.pk} deletes them.", id=str(job.pk))

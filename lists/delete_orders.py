"""Ordering a deletion: the filter is checked against what is known of the list, kept as a job, and logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from bpadmin.acts import Actor
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.models import Job, JobKind, JobState
from bpadmin.jobs.services import job_start
from bpadmin.platforms.base import Capability
from bpadmin.tenants.capabilities import capabilities_known
from lists.deleting import DeletionOptions, FilterRefused, RecordFilter, deletion_options, filter_sentence
from lists.formats import format_fields, format_get

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def deletion_draft(*, tenant: Tenant, list_id: str, list_name: str, criteria: RecordFilter, actor: Actor) -> Job:
    """Keep the deletion that `criteria` describe as a DRAFT, for a person to read back. Raises FilterRefused."""
    criteria = deletion_check(tenant=tenant, list_id=list_id, criteria=criteria)
    sentence = filter_sentence(criteria, list_name=list_name)
    return Job.objects.create(
        tenant=tenant,
        kind=JobKind.LIST_DELETE,
        state=JobState.DRAFT,
        owner=actor.user,
        owner_name=actor.name or (actor.user.get_username() if actor.user else ""),
        target_id=list_id,
        target_name=list_name,
        options=DeletionOptions(filter=criteria, sentence=sentence, facts=(("Records", sentence),)).as_json(),
    )


def deletion_confirm(*, job: Job, actor: Actor, revision: int | None = None, ring: bool = True) -> Job:
    """Let a drafted deletion begin, and log it. Raises IllegalMove when it has begun already.

    `revision` is the one that the form carries, None for that of `job` as it was read.
    `ring=False` where the caller drives the job itself.
    """
    with transaction.atomic():
        job_start(job=job, revision=revision, ring=ring)
        audit_record(
            verb=Verb.RECORDS_DELETE,
            tenant=job.tenant,
            actor=actor.user,
            actor_name=actor.name,
            target_kind="list",
            target_id=job.target_id,
            target_name=job.target_name,
            message=f"Job {job.pk}: {deletion_options(job).sentence}",
            details={"job": job.pk, "filter": _short(deletion_options(job).filter)},
        )
    return job


def deletion_check(*, tenant: Tenant, list_id: str, criteria: RecordFilter) -> RecordFilter:
    """Give the filter as it would be sent. Raises FilterRefused, also for fields that the platform cannot search."""
    criteria = criteria.checked()
    if not criteria.is_all and Capability.RECORDS_DELETE not in capabilities_known(tenant):
        raise FilterRefused("This platform deletes all records of a list or none, but by no filter.")
    known = {spec.name.casefold(): spec for spec in format_fields(format_get(tenant=tenant, list_id=list_id))}
    problems = []
    for name, _ in criteria.fields:
        spec = known.get(name.casefold())
        if known and spec is None:
            problems.append(f"The list has no field “{name}”, as far as is known here.")
        elif spec is not None and not (spec.key or spec.searchable):
            problems.append(f"“{name}” is neither a key nor searchable, so records cannot be found by it.")
    if problems:
        raise FilterRefused(*problems)
    return criteria


def _short(criteria: RecordFilter) -> dict[str, object]:
    """Give the filter for the log, with at most ten values a field: the job keeps them all."""
    data = criteria.as_json()
    data["fields"] = [[name, list(values[:10]), len(values)] for name, values in criteria.fields]
    return data

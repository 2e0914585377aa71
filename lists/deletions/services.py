"""Ordering a deletion: the filter is checked and counted, kept as a question, and becomes a job when it is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from bpadmin.approvals.services import ApprovalNeeded, approval_first
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor, Target
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_start
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client
from lists.deletions.options import DeletionOptions, FilterRefused, RecordFilter, filter_sentence
from lists.deletions.preview import Preview, preview_read
from lists.deletions.question import Question
from lists.formats.services import format_fields, format_get, names_searchable
from lists.kinds import LIST_DELETE
from lists.old_values.services import old_values_order
from lists.records.fields import record_fields

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.platforms.types import CallingList
    from bpadmin.tenants.models import Tenant


def deletion_ask(
    *, tenant: Tenant, list_id: str, list_name: str, criteria: RecordFilter, seconds: float | None
) -> Question:
    """Say which records `criteria` take and how many, for a person to answer. Raises FilterRefused; changes nothing.

    Also where the list is not bound to the campaign of the filter: the platform would refuse such a deletion.
    """
    criteria = deletion_check(tenant=tenant, list_id=list_id, criteria=criteria)
    return Question(
        list_id=list_id,
        list_name=list_name,
        criteria=criteria,
        sentence=filter_sentence(criteria, list_name=list_name, time_zone=tenant.time_zone),
        preview=deletion_preview(tenant=tenant, list_id=list_id, criteria=criteria, seconds=seconds),
    )


def deletion_preview(*, tenant: Tenant, list_id: str, criteria: RecordFilter, seconds: float | None) -> Preview:
    """Count what a filter takes, with the list as it is now; a dialler that does not answer makes it unknown.

    Raises FilterRefused where the list is not bound to the campaign of the filter.
    """
    try:
        with tenant_client(tenant) as client:
            found = replace(client.get_list(list_id), id=list_id)
            _binding_check(found, criteria)
            fields = record_fields(tenant=tenant, list_id=list_id, calling_list=found)
            return preview_read(client=client, calling_list=found, criteria=criteria, fields=fields, seconds=seconds)
    except PlatformError as error:
        return Preview(None, 0, None, why=f"the dialler did not answer ({error.message.rstrip('.')})")


def _binding_check(found: CallingList, criteria: RecordFilter) -> None:
    """Refuse a filter by a campaign that does not have the list. Raises FilterRefused."""
    uses = {use.campaign_id: use.campaign_name for use in found.campaigns or ()}
    if not criteria.campaign_id or found.campaigns is None or criteria.campaign_id in uses:
        return
    name = criteria.campaign_name or criteria.campaign_id
    others = f"It is bound to {', '.join(uses.values())}." if uses else "It is bound to no campaign."
    raise FilterRefused(
        f"The list is not bound to campaign “{name}”, and the dialler deletes by a campaign only where it is. {others}"
    )


def deletion_begin(
    *,
    tenant: Tenant,
    question: Question,
    actor: Actor,
    ring: bool = True,
    approval: Approval | None = None,
    keep_old: bool = False,
) -> Job:
    """Let the deletion begin that was asked about, and log it. `ring=False` where the caller drives it itself.

    `keep_old`: the records are read into a file first. Raises OldValuesRefused where they cannot be, and ApprovalNeeded
    where many or all may go, and another person has to approve that.
    """
    if question.takes_many and (waits := _approval(tenant, question, actor, approval, keep_old)):
        raise ApprovalNeeded(waits)
    counted, sentence = question.preview.words, question.sentence
    facts = (("Records", sentence), ("Counted before", counted))
    with transaction.atomic():
        job = Job.objects.create(
            tenant=tenant,
            kind=LIST_DELETE,
            state=JobState.DRAFT,
            owner=actor.user,
            owner_name=actor.name or (actor.user.get_username() if actor.user else ""),
            target_id=question.list_id,
            target_name=question.list_name,
            options=DeletionOptions(filter=question.criteria, sentence=sentence, facts=facts).as_json(),
        )
        old_values_order(job=job, wanted=keep_old)
        job_start(job=job, ring=ring)
        audit_record(
            verb=Verb.RECORDS_DELETE,
            tenant=tenant,
            actor=actor.user,
            actor_name=actor.name,
            target_kind="list",
            target_id=job.target_id,
            target_name=job.target_name,
            message=f"Job {job.pk}: {sentence}. {counted}",
            details={"job": job.pk, "filter": _short(question.criteria), "counted": counted},
        )
    return job


def _approval(tenant: Tenant, question: Question, actor: Actor, approval: Approval | None, keep_old: bool) -> str:
    return approval_first(
        kind="list.clear",
        tenant=tenant,
        target=Target("list", question.list_id, question.list_name),
        wanted={"filter": question.criteria.as_json(), **({"keep_old": True} if keep_old else {})},
        sentence=f"Delete {question.sentence}.",
        actor=actor,
        approval=approval,
    )


def deletion_check(*, tenant: Tenant, list_id: str, criteria: RecordFilter) -> RecordFilter:
    """Return the filter as it would be sent. Raises FilterRefused, also for fields that the platform cannot search."""
    criteria = criteria.checked()
    if not criteria.is_all and Capability.RECORDS_DELETE not in capabilities_known(tenant):
        raise FilterRefused("This platform deletes all records of a list or none, but by no filter.")
    known = format_get(tenant=tenant, list_id=list_id)
    names = {spec.name.casefold() for spec in format_fields(known)}
    usable = names_searchable(known)
    problems = []
    for name, _ in criteria.fields:
        if names and name.casefold() not in names:
            problems.append(f"The list has no field “{name}”, as far as is known here.")
        elif usable is not None and name.casefold() not in {each.casefold() for each in usable}:
            problems.append(f"“{name}” is neither a key nor searchable, so records cannot be found by it.")
    if problems:
        raise FilterRefused(*problems)
    return criteria


def _short(criteria: RecordFilter) -> dict[str, object]:
    """Return the filter for the log, with at most ten values a field: the job keeps them all."""
    data = criteria.as_json()
    data["fields"] = [[name, list(values[:10]), len(values)] for name, values in criteria.fields]
    return data

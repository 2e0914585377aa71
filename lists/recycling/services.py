"""Recycling: asked for at once or by a rule, confirmed, and the rules kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_resume, job_start
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList
from bpadmin.results.selection import AttemptFilter, SelectionRefused, sources_of_list
from bpadmin.tenants.access import role_of
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Role
from bpadmin.texts import text_clean
from lists.kinds import LIST_RECYCLE
from lists.models import RecycleRule, Recycling
from lists.recycling.handler import ASKED, RecycleOptions, preview_words, recycle_remote

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

NEEDED = frozenset({Capability.RECORDS_ADD, Capability.LISTS_READ, Capability.RESULTS_READ})
NEW_NAME = "{list} again {date}"
MOST_RULES = 200


class RecycleRefused(Exception):
    """A list cannot be recycled like this; the message is a sentence, `field` names the input. Nothing was asked."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycleWish:
    """From which list, which of its records, and into which: `target`, else a new one named `new_name`."""

    source: CallingList
    wanted: AttemptFilter
    target: CallingList | None = None
    new_name: str = ""
    count_field: str = ""


def recycle_refusal(tenant: Tenant) -> str:
    """Say why no list of a tenant can be recycled, "" where they can."""
    if capabilities_known(tenant) >= NEEDED:
        return ""
    return "This dialler does not give the records of calling lists with their results, so none can be recycled here."


def recycle_ask(
    *, tenant: Tenant, wish: RecycleWish, actor: Actor, rule: RecycleRule | None = None, ring: bool = True
) -> Job:
    """Have a list read and its records counted; the job then waits for a yes, unless `rule` is given and says it.

    `ring=False` where the caller drives it himself. Raises RecycleRefused.
    """
    wanted, target = _checked(tenant, wish, actor)
    now = timezone.now()
    name = target.name if target else _new_name(tenant, wish, now)
    facts = (
        ("From", wish.source.name),
        ("Into", name if target else f"{name} (new)"),
        ("Which records", wanted.words),
    )
    with transaction.atomic():
        job = Job.objects.create(
            tenant=tenant,
            kind=LIST_RECYCLE,
            state=JobState.DRAFT,
            owner=actor.user,
            owner_name=actor.called,
            target_id=wish.source.id,
            target_name=wish.source.name,
            options=RecycleOptions(wanted=wanted, count_field=wish.count_field.strip(), facts=facts).as_json(),
        )
        Recycling.objects.create(
            job=job,
            tenant=tenant,
            rule=rule,
            list_id=wish.source.id,
            list_name=wish.source.name,
            target_id=target.id if target else "",
            target_name=name,
            is_confirmed=rule is not None,
        )
        job_start(job=job, ring=ring)
        if rule is not None:
            _log(job, actor, f"By the rule “{rule.name}”.")
    return job


def recycle_begin(*, job: Job, actor: Actor, ring: bool = True) -> Job:
    """Say yes to the counts. Raises RecycleRefused and IllegalMove."""
    if not is_asking(job):
        raise RecycleRefused("There is nothing to say yes to: it is still counting, or at work already.")
    with transaction.atomic():
        Recycling.objects.filter(job=job).update(is_confirmed=True)
        job_resume(job=job, actor=actor.user, actor_name=actor.called)
        _log(job, actor, preview_words(recycle_remote(job)))
    return job


def is_asking(job: Job) -> bool:
    """Return whether a recycling has counted and waits for a yes."""
    has_counted = job.state == JobState.PAUSED and recycle_remote(job).phase == ASKED
    return has_counted and Recycling.objects.filter(job=job, is_confirmed=False).exists()


def recyclings_of(*, tenant: Tenant, list_id: str) -> QuerySet[Recycling]:
    """Return the recyclings from and into a list that came to an upload, newest first."""
    found = Recycling.objects.filter(Q(list_id=list_id) | Q(target_id=list_id), tenant=tenant)
    return found.exclude(upload=None).select_related("upload")


def rules_of(*, tenant: Tenant) -> QuerySet[RecycleRule]:
    """Return a tenant's rules by name."""
    return RecycleRule.objects.filter(tenant=tenant).select_related("tenant")


def rule_find(*, tenant: Tenant, name_or_number: str) -> RecycleRule:
    """Find a rule by its name or number. Raises RecycleRefused."""
    typed = name_or_number.strip()
    found = rules_of(tenant=tenant).filter(name=typed).first()
    if found is None and typed.isascii() and typed.isdecimal() and len(typed) < 18:
        found = rules_of(tenant=tenant).filter(pk=int(typed)).first()
    if found is None:
        raise RecycleRefused(f"There is no recycling rule “{typed}” in {tenant.name}.", "rule")
    return found


def rule_save(*, tenant: Tenant, name: str, wish: RecycleWish, actor: Actor) -> RecycleRule:
    """Keep what is recycled under a name; a rule of that name is replaced. Raises RecycleRefused."""
    wanted, target = _checked(tenant, wish, actor)
    name = " ".join(text_clean(name).split())[:120]
    if not name:
        raise RecycleRefused("Give the rule a name.", "rule_name")
    if rules_of(tenant=tenant).exclude(name=name).count() >= MOST_RULES:
        raise RecycleRefused(f"A tenant has at most {MOST_RULES} rules.")
    values = {
        "list_id": wish.source.id,
        "list_name": wish.source.name,
        "filter": wanted.as_json(),
        "target_id": target.id if target else "",
        "target_name": target.name if target else "",
        "new_name": "" if target else wish.new_name.strip() or NEW_NAME,
        "count_field": wish.count_field.strip(),
        "changed_by_name": actor.called,
    }
    try:
        with transaction.atomic():
            rule, _ = RecycleRule.objects.update_or_create(tenant=tenant, name=name, defaults=values)
            _rule_log(Verb.RECYCLE_RULE_CHANGE, rule, actor, wanted.words)
    except IntegrityError as error:
        raise RecycleRefused(f"Somebody has just kept a rule “{name}”.", "rule_name") from error
    return rule


def rule_remove(*, rule: RecycleRule, actor: Actor) -> None:
    """Forget a rule; what it recycled stays told. Raises RecycleRefused."""
    _role_check(rule.tenant, actor)
    with transaction.atomic():
        _rule_log(Verb.RECYCLE_RULE_REMOVE, rule, actor, "")
        rule.delete()


def rule_run(*, rule: RecycleRule, actor: Actor, ring: bool = True) -> Job:
    """Recycle by a rule; nobody is asked, but by an upload that has something to ask. Raises RecycleRefused."""
    wish = RecycleWish(
        source=CallingList(rule.list_id, rule.list_name),
        wanted=AttemptFilter.from_json(rule.filter),
        target=CallingList(rule.target_id, rule.target_name) if rule.target_id else None,
        new_name=rule.new_name,
        count_field=rule.count_field,
    )
    return recycle_ask(tenant=rule.tenant, wish=wish, actor=actor, rule=rule, ring=ring)


def _checked(tenant: Tenant, wish: RecycleWish, actor: Actor) -> tuple[AttemptFilter, CallingList | None]:
    _role_check(tenant, actor)
    if why := recycle_refusal(tenant):
        raise RecycleRefused(why)
    if wish.target is not None and wish.target.id == wish.source.id:
        raise RecycleRefused("Choose another list: the records are in this one already.", "target")
    if wish.target is None and Capability.LIST_CREATE not in capabilities_known(tenant):
        raise RecycleRefused("This dialler makes no lists through its API: choose a list that there is.", "target")
    try:
        wanted = wish.wanted.checked(tenant)
        sources_of_list(tenant=tenant, list_id=wish.source.id)
    except SelectionRefused as refused:
        raise RecycleRefused(str(refused), refused.field) from refused
    return wanted, wish.target


def _new_name(tenant: Tenant, wish: RecycleWish, now: datetime) -> str:
    there = now.astimezone(ZoneInfo(tenant.time_zone))
    name = wish.new_name.strip() or NEW_NAME
    for word, value in (("list", wish.source.name), ("date", f"{there:%Y-%m-%d}"), ("time", f"{there:%H%M}")):
        name = name.replace(f"{{{word}}}", value)
    return name[:300]


def _role_check(tenant: Tenant, actor: Actor) -> None:
    role = role_of(actor.user, tenant) if actor.user else Role.ADMINISTRATOR
    if role is None or not role.covers(Role.SUPERVISOR):
        raise RecycleRefused(f"This needs the role {Role.SUPERVISOR.label} in {tenant.name}.")


def _log(job: Job, actor: Actor, message: str) -> None:
    audit_record(
        verb=Verb.LIST_RECYCLE,
        tenant=job.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="list",
        target_id=job.target_id,
        target_name=job.target_name,
        message=f"Job {job.pk}: {message}",
        details={"job": job.pk, "into": job.recycling.target_name},
    )


def _rule_log(verb: Verb, rule: RecycleRule, actor: Actor, message: str) -> None:
    audit_record(
        verb=verb,
        tenant=rule.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="rule",
        target_id=str(rule.pk or ""),
        target_name=rule.name,
        message=message,
    )

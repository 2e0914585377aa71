"""The rule of two people: what empties, replaces or deletes is asked by one of a tenant's people, approved by another.

The services that act ask `approval_first` themselves, so that page, API and shell are under the same rule. What was
asked is frozen; whoever approves is shown it, with what has changed of its target since.
"""

from __future__ import annotations

import getpass
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction
from django.utils import timezone

from bpadmin.approvals.kinds import approval_kind
from bpadmin.approvals.models import Approval, ApprovalState
from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import ACTOR_LENGTH, Act, Actor, Target
from bpadmin.tenants.access import role_of
from bpadmin.tenants.limits import LISTS, LOGGED, limit_of
from bpadmin.tenants.models import Role, Tenant

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

HOURS = 24
# What removes more records or entries than these at once is asked for like what empties a list.
MANY = 100
ROLE = Role.SUPERVISOR


class ApprovalNeeded(Exception):
    """What was asked waits for another person; the message says so."""


class ApprovalRefused(Exception):
    """An approval that cannot be given, refused or taken back; the message says why."""


def approval_first(
    *,
    kind: str,
    tenant: Tenant,
    target: Target,
    wanted: dict[str, Any],
    sentence: str,
    actor: Actor,
    approval: Approval | None = None,
) -> str:
    """Return "" where an act may go on now, else that it was asked and who can approve it. Not in a transaction.

    Where the tenant is under the rule, it may with an `approval` that was given for exactly this, once.
    """
    wanted = orjson.loads(orjson.dumps(wanted))
    if not is_two_people(tenant):
        return ""
    if approval is not None and approval.kind == kind and approval.target_id == target.id and approval.wanted == wanted:
        given = Approval.objects.filter(pk=approval.pk, tenant=tenant, state=ApprovalState.GIVEN, used_at=None)
        if given.update(used_at=timezone.now()):
            return ""
    asked, is_new = _asked(kind, tenant, target, wanted, sentence, actor)
    until = f"{HOURS} hours" if is_new else "its end"
    told = "Nothing was done yet: " + (
        "another person must approve it" if is_new else f"{asked.asked_by_name} has asked the same already"
    )
    return f"{told}, within {until}, under Approvals (number {asked.pk})."


def is_two_people(tenant: Tenant) -> bool:
    """Return whether a tenant is under the rule now."""
    return Tenant.objects.filter(pk=tenant.pk, two_people=True).exists()


def _asked(
    kind: str, tenant: Tenant, target: Target, wanted: dict[str, Any], sentence: str, actor: Actor
) -> tuple[Approval, bool]:
    facts = approval_kind(kind).facts(tenant, target.id)
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        for found in approvals_open(tenant=tenant).filter(kind=kind, target_id=target.id):
            if found.wanted == wanted:
                return found, False
        made = Approval.objects.create(
            tenant=tenant,
            kind=kind,
            target_kind=target.kind,
            target_id=target.id,
            target_name=target.name,
            sentence=sentence,
            wanted=wanted,
            facts=facts,
            asked_by=actor.user,
            asked_by_name=actor.called if actor.user or actor.name != "shell" else f"{getpass.getuser()} (shell)",
            ends_at=timezone.now() + timedelta(hours=HOURS),
        )
        _record(Verb.APPROVAL_ASK, made, actor.user, made.asked_by_name, sentence)
    return made, True


def approvals_open(*, tenant: Tenant) -> QuerySet[Approval]:
    """Return what waits for somebody, newest first."""
    return Approval.objects.filter(tenant=tenant, state=ApprovalState.ASKED, ends_at__gt=timezone.now())


def approval_find(*, tenant: Tenant, number: int) -> Approval:
    """Return one. Raises ApprovalRefused."""
    found = Approval.objects.filter(tenant=tenant, pk=number).select_related("tenant", "asked_by").first()
    if found is None:
        raise ApprovalRefused(f"{tenant.name} has no approval {number}.")
    return found


def facts_now(approval: Approval) -> dict[str, str]:
    """Return what is so of the target now."""
    return approval_kind(approval.kind).facts(approval.tenant, approval.target_id)


def facts_compared(approval: Approval, now: dict[str, str]) -> list[tuple[str, str, str, bool]]:
    """Return name, what was so when it was asked, what is so now, and whether the two differ."""
    names = dict.fromkeys([*approval.facts, *now])
    was = {name: str(approval.facts.get(name, "")) for name in names}
    return [(name, was[name], now.get(name, ""), was[name] != now.get(name, "")) for name in names]


def facts_digest(facts: dict[str, str]) -> str:
    """Return what a form carries of what was shown."""
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def approval_why_not(approval: Approval, user: User) -> str:
    """Say why somebody may not approve this, "" where they may."""
    if not approval.is_open_now:
        return "It does not wait for anybody any more."
    role, needed = role_of(user, approval.tenant), approval_kind(approval.kind).role
    if role is None or not role.covers(needed):
        return f"This needs the role {needed.label} in {approval.tenant.name}."
    if not _is_theirs(approval, user):
        return "Your role here is limited to some campaigns and lists, and this is none of them."
    if approval.asked_by_id == user.pk:
        return "You asked for it yourself: somebody else has to approve it."
    asker = approval.asked_by
    if asker is not None:
        theirs = role_of(asker, approval.tenant)
        if theirs is None or not theirs.covers(needed) or not _is_theirs(approval, asker):
            return f"{approval.asked_by_name}, who asked for it, may not do it any more. Ask for it yourself."
    return ""


def _is_theirs(approval: Approval, user: User) -> bool:
    """Return whether somebody's limit, where they have one, holds what an approval is about."""
    limit = limit_of(user, approval.tenant)
    return limit is None or limit.holds(LOGGED.get(approval.target_kind, LISTS), approval.target_id)


def approval_give(*, approval: Approval, user: User, seen: str, by_name: str = "") -> Act:
    """Approve what somebody else asked for, and carry it out at once. Raises ApprovalRefused.

    `seen` is the digest of the facts that were shown: where they changed since, it is looked at again first.
    """
    if why := approval_why_not(approval, user):
        raise ApprovalRefused(why)
    if seen != facts_digest(facts_now(approval)):
        raise ApprovalRefused("What it is about has changed since your page was made. Nothing was done; look again.")
    _decide(approval, ApprovalState.GIVEN, Verb.APPROVAL_GIVE, user, by_name)
    called = f"{approval.asked_by_name}, approved by {approval.decided_by_name}"[:ACTOR_LENGTH]
    act = approval_kind(approval.kind).carry_out(approval, Actor(user=approval.asked_by, name=called))
    Approval.objects.filter(pk=approval.pk).update(outcome=act.sentence)
    return act


def approval_refuse(*, approval: Approval, user: User, by_name: str = "") -> None:
    """Refuse what somebody else asked for, or take back what one asked for oneself. Raises ApprovalRefused."""
    if approval.asked_by_id == user.pk:
        _decide(approval, ApprovalState.WITHDRAWN, Verb.APPROVAL_WITHDRAW, user, by_name)
        return
    role = role_of(user, approval.tenant)
    if role is None or not role.covers(ROLE):
        raise ApprovalRefused(f"This needs the role {ROLE.label} in {approval.tenant.name}.")
    _decide(approval, ApprovalState.REFUSED, Verb.APPROVAL_REFUSE, user, by_name)


def _decide(approval: Approval, state: ApprovalState, verb: Verb, user: User, by_name: str) -> None:
    name = (by_name or user.get_username())[:ACTOR_LENGTH]
    with transaction.atomic():
        moved = approvals_open(tenant=approval.tenant).filter(pk=approval.pk)
        if not moved.update(state=state, decided_at=timezone.now(), decided_by=user, decided_by_name=name):
            raise ApprovalRefused("Somebody was quicker, or its day is over. Nothing was done; look again.")
        approval.refresh_from_db()
        _record(verb, approval, user, name, f"{approval.sentence} Asked by {approval.asked_by_name}.")


def _record(verb: Verb, approval: Approval, user: User | None, name: str, message: str) -> None:
    audit_record(
        verb=verb,
        tenant=approval.tenant,
        actor=user,
        actor_name=name,
        target_kind=approval.target_kind,
        target_id=approval.target_id,
        target_name=approval.target_name,
        outcome=Outcome.DONE,
        message=message,
        details={"approval": approval.pk, "asked_by": approval.asked_by_name},
    )

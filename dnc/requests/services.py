"""Opt-out requests: received on one day, due on another, and in the queue until the lists hold the number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from dnc.entries.everywhere import lists_for
from dnc.entries.expiry import tenant_today
from dnc.entries.ledger import Dates, entries_wanted
from dnc.entries.manual import ListOutcome, dnc_add
from dnc.evidence.chain import actor_name, change_record
from dnc.keys.normalisation import KeyRules
from dnc.lists.sync import DncRefused
from dnc.models import ChangeKind, DncEntry, DncList, DncSource, EntryState

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# The US rule (47 CFR 64.1200) gives ten business days; that is at least this many days.
DUE_DAYS = 10


def request_take(
    *,
    tenant: Tenant,
    number: str,
    received_on: date,
    actor: Actor,
    due_on: date | None = None,
    comment: str = "",
    lists: Sequence[DncList] | None = None,
    is_now: bool = True,
) -> tuple[ListOutcome, ...]:
    """Keep an opt-out request and, with `is_now`, carry it out at once in the lists (None: own opt-outs that fit).

    What cannot be carried out stays in the queue. Raises DncRefused.
    """
    if due_on is None:
        due_on = received_on + timedelta(days=DUE_DAYS)
    if due_on < received_on:
        raise DncRefused("A request cannot be due before it was received.")
    if received_on > tenant_today(tenant):
        raise DncRefused("A request cannot have been received in the future.")
    if lists is None:
        lists = lists_for(tenant, [number])
    keys = {each.pk: KeyRules.of(each, is_adding=True).normal_one(number) for each in lists}
    if not any(keys.values()):
        detail, fix = KeyRules.of(lists[0], is_adding=True).fault(number.strip())
        raise DncRefused(f"{number}: {detail}. {fix}")
    dates = Dates(received_on=received_on, due_on=due_on)
    with transaction.atomic():
        source = DncSource.objects.create(
            tenant=tenant, actor=actor.user, by_name=actor_name(actor), text="opt-out request"
        )
        for each in lists:
            if key := keys[each.pk]:
                entries_wanted(each.pk, [key], source, dates)
                _told(each, key, actor, comment, dates)
    return dnc_add(tenant=tenant, text=number, actor=actor, lists=lists, comment=comment, dates=dates) if is_now else ()


def _told(dnc_list: DncList, key: str, actor: Actor, comment: str, dates: Dates) -> None:
    message = f"Opt-out of {key}, received {dates.received_on}, due {dates.due_on}"
    change_record(
        tenant=dnc_list.tenant,
        kind=ChangeKind.REQUEST,
        actor=actor,
        dnc_list=dnc_list,
        counts={"n_asked": 1},
        message=message,
        comment=comment,
        details={"key": key, "received_on": str(dates.received_on), "due_on": str(dates.due_on)},
    )
    audit_record(
        verb=Verb.DNC_REQUEST,
        tenant=dnc_list.tenant,
        actor=actor.user,
        actor_name=actor_name(actor),
        target_kind="dnc",
        target_id=dnc_list.remote_id,
        target_name=dnc_list.name,
        message=message,
    )


def request_carry_out(*, entry: DncEntry, actor: Actor) -> tuple[ListOutcome, ...]:
    """Put the number of an open request into its list, or into all others when that one was deleted. DncRefused."""
    dnc_list, tenant = entry.dnc_list, entry.dnc_list.tenant
    if dnc_list.gone_at is None:
        return dnc_add(tenant=tenant, text=entry.key, actor=actor, lists=[dnc_list], comment=entry.comment)
    outcomes = dnc_add(tenant=tenant, text=entry.key, actor=actor, comment=entry.comment)
    if all(outcome.is_done for outcome in outcomes):
        entry.state = EntryState.REMOVED
        entry.save(update_fields=["state"])
    return outcomes


def requests_open(*, tenant: Tenant, overdue_only: bool = False) -> QuerySet[DncEntry]:
    """Return the requests that are not carried out, the most urgent first; overdue ones are due before today."""
    wanted = DncEntry.objects.filter(
        dnc_list__tenant=tenant, due_on__isnull=False, state__in=[EntryState.WANTED, EntryState.UNKNOWN]
    )
    if overdue_only:
        wanted = wanted.filter(due_on__lt=tenant_today(tenant))
    return wanted.select_related("dnc_list", "source").order_by("due_on", "key")

"""Emptying a list: its name typed, a reason given, the campaigns that it protects named first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import transaction

from bpadmin.acts import Act, Actor
from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.models import Job, TargetKind, WriteLock
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client
from dnc.chain import actor_name, change_record
from dnc.ledger import entries_all_removed, ledger_counts
from dnc.models import ChangeKind, DncEntry, DncList, DncSource, EntryState
from dnc.reading import DncRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

CLEAR_TIMEOUT = 60.0


def clear_warning(dnc_list: DncList) -> str:
    """Say what emptying a list does: how many entries go, and which campaigns may dial their numbers then."""
    counts = ledger_counts(dnc_list)
    known = counts.get(EntryState.PRESENT, 0) + counts.get(EntryState.UNKNOWN, 0)
    least = "" if dnc_list.is_complete else "at least "
    names = [use["name"] for use in dnc_list.campaigns]
    if names:
        those = ", ".join(f"“{name}”" for name in names)
        protects = f"It protects {those}: they may dial these numbers at once."
    else:
        protects = "No campaign is known to use it."
    return f"All entries of “{dnc_list.name}” ({least}{known:,}) are removed. {protects} It cannot be taken back."


def dnc_clear(*, dnc_list: DncList, typed_name: str, reason: str, actor: Actor) -> Act:
    """Remove everything from a list. Raises DncRefused without its name or a reason, or while a job writes there."""
    reason = " ".join(reason.split())
    if typed_name.strip() != dnc_list.name.strip():
        raise DncRefused(f"Type the list's name, {dnc_list.name}, to empty it.")
    if not reason:
        raise DncRefused("Give the reason: it is kept in the evidence.")
    if job := _writer(dnc_list):
        raise DncRefused(f"Job {job.pk} is writing into this list. Wait for it, or cancel it first.")
    began = time.monotonic()
    deleted: int | None = None
    with tenant_client(dnc_list.tenant, read_timeout=CLEAR_TIMEOUT) as client:
        try:
            deleted = client.delete_all_dnc_records(dnc_list.remote_id)
            act = Act(Outcome.DONE, f"“{dnc_list.name}” is empty; the platform removed {deleted:,} entries.")
        except PlatformError as error:
            act = _after(dnc_list, error)
    with transaction.atomic():
        _store(dnc_list, act, deleted, reason, actor, int((time.monotonic() - began) * 1000))
    return act


def _after(dnc_list: DncList, error: PlatformError) -> Act:
    if error.maybe_applied:
        return Act(
            Outcome.UNKNOWN,
            f"The order to empty “{dnc_list.name}” was sent, but its answer was lost ({error.message.rstrip('.')}). "
            "The list may be empty: empty it again, or add its numbers again.",
        )
    return Act(Outcome.REFUSED, f"“{dnc_list.name}” was not emptied. {error.message}")


def _store(dnc_list: DncList, act: Act, deleted: int | None, reason: str, actor: Actor, duration_ms: int) -> None:
    tenant, known = dnc_list.tenant, 0
    if act.outcome == Outcome.DONE:
        text = f"list emptied: {reason}"[:300]
        source = DncSource.objects.create(tenant=tenant, actor=actor.user, by_name=actor_name(actor), text=text)
        known = entries_all_removed(dnc_list, source)
        dnc_list.is_complete = True
        dnc_list.save(update_fields=["is_complete"])
    elif act.outcome == Outcome.UNKNOWN:
        present = DncEntry.objects.filter(dnc_list=dnc_list, state=EntryState.PRESENT)
        known = present.update(state=EntryState.UNKNOWN)
    counts = {"n_asked": deleted if deleted is not None else known, "n_done": deleted or 0}
    if act.outcome == Outcome.UNKNOWN:
        counts["n_unknown"] = known
    protected: Sequence[str] = [use["name"] for use in dnc_list.campaigns]
    change_record(
        tenant=tenant,
        kind=ChangeKind.CLEAR,
        actor=actor,
        dnc_list=dnc_list,
        counts=counts,
        outcome=act.outcome,
        message=act.sentence,
        comment=reason,
        details={"campaigns": list(protected), "known_here": known},
    )
    audit_record(
        verb=Verb.DNC_CLEAR,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor_name(actor),
        target_kind="dnc",
        target_id=dnc_list.remote_id,
        target_name=dnc_list.name,
        outcome=act.outcome,
        message=act.sentence,
        details={"reason": reason, "campaigns": list(protected)},
        duration_ms=duration_ms,
    )


def _writer(dnc_list: DncList) -> Job | None:
    lock = WriteLock.objects.filter(
        tenant_id=dnc_list.tenant_id, target_kind=TargetKind.DNC, target_id=dnc_list.remote_id
    ).first()
    return lock.job if lock else None

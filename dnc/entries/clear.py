"""Emptying a list: its name typed, a reason given, the campaigns that it protects named first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.approvals.services import approval_first
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.counts import counted
from bpadmin.dialler.actions import LASTS, action_perform
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.jobs.kinds import TargetKind
from bpadmin.jobs.models import Job, WriteLock
from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.typed_names import is_typed
from dnc.entries.ledger import entries_all_removed, entries_all_there, entries_all_unknown, ledger_counts
from dnc.evidence.intents import intent_record, list_of, outcome_record
from dnc.lists.sync import DncRefused
from dnc.models import ChangeKind, DncList, DncSource, EntryState

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient

CLEAR_TIMEOUT = 60.0


def clear_warning(dnc_list: DncList) -> str:
    """Say what emptying a list does: how many entries go, and which campaigns may dial their numbers then."""
    counts = ledger_counts(dnc_list)
    known = counts.get(EntryState.PRESENT, 0) + counts.get(EntryState.UNKNOWN, 0)
    least = "" if dnc_list.is_complete else "at least "
    protects = protection_words(dnc_list)
    return f"All entries of “{dnc_list.name}” ({least}{known:,}) are removed. {protects} It cannot be taken back."


def protection_words(dnc_list: DncList) -> str:
    """Say which campaigns a list protects from numbers that go out of it."""
    names = [use["name"] for use in dnc_list.campaigns]
    if not names:
        return "No campaign is known to use it."
    those = ", ".join(f"“{name}”" for name in names)
    return f"It protects {those}: they may dial these numbers at once."


def dnc_clear(
    *, dnc_list: DncList, typed_name: str, reason: str, actor: Actor, approval: Approval | None = None
) -> Act:
    """Remove everything from a list. Raises DncRefused without its name or a reason, or while a job writes there."""
    reason = " ".join(reason.split())
    if not is_typed(typed_name, dnc_list.name):
        raise DncRefused(f"Type the list's name, {dnc_list.name}, to empty it.")
    if not reason:
        raise DncRefused("Give the reason: it is kept in the evidence.")
    if job := _writer(dnc_list):
        raise DncRefused(f"Job {job.pk} is writing into this list. Wait for it, or cancel it first.")
    waits = approval_first(
        kind="dnc.clear",
        tenant=dnc_list.tenant,
        target=Target("dnc", dnc_list.remote_id, dnc_list.name),
        wanted={"reason": reason},
        sentence=f"Empty the Do Not Call list “{dnc_list.name}”, because: {reason}",
        actor=actor,
        approval=approval,
    )
    if waits:
        return Act(Outcome.ASKED, waits)

    def ask(client: PlatformClient) -> Act:
        deleted = client.delete_all_dnc_records(dnc_list.remote_id)
        return Act(
            Outcome.DONE,
            f"“{dnc_list.name}” is empty; the platform removed {counted(deleted, 'entry')}.",
            found=deleted,
        )

    protected = [use["name"] for use in dnc_list.campaigns]
    counts = ledger_counts(dnc_list)
    act = action_perform(
        verb=Verb.DNC_CLEAR,
        tenant=dnc_list.tenant,
        actor=actor,
        target=Target("dnc", dnc_list.remote_id, dnc_list.name),
        asked=f"empty the Do Not Call list “{dnc_list.name}”",
        ask=ask,
        what=f"“{dnc_list.name}” was not emptied",
        wanted={
            "list": dnc_list.pk,
            "reason": reason,
            "campaigns": protected,
            "known": counts.get(EntryState.PRESENT, 0) + counts.get(EntryState.UNKNOWN, 0),
        },
        details={"reason": reason, "campaigns": protected},
        timeout=CLEAR_TIMEOUT,
        lasts=LASTS + CLEAR_TIMEOUT,
    )
    dnc_list.refresh_from_db(fields=["is_complete"])
    return act


class ClearAction(ActionKind):
    """Emptying a list: as long as its outcome is open, every entry of the list is in doubt."""

    def asked(self, action: Action) -> None:
        """Write the intent into the evidence."""
        known = action.want("known")
        counts, details = {"n_asked": known, "n_unknown": known}, {"campaigns": action.want("campaigns")}
        intent_record(action, ChangeKind.CLEAR, counts=counts, comment=action.want("reason"), details=details)

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Ask how many entries the list holds, where the tenant's version tells."""
        name = action.target_name
        total = None
        if Capability.DNC_READ in capabilities_known(action.tenant):
            total = client.get_dnc_list(action.target_id).total_records
        if total == 0:
            return Act(Outcome.DONE, f"“{name}” is empty. The answer was lost, so the list was looked up.")
        lost = (
            f"The order to empty “{name}” was sent, but its answer was lost. "
            "The list may be empty: empty it again, or add its numbers again."
        )
        if total is None or total < action.want("known", 0):
            return Act(Outcome.UNKNOWN, lost)
        sentence = f"“{name}” was not emptied: the answer was lost, and it holds {counted(total, 'entry')}."
        return Act(Outcome.REFUSED, sentence, so_far=lost)

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Let the ledger follow."""
        dnc_list, known = list_of(action), 0
        if dnc_list is None:
            return
        deleted: int | None = act.found
        if act.outcome == Outcome.DONE:
            source = DncSource.objects.create(
                tenant=action.tenant,
                actor=by.user,
                by_name=by.called,
                text=f"list emptied: {action.want('reason')}"[:300],
            )
            known = entries_all_removed(dnc_list, source, None if deleted is not None else action.asked_at)
            if deleted is not None:
                DncList.every.filter(pk=dnc_list.pk).update(is_complete=True)
        elif act.outcome == Outcome.UNKNOWN:
            known = entries_all_unknown(dnc_list, action.asked_at)
        else:
            entries_all_there(dnc_list, action.asked_at)
        counts = {"n_asked": deleted if deleted is not None else known, "n_done": deleted or 0}
        if act.outcome == Outcome.UNKNOWN:
            counts["n_unknown"] = known
        details = {"campaigns": action.want("campaigns"), "known_here": known}
        comment = action.want("reason")
        outcome_record(action, act, ChangeKind.CLEAR, by, counts=counts, comment=comment, details=details)


def _writer(dnc_list: DncList) -> Job | None:
    lock = WriteLock.objects.filter(
        tenant_id=dnc_list.tenant_id, target_kind=TargetKind.DNC, target_id=dnc_list.remote_id
    ).first()
    return lock.job if lock else None

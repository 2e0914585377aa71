"""Deleting a whole Do Not Call list: what it does is said first, and the platform is asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from bpadmin.approvals.services import approval_first
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.types import DncListInfo
from bpadmin.typed_names import is_typed
from dnc.entries.ledger import entries_all_removed
from dnc.evidence.intents import intent_record, list_of, outcome_record
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.lists.effects import entries_words, guarded_names, left_bare, lists_forget, quoted
from dnc.lists.properties import PRIVILEGE, managing_check
from dnc.lists.sync import DncRefused
from dnc.models import ChangeKind, DncList, DncSource
from dnc.requests.services import requests_open

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient

_UNCONFIRMED = (JobState.DRAFT, JobState.PREPARING, JobState.READY)


def drop_warning(dnc_list: DncList, info: DncListInfo | None) -> tuple[str, ...]:
    """Say what deleting a list does, in sentences, the weightiest first; `info` is what the platform tells of it now.

    Where the platform does not tell (None), what is known here has to do.
    """
    first = f"“{dnc_list.name}” is deleted with {entries_words(dnc_list, info)}. It cannot be taken back."
    names = guarded_names(dnc_list, info)
    if not names:
        return first, "No campaign uses it: nobody is dialled for it who is not dialled now."
    protects = f"It protects {quoted(names)}: they may dial what it blocks at once."
    if bare := left_bare(dnc_list):
        verb = "has" if len(bare) == 1 else "have"
        return first, protects, f"{quoted(bare)} {verb} no other list of phone numbers."
    return first, protects


def dnc_drop(*, dnc_list: DncList, typed_name: str, reason: str, actor: Actor, approval: Approval | None = None) -> Act:
    """Delete a list: whatever it blocked may be dialled at once. What is known of it here stays, for those who ask.

    Raises DncRefused without its name or a reason, and while a job writes into it. Opt-out requests that wait for the
    list keep it; of one that was deleted elsewhere they stay in the queue.
    """
    tenant, reason = dnc_list.tenant, " ".join(reason.split())
    managing_check(tenant)
    if not is_typed(typed_name, dnc_list.name):
        raise DncRefused(f"Type the list's name, {dnc_list.name}, to delete it.")
    if not reason:
        raise DncRefused("Give the reason: it is kept in the evidence.")
    if job := _open_job(dnc_list):
        raise DncRefused(f"Job {job.pk} is about this list. Wait for it, or cancel it first.")
    waits = approval_first(
        kind="dnc.drop",
        tenant=tenant,
        target=Target("dnc", dnc_list.remote_id, dnc_list.name),
        wanted={"reason": reason},
        sentence=f"Delete the Do Not Call list “{dnc_list.name}” with its entries, because: {reason}",
        actor=actor,
        approval=approval,
    )
    if waits:
        return Act(Outcome.ASKED, waits)
    waiting = requests_open(tenant=tenant).filter(dnc_list=dnc_list).count()
    found: list[DncListInfo] = []

    def ask(client: PlatformClient) -> Act:
        try:
            found.append(client.get_dnc_list(dnc_list.remote_id))
            if waiting:
                sentence = f"“{dnc_list.name}” was not deleted. {_waiting_words(waiting)}"
                return Act(Outcome.REFUSED, sentence, found=found[0])
            client.delete_dnc_list(dnc_list.remote_id)
        except NotFound as error:
            if error.reason is not Reason.DNC_LIST_NOT_FOUND:
                raise
            return Act(Outcome.DONE, f"The dialler knows no list “{dnc_list.name}” any more. It is taken off here.")
        sentence = f"“{dnc_list.name}” is deleted with {entries_words(dnc_list, found[0])}."
        return Act(Outcome.DONE, sentence, found=found[0])

    return action_perform(
        verb=Verb.DNC_LIST_DELETE,
        tenant=tenant,
        actor=actor,
        target=Target("dnc", dnc_list.remote_id, dnc_list.name),
        asked=f"delete the Do Not Call list “{dnc_list.name}”",
        ask=ask,
        what=f"“{dnc_list.name}” was not deleted",
        privilege=PRIVILEGE,
        wanted={"list": dnc_list.pk, "reason": reason},
        details={"reason": reason, "campaigns": [use["name"] for use in dnc_list.campaigns]},
    )


class DropAction(ActionKind):
    """Deleting a list: it is there, or it is not."""

    def asked(self, action: Action) -> None:
        """Write the intent into the evidence."""
        details = {"campaigns": action.details["campaigns"]}
        intent_record(action, ChangeKind.LIST_DELETE, comment=action.want("reason"), details=details)

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look the list up."""
        name = action.target_name
        try:
            client.get_dnc_list(action.target_id)
        except NotFound as error:
            if error.reason is not Reason.DNC_LIST_NOT_FOUND:
                raise
            return Act(Outcome.DONE, f"“{name}” is deleted. The answer was lost, so the list was looked up.")
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not deleted: the answer was lost, and the list is still there.",
            so_far=(
                f"The request to delete “{name}” was sent and its answer was lost; the list is still there. "
                "It may yet take effect: look again in a minute before you try once more."
            ),
        )

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Let ledger and evidence follow."""
        if dnc_list := list_of(action):
            info = act.found if isinstance(act.found, DncListInfo) else None
            _drop_store(action, dnc_list, act, info, by)

    def after(self, action: Action, act: Act) -> None:
        """Let pages of the list and its campaigns ask again."""
        if dnc_list := list_of(action):
            lists_forget(dnc_list)


def _waiting_words(count: int) -> str:
    waits = "1 opt-out request waits" if count == 1 else f"{count:,} opt-out requests wait"
    return f"{waits} to be carried out in it: carry out what waits, in another list too, and come back."


def _drop_store(action: Action, dnc_list: DncList, act: Act, info: DncListInfo | None, by: Actor) -> None:
    names, known, reason = guarded_names(dnc_list, info), 0, action.want("reason")
    if act.is_done:
        text = f"list deleted: {reason}"[:300]
        source = DncSource.objects.create(tenant=action.tenant, actor=by.user, by_name=by.called, text=text)
        known = entries_all_removed(dnc_list, source)
    total = info.total_records if info is not None and info.total_records is not None else known
    outcome_record(
        action,
        act,
        ChangeKind.LIST_DELETE,
        by,
        dnc_list=dnc_list,
        counts={"n_asked": total, "n_done": total if act.is_done else 0},
        comment=reason,
        details={"campaigns": names, "known_here": known},
    )
    if act.is_done:
        DncList.every.filter(pk=dnc_list.pk).update(gone_at=timezone.now(), campaigns=[], is_complete=True)


def _open_job(dnc_list: DncList) -> Job | None:
    """Return a job that was confirmed for a list and has not ended."""
    kinds = (DNC_ADD, DNC_DELETE, DNC_REPLACE)
    jobs = Job.objects.filter(tenant=dnc_list.tenant_id, target_id=dnc_list.remote_id, kind__in=kinds)
    return jobs.exclude(state__in=[*Job.FINAL, *_UNCONFIRMED]).first()

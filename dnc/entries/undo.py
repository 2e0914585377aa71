"""Taking back what an act has put into a list: what the platform reported as added by this very act, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.audit.models import Outcome
from bpadmin.counts import counted
from bpadmin.dialler.models import Action, ActionState
from bpadmin.dialler.registry import Inverse, Undoing
from bpadmin.dialler.types import Act
from bpadmin.platforms.base import Capability
from dnc.entries.action import KeysAction
from dnc.entries.manual import ListOutcome, dnc_delete
from dnc.evidence.intents import WHOLE
from dnc.lists.sync import DncRefused
from dnc.models import ChangeKind, DncChange, DncEntry, DncList, EntryState

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant


AT_ONCE = 500
SHOWN = 10
NOTHING = "Nothing that the dialler reported as added by this act is in the list any more."


@dataclass(frozen=True, slots=True)
class Undo:
    """What an undo of an act would take out of its list; `left` counts what was there before, or is not known.

    `again` of those were found in the list only when asked again after a lost answer.
    """

    change: DncChange
    dnc_list: DncList
    keys: tuple[str, ...]
    left: int
    again: int = 0

    @property
    def left_words(self) -> str:
        """Say what stays of the act, and why; "" where nothing does."""
        if not self.left:
            return ""
        stays = f"{counted(self.left, 'entry')} of this act {'stays' if self.left == 1 else 'stay'}"
        words = f"{stays}: there before, put in by somebody else since, or not known to have been added."
        return f"{words} {lost_words(self.again)}" if self.again else words


def lost_words(again: int) -> str:
    """Say of entries that were found after a lost answer why no undo takes them out."""
    which = "it" if again == 1 else "them"
    found = counted(again, "entry", "was")
    return f"{found} found there after a lost answer, so that nobody knows whether this act added {which}."


def undo_of(*, tenant: Tenant, number: int) -> Undo:
    """Return what can be taken back of an act, by its number in the evidence. DncRefused where there is no such act.

    Only what the platform said it added, and of that only what nobody else has put in since.
    """
    change = DncChange.objects.filter(tenant=tenant, number=number, kind=ChangeKind.ADD, job_number=None).first()
    if change is None or change.dnc_list is None or "source" not in change.details:
        raise DncRefused("There is no such act that has added to a list.")
    added: list[str] = change.details.get("added", [])
    mine = DncEntry.objects.filter(
        dnc_list=change.dnc_list, source_id=change.details["source"], state=EntryState.PRESENT
    ).order_by()
    keys = [
        key
        for start in range(0, len(added), AT_ONCE)
        for key in mine.filter(key__in=added[start : start + AT_ONCE]).values_list("key", flat=True)
    ]
    left = change.n_asked - change.n_refused - len(keys)
    return Undo(change, change.dnc_list, tuple(sorted(keys)), left, change.details.get("found_again", 0))


def dnc_undo(
    *,
    tenant: Tenant,
    number: int,
    reason: str,
    actor: Actor,
    typed_name: str = "",
    is_sure: bool = False,
    together: int | None = None,
) -> ListOutcome:
    """Take out what an act has added; a removal like any other, with its reason and, of several, the list's name.

    Raises DncRefused.
    """
    undo = undo_of(tenant=tenant, number=number)
    if not undo.keys:
        raise DncRefused(NOTHING)
    # What an undo left, because it was refused, can be taken out once more: that is a removal like any other.
    act = Action.objects.filter(tenant=tenant, pk=undo.change.details.get("act")).first()
    if act is not None and act.undos.exclude(state=ActionState.REFUSED).exists():
        act = None
    (outcome,) = dnc_delete(
        tenant=tenant,
        text="\n".join(undo.keys),
        actor=actor,
        comment=reason,
        lists=[undo.dnc_list],
        typed_name=typed_name,
        is_sure=is_sure,
        undoes=act,
        together=together,
    )
    return outcome


class AdditionAction(KeysAction):
    """Keys put into a list by hand: what the dialler reported as added can be taken out again."""

    def has_inverse(self, action: Action) -> bool:
        """Something must have been added by it."""
        return bool(action.undo.get("added"))

    def inverse(self, action: Action) -> Inverse | str:
        """Take out what it has added and nobody else has put in since."""
        if not self.has_inverse(action):
            change = DncChange.objects.filter(tenant=action.tenant, details__act=action.pk).first()
            if change is not None and change.details.get("found_again"):
                return f"{lost_words(change.details['found_again'])} Take out by hand what is not to be blocked."
            return "Nothing is known to have been added by this act, so there is nothing to undo."
        try:
            undo = undo_of(tenant=action.tenant, number=action.undo["change"])
        except DncRefused as refused:
            return str(refused)
        if not undo.keys:
            return NOTHING
        count = len(undo.keys)
        some = ", ".join(undo.keys[:SHOWN]) + (" …" if count > SHOWN else "")
        out = "is taken out of" if count == 1 else "are taken out of"
        words = f"{counted(count, 'entry')} that the dialler reported as added {out} “{undo.dnc_list.name}”: {some}."
        warnings = ["It may be dialled again." if count == 1 else "They may be dialled again."]
        warnings += filter(None, [undo.left_words])
        return Inverse(
            Capability.DNC_WRITE,
            words,
            tuple(warnings),
            is_danger=True,
            needs_reason=True,
            typed_name=undo.dnc_list.name if count > 1 else "",
        )

    def is_about(self, action: Action, later: Action) -> bool:
        """What was done to the whole list; of single entries the ledger knows who put them in."""
        return later.verb in WHOLE

    def undo(self, action: Action, said: Undoing) -> Act:
        """Take out what it has added."""
        try:
            outcome = dnc_undo(
                tenant=action.tenant,
                number=action.undo["change"],
                reason=said.reason,
                actor=said.actor,
                typed_name=said.typed_name,
                is_sure=said.is_sure,
                together=said.together,
            )
        except DncRefused as refused:
            return Act(Outcome.REFUSED, str(refused))
        return Act(outcome.outcome, outcome.sentence, number=outcome.number)

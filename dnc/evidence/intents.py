"""Acts on Do Not Call lists in the evidence: one row when an act is asked for, another with its outcome.

While an act has no outcome, nobody knows what it has changed; `Doubts` says of which entries that is so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.models import Action
from bpadmin.dialler.types import Act, Actor
from bpadmin.tenants.times.local_times import clock_words
from dnc.evidence.chain import change_record
from dnc.models import ChangeKind, DncChange, DncList, EntryState

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# What these ask for is done to a whole list.
WHOLE = (Verb.DNC_CLEAR.value, Verb.DNC_LIST_DELETE.value)
KEYS = (Verb.DNC_ADD.value, Verb.DNC_DELETE.value)


def list_of(action: Action) -> DncList | None:
    """Return the list that an act is about, also one that is gone; None for one that was to be made."""
    pk = action.want("list")
    return DncList.every.select_related("tenant").filter(pk=pk).first() if pk else None


def intent_record(
    action: Action,
    kind: ChangeKind,
    *,
    counts: Mapping[str, int] | None = None,
    comment: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append to the evidence that an act is asked for; call it in the transaction of the intent."""
    change = change_record(
        tenant=action.tenant,
        kind=ChangeKind.ASKED,
        actor=asker_of(action),
        dnc_list=list_of(action),
        counts=counts,
        outcome=Outcome.ASKED,
        message=f"Asked to {action.asked}; the outcome is not known yet.",
        comment=comment,
        details={"act": action.pk, "what": kind.value, **(details or {})},
    )
    action.wanted["change"] = change.number


def outcome_record(
    action: Action,
    act: Act,
    kind: ChangeKind,
    by: Actor,
    *,
    dnc_list: DncList | None = None,
    counts: Mapping[str, int] | None = None,
    comment: str = "",
    details: Mapping[str, Any] | None = None,
) -> DncChange:
    """Append to the evidence what came of an act, and return the row; call it in the transaction of the outcome."""
    return change_record(
        tenant=action.tenant,
        kind=kind,
        actor=by,
        dnc_list=dnc_list or list_of(action),
        counts=counts,
        outcome=act.outcome,
        message=act.sentence,
        comment=comment,
        details={"act": action.pk, **(details or {})},
    )


def asker_of(action: Action) -> Actor:
    """Return who asked for an act."""
    return Actor(action.actor, action.actor_name)


def intents_open(tenant: Tenant) -> list[int]:
    """Return the numbers of the rows of evidence that tell of acts without an outcome."""
    actions = Action.objects.filter(tenant=tenant, open_from__isnull=False)
    return [number for action in actions if (number := action.want("change"))]


def asked_words(action: Action, time_zone: str) -> str:
    """Say since when an outcome is unknown and who asked, to go on a sentence; by the clock of a zone."""
    at = clock_words(action.asked_at, time_zone)
    return f"unknown since {at}, asked by {action.actor_name} to {action.asked}"


class Doubts:
    """The acts of a tenant on entries of its lists whose outcome nobody knows; read once, with one query."""

    def __init__(self, tenant: Tenant) -> None:
        open_ones = Action.objects.filter(tenant=tenant, open_from__isnull=False, verb__in=[*KEYS, *WHOLE])
        self._actions: Sequence[tuple[Action, frozenset[str]]] = [
            (action, frozenset(action.want("keys", ()))) for action in open_ones.order_by("-id")
        ]

    def of(self, dnc_list: DncList, key: str, state: int) -> Action | None:
        """Return the newest act that puts an entry in doubt. An entry that is removed is in nobody's doubt."""
        for action, keys in self._actions:
            if action.target_id != dnc_list.remote_id:
                continue
            is_whole = action.verb in WHOLE and state in (EntryState.PRESENT, EntryState.UNKNOWN)
            if is_whole or (state == EntryState.UNKNOWN and key in keys):
                return action
        return None


def keys_in_doubt(action: Action, keys: Iterable[str]) -> list[str]:
    """Return those of the keys that an act under way at this moment asks the opposite of: their order is unknown."""
    opposite = Verb.DNC_ADD if action.verb == Verb.DNC_DELETE else Verb.DNC_DELETE
    others = Action.objects.filter(
        tenant_id=action.tenant_id, target_kind="dnc", target_id=action.target_id, verb=opposite, state="asked"
    )
    theirs = {key for other in others if other.asked_at > action.asked_at for key in other.want("keys", ())}
    return [key for key in keys if key in theirs]

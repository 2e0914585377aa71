"""Taking an act back while nothing has changed since: one service for pages, commands and scripts.

The kind of an act declares its inverse. An undo is an act itself, by the very service of the same act on a page, so it
asks the same role and the same second person; what is so is read before it is offered, and once more right before it
is sent. What one click asked for is taken back as a whole: all of it is looked at first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from bpadmin.dialler.models import Action, ActionState
from bpadmin.dialler.registry import Inverse, Undoing, kind_of
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms import REGISTRY
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client
from bpadmin.typed_names import is_typed

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


class UndoRefused(Exception):
    """An act cannot be taken back; the message is a sentence for the supervisor. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What taking an act back would do: one inverse for each act of the click, the last one first."""

    action: Action
    parts: tuple[tuple[Action, Inverse], ...]

    @property
    def warnings(self) -> list[str]:
        """Return what it does besides, each said once."""
        return list(dict.fromkeys(words for _, inverse in self.parts for words in inverse.warnings))

    @property
    def needs_reason(self) -> bool:
        """Return whether it needs a reason."""
        return any(inverse.needs_reason for _, inverse in self.parts)

    @property
    def typed_name(self) -> str:
        """The name that is typed first, "" for none."""
        return next((inverse.typed_name for _, inverse in self.parts if inverse.typed_name), "")

    @property
    def is_danger(self) -> bool:
        """Return whether it may cut calls, or let what was blocked be called."""
        return any(inverse.is_danger for _, inverse in self.parts)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list of acts shows of one: that it can be undone, or who has undone it."""

    number: int
    is_offered: bool
    undone_by: str = ""


def undo_find(*, tenant: Tenant, number: int) -> Action:
    """Return an act of a tenant by its number. Raises UndoRefused."""
    found = Action.objects.select_related("tenant").filter(tenant=tenant, pk=number).first()
    if found is None:
        raise UndoRefused(f"{tenant.name} has no act {number}.")
    return found


def undo_plan(action: Action) -> Undo:
    """Return what taking an act back would do, as far as is known here. Raises UndoRefused."""
    parts = [(each, _inverse(each)) for each in _clicked(action)]
    offered = capabilities_known(action.tenant)
    for _, inverse in parts:
        if inverse.needs not in offered:
            label = REGISTRY[action.tenant.platform].label
            raise UndoRefused(f"{label} does not offer what would undo this through its API.")
    return Undo(action, tuple(parts))


def undo_look(action: Action) -> Undo:
    """Return what taking an act back would do after reading what is so now. Raises UndoRefused and PlatformError."""
    undo = undo_plan(action)
    with tenant_client(action.tenant, read_timeout=20.0) as client:
        for each, _ in undo.parts:
            if why := kind_of(each).changed(each, client):
                raise UndoRefused(f"Nothing was changed. {why}")
    return undo


def act_undo(
    *, action: Action, actor: Actor, reason: str = "", typed_name: str = "", is_sure: bool = False
) -> list[Act]:
    """Take an act back, with all that the same click asked for; an Act each, up to the first that was not done.

    `typed_name` is the name that some need; `is_sure` stands for it in a script that has printed the question. Raises
    UndoRefused and PlatformError, before anything was sent.
    """
    undo = undo_plan(action)
    if undo.needs_reason and not reason.strip():
        raise UndoRefused("Give the reason why it is undone: it is kept in the evidence.")
    if undo.typed_name and not is_sure and not is_typed(typed_name, undo.typed_name):
        raise UndoRefused(f"Type the list's name, {undo.typed_name}, to go on.")
    undo_look(action)
    said = Undoing(actor, reason.strip(), typed_name, is_sure=is_sure or bool(undo.typed_name))
    acts: list[Act] = []
    for each, _ in undo.parts:
        act = kind_of(each).undo(each, said)
        acts.append(act)
        if not act.is_done:
            break
        said = replace(said, together=said.together or act.number)
    return acts


def undo_offers(*, tenant: Tenant, numbers: Iterable[int]) -> Mapping[int, Offer]:
    """Return by its number what can be said of taking back each of some acts; three queries for all of them."""
    acts = {each.pk: each for each in Action.objects.filter(tenant=tenant, pk__in=list(numbers))}
    for each in acts.values():
        each.tenant = tenant
    able = {pk: each for pk, each in acts.items() if each.state == ActionState.DONE and kind_of(each).has_inverse(each)}
    if not able:
        return {}
    undos = Action.objects.filter(undoes__in=list(able)).exclude(state=ActionState.REFUSED)
    undone = {each.undoes_id: each.actor_name for each in undos}
    later = _later_by_target(tenant, able.values())
    return {
        pk: Offer(
            pk,
            is_offered=pk not in undone
            and not any(_is_between(each, other) for other in later.get((each.target_kind, each.target_id), ())),
            undone_by=undone.get(pk, ""),
        )
        for pk, each in able.items()
    }


def _clicked(action: Action) -> list[Action]:
    """Return what of the same click was done and is not undone yet, the last one first; else the act alone."""
    root = action.together or action.pk
    acts = Action.objects.filter(Q(pk=root) | Q(together=root), tenant=action.tenant, state=ActionState.DONE)
    undone = Action.objects.filter(undoes=OuterRef("pk")).exclude(state=ActionState.REFUSED)
    left = list(acts.exclude(Exists(undone)).order_by("-pk"))
    for each in left:
        each.tenant = action.tenant
    return left or [action]


def _inverse(action: Action) -> Inverse:
    """Return what takes one act back, by what is known here. Raises UndoRefused."""
    if action.is_open:
        raise UndoRefused("Nobody knows yet whether this act was done. Settle it first, then undo it.")
    if action.state != ActionState.DONE:
        raise UndoRefused("This act was not done, so there is nothing to undo.")
    undone = Action.objects.filter(undoes=action).exclude(state=ActionState.REFUSED).first()
    if undone is not None:
        raise UndoRefused(f"This act was undone already, by {undone.actor_name}.")
    inverse = kind_of(action).inverse(action)
    if isinstance(inverse, str):
        raise UndoRefused(inverse)
    for later in _later_by_target(action.tenant, [action]).get((action.target_kind, action.target_id), ()):
        if _is_between(action, later):
            raise UndoRefused(
                f"Something has changed since: {later.actor_name} {later.called} (act {later.pk}), so this act is not "
                "undone any more."
            )
    return inverse


def _later_by_target(tenant: Tenant, actions: Iterable[Action]) -> dict[tuple[str, str], list[Action]]:
    """Return the acts on the targets of some acts, but those that were not done, the oldest first; one query."""
    some = list(actions)
    found: dict[tuple[str, str], list[Action]] = {}
    if not some:
        return found
    targets = {each.target_id for each in some}
    oldest = min(each.pk for each in some)
    acts = Action.objects.filter(
        tenant=tenant, target_kind__in={each.target_kind for each in some}, target_id__in=targets, pk__gt=oldest
    ).exclude(state=ActionState.REFUSED)
    for each in acts.order_by("pk"):
        found.setdefault((each.target_kind, each.target_id), []).append(each)
    return found


def _is_between(action: Action, later: Action) -> bool:
    """Return whether a later act, of another click, has changed what an act did."""
    is_same_click = (later.together or later.pk) == (action.together or action.pk)
    return later.pk > action.pk and not is_same_click and kind_of(action).is_about(action, later)

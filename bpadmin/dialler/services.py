"""Acts without an outcome, as people see and settle them, and many acts within the time that a page may take."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.dialler.actions import Way, action_ended
from bpadmin.dialler.models import Action, ActionState
from bpadmin.dialler.sweep import action_read_again, actions_sweep
from bpadmin.dialler.types import Act, Actor
from bpadmin.pace import scaled
from bpadmin.tenants.models import Tenant

ActT = TypeVar("ActT")
# How long one page may go on asking the dialler for many acts, the one at hand not counted.
PAGE_SECONDS = 20.0

__all__ = [
    "ActionRefused",
    "action_read_now",
    "action_settle",
    "actions_open",
    "actions_open_count",
    "actions_sweep",
    "acts_within",
]


class ActionRefused(Exception):
    """An act cannot be settled as asked; the message is a sentence for the supervisor."""


def actions_open(*, tenant: Tenant) -> QuerySet[Action]:
    """Return the acts whose outcome nobody knows, the oldest first; those still under way are not among them."""
    return Action.objects.filter(tenant=tenant, open_from__lte=timezone.now()).order_by("asked_at", "id")


def actions_open_count(*, tenant: Tenant) -> int:
    """Count them; one look into an index."""
    return actions_open(tenant=tenant).order_by().count()


def action_read_now(*, action: Action) -> Action:
    """Read the platform again for a person. Raises ActionRefused and PlatformError."""
    _ended_check(action)
    return action_read_again(action=action)


def action_settle(*, action: Action, is_done: bool, actor: Actor) -> Action:
    """Settle an open act by what a person has seen at the platform; raises ActionRefused where it is not open."""
    _ended_check(action)
    outcome, words = (Outcome.DONE, "was done") if is_done else (Outcome.REFUSED, "was not done")
    asked = f"{action.actor_name} asked to {action.asked}"
    act = Act(outcome, f"{actor.called} says that it {words}: {asked}, and the outcome was not known.")
    after = action_ended(action, act, by=actor, way=Way.PERSON)
    if after.settled_by != actor.called or after.outcome != outcome:
        raise ActionRefused(f"Its outcome has become known meanwhile: {after.sentence}")
    return after


def _ended_check(action: Action) -> None:
    if not action.is_open:
        raise ActionRefused(f"The outcome of this act is known already: {action.get_state_display().lower()}.")
    if action.state == ActionState.ASKED and timezone.now() < action.latest_end:
        raise ActionRefused("This act is still under way. Wait a minute for its outcome.")


def acts_within(acts: Iterable[ActT]) -> list[ActT]:
    """Carry out acts one after another for as long as a page may take; what is left then was not asked at all."""
    until = time.monotonic() + scaled(PAGE_SECONDS)
    done: list[ActT] = []
    for act in acts:
        done.append(act)
        if time.monotonic() >= until:
            break
    return done

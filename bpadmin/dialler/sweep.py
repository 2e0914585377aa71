"""The sweep of acts without an outcome: it asks the database for them, and the platform what is true now.

It needs no message to have arrived: whichever worker gets a tick finds all acts that are due. What the platform cannot
tell is shown to people, who settle it on the page of open acts or by the command `act_settle`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.dialler.actions import READ_AGAIN, Way, action_ended, action_look, next_look
from bpadmin.dialler.models import Action, ActionState
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client

log = logging.getLogger(__name__)

AT_MOST = 20
READ_TIMEOUT = 10.0
RETRY_SECONDS = 1.0
# A claim: no second sweep reads the same act meanwhile.
CLAIM = timedelta(seconds=120)
# A tenant that does not answer is asked again then.
AWAY = timedelta(seconds=300)
CANNOT_TELL = (
    "Asked to {asked}; bpadmin stopped before it knew the outcome, and the dialler cannot tell it. Look there, and say "
    "whether it was done."
)
NOT_READ = (
    "Asked to {asked}; bpadmin stopped before it knew the outcome, and the dialler cannot be read now ({error}). It is "
    "read again by itself."
)


def actions_sweep(now: datetime | None = None) -> list[int]:
    """Read the platforms again for the acts that are due and return the numbers of those that were settled."""
    now = now or timezone.now()
    settled, away = [], set()
    for action in Action.objects.filter(look_at__lte=now).select_related("tenant").order_by("look_at")[:AT_MOST]:
        if not Action.objects.filter(pk=action.pk, look_at=action.look_at).update(look_at=now + CLAIM):
            continue  # another sweep has it
        if action.tenant_id in away:
            _later(action, now + AWAY)
            continue
        try:
            after = action_read_again(action=action)
        except PlatformError as error:
            away.add(action.tenant_id)
            _unread(action, error)
        except Exception:
            # One act that cannot be followed up must not keep the others from it; it stays open, and people see it.
            log.exception("act %s could not be read again", action.pk)
            _later(action, now + AWAY)
        else:
            if not after.is_open:
                settled.append(action.pk)
    return settled


def action_read_again(*, action: Action) -> Action:
    """Read what is true of an open act and settle it by that, where the platform can tell. Raises PlatformError."""
    if not action.is_open:
        return action
    asker = Actor(action.actor, action.actor_name)
    with tenant_client(action.tenant, read_timeout=READ_TIMEOUT, patience=RETRY_SECONDS) as client:
        found = action_look(action, client)
    if found is not None and found.outcome != Outcome.UNKNOWN:
        act = Act(found.outcome, f"{found.sentence} {READ_AGAIN}", found.id, found.details, found.found)
        return action_ended(action, act, by=asker, way=Way.READING)
    action.looks += 1
    Action.objects.filter(pk=action.pk).update(looks=action.looks)
    if action.state == ActionState.ASKED:
        act = found or Act(Outcome.UNKNOWN, CANNOT_TELL.format(asked=action.asked))
        return action_ended(action, act, by=asker, way=Way.READING)
    now = timezone.now()
    action.look_at = next_look(action, now)
    changes = {"look_at": action.look_at} | ({"sentence": found.sentence} if found is not None else {})
    Action.objects.filter(pk=action.pk, open_from__isnull=False).update(**changes)
    action.refresh_from_db()
    return action


def _unread(action: Action, error: PlatformError) -> None:
    """The platform cannot be read now: an act whose process is gone is unknown, and is read later."""
    if action.state == ActionState.ASKED:
        act = Act(Outcome.UNKNOWN, NOT_READ.format(asked=action.asked, error=error.message.rstrip(".")))
        action_ended(action, act, by=Actor(action.actor, action.actor_name), way=Way.READING)
    _later(action, timezone.now() + AWAY)


def _later(action: Action, moment: datetime) -> None:
    Action.objects.filter(pk=action.pk, open_from__isnull=False).update(look_at=moment)

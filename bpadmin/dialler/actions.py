"""The one way to act on a platform: written down first, then asked once, then answered in words, whatever happens.

1. The intent is committed: an Action that says ASKED, an entry in the activity log, and whatever the kind of act writes
   down besides (for Do Not Call lists ledger and evidence).
2. The request is sent, once. A client that cannot be opened (an unreadable secret, a refused address) is a refusal.
3. The outcome is written in one transaction: Action, log, and what the kind follows up with.

When the process dies between 2 and 3 the Action stays ASKED; `bpadmin.dialler.sweep` finds and settles it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.models import Action, ActionState
from bpadmin.dialler.registry import kind_of
from bpadmin.dialler.types import ACT_TIMEOUT, Act, Actor, Target
from bpadmin.installation.hold import hold_reason
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client

log = logging.getLogger(__name__)

# A read of three tries and a look at the state afterwards: an answer that takes longer does not come any more.
LASTS = 4 * ACT_TIMEOUT
# Seconds after which an act of unknown outcome is read again: soon, then seldom, then never.
LOOK_AFTER = (30.0, 120.0, 600.0, 3600.0)
STORE_AGAIN_SECONDS = 1.0
ID_LENGTH = 400
READ_AGAIN = "It was found so when it was read again."


class AlreadyAsked(Exception):
    """What may be asked for once was asked for before; nothing was sent now."""


class Way(Enum):
    """How an outcome became known."""

    ANSWER = "the platform answered the request"
    READING = "the platform was read again"
    PERSON = "a person said so"


def action_perform(
    *,
    verb: Verb,
    tenant: Tenant,
    actor: Actor,
    target: Target,
    asked: str,
    ask: Callable[[PlatformClient], Act],
    what: str,
    privilege: str = "",
    refusal: Callable[[PlatformError], Act] | None = None,
    wanted: dict[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    timeout: float = ACT_TIMEOUT,
    lasts: float = LASTS,
    undo: dict[str, Any] | None = None,
    undoes: Action | None = None,
    together: int | None = None,
    mark: str | None = None,
) -> Act:
    """Write down that something is asked of a platform, ask it once, write down what came of it and return that.

    A PlatformError becomes an Act, never an exception. `asked` completes "asked to …": "create the list “Spring”".
    `what` completes "… was not done": "“Spring” was not created"; `refusal` says it in words of its own instead.
    `wanted` is plain JSON that the verb's ActionKind needs to read the state again; it is kept as the object it is,
    so that `ask` finds there what the kind adds to it. `timeout` is for one answer and `lasts` for all of the act, in
    seconds. `undo` is plain JSON that the kind needs to take the act back, and is kept. `undoes` is the act that this
    one takes back: what is so is read again first, and nothing is sent where it is not as that act left it. `together`
    is the number of the first of several acts that one click asks for. Nothing is asked twice under one `mark`,
    whatever became of it: AlreadyAsked. Not to be called in a transaction, in which the intent would be committed too
    late.
    """
    if reason := hold_reason():
        return _held(verb, tenant, actor, target, f"{what}. {reason}", details)
    action = Action(
        tenant=tenant,
        verb=verb,
        target_kind=target.kind,
        target_id=target.id[:ID_LENGTH],
        target_name=target.name,
        actor=actor.user,
        actor_name=actor.called,
        asked=asked if undoes is None else f"{asked}, as the undo of act {undoes.pk}",
        asked_at=timezone.now(),
        lasts=lasts,
        details=dict(details or {}) | ({} if undoes is None else {"undo_of": undoes.pk}),
        wanted={} if wanted is None else wanted,
        undo=undo or {},
        undoes=undoes,
        together=together,
        mark=mark,
    )
    try:
        _asked(action, actor)
    except IntegrityError as error:
        if mark is not None and Action.objects.filter(mark=mark).exists():
            raise AlreadyAsked(mark) from error
        if undoes is None or not Action.objects.filter(undoes=undoes).exclude(state=ActionState.REFUSED).exists():
            raise
        return Act(Outcome.REFUSED, f"{what}. Somebody else has undone the same act at this moment.")
    if undoes is not None:
        ask = _looked_at(undoes, ask)
    began = time.monotonic()
    try:
        with tenant_client(tenant, read_timeout=timeout) as client:
            act = _answer(client, action, ask, what=what, privilege=privilege, refusal=refusal)
    except PlatformError as error:  # the tenant's own data do not even let a client be opened
        act = refusal(error) if refusal else _refused(error, what, privilege)
    return _ended_for_sure(action, act, by=actor, duration_ms=int((time.monotonic() - began) * 1000))


def _held(
    verb: Verb, tenant: Tenant, actor: Actor, target: Target, sentence: str, details: Mapping[str, Any] | None
) -> Act:
    """Refuse an act while nothing may be sent, and log that."""
    audit_record(
        verb=verb,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind=target.kind,
        target_id=target.id[:ID_LENGTH],
        target_name=target.name,
        outcome=Outcome.REFUSED,
        message=sentence,
        details=details,
    )
    return Act(Outcome.REFUSED, sentence)


def action_look(action: Action, client: PlatformClient) -> Act | None:
    """Read what is true of an act now; None where the platform cannot tell. Raises PlatformError.

    That nothing is to be seen of a request is not believed while a slow platform may still carry it out.
    """
    found = kind_of(action).read(action, client)
    if found is not None and found.outcome == Outcome.REFUSED and found.so_far and not action.is_quiet:
        return Act(Outcome.UNKNOWN, found.so_far, details=found.details)
    return found


def action_ended(action: Action, act: Act, *, by: Actor, way: Way, duration_ms: int | None = None) -> Action:
    """Write down what came of an act, in one transaction, and return it as it is now.

    The platform's own answer counts for more than what was read or said meanwhile; a reading, a person or a lost
    answer changes nothing about an act whose outcome is known.
    """
    act = _as_undo(action, act)
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=action.pk)
        if not row.is_open and (way is not Way.ANSWER or act.outcome == Outcome.UNKNOWN):
            return row
        row.tenant, row.wanted, row.undo = action.tenant, action.wanted, action.undo
        _outcome_fill(row, act, by, way)
        kind_of(row).ended(row, act, by)
        _log_outcome(row, act, by, way, duration_ms)
        stored, row.wanted = row.wanted, row.wanted if row.is_open else {}
        row.save()
    row.wanted = stored
    kind_of(row).after(row, act)
    return row


def next_look(action: Action, now: datetime) -> datetime | None:
    """Return when an act of unknown outcome is read again, None for never."""
    left = LOOK_AFTER[action.looks :]
    planned = now + timedelta(seconds=left[0]) if left else None
    # What does not show is believed only then, so that is a moment worth looking at.
    if now < action.quiet_until and (planned is None or action.quiet_until < planned):
        return action.quiet_until
    return planned


def _asked(action: Action, actor: Actor) -> None:
    """Commit the intent. `durable` refuses an outer transaction, which could roll it back after the request."""
    action.open_from = action.look_at = action.latest_end
    with transaction.atomic(durable=True):
        action.save(force_insert=True)
        audit_record(
            verb=Verb(action.verb),
            tenant=action.tenant,
            actor=actor.user,
            actor_name=actor.called,
            target_kind=action.target_kind,
            target_id=action.target_id,
            target_name=action.target_name,
            outcome=Outcome.ASKED,
            message=f"Asked to {action.asked}; the outcome is not known yet.",
            details=action.details,
            act=action.pk,
        )
        kind_of(action).asked(action)
        action.save(update_fields=["wanted", "undo"])


def _looked_at(undone: Action, ask: Callable[[PlatformClient], Act]) -> Callable[[PlatformClient], Act]:
    """Return an undo that reads again what is so, right before it is sent."""

    def looked_at(client: PlatformClient) -> Act:
        try:
            why = kind_of(undone).changed(undone, client)
        except PlatformError as error:
            return Act(Outcome.REFUSED, f"Nothing was changed: what is so now could not be read. {error.message}")
        return Act(Outcome.REFUSED, f"Nothing was changed. {why}") if why else ask(client)

    return looked_at


def _answer(
    client: PlatformClient,
    action: Action,
    ask: Callable[[PlatformClient], Act],
    *,
    what: str,
    privilege: str,
    refusal: Callable[[PlatformError], Act] | None,
) -> Act:
    try:
        return ask(client)
    except PlatformError as error:
        if not error.maybe_applied:
            return refusal(error) if refusal else _refused(error, what, privilege)
        lost = error
    try:
        found = action_look(action, client)
    except PlatformError:
        found = None
    return found or Act(
        Outcome.UNKNOWN,
        f"It was asked to {action.asked}, but the answer was lost ({lost.message.rstrip('.')}). It may have worked: "
        "look at the state before you try again.",
    )


def _refused(error: PlatformError, what: str, privilege: str) -> Act:
    needs = f" The tenant's user needs the privilege “{privilege}”." if privilege and error.status == 403 else ""
    return Act(Outcome.REFUSED, f"{what}. {error.message}{needs}")


def _ended_for_sure(action: Action, act: Act, *, by: Actor, duration_ms: int) -> Act:
    """Write the answer down, twice where the database is away for a moment; else the sweep finds the act open."""
    try:
        row = action_ended(action, act, by=by, way=Way.ANSWER, duration_ms=duration_ms)
    except (OperationalError, InterfaceError):
        connection.close_if_unusable_or_obsolete()
        time.sleep(STORE_AGAIN_SECONDS)
        row = action_ended(action, act, by=by, way=Way.ANSWER, duration_ms=duration_ms)
    has_undo = row.state == ActionState.DONE and kind_of(row).has_inverse(row)
    return replace(_as_undo(action, act), number=action.pk, has_undo=has_undo)


def _as_undo(action: Action, act: Act) -> Act:
    """Say before what came of an act that it takes another one back."""
    prefix = action.told_undo
    return replace(act, sentence=prefix + act.sentence) if prefix and not act.sentence.startswith(prefix) else act


def _outcome_fill(row: Action, act: Act, by: Actor, way: Way) -> None:
    now = timezone.now()
    row.state = ActionState(act.outcome.value)
    row.sentence = act.sentence
    row.target_id = row.target_id or act.id[:ID_LENGTH]
    row.details = {**row.details, **act.details}
    if way is Way.ANSWER:
        row.answered_at, row.settled_at, row.settled_by = now, None, ""
    elif not row.is_open:
        row.settled_at, row.settled_by = now, by.called if way is Way.PERSON else "read again"
    row.open_from = now if row.is_open else None
    row.look_at = next_look(row, now) if row.is_open else None


def _log_outcome(row: Action, act: Act, by: Actor, way: Way, duration_ms: int | None) -> None:
    is_person = way is Way.PERSON
    audit_record(
        verb=Verb.ACT_SETTLE if is_person else Verb(row.verb),
        tenant=row.tenant,
        actor=by.user if is_person else row.actor,
        actor_name=by.called if is_person else row.actor_name,
        target_kind=row.target_kind,
        target_id=row.target_id,
        target_name=row.target_name,
        outcome=act.outcome,
        message=act.sentence,
        details=row.details,
        duration_ms=duration_ms,
        act=row.pk,
    )

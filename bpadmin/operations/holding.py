"""Holding all sending, and releasing it: acts of the operator, who answers for what is sent afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.installation.hold import hold_begin, hold_end, hold_reason

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OURS = "this installation"


def hold_by(*, reason: str, actor: User | None, actor_name: str = "") -> None:
    """Hold all sending for a reason that people are shown; does nothing while a hold lasts."""
    with transaction.atomic():
        if not hold_reason():
            hold_begin(reason=reason)
            _record(Verb.HOLD_BEGIN, actor, actor_name, reason)


def release_by(*, actor: User | None, actor_name: str = "") -> bool:
    """Let it send again; False when nothing was held. A hold by BPADMIN_HOLD stays until that is taken away."""
    with transaction.atomic():
        reason = hold_reason()
        if not hold_end():
            return False
        _record(Verb.HOLD_END, actor, actor_name, reason)
    return True


def _record(verb: Verb, actor: User | None, actor_name: str, words: str) -> None:
    audit_record(
        verb=verb,
        tenant=None,
        actor=actor,
        actor_name=actor_name,
        target_kind="installation",
        target_name=OURS,
        message=words,
    )

"""The hold: while it lasts pages work and nothing is sent to any dialler.

A database that was restored from a backup does not know what was sent after it was made. It is held until a person has
looked at what was under way and releases it.
"""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from bpadmin.installation.models import Installation

BY_SETTING = (
    "BPADMIN_HOLD is set, so nothing is sent to any dialler. The operator takes it away, and starts bpadmin anew, when "
    "it may send again."
)

SHOWN, SHOWN_SECONDS = "installation:hold", 5


class Held(Exception):
    """Nothing may be sent now; the message says why, for people."""


def hold_reason() -> str:
    """Return why nothing may be sent now, in words; "" when it may. One query at most."""
    if settings.HOLD:
        return BY_SETTING
    row = Installation.objects.filter(pk=1, held_since__isnull=False).values_list("held_reason", flat=True).first()
    return row or ""


def hold_shown() -> str:
    """Return the same for pages, at most some seconds old, without a query."""
    reason: str | None = cache.get_or_set(SHOWN, hold_reason, SHOWN_SECONDS)
    return reason or ""


def hold_check() -> None:
    """Raise Held while nothing may be sent."""
    if reason := hold_reason():
        raise Held(reason)


def hold_begin(*, reason: str) -> None:
    """Hold the installation; a hold that is there already keeps its beginning and its reason."""
    Installation.objects.get_or_create(pk=1)
    Installation.objects.filter(pk=1, held_since=None).update(held_since=timezone.now(), held_reason=reason)
    _shown_anew()


def _shown_anew() -> None:
    """Have pages look again: now, and once this is stored, since somebody may have looked in between."""
    cache.delete(SHOWN)
    transaction.on_commit(lambda: cache.delete(SHOWN))


def hold_end() -> bool:
    """Release the hold; False when there was none. A hold by setting stays."""
    ended = Installation.objects.filter(pk=1, held_since__isnull=False).update(held_since=None, held_reason="")
    _shown_anew()
    return bool(ended)

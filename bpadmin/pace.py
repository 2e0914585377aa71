"""One setting shortens everything that waits: for the chaos command and for measuring, never for production."""

from __future__ import annotations

from django.conf import settings


def scaled(seconds: float, *, least: float = 0.0) -> float:
    """Return a time-out, pause or slice in seconds as BPADMIN_TIME_SCALE shortens it, but not below `least`.

    `least` is what the work behind it takes on a busy machine; with a scale of 1 it has no effect.
    """
    return max(seconds * settings.TIME_SCALE, min(seconds, least))

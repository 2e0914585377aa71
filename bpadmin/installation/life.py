"""That the broker takes messages, and that the sweep runs: what beat, broker and the interactive worker are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from bpadmin.installation.models import Installation

NOTE_EVERY = timedelta(seconds=5)
SHOWN, SHOWN_SECONDS, NEVER = "installation:swept", 5, "never"

BROKER_SECONDS = 2.0


def broker_ask(queues: Sequence[str] = ()) -> dict[str, int]:
    """Return how many messages wait in each queue. Raises redis.RedisError and OSError.

    It writes, too: a server that refuses to store answers a ping as well.
    """
    import redis  # a tenth of a start

    limits = {"socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS}
    with redis.Redis.from_url(settings.CACHE_URL, **limits) as server:
        server.set("bpadmin-health", "1", ex=60)
        return {name: int(server.llen(name)) for name in queues}


def broker_answers() -> bool:
    """Return whether the broker takes commands; a hanging one takes two seconds."""
    from redis import RedisError

    try:
        broker_ask()
    except (RedisError, OSError):
        return False
    return True


def sweep_shown() -> datetime | None:
    """Return when the sweep last ran, for pages: some seconds old at most, mostly without a query; None for never."""
    found: datetime | str = cache.get_or_set(SHOWN, lambda: _swept_at() or NEVER, SHOWN_SECONDS) or NEVER
    return found if isinstance(found, datetime) else None


def _swept_at() -> datetime | None:
    return Installation.objects.filter(pk=1).values_list("swept_at", flat=True).first()


def sweep_note() -> None:
    """Store that the sweep runs now, every few seconds at most."""
    now = timezone.now()
    is_due = Q(swept_at=None) | Q(swept_at__lt=now - NOTE_EVERY)
    if not Installation.objects.filter(is_due, pk=1).update(swept_at=now):
        Installation.objects.get_or_create(pk=1, defaults={"swept_at": now})

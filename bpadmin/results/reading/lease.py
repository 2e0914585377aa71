"""One process at a time reads a tenant's results, and no faster than its budget of calls."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import F, Q
from django.utils import timezone

from bpadmin.results.models import ResultsSettings

LEASE = timedelta(seconds=150)
# What may be saved up: a minute's calls, so that a pause is made up for and the dialler is never flooded.
MINUTES_SAVED = 1.0
LOOK_SECONDS = 0.1


class LeaseLost(Exception):
    """Another process reads this tenant meanwhile; nothing of the page at hand is kept."""


class Lease:
    """The right to read one tenant's results, for as long as it is renewed."""

    def __init__(self, settings: ResultsSettings) -> None:
        self.settings = settings
        self.owner = uuid.uuid4().hex

    def take(self) -> bool:
        """Take it where nobody else has it."""
        now = timezone.now()
        free = Q(reader="") | Q(reader_until__isnull=True) | Q(reader_until__lt=now)
        mine = ResultsSettings.objects.filter(free, pk=self.settings.pk)
        return bool(mine.update(reader=self.owner, reader_until=now + LEASE))

    def wait(self, until: float) -> bool:
        """Take it, asking whoever has it to stop after the page at hand; False where it is not free in time."""
        cache.set(self._asked, self.owner, timeout=60)
        try:
            while not self.take():
                if time.monotonic() >= until:
                    return False
                time.sleep(LOOK_SECONDS)
            return True
        finally:
            cache.delete(self._asked)

    def is_asked_for(self) -> bool:
        """Return whether somebody waits for it."""
        return cache.get(self._asked) is not None

    @property
    def _asked(self) -> str:
        return f"results:{self.settings.pk}:asked"

    def hold(self) -> None:
        """Renew it, within the transaction that writes. Raises LeaseLost."""
        mine = ResultsSettings.objects.filter(pk=self.settings.pk, reader=self.owner)
        if not mine.update(reader_until=timezone.now() + LEASE):
            raise LeaseLost

    def give_back(self) -> None:
        """Let others read."""
        ResultsSettings.objects.filter(pk=self.settings.pk, reader=self.owner).update(reader="", reader_until=None)

    def call_take(self, now: datetime, calls: float = 1.0) -> bool:
        """Take calls out of the budget; False where there are none left for now."""
        settings = self.settings
        a_minute = float(settings.calls_a_minute)
        since = (now - settings.calls_at).total_seconds() if settings.calls_at is not None else 60.0
        left = min(a_minute * MINUTES_SAVED, settings.calls_left + max(0.0, since) * a_minute / 60)
        is_taken = left >= calls
        settings.calls_left, settings.calls_at = left - (calls if is_taken else 0.0), now
        ResultsSettings.objects.filter(pk=settings.pk).update(
            calls_left=settings.calls_left, calls_at=now, turn=F("turn") + 1
        )
        settings.turn += 1
        return is_taken

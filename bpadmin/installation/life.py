"""That the sweep runs, which is what beat, broker and the interactive worker together are for."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from bpadmin.installation.models import Installation

NOTE_EVERY = timedelta(seconds=5)


def sweep_note() -> None:
    """Store that the sweep runs now, every few seconds at most."""
    now = timezone.now()
    is_due = Q(swept_at=None) | Q(swept_at__lt=now - NOTE_EVERY)
    if not Installation.objects.filter(is_due, pk=1).update(swept_at=now):
        Installation.objects.get_or_create(pk=1, defaults={"swept_at": now})

"""This machine's clock beside the database's, which all machines share."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone


def clock_skew() -> float:
    """Return by how many seconds this machine's clock is ahead of the database's; 0 where both are one machine."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment = cursor.fetchone()[0]
    return float((timezone.now() - moment).total_seconds())

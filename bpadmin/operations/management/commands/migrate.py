"""manage.py migrate"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

# Any number that nothing else on the same server takes for an advisory lock.
LOCK = 7_231_960_411


class Command(migrate.Command):
    """Django's own, one at a time: several machines may start with the same command."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Wait for a migration that is under way elsewhere, then do what is left."""
        with _alone(options["database"]):
            super().handle(*args, **options)


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Hold the database's own lock for migrating; SQLite locks by itself."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

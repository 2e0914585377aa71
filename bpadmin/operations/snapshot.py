"""One moment of the database, read while everybody goes on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

ALIAS = "snapshot"


@contextmanager
def snapshot_open() -> Iterator[str]:
    """Open a connection of its own that sees one moment for as long as the `with` block runs; yields its alias."""
    try:
        with transaction.atomic(using=ALIAS):
            with connections[ALIAS].cursor() as cursor:
                # The moment is that of the first statement that reads a table.
                cursor.execute("SELECT count(*) FROM django_migrations")
            yield ALIAS
    finally:
        connections[ALIAS].close()

"""Commits that survive a power cut, where one must not be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def commits_on_disk(*, is_needed: bool) -> Iterator[None]:
    """Have this thread's commits reach the disk before they are believed, while the `with` block runs.

    SQLite's write-ahead log is else written to disk at its checkpoints only: after a power cut a chunk could be ready
    again that had been sent. By its keys a record is recognised when it comes twice; without keys it would be double.
    Other databases do so anyway.
    """
    if not is_needed or connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        before = int(cursor.fetchone()[0])
        cursor.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={before}")

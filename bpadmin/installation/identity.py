"""Whether the database is still the one that it was at the last start, and goes on from where it was.

A copy that was restored would send again what was sent after it was made. PostgreSQL names its cluster and, after a
fail-over or a restore to a point in time, another timeline. Besides, each start is counted in the database and noted in
a file in BPADMIN_DATA: a database that has seen fewer starts than the file says is an older one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from bpadmin.installation.hold import hold_begin
from bpadmin.installation.models import Installation

ANOTHER_SERVER = (
    "The database is on another server, or on another timeline of it, than at the last start ({before} then, {now} "
    "now): it was restored or failed over. What was sent after it was saved may be missing in it, so nothing is sent "
    "until somebody has looked at what was under way and releases the hold."
)
OLDER = (
    "The database is older than at the last start: it was restored from a copy. What was sent after the copy was made "
    "is missing in it, so nothing is sent until somebody has looked at what was under way and releases the hold."
)


def identity_check() -> str:
    """Compare the database with what it was at the last start, hold it where it is another; returns why, or "".

    Called once at the start of every process that may send. Notes the present state.
    """
    with _on_disk(), transaction.atomic():
        row, is_new = Installation.objects.select_for_update().get_or_create(pk=1)
        now = database_identity()
        reason = ""
        if row.database and now and row.database != now:
            reason = ANOTHER_SERVER.format(before=row.database, now=now)
        elif not is_new and row.generation < _generation_noted():
            reason = OLDER
        row.database = now or row.database
        row.generation = max(row.generation, _generation_noted()) + 1
        row.save(update_fields=["database", "generation"])
        if reason:
            hold_begin(reason=reason)
    _generation_keep(row.generation)
    return reason


@contextmanager
def _on_disk() -> Iterator[None]:
    """Have the commit reach the disk: after a power cut the file must not have seen more starts than the database."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")


def database_identity() -> str:
    """Return the database server's own name for itself and its timeline; "" where it has none."""
    if connection.vendor != "postgresql":
        return ""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || "
                "(SELECT timeline_id FROM pg_control_checkpoint())::text"
            )
            return str(cursor.fetchone()[0])
    except DatabaseError:  # a hosted server may forbid it
        return ""


def _place() -> Path:
    return Path(settings.DATA_DIR) / "generation"


def _generation_noted() -> int:
    """Return the number of starts that the file tells, 0 where there is none."""
    try:
        return int(_place().read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _generation_keep(generation: int) -> None:
    new = _place().with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # a disk that is full says so elsewhere
        new.write_text(str(generation), encoding="ascii")
        new.replace(_place())

"""What is counted as it happens, calls of platforms and pages: gathered in this process, stored together now and then.

A call costs an addition in memory. What has gathered is added to the database in one statement when some work is over
(a request, a task, a turn) and at most every FLUSH_SECONDS, so that no write waits in the middle of sending. A process
that is killed takes its last seconds of counts with it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import Error, connection

from bpadmin.installation.database import database_away
from bpadmin.installation.models import BUCKETS, Tally, TallyKind

log = logging.getLogger(__name__)

FLUSH_SECONDS = 5.0
NAME_LENGTH = 80
# Names that nobody foresaw must not grow without end in memory; whatever is beyond is not counted.
MOST_KINDS = 5000

_Key = tuple[str, str, str, str]
_gathered: dict[_Key, list[float]] = {}
_lock = threading.Lock()
_flushed_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of counts: how many, their seconds together, and how many took at most each of BUCKETS (cumulative)."""

    tenant: str
    name: str
    outcome: str
    count: int
    seconds: float
    at_most: tuple[int, ...]


def tally_add(kind: TallyKind, *, name: str, outcome: str, seconds: float, tenant: str = "") -> None:
    """Count one; `tenant` is a slug."""
    key = (kind.value, tenant, name[:NAME_LENGTH], outcome)
    place = bisect_left(BUCKETS, seconds)
    with _lock:
        row = _gathered.get(key)
        if row is None:
            if len(_gathered) >= MOST_KINDS:
                return
            row = _gathered[key] = [0.0] * (2 + len(BUCKETS))
        row[0] += 1
        row[1] += seconds
        if place < len(BUCKETS):
            row[2 + place] += 1


def tallies_flush(*, is_due: bool = False) -> None:
    """Store what has gathered; with `is_due` only when the last time was FLUSH_SECONDS ago.

    What the database does not take now stays for the next time.
    """
    global _gathered, _flushed_at
    if not _gathered or (is_due and not _is_due()):
        return
    with _lock:
        rows, _gathered = _gathered, {}
        _flushed_at = time.monotonic()
    try:
        _store(rows)
    except Error as error:
        log.warning("counts of calls could not be stored, the next time they are: %s", error)
        _put_back(rows)


def tallies_read(kind: TallyKind) -> Iterator[Counted]:
    """Yield all counts of a kind, those of this process included."""
    tallies_flush()
    for row in Tally.objects.filter(kind=kind).order_by("tenant", "name", "outcome"):
        at_most, sofar = [], 0
        for place in range(len(BUCKETS)):
            sofar += getattr(row, f"upto_{place}")
            at_most.append(sofar)
        yield Counted(row.tenant, row.name, row.outcome, row.count, row.seconds, tuple(at_most))


def tallies_forget() -> None:
    """Throw away what this process has gathered: in a child after a fork it is the parent's."""
    global _gathered, _lock
    _lock = threading.Lock()
    _gathered = {}


def flush_after_request(**_: Any) -> None:
    """Store what is due once an answer is made, and before it goes out.

    PostgreSQL is looked at first: by a connection that stands to a server which hangs this answer, and each that is due
    after it, would hang with its thread, those of the health check too.
    """
    is_asked = connection.vendor == "postgresql" and not connection.in_atomic_block
    if _gathered and _is_due() and not (is_asked and database_away(is_news=True)):
        tallies_flush(is_due=True)


def _is_due() -> bool:
    return time.monotonic() - _flushed_at >= FLUSH_SECONDS


def _store(rows: dict[_Key, list[float]]) -> None:
    quote = connection.ops.quote_name
    table = quote(Tally._meta.db_table)
    identity = ("kind", "tenant", "name", "outcome")
    numbers = ("count", "seconds", *(f"upto_{place}" for place in range(len(BUCKETS))))
    columns = ", ".join(quote(name) for name in (*identity, *numbers))
    marks = f"({', '.join(['%s'] * (len(identity) + len(numbers)))})"
    sums = ", ".join(f"{quote(name)} = {table}.{quote(name)} + excluded.{quote(name)}" for name in numbers)
    # In one order everywhere: two processes that store the same rows must not wait for each other in a circle.
    values: list[str | float] = []
    for key in sorted(rows):
        values += [*key, *_whole(rows[key])]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) VALUES {', '.join([marks] * len(rows))} "  # noqa: S608 - names of ours
            f"ON CONFLICT ({', '.join(map(quote, identity))}) DO UPDATE SET {sums}",
            values,
        )


def _whole(row: list[float]) -> list[float]:
    return [int(row[0]), row[1], *map(int, row[2:])]


def _put_back(rows: dict[_Key, list[float]]) -> None:
    with _lock:
        for key, row in rows.items():
            there = _gathered.get(key)
            _gathered[key] = [a + b for a, b in zip(row, there, strict=True)] if there else row


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tallies_forget)

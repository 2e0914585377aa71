"""The statements that run once for every chunk, written out: to build them anew costs the ORM more than to run them.

All values are parameters; what is put into the text are names of our own columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.utils import timezone

from bpadmin.jobs.lease import LEASE, Lease
from bpadmin.jobs.models import Chunk, ChunkState, Job

_TO_SEND = (
    "id", "job_id", "number", "count", "first_record", "first_row", "last_row", "offset", "length", "checksum",
    "attempt",
)  # fmt: skip


def job_add(lease: Lease, numbers: Mapping[str, int]) -> bool:
    """Renew the lease and add to counters of the job; False when the lease is lost."""
    names = tuple(name for name, number in numbers.items() if number)
    values = [numbers[name] for name in names]
    return _run(_job_add(names), [_time(timezone.now() + LEASE), *values, lease.job_id, lease.owner]) == 1


def chunk_close(lease: Lease, chunk: Chunk, numbers: Mapping[str, int], message: str) -> bool:
    """Store the numbers of a chunk that is in flight and now done; False when it is not in flight any more."""
    names = tuple(name for name, number in numbers.items() if number)
    values = [numbers[name] for name in names]
    now = _time(timezone.now())
    parameters = [ChunkState.DONE.value, now, message, *values, chunk.pk, ChunkState.IN_FLIGHT.value, lease.owner]
    return _run(_chunk_close(names), parameters) == 1


def chunk_next(lease: Lease) -> Chunk | None:
    """Mark the next ready chunk as in flight and give it, None when there is none or the job is wanted to stop."""
    marks = [ChunkState.IN_FLIGHT.value, lease.owner, _time(timezone.now())]
    with connection.cursor() as cursor:
        cursor.execute(_chunk_next(), [*marks, lease.job_id, ChunkState.READY.value])
        row = cursor.fetchone()
    return None if row is None else Chunk.from_db(connection.alias, _TO_SEND, row)


@cache
def _job_add(names: tuple[str, ...]) -> str:
    sums = "".join(f", {name} = {name} + %s" for name in names)
    return f"UPDATE {Job._meta.db_table} SET lease_until = %s{sums} WHERE id = %s AND lease_owner = %s"  # noqa: S608


@cache
def _chunk_close(names: tuple[str, ...]) -> str:
    sets = "".join(f", {name} = %s" for name in names)
    return (
        f"UPDATE {Chunk._meta.db_table} SET state = %s, done_at = %s, message = %s{sets} "  # noqa: S608
        "WHERE id = %s AND state = %s AND owner = %s"
    )


@cache
def _chunk_next() -> str:
    # Some columns are named like words of the language.
    given = ", ".join(f'"{name}"' for name in _TO_SEND)
    chunk, job = Chunk._meta.db_table, Job._meta.db_table
    return (
        f"UPDATE {chunk} SET state = %s, attempt = attempt + 1, owner = %s, sent_at = %s WHERE id = ("  # noqa: S608
        f"SELECT c.id FROM {chunk} c JOIN {job} j ON j.id = c.job_id "
        "WHERE c.job_id = %s AND c.state = %s AND j.wanted = '' ORDER BY c.number LIMIT 1"
        f") RETURNING {given}"
    )


def _run(statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _time(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)

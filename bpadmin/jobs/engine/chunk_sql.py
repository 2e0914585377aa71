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

from bpadmin.jobs.engine.lease import LEASE, Lease
from bpadmin.jobs.models import Chunk, ChunkState, Job

# In the order of the model's columns, as `from_db` takes them.
_TO_SEND = (
    "id", "job_id", "number", "count", "first_record", "first_row", "last_row", "offset", "length", "checksum",
    "blocks", "whole", "attempt",
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


def is_one_statement() -> bool:
    """Return whether `done_and_next` can be had: SQLite changes one table in a statement."""
    return connection.vendor == "postgresql"


def done_and_next(
    lease: Lease, chunk: Chunk, *, credit: Mapping[str, int], numbers: Mapping[str, int], message: str, claim: bool
) -> tuple[bool, Chunk | None]:
    """Do what `job_add`, `chunk_close` and, with `claim`, `chunk_next` do, in one statement: each costs a way there.

    Gives whether the lease and the chunk were ours, and the next chunk. Where they were not, the caller has to take the
    transaction back.
    """
    added = tuple(name for name, number in credit.items() if number)
    stored = tuple(name for name, number in numbers.items() if number)
    now = timezone.now()
    parameters: list[Any] = [
        *[_time(now + LEASE), *(credit[name] for name in added), lease.job_id, lease.owner],
        *[ChunkState.DONE.value, _time(now), message, *(numbers[name] for name in stored)],
        *[chunk.pk, ChunkState.IN_FLIGHT.value, lease.owner],
    ]
    if claim:
        parameters += [ChunkState.IN_FLIGHT.value, lease.owner, _time(now), lease.job_id]
        parameters += [ChunkState.READY.value] * 2
    with connection.cursor() as cursor:
        cursor.execute(_done_and_next(added, stored, claim), parameters)
        moved, closed, *row = cursor.fetchone()
    is_claimed = claim and row[0] is not None
    return moved == closed == 1, Chunk.from_db(connection.alias, _TO_SEND, row) if is_claimed else None


@cache
def _done_and_next(added: tuple[str, ...], stored: tuple[str, ...], claim: bool) -> str:
    # The statement may wait for the job's row, and what it began with be old by then. So whether a person wants the job
    # to stop is read of the row as it was locked, and that the next chunk is ready is asked of it once more.
    parts = [
        f"job AS ({_job_add(added)} RETURNING wanted)",
        f"closed AS ({_chunk_close(stored)} AND EXISTS (SELECT 1 FROM job) RETURNING id)",  # noqa: S608
    ]
    counts = "(SELECT count(*) FROM job), (SELECT count(*) FROM closed)"
    if not claim:
        return f"WITH {', '.join(parts)} SELECT {counts}"
    chunk = Chunk._meta.db_table
    given = ", ".join(f'"{name}"' for name in _TO_SEND)
    parts.append(
        f"claimed AS (UPDATE {chunk} SET state = %s, attempt = attempt + 1, owner = %s, sent_at = %s WHERE id = ("  # noqa: S608
        f"SELECT c.id FROM {chunk} c WHERE c.job_id = %s AND c.state = %s AND (SELECT wanted FROM job) = '' "
        f"ORDER BY c.number LIMIT 1) AND state = %s AND EXISTS (SELECT 1 FROM closed) RETURNING {given})"
    )
    return f"WITH {', '.join(parts)} SELECT {counts}, claimed.* FROM (SELECT 1) one LEFT JOIN claimed ON true"  # noqa: S608


def _run(statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _time(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)

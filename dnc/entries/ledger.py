"""The ledger's rows, written thousands at a time: by SQL made once, since a million objects would be slow and large.

Everything here may be done twice without harm, so that a chunk that is sent again leaves the ledger as it is.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from bpadmin.jobs.files.orphans import OrphanCollector
from bpadmin.texts import text_clean, text_fit
from dnc.keys.normalisation import COMMENT_LENGTH, KEY_LENGTH
from dnc.models import DncEntry, DncList, DncSource, DncStaged, EntryState

PAIRS_AT_ONCE = 5000
STAGED_AT_ONCE = 5000
# Staged keys live as long as a check or a read-back; what is older was left by one that was killed.
STAGED_FOR = timedelta(days=1)
BATCH_BITS = 28
_TABLE, _STAGED = DncEntry._meta.db_table, DncStaged._meta.db_table

_ENTRY_VALUES = "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_STAGED_VALUES = "VALUES (%s, %s, %s)"
# PostgreSQL takes a batch in one statement of arrays, several times as fast as row by row.
_AS_ARRAYS = {
    _ENTRY_VALUES: (
        "SELECT * FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[], %s::smallint[], %s::timestamptz[], "
        "%s::timestamptz[], %s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::date[])"
    ),
    _STAGED_VALUES: "SELECT * FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[])",
}
_INSERT = f"""
INSERT INTO {_TABLE} (dnc_list_id, "key", comment, state, added_at, changed_at, source_id, removed_by_id,
                      received_on, due_on, expires_on)
{_ENTRY_VALUES}
ON CONFLICT (dnc_list_id, "key") DO UPDATE SET """
_KEPT = f"""
    received_on = COALESCE(excluded.received_on, {_TABLE}.received_on),
    due_on = COALESCE(excluded.due_on, {_TABLE}.due_on)"""
_ADDED = (
    _INSERT
    + """changed_at = excluded.changed_at, state = excluded.state, comment = excluded.comment,
    added_at = excluded.added_at, source_id = excluded.source_id, removed_by_id = NULL,
    expires_on = excluded.expires_on, """
    + _KEPT
)
# What was there before keeps its story.
_THERE = (
    _INSERT
    + f"""state = excluded.state, removed_by_id = NULL,
    added_at = CASE WHEN {_TABLE}.state = 1 THEN {_TABLE}.added_at ELSE excluded.added_at END,
    source_id = CASE WHEN {_TABLE}.state = 1 THEN {_TABLE}.source_id ELSE excluded.source_id END,
    comment = CASE WHEN {_TABLE}.state = 1 THEN {_TABLE}.comment ELSE excluded.comment END, """
    + _KEPT
)
# An end date holds only as long as nothing asks for the entry without one.
_THERE_FOR_GOOD = _THERE + ", changed_at = excluded.changed_at, expires_on = NULL"
_SAME_END = f", expires_on = CASE WHEN {_TABLE}.state = 1 THEN {_TABLE}.expires_on END"
_THERE_FOR_NOW = _THERE + ", changed_at = excluded.changed_at" + _SAME_END
# What is only read was asked for by nobody: a replacement that is under way may still remove it.
_READ = (
    _THERE
    + f", changed_at = CASE WHEN {_TABLE}.state = 1 THEN {_TABLE}.changed_at ELSE excluded.changed_at END"
    + _SAME_END
)
_REMOVED = (
    _INSERT
    + """changed_at = excluded.changed_at, state = excluded.state, removed_by_id = excluded.removed_by_id,
    expires_on = NULL"""
)
# What is surely there is not doubted by an addition whose answer was lost.
_UNKNOWN_ADD = (
    _INSERT + f"changed_at = excluded.changed_at, state = CASE WHEN {_TABLE}.state = 1 THEN 1 ELSE excluded.state END"
)
# The time stays: it tells a deletion that is tried again whether somebody has added the key meanwhile.
_UNKNOWN_DELETE = _INSERT + "state = excluded.state"
_WANTED = (
    _UNKNOWN_ADD
    + f", source_id = CASE WHEN {_TABLE}.state = 1 THEN {_TABLE}.source_id ELSE excluded.source_id END, "
    + _KEPT
)
_LONGER = f"""
UPDATE {_TABLE} SET expires_on = %s
WHERE dnc_list_id = %s AND "key" = %s AND state = 1 AND expires_on < %s"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Dates:
    """What may be said of entries beside their comment."""

    received_on: date | None = None
    due_on: date | None = None
    expires_on: date | None = None


Pair = tuple[str, str]
"""A key and its comment."""

NO_DATES = Dates()


def entries_added(dnc_list_id: int, pairs: Iterable[Pair], source: DncSource, dates: Dates = NO_DATES) -> None:
    """Note that the platform added these."""
    now = timezone.now()
    last = _adapted(
        EntryState.PRESENT.value, now, now, source.pk, None, dates.received_on, dates.due_on, dates.expires_on
    )
    _many(_ADDED, ((dnc_list_id, key, comment, *last) for key, comment in pairs))


def entries_there(
    dnc_list_id: int, pairs: Sequence[Pair], source: DncSource, dates: Dates = NO_DATES, *, is_read: bool = False
) -> None:
    """Note that these were in the list before. What somebody else put in gets no end date from us.

    Asked for without an end date, an entry loses the one it has. `is_read`: nobody asked for it, it was only read.
    """
    now = timezone.now()
    ends = dates.expires_on
    if ends is not None:
        (day,) = _adapted(ends)
        _many(_LONGER, ((day, dnc_list_id, key, day) for key, _ in pairs))
    last = _adapted(EntryState.PRESENT.value, now, now, source.pk, None, dates.received_on, dates.due_on, None)
    statement = _THERE_FOR_GOOD if ends is None else _THERE_FOR_NOW
    _many(_READ if is_read else statement, ((dnc_list_id, key, comment, *last) for key, comment in pairs))


def entries_removed(dnc_list_id: int, keys: Iterable[str], source: DncSource) -> None:
    """Note that these are in the list no more."""
    now = timezone.now()
    last = _adapted("", EntryState.REMOVED.value, now, now, source.pk, source.pk, None, None, None)
    _many(_REMOVED, ((dnc_list_id, key, *last) for key in keys))


def entries_unknown(dnc_list_id: int, pairs: Iterable[Pair], source: DncSource, *, is_delete: bool) -> None:
    """Note that these were asked for and the answer was lost."""
    now = timezone.now()
    last = _adapted(EntryState.UNKNOWN.value, now, now, source.pk, None, None, None, None)
    statement = _UNKNOWN_DELETE if is_delete else _UNKNOWN_ADD
    _many(statement, ((dnc_list_id, key, comment, *last) for key, comment in pairs))


def entries_wanted(dnc_list_id: int, keys: Iterable[str], source: DncSource, dates: Dates) -> None:
    """Note opt-out requests that nobody has carried out yet; what is in the list stays so."""
    now = timezone.now()
    last = _adapted("", EntryState.WANTED.value, now, now, source.pk, None, dates.received_on, dates.due_on, None)
    _many(_WANTED, ((dnc_list_id, key, *last) for key in keys))


def entries_all_removed(dnc_list: DncList, source: DncSource, until: datetime | None = None) -> int:
    """Note that a list was emptied; returns how many entries were known to be in it.

    What was put in or asked for after `until` is not among what was emptied.
    """
    known = DncEntry.objects.filter(dnc_list=dnc_list).exclude(state__in=[EntryState.REMOVED, EntryState.WANTED])
    if until is not None:
        known = known.filter(changed_at__lte=until)
    changes = {"state": EntryState.REMOVED, "removed_by": source, "changed_at": timezone.now(), "expires_on": None}
    return known.update(**changes)


def entries_all_unknown(dnc_list: DncList, moment: datetime) -> int:
    """Note that nobody knows whether a list was emptied at a moment; returns how many entries that is about."""
    present = DncEntry.objects.filter(dnc_list=dnc_list, state=EntryState.PRESENT)
    return present.update(state=EntryState.UNKNOWN, changed_at=moment)


def entries_all_there(dnc_list: DncList, moment: datetime) -> int:
    """Take that back: the list was not emptied at that moment."""
    unknown = DncEntry.objects.filter(dnc_list=dnc_list, state=EntryState.UNKNOWN, changed_at=moment)
    return unknown.update(state=EntryState.PRESENT)


def ledger_counts(dnc_list: DncList) -> dict[EntryState, int]:
    """Count a list's entries by state."""
    rows = DncEntry.objects.filter(dnc_list=dnc_list).order_by().values_list("state").annotate(Count("id"))
    return {EntryState(state): count for state, count in rows}


def batch_make() -> int:
    """Make a number for keys to be staged under; it tells when it was made, for `staged_collect`."""
    return int(time.time()) << BATCH_BITS | secrets.randbits(BATCH_BITS)


def staged_collect(now: datetime) -> int:
    """Drop what was staged more than a day ago and never dropped, as its check was killed; returns how many keys."""
    oldest = int((now - STAGED_FOR).timestamp()) << BATCH_BITS
    newest = int((now + STAGED_FOR).timestamp()) << BATCH_BITS  # numbers from before they told a time
    left = DncStaged.objects.filter(Q(batch__lt=oldest) | Q(batch__gt=newest)).order_by("pk")
    count = 0
    while ids := list(left.values_list("pk", flat=True)[:STAGED_AT_ONCE]):
        count += DncStaged.objects.filter(pk__in=ids).delete()[0]
    return count


ORPHANS = OrphanCollector("staged Do Not Call keys", staged_collect)


def pairs_storable(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs whose key a column takes as it is, with comments that fit; a key is never cut."""
    return [
        (key, text_fit(comment, COMMENT_LENGTH))
        for key, comment in pairs
        if len(key) <= KEY_LENGTH and text_clean(key) == key
    ]


def staged_add(batch: int, pairs: Iterable[Pair]) -> None:
    """Stage keys, each once."""
    statement = f'INSERT INTO {_STAGED} (batch, "key", comment) {_STAGED_VALUES} ON CONFLICT DO NOTHING'
    _many(statement, ((batch, key, comment) for key, comment in pairs))


def staged_forget(batch: int) -> None:
    """Drop what was staged under a number."""
    DncStaged.objects.filter(batch=batch).delete()


_GONE = f"""
FROM {_TABLE} e WHERE e.dnc_list_id = %s AND e.state IN (1, 3)
AND NOT EXISTS (SELECT 1 FROM {_STAGED} s WHERE s.batch = %s AND s."key" = e."key")"""  # noqa: S608 - our own names
_NEW = f"""
FROM {_STAGED} s WHERE s.batch = %s
AND NOT EXISTS (SELECT 1 FROM {_TABLE} e WHERE e.dnc_list_id = %s AND e."key" = s."key" AND e.state = 1)"""  # noqa: S608


def gone_count(dnc_list: DncList, batch: int) -> int:
    """Count the entries known to be in a list that are not among the staged keys."""
    return int(_one("SELECT COUNT(*) " + _GONE, (dnc_list.pk, batch)))


def gone_keys(dnc_list: DncList, batch: int, *, limit: int) -> Iterator[list[str]]:
    """Return the keys of such entries in their order, at most `limit` at a time."""
    last = ""
    statement = 'SELECT e."key" ' + _GONE + ' AND e."key" > %s ORDER BY e."key" LIMIT %s'
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, (dnc_list.pk, batch, last, limit))
            keys = [key for (key,) in cursor.fetchall()]
        if not keys:
            return
        yield keys
        last = keys[-1]


def new_count(dnc_list: DncList, batch: int) -> int:
    """Count the staged keys that are not known to be in a list."""
    return int(_one("SELECT COUNT(*) " + _NEW, (batch, dnc_list.pk)))


def new_keys(dnc_list: DncList, batch: int, *, limit: int) -> list[str]:
    """Return the first of such keys."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT s."key" ' + _NEW + ' ORDER BY s."key" LIMIT %s', (batch, dnc_list.pk, limit))
        return [key for (key,) in cursor.fetchall()]


def staged_pairs(batch: int) -> Iterator[list[Pair]]:
    """Return what was staged, some thousands at a time."""
    last = ""
    while True:
        rows = DncStaged.objects.filter(batch=batch, key__gt=last).order_by("key")
        pairs = list(rows.values_list("key", "comment")[:PAIRS_AT_ONCE])
        if not pairs:
            return
        yield pairs
        last = pairs[-1][0]


def changed_since(dnc_list_id: int, keys: Sequence[str], moment: datetime) -> set[str]:
    """Return those of the keys that were put in or asked for after a moment."""
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        rows = DncEntry.objects.filter(dnc_list_id=dnc_list_id, key__in=keys[start : start + 500])
        found.update(rows.filter(changed_at__gt=moment).exclude(state=EntryState.REMOVED).values_list("key", flat=True))
    return found


def keys_present(dnc_list_id: int, keys: Sequence[str]) -> set[str]:
    """Return those of the keys that are surely in the list."""
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        rows = DncEntry.objects.filter(dnc_list_id=dnc_list_id, key__in=keys[start : start + 500])
        found.update(rows.filter(state=EntryState.PRESENT).values_list("key", flat=True))
    return found


def _many(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    # No field stands between these rows and the database.
    batch = [tuple(text_clean(each) if each.__class__ is str else each for each in row) for row in rows]
    if not batch:
        return
    with connection.cursor() as cursor:
        for values, arrays in _AS_ARRAYS.items() if connection.vendor == "postgresql" else ():
            if values in statement:
                # One statement must not meet a row twice.
                distinct = {row[:2]: row for row in batch}.values()
                cursor.execute(
                    statement.replace(values, arrays), [list(column) for column in zip(*distinct, strict=True)]
                )
                return
        cursor.executemany(statement, batch)


def _adapted(*values: Any) -> tuple[Any, ...]:
    """Return times and days as the database takes them where no field does it for us."""
    times, days = connection.ops.adapt_datetimefield_value, connection.ops.adapt_datefield_value
    return tuple(
        times(value) if isinstance(value, datetime) else days(value) if isinstance(value, date) else value
        for value in values
    )


def _one(statement: str, values: Sequence[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else 0

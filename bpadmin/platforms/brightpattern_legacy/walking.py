"""Paging without cursors of the platform's: by index, or by time from the last time seen on. Pure.

A page by time begins with the records of the very time at which the one before ended, of which some were given already.
They are known again by marks, not counted: a record that was called meanwhile has moved on to a later time.

The documents name the most that their "current implementation" gives in one answer. A page shorter than asked may be
cut at another number, so that a walk asks on behind it; see `walk_on`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from bpadmin.platforms.errors import Broken, Invalid, Reason
from bpadmin.platforms.http.paging import repeated
from bpadmin.platforms.types import Attempt, Page, Record, RecordStatus

EVER = datetime(1970, 1, 1, tzinfo=UTC)
_MARK_LENGTH = 10
_BETWEEN, _MARKS = "_", "."


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a walk by time has come to; `marks` are those of the records already given that have this time."""

    time: datetime = EVER
    marks: tuple[str, ...] = ()

    @property
    def cursor(self) -> str:
        """Write it as a cursor; `reached` reads it."""
        stamp = self.time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        return _BETWEEN.join((stamp, _MARKS.join(self.marks)))


@dataclass(frozen=True, slots=True)
class Answered:
    """A page, how many records came for it, and the cursor behind them, "" where nothing can follow."""

    page: Page[Record]
    number: int
    behind: str


def reached(cursor: str, start: datetime | None) -> Reached:
    """Read where a walk is: at `start` with an empty cursor. Raises Invalid for a cursor that is none."""
    if not cursor:
        return Reached(start or EVER)
    stamp, _, marks = cursor.partition(_BETWEEN)
    try:
        return Reached(datetime.fromisoformat(stamp).replace(tzinfo=UTC), tuple(filter(None, marks.split(_MARKS))))
    except ValueError as error:
        raise _no_cursor(cursor) from error


def index_of(cursor: str) -> int:
    """Read the index at which a walk goes on, 0 with an empty cursor. Raises Invalid for a cursor that is none."""
    if cursor and not (cursor.isascii() and cursor.isdecimal()):
        raise _no_cursor(cursor)
    return int(cursor or 0)


def page_by_index(records: Sequence[Record], *, start: int, limit: int) -> Page[Record]:
    """Make a page of records from index `start` on; raises Broken where the indexes do not lead on."""
    if len(records) < limit:
        return Page(tuple(records))
    last = records[-1].index
    if last is None or last < start:
        raise repeated(f"the records from index {start} on end at index {last}")
    return Page(tuple(records), str(last + 1))


def answered_by_index(records: Sequence[Record], *, start: int, limit: int) -> Answered:
    """Make a page as `page_by_index` does, and say where to go on behind it, full or not."""
    page = page_by_index(records, start=start, limit=limit)
    last = records[-1].index if records else None
    return Answered(page, len(records), "" if last is None or last < start else str(last + 1))


def page_by_time(
    records: Sequence[Record],
    *,
    here: Reached,
    asked: int,
    time_of: Callable[[Record], datetime | None],
    end: datetime | None = None,
) -> Page[Record]:
    """Make a page of what came from `here.time` on, less what was given already; `asked` is how many were asked for.

    Records at `end` or later end the walk. Raises Broken where records could be missed in going on.
    """
    given = Counter(here.marks)
    times = [time_of(record) for record in records]
    marks = [mark_of(record) if time == here.time else "" for record, time in zip(records, times, strict=True)]
    fresh = []
    for record, time, mark in zip(records, times, marks, strict=True):
        if mark and given[mark]:
            given[mark] -= 1
        elif end is None or time is None or time < end:
            fresh.append(record)
    if len(records) < asked:
        return Page(tuple(fresh))
    known = [time for time in times if time is not None]
    if len(known) < len(times) or known != sorted(known) or known[0] < here.time:
        raise _stuck("the records came in no order of time")
    last = known[-1]
    if end is not None and last >= end:
        return Page(tuple(fresh))
    if last == here.time and not fresh:
        raise _stuck(f"a whole page has the time {last.isoformat()} and was given before")
    there = Reached(last, tuple(mark_of(record) for record, time in zip(records, times, strict=True) if time == last))
    return Page(tuple(fresh), there.cursor)


def answered_by_time(
    records: Sequence[Record],
    *,
    here: Reached,
    asked: int,
    time_of: Callable[[Record], datetime | None],
    end: datetime | None = None,
) -> Answered:
    """Make a page as `page_by_time` does, and say where to go on behind it, full or not."""
    page = page_by_time(records, here=here, asked=asked, time_of=time_of, end=end)
    times = [time_of(record) for record in records]
    known = [time for time in times if time is not None]
    behind = page.next_cursor
    # A short page out of which nobody can go on by time, or with nothing new in it, is the last one.
    if not behind and page.items and len(known) == len(times) and known == sorted(known):
        last = known[-1]
        if end is None or last < end:
            marks = (mark_of(record) for record, time in zip(records, times, strict=True) if time == last)
            behind = Reached(last, tuple(marks)).cursor
    return Answered(page, len(records), behind)


def walk_on(fetch: Callable[[str], Answered], cursor: str) -> Iterator[Page[Record]]:
    """Read page after page until one is empty, or shorter than another one was: then nothing cut it.

    The last page comes without a cursor. A cursor that comes again raises Broken.
    """
    seen = {cursor}
    answered, longest = fetch(cursor), 0
    while True:
        page, longest = answered.page, max(longest, answered.number)
        if not answered.behind or (answered.number < longest and not page.next_cursor):
            yield Page(page.items)
            return
        if answered.behind in seen:
            raise repeated(f"the cursor {answered.behind} came twice")
        seen.add(answered.behind)
        if page.next_cursor:
            yield page
            answered = fetch(answered.behind)
        else:
            # Only what follows tells whether a short page is the last one.
            following = fetch(answered.behind)
            yield Page(page.items, answered.behind if following.page.items else "")
            if not following.page.items:
                return
            answered = following


def size_for(here: Reached, limit: int, most: int) -> int:
    """Return how many records to ask for, so that `limit` new ones may come; Broken where none can come any more."""
    if len(here.marks) >= most:
        raise _stuck(f"more than {most:,} records have the time {here.time.isoformat()}")
    return min(most, limit + len(here.marks))


def mark_of(record: Record) -> str:
    """Return a short mark by which a record is known again, also after an upgrade in the midst of a walk."""
    return hashlib.sha256(_written(record)).hexdigest()[:_MARK_LENGTH]


def _written(value: Any) -> bytes:
    """Write a record as JSON: its own members in their order, those of the platform by name."""
    if isinstance(value, Record | RecordStatus | Attempt):
        return b"{%b}" % b",".join(
            b'"%b":%b' % (name.encode(), _written(each)) for name, each in value._asdict().items()
        )
    if isinstance(value, tuple):
        return b"[%b]" % b",".join(map(_written, value))
    return orjson.dumps(value, default=dict, option=orjson.OPT_SORT_KEYS)


def _stuck(detail: str) -> Broken:
    return Broken(
        f"These records cannot be read to the end by their time: {detail}. Records could be missed, so the reading was "
        "stopped. Read all records instead, or begin at a later time.",
        detail=detail,
        reason=Reason.CURSOR_REPEATED,
    )


def _no_cursor(cursor: str) -> Invalid:
    return Invalid(
        "This page of the records cannot be found any more. Go back to the first one.",
        detail=f"the cursor is {cursor[:80]}",
        reason=Reason.BAD_REQUEST,
    )

"""When a plan's moments are: days by rule, times by the wall clock of a zone, changes of clocks decided once.

A time that the clock shows twice (autumn) is its first; a time that it never shows (spring) is the first minute after
the gap. Two times that become the same moment are one.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

HORIZON = timedelta(days=5 * 366)
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
MOST_TIMES = 48
# Parts of one rule and no more: behind a blank or a colon another rule could begin, which nobody has looked at.
RULE = re.compile(r"[A-Z0-9,;=+-]+")
INTERVAL = re.compile(r"0*[1-9]\d{0,3}")
# Each reckoning begins at the first day.
FARTHEST = timedelta(days=20 * 366)
# Parts of an RRULE that name a time of the day, which stands elsewhere.
CLOCK_PARTS = {"BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART"}

Holidays = Callable[[date, date], Mapping[date, str]]


class TimingRefused(ValueError):
    """The times of a plan make no sense; the message is a sentence, `field` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Timing:
    """When something is to be done. `every` (minutes) makes two times the ends of a window, both included."""

    zone: ZoneInfo
    times: tuple[time, ...]
    first_day: date
    rule: str = ""
    last_day: date | None = None
    exceptions: Mapping[date, tuple[time, ...]] = field(default_factory=dict)
    every: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a plan: `at` in UTC, the day and wall time it was said as, and what the clocks did to it."""

    at: datetime
    day: date
    wall: time
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """A day on which the plan would act and does not, with the reason."""

    day: date
    reason: str


def no_holidays(first: date, last: date) -> Mapping[date, str]:
    """Return no days."""
    return {}


def times_read(text: str, *, field: str = "times") -> tuple[time, ...]:
    """Read wall times such as "09:00, 13:30", in order and each once. Raises TimingRefused."""
    found = []
    for word in re.split(r"[\s,;]+", text.strip()):
        matched = TIME.fullmatch(word)
        if word and matched is None:
            raise TimingRefused(f"“{word}” is no time. Write it like 09:00 or 17:30.", field)
        if matched:
            found.append(time(int(matched[1]), int(matched[2])))
    if len(found) > MOST_TIMES:
        raise TimingRefused(f"A plan has at most {MOST_TIMES} times a day.", field)
    return tuple(sorted(set(found)))


def times_written(times: tuple[time, ...]) -> str:
    """Write times as `times_read` takes them."""
    return " ".join(f"{each:%H:%M}" for each in times)


def rule_check(rule: str, first_day: date) -> str:
    """Return an RRULE of days as it is stored. Raises TimingRefused."""
    wanted = rule.strip().upper().removeprefix("RRULE:")
    if not wanted:
        return ""
    parts = dict(part.partition("=")[::2] for part in wanted.split(";"))
    if parts.get("FREQ") not in FREQUENCIES:
        raise TimingRefused("The rule must begin with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.", "rule")
    if named := sorted(CLOCK_PARTS & set(parts)):
        raise TimingRefused(f"The rule gives days; leave out {named[0]} and say the times beside it.", "rule")
    if RULE.fullmatch(wanted) is None:
        raise TimingRefused("Write one rule without blanks, such as FREQ=MONTHLY;BYDAY=1MO.", "rule")
    if INTERVAL.fullmatch(parts.get("INTERVAL", "1")) is None:
        raise TimingRefused("INTERVAL is a number from 1 on.", "rule")
    if abs(first_day - date.today()) > FARTHEST:
        raise TimingRefused("The first day must lie within twenty years of today.", "first_day")
    try:
        rrulestr(wanted, dtstart=datetime.combine(first_day, time()))
        is_empty = _is_empty(parts, first_day)
    except (ValueError, KeyError, TypeError) as error:
        raise TimingRefused(f"This rule cannot be read: {error}.", "rule") from error
    if is_empty:
        raise TimingRefused("No day is ever as this rule has it.", "rule")
    return wanted


def _is_empty(parts: Mapping[str, str], first_day: date) -> bool:
    """Return whether no day is as a rule has it, but for its end.

    A rule without days is looked for up to the year 9999, for seconds each time. Days and weekdays come again every 400
    years, so what is asked is the last time of these, which ends soon.
    """
    last = first_day.replace(year=first_day.year + (9999 - first_day.year) // 400 * 400)
    rule = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
    return next(iter(rrulestr(rule, dtstart=datetime.combine(last, time()))), None) is None


def exceptions_read(text: str) -> dict[date, tuple[time, ...]]:
    """Read lines such as "2026-12-24" (not that day) or "2026-12-24 10:00" (then instead). Raises TimingRefused."""
    found: dict[date, tuple[time, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _, rest = line.partition(" ")
        try:
            found[date.fromisoformat(day)] = times_read(rest, field="exceptions")
        except TimingRefused:
            raise
        except ValueError:
            raise TimingRefused(f"“{day}” is no date. Write it like 2026-12-24.", "exceptions") from None
    return found


def moments(timing: Timing, *, after: datetime, holidays: Holidays = no_holidays) -> Iterator[Moment]:
    """Yield the moments later than `after`, in order; the search ends five years on."""
    for found in moments_and_rests(timing, after=after, holidays=holidays):
        if isinstance(found, Moment):
            yield found


def moments_and_rests(timing: Timing, *, after: datetime, holidays: Holidays = no_holidays) -> Iterator[Moment | Rest]:
    """Yield the moments later than `after`, and between them the days on which the plan rests."""
    begin = after.astimezone(timing.zone).date() - timedelta(days=1)
    end = begin + HORIZON
    seen, asked_until, known = after, begin - timedelta(days=1), {}
    for day in _days(timing, begin, end):
        if day > asked_until:
            asked_until = day + timedelta(days=366)
            known = dict(holidays(day, asked_until))
        said = timing.exceptions.get(day)
        if said is None and day in known:
            yield Rest(day, known[day])
            continue
        if said == ():
            yield Rest(day, "left out")
            continue
        for moment in sorted(_of_day(timing, day, said), key=lambda each: each.at):
            if moment.at > seen:
                seen = moment.at
                yield moment


def moment_of(day: date, wall: time, zone: ZoneInfo) -> Moment:
    """Return the one moment that a wall time of a day stands for."""
    first, second = (datetime.combine(day, wall, zone).replace(fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before == after:
        return Moment(first.astimezone(UTC), day, wall)
    if before is not None and after is not None and before > after:
        return Moment(first.astimezone(UTC), day, wall, f"{wall:%H:%M} comes twice that day; the first is taken")
    # In a gap the later reading of the two is an hour before the clocks change, and the earlier one an hour after.
    change = _change_between(second.astimezone(UTC), first.astimezone(UTC), zone)
    note = f"{wall:%H:%M} does not come that day; {change.astimezone(zone):%H:%M} is taken"
    return Moment(change, day, wall, note)


def clock_changes(zone: ZoneInfo, first: date, last: date) -> list[tuple[date, str]]:
    """Return the days on which the clocks of a zone change, with what happens then."""
    found = []
    day = first
    while day <= last:
        begin, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
        was, then = (each.astimezone(zone).utcoffset() for each in (begin, end))
        if was is not None and then is not None and was != then:
            change = _change_between(begin, end, zone)
            old, new = (change + was).time(), (change + then).time()
            turn, between = f"from {old:%H:%M} to {new:%H:%M}", "times between"
            if then > was:
                words = f"The clocks of {zone} go forward {turn}: {between} do not come, and {new:%H:%M} is taken."
            else:
                words = f"The clocks of {zone} go back {turn}: {between} come twice, and the first is taken."
            found.append((day, words))
        day += timedelta(days=1)
    return found


def _days(timing: Timing, begin: date, end: date) -> Iterator[date]:
    """Yield the days of the rule and those with times of their own, in order and each once."""
    last = min(end, timing.last_day or end)
    extra = sorted(day for day in timing.exceptions if begin <= day <= end)
    for day, _ in groupby(heapq.merge(_ruled(timing, max(begin, timing.first_day), last), extra)):
        yield day


def _ruled(timing: Timing, begin: date, last: date) -> Iterator[date]:
    if not timing.rule:
        if begin <= timing.first_day <= last:
            yield timing.first_day
        return
    start = datetime.combine(timing.first_day, time())
    for found in rrulestr(timing.rule, dtstart=start).xafter(datetime.combine(begin, time()), inc=True):
        if found.date() > last:
            return
        yield found.date()


def _of_day(timing: Timing, day: date, said: tuple[time, ...] | None) -> Iterator[Moment]:
    times = timing.times if said is None else said
    if not timing.every or len(times) < 2:
        for wall in times:
            yield moment_of(day, wall, timing.zone)
        return
    opening, closing = moment_of(day, times[0], timing.zone).at, moment_of(day, times[-1], timing.zone).at
    while opening <= closing:
        yield Moment(opening, day, opening.astimezone(timing.zone).time())
        opening += timedelta(minutes=timing.every)


def _change_between(begin: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """Find the minute at which the clock of a zone is set, between two moments of which the offsets differ."""
    low, high = begin, end
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=int((high - low).total_seconds() // 120))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high

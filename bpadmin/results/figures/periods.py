"""Spans of time that figures are told for, on the tenant's clock and by whole hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from bpadmin.results.reading.ledger import hour_of
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.times.days import FIRST, LAST

RANGES = (("24h", "24 hours", 1), ("7d", "7 days", 7), ("30d", "30 days", 30))
OWN = "own"
# Days on the tenant's clock: today so far, and the whole day before it.
TODAY, YESTERDAY = "today", "yesterday"
DAYS = ((TODAY, "Today"), (YESTERDAY, "Yesterday"))
# What a reader may ask for by name on a page of results, from the shell and by the API.
RANGE_NAMES = (*(key for key, _, _ in RANGES), TODAY, YESTERDAY)
# Spans of single figures: the same day a week ago until now's time, the last sixty minutes, all until a moment.
WEEK_AGO, HOUR, UNTIL = "week_ago", "hour", "until"
# Nothing is older.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on and before `end`, both UTC and on whole hours of the tenant's clock."""

    key: str
    words: str
    begin: datetime
    end: datetime

    @property
    def hours(self) -> float:
        """Return its length in hours."""
        return (self.end - self.begin).total_seconds() / 3600

    @property
    def is_by_hour(self) -> bool:
        """Return whether its charts are by hour, else by day."""
        return self.hours <= 49

    def before(self) -> Period:
        """Return the like period just before."""
        span = self.end - self.begin
        return Period(self.key, "the same span before", self.begin - span, self.begin)


def period_of(tenant: Tenant, given: Mapping[str, str], now: datetime | None = None) -> Period:
    """Return the period that a reader asked for: a range by its name, or days from and to; 24 hours by default.

    `until` is all up to a moment; with `before` it is the like period just before.
    """
    now = now or timezone.now()
    found = _until(tenant, given) or _own(tenant, given) or _named(tenant, given.get("range", ""), now)
    return found.before() if given.get("before") and found.key != UNTIL else found


def _named(tenant: Tenant, name: str, now: datetime) -> Period:
    if name in (TODAY, WEEK_AGO):
        return replace(today_until(tenant, now, 7 if name == WEEK_AGO else 0), key=name)
    if name == YESTERDAY:
        return replace(day_of(tenant, now, 1), key=YESTERDAY)
    if name == HOUR:
        return Period(HOUR, "last sixty minutes", now - timedelta(hours=1), now + timedelta(microseconds=1))
    key, words, days = next((each for each in RANGES if each[0] == name), RANGES[0])
    end = hour_of(now, ZoneInfo(tenant.time_zone)) + timedelta(hours=1)
    return Period(key, f"last {words}", end - timedelta(days=days), end)


def day_of(tenant: Tenant, now: datetime, days_ago: int = 0) -> Period:
    """Return a whole day on the tenant's clock, which has 23 or 25 hours when the clocks change."""
    zone = ZoneInfo(tenant.time_zone)
    day = now.astimezone(zone).date() - timedelta(days=days_ago)
    return Period("day", f"{day:%A, %-d %B}", _midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def today_until(tenant: Tenant, now: datetime, days_ago: int = 0) -> Period:
    """Return today so far, or that day up to the same time on the clock; by whole hours, the present one included."""
    zone = ZoneInfo(tenant.time_zone)
    whole = day_of(tenant, now, days_ago)
    there = now.astimezone(zone)
    until = datetime.combine(whole.begin.astimezone(zone).date(), time(there.hour), zone).astimezone(UTC)
    end = min(whole.end, until + timedelta(hours=1))
    return Period("today", "today" if not days_ago else whole.words, whole.begin, max(end, whole.begin))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _until(tenant: Tenant, given: Mapping[str, str]) -> Period | None:
    """Return all up to a moment, that included; None where none is meant."""
    try:
        moment = datetime.fromisoformat(given.get("until", ""))
    except ValueError:
        return None
    if moment.tzinfo is None or not FIRST <= moment.date() <= LAST:
        return None
    there = moment.astimezone(ZoneInfo(tenant.time_zone))
    end = moment.astimezone(UTC) + timedelta(microseconds=1)
    return Period(UNTIL, f"until {there:%-d %b %Y, %H:%M:%S}", BEGINNING, end)


def _own(tenant: Tenant, given: Mapping[str, str]) -> Period | None:
    """Return the days that were asked for, the last one included; None where they make no sense."""
    try:
        first, last = (date.fromisoformat(given.get(name, "")) for name in ("from", "to"))
    except ValueError:
        return None
    if not FIRST <= first <= last <= LAST or (last - first).days >= MOST_DAYS:
        return None
    zone = ZoneInfo(tenant.time_zone)
    words = f"{first:%-d %B %Y}" if first == last else f"{first:%-d %B} to {last:%-d %B %Y}"
    return Period(OWN, words, _midnight(first, zone), _midnight(last + timedelta(days=1), zone))

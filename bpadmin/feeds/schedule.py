"""When a feed's file must be there, when it is looked for, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Q

from bpadmin.counts import decimal_words
from bpadmin.feeds.models import UNDER_WAY, Feed, FeedRun, FeedRunState
from bpadmin.feeds.sources import source_of
from bpadmin.feeds.targets import target_of
from bpadmin.plans.holidays import calendar_days
from bpadmin.plans.services import days_words, plans_of, requests_a_day
from bpadmin.plans.times import Moment, Timing, moments, times_read

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# A file that is later than this is none of that moment any more.
GIVEN_UP = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A moment by which a file must be there, None for a feed without times, and the day that names it."""

    at: datetime | None
    day: date

    def is_late(self, feed: Feed, now: datetime) -> bool:
        """Return whether a file that comes now is too late to be taken by itself."""
        return self.at is not None and now > self.at + timedelta(minutes=feed.late_minutes)


def timing_of(feed: Feed) -> Timing:
    """Return when a feed's files must be there."""
    return Timing(zone=ZoneInfo(feed.time_zone), times=times_read(feed.times), first_day=feed.first_day, rule=feed.rule)


def feed_moments(feed: Feed, *, after: datetime) -> Iterator[Moment]:
    """Yield the moments later than `after` by which a file must be there, without holidays."""
    if not feed.times:
        return iter(())
    calendar = feed.calendar
    return moments(timing_of(feed), after=after, holidays=lambda first, last: calendar_days(calendar, first, last))


def awaited_now(feed: Feed, now: datetime) -> Awaited | None:
    """Return the moment whose file is looked for now: the first one that has none yet; None between moments."""
    offset = timedelta(days=feed.day_offset)
    if not feed.times:
        return Awaited(None, now.astimezone(ZoneInfo(feed.time_zone)).date() + offset)
    ahead = timedelta(minutes=feed.before_minutes)
    for moment in feed_moments(feed, after=now - GIVEN_UP):
        if moment.at - ahead > now:
            return None
        if not _has_come(feed, moment.at):
            return Awaited(moment.at, moment.day + offset)
    return None


def awaited_last(feed: Feed, now: datetime) -> Awaited:
    """Return the moment whose file somebody means who looks now: the one awaited, else the last one that has come."""
    found = awaited_now(feed, now)
    if found is not None:
        return found
    day = now.astimezone(ZoneInfo(feed.time_zone)).date()
    return Awaited(None, day + timedelta(days=feed.day_offset))


def look_next(feed: Feed, now: datetime) -> datetime | None:
    """Return when a feed is looked at next, None where no moment lies ahead."""
    pause = timedelta(minutes=feed.every_minutes)
    if (awaited := awaited_now(feed, now)) is not None:
        # Whether it is there must be known at that very moment.
        return min(now + pause, awaited.at) if awaited.at and awaited.at > now else now + pause
    ahead = timedelta(minutes=feed.before_minutes)
    for moment in feed_moments(feed, after=now - GIVEN_UP):
        if not _has_come(feed, moment.at):
            return max(moment.at - ahead, now + pause)
    return None


def _has_come(feed: Feed, at: datetime) -> bool:
    """Return whether a moment's file is on its way into the list, or a person said that none is awaited.

    After one that is held back or was refused a better one may be delivered.
    """
    there = FeedRun.objects.filter(feed=feed, expected_at=at, is_dry=False)
    return there.filter(
        Q(state__in=[*UNDER_WAY, FeedRunState.SENT]) | Q(state=FeedRunState.REFUSED, remote_key="")
    ).exists()


def moment_next(feed: Feed, *, now: datetime) -> datetime | None:
    """Return the next moment by which a file must be there."""
    found = next(feed_moments(feed, after=now), None)
    return found.at if found else None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a feed costs a day: requests to its source, and to the dialler."""

    source: float
    dialler: float


def cost_of(feed: Feed, *, now: datetime) -> Cost:
    """Estimate what a feed costs a day, over its next seven days and by the rows of its last file."""
    source, target = source_of(feed.source), target_of(feed.target)
    if not feed.is_on or source is None:
        return Cost(0.0, 0.0)
    last = FeedRun.objects.filter(feed=feed, is_dry=False, rows__isnull=False).first()
    per_file = target.requests(feed, last.rows or 0 if last else 0) if target else 0
    if not feed.times:
        week = FeedRun.objects.filter(feed=feed, is_dry=False, rows__isnull=False, found_at__gt=now - timedelta(days=7))
        return Cost(source.requests * 24 * 60 / feed.every_minutes, per_file * week.count() / 7 if last else 0.0)
    until = now + timedelta(days=7)
    coming = sum(1 for _ in takewhile(lambda moment: moment.at < until, feed_moments(feed, after=now)))
    # From the first look to the moment itself, when it is there at the latest, and once to fetch it.
    looks = feed.before_minutes // feed.every_minutes + 2
    return Cost(coming * looks * source.requests / 7, coming * per_file / 7)


@dataclass(frozen=True, slots=True)
class TenantCost:
    """What acts by itself costs a tenant a day: requests to the dialler by plans and by feeds, and to sources."""

    plans: float
    feeds: float
    sources: float

    @property
    def dialler(self) -> float:
        """Return all requests to the dialler."""
        return self.plans + self.feeds

    @property
    def sentence(self) -> str:
        """Say it."""
        together, plans, feeds, sources = (
            decimal_words(each, 0) for each in (self.dialler, self.plans, self.feeds, self.sources)
        )
        return (
            f"Plans and feeds together cost the dialler about {together} requests a day ({plans} by plans, {feeds} by "
            f"feeds), and the sources of feeds {sources}."
        )

    def as_json(self) -> dict[str, float]:
        """Return a plain dictionary."""
        named = {"dialler": self.dialler, "plans": self.plans, "feeds": self.feeds, "sources": self.sources}
        return {name: round(value, 1) for name, value in named.items()}


def tenant_cost(*, tenant: Tenant, now: datetime) -> TenantCost:
    """Estimate what plans and feeds that are on cost a tenant a day."""
    costs = [cost_of(feed, now=now) for feed in Feed.objects.filter(tenant=tenant).select_related("tenant", "calendar")]
    plans = sum(requests_a_day(plan, now=now) for plan in plans_of(tenant=tenant))
    return TenantCost(plans, sum(each.dialler for each in costs), sum(each.source for each in costs))


def when_words(feed: Feed) -> str:
    """Say when its files must be there."""
    every = f"a look every {feed.every_minutes} min"
    if not feed.times:
        return f"whenever they come, {every}"
    days = days_words(feed.rule, feed.first_day)
    return f"{days} by {feed.times.replace(' ', ', ')} ({feed.time_zone}), {every}"

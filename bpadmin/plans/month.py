"""What plans will do in the month ahead, day by day on the tenant's clock, with holidays and changes of clocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bpadmin.plans.holidays import calendar_days
from bpadmin.plans.kinds import plan_kind
from bpadmin.plans.models import Plan, PlanState
from bpadmin.plans.services import plans_of, timing_of
from bpadmin.plans.times import Moment, Rest, clock_changes, moments_and_rests

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

DAYS = 31
MOST_A_DAY = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day: a plan at a time, or what it leaves out. `there` is its own clock where that is another."""

    at: datetime
    plan: Plan
    when: str
    there: str = ""
    note: str = ""
    is_rest: bool = False

    @property
    def is_trial(self) -> bool:
        """Return whether it will only be written down."""
        return self.plan.state == PlanState.SHADOW


@dataclass(slots=True)
class CalendarDay:
    """A day with what happens in it; `notes` are changes of clocks and holidays."""

    day: date
    notes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def weekday(self) -> int:
        """Return 1 for a Monday to 7 for a Sunday."""
        return self.day.isoweekday()


def month_ahead(*, tenant: Tenant, now: datetime, days: int = DAYS) -> list[CalendarDay]:
    """Return the days from today on, each with its entries in order."""
    zone = ZoneInfo(tenant.time_zone)
    first = now.astimezone(zone).date()
    last = first + timedelta(days=days - 1)
    found = {first + timedelta(days=n): CalendarDay(first + timedelta(days=n)) for n in range(days)}
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    plans = [plan for plan in plans_of(tenant=tenant) if plan.is_on]
    for name in sorted({tenant.time_zone, *(plan.time_zone for plan in plans)}):
        for day, words in clock_changes(ZoneInfo(name), first, last):
            found[day].notes.append(words)
    for plan in plans:
        for entry in _entries(plan, zone, now, end):
            if (day := entry.at.astimezone(zone).date()) in found and len(found[day].entries) < MOST_A_DAY:
                found[day].entries.append(entry)
    for each in found.values():
        each.entries.sort(key=lambda entry: (entry.at, entry.plan.name))
    return list(found.values())


def _entries(plan: Plan, zone: ZoneInfo, now: datetime, end: datetime) -> list[Entry]:
    timing, calendar, kind = timing_of(plan), plan.calendar, plan_kind(plan.kind)
    found: list[Entry] = []
    seen: set[date] = set()
    steps = moments_and_rests(timing, after=now, holidays=lambda one, other: calendar_days(calendar, one, other))
    for step in steps:
        if isinstance(step, Rest):
            at = datetime.combine(step.day, timing.times[0] if timing.times else time(12), timing.zone)
            if at >= end:
                break
            if at >= now:
                found.append(Entry(at, plan, "", note=step.reason, is_rest=True))
            continue
        if step.at >= end:
            break
        if kind is not None and kind.watches:
            if step.day not in seen:
                seen.add(step.day)
                when = plan.times.replace(" ", "–")
                there = "" if timing.zone.key == zone.key else timing.zone.key
                found.append(Entry(step.at, plan, when, there, f"looks every {timing.every} min"))
            continue
        found.append(_entry(plan, step, timing.zone, zone))
    return found


def _entry(plan: Plan, moment: Moment, own: ZoneInfo, zone: ZoneInfo) -> Entry:
    there = "" if own.key == zone.key else f"{moment.at.astimezone(own):%H:%M} {own.key}"
    return Entry(moment.at, plan, f"{moment.at.astimezone(zone):%H:%M}", there, moment.note)

"""Holiday calendars: dates of one's own and iCalendar files, read by the day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.plans.models import NAME_LENGTH, HolidayCalendar

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

LARGEST_FILE = 2 * 1024 * 1024
MOST_DAYS = 2000
MOST_CALENDARS = 50
# Days that are gone through for a file, about: each costs microseconds, at every reckoning of every plan.
MOST_STEPS = 1_000_000
# An event that repeats is gone through from its first day on, in these steps; one that names many days is all of them.
STEPS = {"MONTHLY": 15, "YEARLY": 60}
OCCURRENCE = 8
# Events that would fill a year with millions of them; lines of a file may be folded anywhere.
OFTEN = re.compile(r"FREQ\s*=\s*(SECONDLY|MINUTELY|HOURLY)|BY(SECOND|MINUTE|HOUR)\s*=", re.IGNORECASE)
# No step forward, in which nothing would ever end.
STILL = re.compile(r"INTERVAL\s*+=\s*+(?![1-9])", re.IGNORECASE)
ZONE_BEGINS = re.compile(r"^\s*BEGIN\b.*VTIMEZONE", re.IGNORECASE)
FOLDED = re.compile(r"\r?\n[ \t]")


class HolidaysRefused(ValueError):
    """A calendar cannot be taken; the message is a sentence, `field` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def days_read(text: str) -> dict[str, str]:
    """Read lines such as "2026-12-25 Christmas" into ISO dates with names. Raises HolidaysRefused."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _, name = line.partition(" ")
        try:
            found[date.fromisoformat(day).isoformat()] = name.strip()[:NAME_LENGTH]
        except ValueError:
            raise HolidaysRefused(f"“{day}” is no date. Write it like 2026-12-25 Christmas.", "days") from None
    if len(found) > MOST_DAYS:
        raise HolidaysRefused(f"A calendar has at most {MOST_DAYS:,} dates of its own.", "days")
    return found


def days_written(calendar: HolidayCalendar) -> str:
    """Write a calendar's own dates as `days_read` takes them."""
    return "\n".join(f"{day} {name}".rstrip() for day, name in sorted(calendar.days.items()))


def ics_read(raw: bytes) -> str:
    """Read an iCalendar file. Raises HolidaysRefused where it is none, or tells of no day."""
    if len(raw) > LARGEST_FILE:
        raise HolidaysRefused("An iCalendar file may have 2 MB at most.", "file")
    text = raw.decode("utf-8-sig", "replace")
    text = _without_zones(FOLDED.sub("", text))
    if STILL.search(text):
        raise HolidaysRefused("The file has an event that repeats after no time at all; that is no holiday.", "file")
    if OFTEN.search(text):
        raise HolidaysRefused("The file has events that repeat more often than daily; those are no holidays.", "file")
    today = date.today()
    try:
        _steps_check(text, today + timedelta(days=800))
        days = _days_of_ics(text, today - timedelta(days=800), today + timedelta(days=800))
    except HolidaysRefused:
        raise
    except Exception as error:
        raise HolidaysRefused(f"This is no iCalendar file that can be read: {error}.", "file") from error
    if not days:
        raise HolidaysRefused("The file names no day within two years of today.", "file")
    return text


def _without_zones(text: str) -> str:
    """Return a file without its time zones: a holiday is a day on an event's own clock.

    Reading a zone's changes of clocks since 1601 takes as long as a stranger wants it to.
    """
    kept, is_zone = [], False
    for line in text.splitlines(keepends=True):
        is_zone = is_zone or ZONE_BEGINS.match(line) is not None
        if not is_zone:
            kept.append(line)
        is_zone = is_zone and not line.strip().upper().startswith("END:VTIMEZONE")
    return "".join(kept)


def _steps_check(text: str, last: date) -> None:
    """Refuse a file whose events would be gone through for minutes, or for ever. Raises HolidaysRefused."""
    from icalendar import Calendar

    steps = 0
    for event in Calendar.from_ical(text).walk("VEVENT"):
        begin = _day(event["DTSTART"].dt)
        end = _day(event["DTEND"].dt) if "DTEND" in event else begin
        steps += OCCURRENCE + max((end - begin).days, 0)
        dates = event.get("RDATE", [])
        steps += OCCURRENCE * sum(len(each.dts) for each in (dates if isinstance(dates, list) else [dates]))
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            steps += _rule_steps(rule, max((last - begin).days, 0))
        if steps > MOST_STEPS:
            raise HolidaysRefused(
                "The file's events repeat too often, or from too long ago, to be gone through each time. Leave out "
                "what is no holiday.",
                "file",
            )


def _rule_steps(rule: Any, days: int) -> int:
    """Return about how many steps the days of a rule cost, from an event's first day on."""
    named = [str(each) for name, said in rule.items() if str(name).startswith("BY") for each in said]
    # BYDAY=4TH in a month is one day; BYDAY=TH are all of them.
    is_often = rule.get("FREQ", [""])[0] not in STEPS or len(named) > 6 or any(each.isalpha() for each in named)
    return days * OCCURRENCE if is_often else days // STEPS[rule["FREQ"][0]] + OCCURRENCE


def calendar_days(calendar: HolidayCalendar | None, first: date, last: date) -> Mapping[date, str]:
    """Return the holidays from `first` to `last`, both included, with their names."""
    if calendar is None:
        return {}
    found = dict(_days_of_ics(calendar.ics, first, last)) if calendar.ics else {}
    for day, name in calendar.days.items():
        if first <= (when := date.fromisoformat(day)) <= last:
            found[when] = name or "holiday"
    return found


@lru_cache(maxsize=64)
def _days_of_ics(text: str, first: date, last: date) -> Mapping[date, str]:
    """Return the days that events of a file touch; one that ends at midnight does not touch the day that begins."""
    from icalendar import Calendar  # a tenth of a start, for the few who have such a file
    from recurring_ical_events import of

    days: dict[date, str] = {}
    for event in of(Calendar.from_ical(text)).between(first, last + timedelta(days=1)):
        begin, end = event["DTSTART"].dt, (event["DTEND"].dt if "DTEND" in event else event["DTSTART"].dt)
        day, until = _day(begin), _day(end)
        if until > day and (not isinstance(end, datetime) or not (end.hour or end.minute)):
            until -= timedelta(days=1)
        day, until = max(day, first), min(until, last)
        while day <= until:
            days[day] = str(event.get("SUMMARY", "holiday"))[:NAME_LENGTH]
            day += timedelta(days=1)
    return days


def _day(moment: Any) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def calendar_save(
    *,
    tenant: Tenant,
    name: str,
    days: str,
    ics: bytes | None,
    ics_name: str = "",
    actor: Actor,
    calendar: HolidayCalendar | None = None,
) -> HolidayCalendar:
    """Make or change a calendar; `ics` None keeps the file it has, b"" takes it away. Raises HolidaysRefused.

    The plans that rest on it are given their next moment anew by the caller.
    """
    if calendar is None and HolidayCalendar.objects.filter(tenant=tenant).count() >= MOST_CALENDARS:
        raise HolidaysRefused(f"A tenant has at most {MOST_CALENDARS} holiday calendars. Remove some first.")
    row = calendar or HolidayCalendar(tenant=tenant)
    row.name, row.days = name.strip(), days_read(days)
    if not row.name:
        raise HolidaysRefused("Give the calendar a name.", "name")
    if ics is not None:
        row.ics, row.ics_name = (ics_read(ics), ics_name) if ics else ("", "")
    if not row.days and not row.ics:
        raise HolidaysRefused("Name at least one day, or choose an iCalendar file.", "days")
    try:
        with transaction.atomic():
            row.save()
            _record(row, actor, "kept")
    except IntegrityError:
        raise HolidaysRefused(f"There is a calendar “{row.name}” already.", "name") from None
    return row


def calendar_remove(*, calendar: HolidayCalendar, actor: Actor) -> None:
    """Remove a calendar. Raises HolidaysRefused while plans rest on it."""
    try:
        with transaction.atomic():
            _record(calendar, actor, "removed")
            calendar.delete()
    except (ProtectedError, RestrictedError):
        names = ", ".join(f"“{each}”" for each in [*calendar.plans.all()[:5], *calendar.feeds.all()[:5]])
        words = f"Plans or feeds rest on this calendar: {names}. Remove them, or give them another."
        raise HolidaysRefused(words) from None


def _record(calendar: HolidayCalendar, actor: Actor, what: str) -> None:
    audit_record(
        verb=Verb.HOLIDAYS_CHANGE,
        tenant=calendar.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="holidays",
        target_id=str(calendar.pk),
        target_name=calendar.name,
        details={"calendar": what, "days": len(calendar.days), "file": calendar.ics_name},
    )

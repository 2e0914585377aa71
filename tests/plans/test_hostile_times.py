"""Rules and calendars by which a person could keep a process busy for hours: refused in words, at once."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bpadmin.dialler.types import Actor
from bpadmin.plans.holidays import MOST_CALENDARS, HolidaysRefused, calendar_days, calendar_save, ics_read
from bpadmin.plans.models import HolidayCalendar
from bpadmin.plans.times import Timing, TimingRefused, moments, rule_check

TODAY = date.today()
ENDLESS = [
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=MONTHLY;INTERVAL=00",
    "FREQ=DAILY;INTERVAL=-1",
    "FREQ=DAILY;INTERVAL=",
    "FREQ=DAILY;INTERVAL=1 RRULE:FREQ=SECONDLY",
    "FREQ=DAILY;INTERVAL=1\nRRULE:FREQ=SECONDLY",
    "FREQ=DAILY;COUNT=3 DTSTART:00010101T000000",
]
WITHOUT_DAYS = [
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYSETPOS=3",
    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
]


def event(first: str, rule: str = "", until: str = "", dates: str = "") -> str:
    lines = ["BEGIN:VEVENT", "UID:1", f"DTSTART;VALUE=DATE:{first}"]
    lines += [f"DTEND;VALUE=DATE:{until}"] if until else []
    lines += [f"RRULE:{rule}"] if rule else []
    lines += [f"RDATE;VALUE=DATE:{dates}"] if dates else []
    return "".join(f"{line}\r\n" for line in [*lines, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + "".join(events) + "END:VCALENDAR\r\n").encode()


def _read(raw: bytes, told: Any) -> None:
    """Read a calendar."""
    try:
        told.put(len(ics_read(raw)))
    except HolidaysRefused as refused:
        told.put(str(refused))


def _moments(rule: str, first_day: date, told: Any) -> None:
    """Check a rule and take a plan's next moments, as adding one does."""
    try:
        timing = Timing(ZoneInfo("UTC"), (time(9),), first_day, rule_check(rule, first_day))
        told.put(len(list(islice(moments(timing, after=datetime.now(UTC)), 3))))
    except TimingRefused as refused:
        told.put(str(refused))


def apart(what: Any, *args: Any) -> Any:
    """Have it done by a process that can be ended."""
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    process = context.Process(target=what, args=(*args, told))
    process.start()
    process.join(60)
    if process.is_alive():
        process.kill()
        process.join()
        return "it did not end"
    return told.get(timeout=5) if process.exitcode == 0 else f"it ended with {process.exitcode}"


SENTENCES = ("Write one rule without blanks, such as FREQ=MONTHLY;BYDAY=1MO.", "INTERVAL is a number from 1 on.")


@pytest.mark.parametrize("rule", ENDLESS)
def test_a_rule_that_would_be_reckoned_for_ever_is_refused(rule: str) -> None:
    assert apart(_moments, rule, TODAY) in SENTENCES


@pytest.mark.parametrize("rule", WITHOUT_DAYS)
def test_a_rule_without_days_is_refused(rule: str) -> None:
    with pytest.raises(TimingRefused, match="No day is ever"):
        rule_check(rule, TODAY)


@pytest.mark.parametrize("first_day", [date(1, 1, 1), date(9999, 12, 31), TODAY - timedelta(days=21 * 366)], ids=str)
def test_a_first_day_far_away_is_refused(first_day: date) -> None:
    with pytest.raises(TimingRefused) as refused:
        rule_check("FREQ=DAILY", first_day)
    assert refused.value.field == "first_day"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=2;UNTIL=20300101",
        "FREQ=WEEKLY;BYDAY=MO,TU;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYEASTER=+1",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=10",
    ],
)
def test_rules_that_people_write_are_taken(rule: str) -> None:
    assert rule_check(f" rrule:{rule.lower()}", date(2024, 2, 29)) == rule


SOON = f"{TODAY + timedelta(days=30):%Y%m%d}"
COSTLY = {
    "no interval": calendar(event(SOON, "FREQ=DAILY;INTERVAL=0")),
    "no interval a year": calendar(event(SOON, "FREQ=YEARLY;INTERVAL=0")),
    "from the year 1": calendar(*[event("00010102", "FREQ=DAILY")] * 2),
    "weekly of old": calendar(*[event("15000101", "FREQ=WEEKLY")] * 40),
    "many daily": calendar(*[event(SOON, "FREQ=DAILY")] * 400),
    "many dense": calendar(*[event(SOON, "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU")] * 400),
    "many long": calendar(*[event("00010102", until="99981230")] * 50),
    "many dates": calendar(event(SOON, dates=",".join([SOON] * 200_000))),
}


@pytest.mark.parametrize("raw", COSTLY.values(), ids=COSTLY)
def test_a_calendar_that_would_be_gone_through_for_hours_is_refused(raw: bytes) -> None:
    told = apart(_read, raw)
    assert "too often" in str(told) or "no time at all" in str(told), told


@pytest.mark.parametrize("begin", ["BEGIN:VTIMEZONE", "begin:VTimeZone", "BEGIN;X=1:VTIMEZONE"])
def test_changes_of_clocks_are_not_gone_through(begin: str) -> None:
    zone = f"{begin}\r\nTZID:Odd\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0200\r\n"
    zone += "TZOFFSETTO:+0100\r\nRRULE:FREQ=DAILY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    odd = event(SOON).replace("DTSTART;VALUE=DATE:", "DTSTART;TZID=Odd:").replace(SOON, f"{SOON}T233000")
    text = ics_read(calendar(*[zone] * 500, odd))
    assert "DAILY" not in text
    there = date.fromisoformat(SOON)
    holidays = HolidayCalendar(name="Odd", days={}, ics=text)
    assert list(calendar_days(holidays, there - timedelta(days=9), there + timedelta(days=9))) == [there]


def test_calendars_of_a_country_are_taken() -> None:
    fixed = [event("19700101", "FREQ=YEARLY"), event("19690101", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH")]
    singles = [event(f"{TODAY + timedelta(days=n):%Y%m%d}") for n in range(700)]
    weekends = [event(f"{TODAY - timedelta(days=2000):%Y%m%d}", "FREQ=WEEKLY;BYDAY=SA,SU")]
    assert ics_read(calendar(*fixed * 150, *singles, *weekends))


@pytest.mark.django_db
def test_a_tenant_has_some_calendars_and_not_any_number(tenant: Any) -> None:
    HolidayCalendar.objects.bulk_create(
        HolidayCalendar(tenant=tenant, name=f"C{n}", days={"2026-12-25": ""}) for n in range(MOST_CALENDARS)
    )
    with pytest.raises(HolidaysRefused, match="at most"):
        calendar_save(tenant=tenant, name="More", days="2026-12-25", ics=None, actor=Actor(name="shell"))

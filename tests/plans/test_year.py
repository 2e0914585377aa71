"""A year of plans in simulated time: two zones, both changes of clocks, holidays, hours of downtime, a real dialler.

What should happen is reckoned by a second, plain way: the first minute of the day at which the clock shows the time or
a later one, minute by minute.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bpadmin.dialler.types import Actor
from bpadmin.plans.holidays import calendar_save
from bpadmin.plans.models import LateRule, Plan, PlanRun, RunState
from bpadmin.plans.running import LEEWAY, plans_sweep, run_go
from bpadmin.plans.services import PlanWish, plan_add
from tests.plans.planning import FIELDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
FIRST = date(2026, 1, 2)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
HOLIDAYS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:1\r
SUMMARY:Independence Day\r
DTSTART;VALUE=DATE:20200704\r
RRULE:FREQ=YEARLY\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
SUMMARY:Thanksgiving and the day after\r
DTSTART;VALUE=DATE:20201126\r
DTEND;VALUE=DATE:20201128\r
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r
END:VEVENT\r
END:VCALENDAR\r
"""
RESTS = {date(2026, 7, 4), date(2026, 11, 26), date(2026, 11, 27), date(2026, 12, 25)}
# From and to, in UTC.
DOWN = [
    (datetime(2026, 2, 3, 13, 0, tzinfo=UTC), datetime(2026, 2, 3, 16, 0, tzinfo=UTC)),
    (datetime(2026, 3, 8, 4, 0, tzinfo=UTC), datetime(2026, 3, 8, 6, 50, tzinfo=UTC)),
    (datetime(2026, 5, 12, 6, 0, tzinfo=UTC), datetime(2026, 5, 12, 23, 30, tzinfo=UTC)),
    (datetime(2026, 8, 4, 20, 30, tzinfo=UTC), datetime(2026, 8, 6, 14, 0, tzinfo=UTC)),
    (datetime(2026, 10, 25, 0, 20, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)),
]


@dataclass(frozen=True)
class Case:
    """A plan of the year."""

    kind: str
    campaign: str
    list_name: str
    zone: ZoneInfo
    at: time
    rule: str
    late: LateRule = LateRule.SKIP
    minutes: int = 60
    rests: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind} {self.campaign} {self.at:%H:%M}"

    def days(self) -> list[date]:
        days = [FIRST + timedelta(days=n) for n in range((END.date() - FIRST).days)]
        if "BYDAY=MO,TU,WE,TH,FR" in self.rule:
            days = [day for day in days if day.weekday() < 5]
        return [day for day in days if not (self.rests and day in RESTS)]


CASES = [
    Case(
        "campaign.start", "East", "", NEW_YORK, time(9), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", LateRule.MAKE_UP, 180, True
    ),
    Case("campaign.stop", "East", "", NEW_YORK, time(17), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", rests=True),
    Case("campaign.start", "Nord", "", BERLIN, time(8, 30), "FREQ=DAILY"),
    Case("campaign.stop", "Nord", "", BERLIN, time(16, 30), "FREQ=DAILY"),
    # Hours that come twice or not at all in one zone or the other.
    Case("list.disable", "East", "Spring", NEW_YORK, time(1, 30), "FREQ=DAILY", LateRule.MAKE_UP, 600),
    Case("list.enable", "East", "Spring", NEW_YORK, time(2, 30), "FREQ=DAILY", LateRule.MAKE_UP, 600),
    Case("list.disable", "Nord", "Herbst", BERLIN, time(2, 15), "FREQ=DAILY", LateRule.MAKE_UP, 600),
    Case("list.enable", "Nord", "Herbst", BERLIN, time(3, 15), "FREQ=DAILY", LateRule.MAKE_UP, 600),
]


def first_minute(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Find the first minute of a day at which its clock shows `at` or later."""
    moment = datetime.combine(day, time(), zone).astimezone(UTC)
    while True:
        there = moment.astimezone(zone)
        if there.date() == day and there.time().replace(second=0) >= at:
            return moment
        moment += timedelta(minutes=1)


def up_again(moment: datetime) -> datetime:
    """Return when somebody sees a moment: at once, or at the end of the downtime that it falls into."""
    return next((until for since, until in DOWN if since <= moment < until), moment)


def expected() -> dict[tuple[str, datetime], RunState]:
    """Reckon what becomes of every moment, with what each act changes."""
    planned = {case.name: [first_minute(day, case.at, case.zone) for day in case.days()] for case in CASES}
    found: dict[tuple[str, datetime], RunState] = {}
    acting: list[tuple[datetime, datetime, Case]] = []
    for case in CASES:
        about = [other for other in CASES if (other.campaign, other.list_name) == (case.campaign, case.list_name)]
        for moment in planned[case.name]:
            seen = up_again(moment)
            if seen - moment <= LEEWAY:
                acting.append((seen, moment, case))
                continue
            has_later = any(moment < at <= seen for at in planned[case.name])
            is_made_up = case.late == LateRule.MAKE_UP and case.kind != "campaign.stop"
            if not is_made_up:
                found[case.name, moment] = RunState.MISSED
            elif has_later:
                found[case.name, moment] = RunState.REPLACED
            elif seen - moment > timedelta(minutes=case.minutes):
                found[case.name, moment] = RunState.MISSED
            elif any(moment < at <= seen for other in about if other != case for at in planned[other.name]):
                found[case.name, moment] = RunState.REPLACED
            else:
                acting.append((seen, moment, case))
    is_on = {("East", ""): False, ("Nord", ""): False, ("East", "Spring"): True, ("Nord", "Herbst"): True}
    for _, moment, case in sorted(acting, key=lambda each: each[:2]):
        wanted = case.kind.endswith(("start", "enable"))
        about = (case.campaign, case.list_name)
        found[case.name, moment] = RunState.NOTHING if is_on[about] == wanted else RunState.DONE
        is_on[about] = wanted
    return found


def test_every_plan_of_a_year_ran_once_as_its_rule_says_and_never_in_an_unexpected_state(
    tenant: Any, sandbox: Any, settings: Any
) -> None:
    east, nord = sandbox.create_campaign("East", rate=0), sandbox.create_campaign("Nord", rate=0)
    sandbox.create_list("Spring", FIELDS, bind=[east])
    sandbox.create_list("Herbst", FIELDS, bind=[nord])
    actor = Actor(name="shell")
    holidays = calendar_save(
        tenant=tenant, name="US", days="2026-12-25 Christmas", ics=HOLIDAYS, ics_name="us.ics", actor=actor
    )
    for case in CASES:
        wish = PlanWish(
            name=case.name,
            kind=case.kind,
            campaign=case.campaign,
            list_name=case.list_name,
            time_zone=case.zone.key,
            times=f"{case.at:%H:%M}",
            first_day=FIRST,
            rule=case.rule,
            calendar=holidays if case.rests else None,
            late_rule=case.late,
            late_minutes=case.minutes,
        )
        plan_add(tenant=tenant, wish=wish, actor=actor, now=BEGIN)
    now = BEGIN
    while now < END:
        # A worker of another process has the same messages: each run is gone on with twice, and acts once.
        for run_id in plans_sweep(now=now) + plans_sweep(now=now):
            run_go(run_id=run_id, now=now)
        following = Plan.objects.filter(next_at__isnull=False).order_by("next_at").values_list("next_at", flat=True)
        now = up_again(max(following.first() or END, now + timedelta(seconds=10)))
    runs = list(PlanRun.objects.filter(planned_at__lt=END).select_related("plan"))
    found = {(run.plan.name, run.planned_at): RunState(run.state) for run in runs}
    assert len(found) == len(runs)
    wanted = {key: state for key, state in expected().items() if key[1] < END}
    assert {key: (found.get(key), state) for key, state in wanted.items() if found.get(key) != state} == {}
    assert set(found) == set(wanted)
    counted = Counter(found.values())
    assert set(counted) == {RunState.DONE, RunState.MISSED, RunState.REPLACED, RunState.NOTHING}
    done = dict(Counter(run.plan.kind.partition(".")[0] for run in runs if run.state == RunState.DONE))
    requests = sandbox.stats()["requests"]
    asked = {"campaign": ("start", "stop"), "list": ("update_list",)}
    assert done == {kind: sum(requests.get(name, 0) for name in names) for kind, names in asked.items()}, requests

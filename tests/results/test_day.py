"""A day on which everything goes wrong: each figure equals what the dialler could show, and what it could not is named.

The clocks of Berlin change on that day, answers are cut, pages repeat, our processes die, and a list is emptied and
filled again while it is dialled.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum

from bpadmin.results.figures.events import slots_of
from bpadmin.results.figures.periods import day_of, period_of
from bpadmin.results.figures.stock import stock_sum, stocks_of
from bpadmin.results.models import Attempt, Gap, HourCount, ResultSource
from bpadmin.results.reading import reader as reading
from bpadmin.results.reading.ledger import hour_of
from bpadmin.results.services import results_of, sources_of
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from tests.results.dialling import FIELDS, Days, moments, people

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(400)]

BERLIN = ZoneInfo("Europe/Berlin")
STEP = timedelta(minutes=30)
READS = ["get_updated_records", "get_all_records", "get_campaign"]


def next_change(after: datetime) -> datetime:
    """Return the beginning of the next day in Berlin on which the clocks change."""
    day = after.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while day.utcoffset() == (day + timedelta(days=1)).utcoffset():
        day += timedelta(days=1)
    return day.astimezone(UTC)


class Dies(Exception):
    """Our process ends here."""


def test_every_figure_equals_what_the_dialler_could_show(
    days: Days, sandbox: Any, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.time_zone = "Europe/Berlin"
    tenant.save()
    days.until(next_change(days.now()))
    steady = sandbox.create_campaign("Steady", running=True, rate=0.02)
    sandbox.create_list("Large", FIELDS, bind=[steady], records=people(1500))
    shaken = sandbox.create_campaign("Shaken", running=True, rate=0.01)
    list_id = sandbox.create_list("Reloaded", FIELDS, bind=[shaken], records=people(400, 5000))
    chance = random.Random(5)
    whole, midnight = reading.page_store, days.now()
    reloaded: tuple[datetime, datetime] | None = None

    for step in range(48):
        sandbox.faults([])
        sandbox.faults(
            [
                {"kind": "cut_body", "probability": 0.15, "methods": READS},
                {"kind": "http_502", "probability": 0.1, "methods": READS},
                {"kind": "repeat_page", "probability": 0.2, "methods": READS},
                {"kind": "html", "probability": 0.05, "methods": READS},
            ]
        )
        days.on(STEP)
        if step == 20:
            began = days.now()
            with tenant_client(tenant) as client:
                sandbox.faults([])
                client.delete_all_records(list_id)
                days.on(timedelta(minutes=10))
                client.add_many_records(list_id, people(400, 5000))
                reloaded = began - STEP, days.now()
        if step % 7 == 3:

            def dies(**given: Any) -> Any:
                found = whole(**given)
                if chance.random() < 0.5:
                    raise Dies
                return found

            with monkeypatch.context() as patch:
                patch.setattr(reading, "page_store", dies)
                with suppress(Dies):
                    days.read()
        days.read()
    sandbox.faults([])
    ResultSource.objects.update(due_at=None, walk_wanted="the end of the day")
    days.on(timedelta(minutes=2))
    days.read()
    assert reloaded is not None

    now = days.now()
    zone = ZoneInfo(tenant.time_zone)
    day = day_of(tenant, midnight + timedelta(hours=12))
    assert day.hours in (23, 25)
    for campaign_id in (steady, shaken):
        truth = days.truth(campaign_id)
        sources = sources_of(tenant=tenant, campaign_id=campaign_id)
        kept = list(Attempt.objects.filter(source__in=sources).order_by("at").values_list("at", flat=True))
        assert len(kept) == len(set(kept)), "counted twice"
        assert set(kept) <= set(moments(truth)), "an attempt that never was"
        lost = sorted(set(moments(truth)) - set(kept))
        gaps = list(Gap.objects.filter(source__in=sources))
        for moment in lost:
            assert any((gap.began_at or moment) <= moment <= gap.ended_at for gap in gaps), (
                moment,
                [(gap.reason, gap.began_at, gap.ended_at) for gap in gaps],
            )
        results = results_of(tenant=tenant, sources=sources, period=period_of(tenant, {"range": "7d"}, now), now=now)
        assert results.events.attempts == len(kept)
        assert HourCount.objects.filter(source__in=sources).aggregate(n=Sum("count"))["n"] == len(kept)
        whole_day = slots_of(tenant, sources, day)
        assert len(whole_day) == day.hours
        by_hour = Counter(hour_of(moment, zone) for moment in kept if day.begin <= moment < day.end)
        decided = {each["moment"] for each in truth if not each["is_call"]}
        assert not decided
        assert {slot.begin: slot.count for slot in whole_day if slot.count} == dict(by_hour)
        stock = stock_sum(list(stocks_of(sources).values()))
        last = {each["record"]: each["completes"] for each in truth if each["is_there"]}
        assert stock.completed == sum(last.values())
        assert stock.open == len(last) - sum(last.values())
        assert stock.total is not None
        assert (stock.never or 0) + stock.open + stock.completed + stock.difference == stock.total
        assert stock.difference == 0
        if campaign_id == steady:
            assert lost == []
            assert gaps == []
        else:
            assert gaps
            assert all(reloaded[0] - timedelta(hours=1) <= moment <= reloaded[1] for moment in lost)

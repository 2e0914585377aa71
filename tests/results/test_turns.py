"""Whose turn it is, with what budget, and what happens before records are taken away from here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.results.models import Attempt, Gap, HourCount, ResultSource, ResultsSettings
from bpadmin.results.reading.identity import settings_of
from bpadmin.results.reading.lease import Lease, LeaseLost
from bpadmin.results.reading.retention import results_tidy
from bpadmin.results.reading.turns import turn_next
from bpadmin.results.reading.ways import way_of
from bpadmin.tenants.models import Tenant
from tests.results.dialling import FIELDS, Days, moments, people

pytestmark = pytest.mark.django_db


class Stand:
    """Stands in for the reader where only its way counts."""

    def __init__(self, tenant: Tenant) -> None:
        self.way = way_of(tenant)


def test_a_hundred_running_lists_stay_five_minutes_young_while_whole_lists_are_read(tenant: Tenant) -> None:
    now = timezone.now()
    for n in range(120):
        ResultSource.objects.create(
            tenant=tenant,
            source_id=f"c~{n}",
            campaign_id="c",
            is_running=n < 100,
            is_enabled=True,
            read_at=now - timedelta(minutes=2),
            walk_wanted="first reading",
        )
    reader: Any = Stand(tenant)
    walks, oldest = 0, timedelta()
    # One call a second.
    for second in range(500):
        at = now + timedelta(seconds=second)
        turn = turn_next(tenant, reader, at, turn=second)
        if turn is None:
            continue
        if turn.is_walk:
            walks += 1
        else:
            ResultSource.objects.filter(pk=turn.source.pk).update(read_at=at)
        if second % 100 == 99:
            ages = ResultSource.objects.filter(is_running=True).values_list("read_at", flat=True)
            oldest = max(oldest, *(at - age for age in ages if age is not None))
    assert oldest <= timedelta(minutes=5)
    assert walks > 80


def test_no_more_calls_are_made_than_the_budget_has(
    days: Days, sandbox: Any, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bpadmin.results.reading.turns import tenant_read

    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.01)
    for n in range(6):
        sandbox.create_list(f"L{n}", FIELDS, bind=[campaign], records=people(3, n * 10))
    settings = settings_of(tenant)
    settings.calls_a_minute = 5
    settings.save()
    assert tenant_read(tenant=tenant) == 5
    assert tenant_read(tenant=tenant) == 0
    days.on(timedelta(seconds=25))
    assert tenant_read(tenant=tenant) == 2


def test_one_process_reads_a_tenant_and_the_next_takes_over_from_a_dead_one(tenant: Tenant, days: Days) -> None:
    settings = settings_of(tenant)
    first, second = Lease(settings), Lease(settings)
    assert first.take()
    assert not second.take()
    days.ahead += timedelta(minutes=5)
    assert second.take()
    with pytest.raises(LeaseLost):
        first.hold()
    second.give_back()
    assert ResultsSettings.objects.get().reader == ""


def test_results_are_read_before_a_list_is_unbound_from_here(
    days: Days, sandbox: Any, tenant: Tenant, supervisor_client: Client
) -> None:
    campaign_id = sandbox.create_campaign("Renewals", running=True, rate=0.05)
    sandbox.create_list("People", FIELDS, bind=[campaign_id], records=people(300))
    days.on(timedelta(minutes=30))
    days.read()
    days.on(timedelta(minutes=30))
    truth = days.truth(campaign_id)
    source = ResultSource.objects.get()
    address = reverse("campaigns:unbind", args=[tenant.slug, campaign_id, source.instance_id])
    supervisor_client.post(address, {"typed_name": "People", "sure": "on"})
    kept = set(Attempt.objects.values_list("at", flat=True))
    assert set(moments(truth)) <= kept
    days.on(timedelta(minutes=20))
    days.read()
    source.refresh_from_db()
    assert not source.is_bound
    assert not Gap.objects.exists()
    assert set(moments(truth)) <= set(Attempt.objects.values_list("at", flat=True))


def test_attempts_go_when_they_are_older_than_they_are_kept(
    days: Days, sandbox: Any, tenant: Tenant, settings: Any
) -> None:
    campaign_id = sandbox.create_campaign("Renewals", running=True, rate=0.05)
    sandbox.create_list("People", FIELDS, bind=[campaign_id], records=people(100))
    days.on(timedelta(hours=1))
    days.read()
    count = Attempt.objects.count()
    assert results_tidy(days.now() + timedelta(days=399)) == 0
    settings.RESULTS_KEEP_DAYS = 0
    assert results_tidy(days.now() + timedelta(days=4000)) == 0
    settings.RESULTS_KEEP_DAYS = 400
    assert results_tidy(days.now() + timedelta(days=401)) == count > 50
    assert not HourCount.objects.exists()

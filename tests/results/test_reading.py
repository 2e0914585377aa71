"""Results are read as they come: each attempt counts once, whatever is read twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum

from bpadmin.results.models import Attempt, Gap, HourCount, Place, RecordState, Recount, ResultSource, StockCount
from bpadmin.results.reading import reader as reading
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from tests.results.dialling import FIELDS, Days, moments, people, source_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign_id(sandbox: Any) -> str:
    """A campaign that dials a list of 300 for some hours."""
    made = sandbox.create_campaign("Renewals", running=True, rate=0.02)
    sandbox.create_list("People", FIELDS, bind=[made], records=people(300))
    return str(made)


def test_every_attempt_is_kept_once_though_windows_overlap(days: Days, campaign_id: str) -> None:
    for _ in range(6):
        days.on(timedelta(minutes=20))
        days.read()
    truth = days.truth(campaign_id)
    source = source_of(days.tenant, campaign_id)
    assert len(truth) > 100
    assert list(Attempt.objects.filter(source=source).order_by("at").values_list("at", flat=True)) == moments(truth)
    assert HourCount.objects.filter(source=source).aggregate(n=Sum("count"))["n"] == len(truth)


def test_the_stock_sums_to_the_total(days: Days, campaign_id: str) -> None:
    days.on(timedelta(hours=2))
    days.read()
    days.on(timedelta(hours=1))
    days.read()
    source = source_of(days.tenant, campaign_id)
    truth = days.truth(campaign_id)
    last = {each["record"]: each["completes"] for each in truth}
    stock = dict(StockCount.objects.filter(source=source).order_by().values_list("place").annotate(n=Sum("records")))
    assert source.never == 300 - len(last)
    assert stock[Place.COMPLETED] == sum(last.values())
    assert stock[Place.OPEN] == len(last) - sum(last.values())
    assert source.total == 300


def test_a_reading_that_is_begun_anew_counts_nothing_twice(days: Days, campaign_id: str) -> None:
    days.on(timedelta(hours=2))
    days.read()
    before = Attempt.objects.count()
    ResultSource.objects.update(read_at=None, newest=None, cursor="", walk_done_at=None, walk_wanted="asked")
    days.read()
    assert before > 100
    assert Attempt.objects.count() == before
    assert HourCount.objects.aggregate(n=Sum("count"))["n"] == before
    recount = Recount.objects.first()
    assert recount is not None
    assert recount.is_same
    assert recount.records == 300


def test_a_whole_reading_says_what_made_it_due(days: Days, campaign_id: str) -> None:
    days.on(timedelta(hours=1))
    days.read()
    with tenant_client(days.tenant) as client:
        (use,) = client.get_campaign(campaign_id).lists or ()
        client.add_many_records(use.list_id, people(5, 5000))
    for _ in range(2):
        days.on(timedelta(hours=1))
        days.read()
    told = list(Recount.objects.order_by("pk").values_list("why", flat=True))
    assert told[:2] == ["first reading", "the dialler's total has changed"]


def test_a_process_that_dies_in_the_middle_of_a_page_costs_nothing(
    days: Days, campaign_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    days.on(timedelta(hours=2))
    whole = reading.page_store

    def dies(**given: Any) -> Any:
        whole(**given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reading, "page_store", dies)
        with pytest.raises(KeyboardInterrupt):
            days.read()
    assert Attempt.objects.count() == 0
    days.on(timedelta(minutes=5))
    days.read()
    truth = days.truth(campaign_id)
    assert sorted(Attempt.objects.values_list("at", flat=True)) == moments(truth)


def test_faults_of_the_dialler_cost_nothing(days: Days, campaign_id: str, sandbox: Any) -> None:
    sandbox.faults(
        [
            {"kind": "http_500", "probability": 0.2, "methods": ["get_updated_records", "get_all_records"]},
            {"kind": "cut_body", "probability": 0.2, "methods": ["get_updated_records", "get_all_records"]},
        ]
    )
    for _ in range(8):
        days.on(timedelta(minutes=20))
        days.read()
    sandbox.faults([])
    days.on(timedelta(minutes=20))
    days.read()
    truth = days.truth(campaign_id)
    assert sorted(Attempt.objects.values_list("at", flat=True)) == moments(truth)
    assert not Gap.objects.exists()


def test_no_name_and_no_number_is_kept(days: Days, campaign_id: str) -> None:
    days.on(timedelta(hours=1))
    days.read()
    for model in (Attempt, RecordState, ResultSource, Recount):
        text = repr(list(model.objects.values()))
        assert "49300000" not in text
        assert "Person" not in text
    assert not Attempt.objects.exclude(agent="").exists()


def test_a_list_unbound_elsewhere_keeps_its_figures_and_names_the_gap(
    days: Days, campaign_id: str, tenant: Tenant
) -> None:
    from bpadmin.tenants.services import tenant_client

    days.on(timedelta(hours=1))
    days.read()
    kept = Attempt.objects.count()
    source = source_of(tenant, campaign_id)
    days.on(timedelta(minutes=30))
    with tenant_client(tenant) as client:
        client.unbind_list(campaign_id, instance_id=source.instance_id)
    days.read()
    source.refresh_from_db()
    assert not source.is_bound
    assert Attempt.objects.count() == kept > 10
    gap = Gap.objects.get()
    assert (gap.reason, gap.began_at) == ("unbound", source.read_at)


def test_a_page_that_is_repeated_is_no_new_page(days: Days, campaign_id: str, sandbox: Any) -> None:
    sandbox.create_list("Large", FIELDS, bind=[campaign_id], records=people(1500, 1000))
    sandbox.faults([{"kind": "repeat_page", "after": 2, "times": 1, "methods": ["get_all_records"]}])
    days.on(timedelta(minutes=10))
    days.read()
    assert ResultSource.objects.exclude(trouble="").exists()
    for _ in range(2):
        days.on(timedelta(minutes=5))
        days.read()
    large = ResultSource.objects.get(list_name="Large")
    assert Recount.objects.get(source=large).records == 1500
    assert sorted(Attempt.objects.values_list("at", flat=True)) == moments(days.truth(campaign_id))

"""Each platform's results are read by what it tells of them, and what it does not tell is named."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from bpadmin.platforms.codes import RESULT_MEANINGS
from bpadmin.platforms.types import Attempt as Attempted
from bpadmin.platforms.types import Record, RecordStatus
from bpadmin.results.figures.periods import period_of
from bpadmin.results.figures.stock import stock_sum, stocks_of
from bpadmin.results.models import Attempt, Gap, GapReason, ResultSource
from bpadmin.results.reading.facts import FactReader
from bpadmin.results.reading.identity import Hasher, settings_of
from bpadmin.results.reading.turns import tenant_read
from bpadmin.results.services import results_of, sources_of
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from tests.fixtures_tenants import browser_of, connect
from tests.results.dialling import FIELDS, Days, moments, people

pytestmark = pytest.mark.django_db


def test_v2_is_read_by_what_changed(days: Days, sandbox: Any) -> None:
    campaign_id = sandbox.create_campaign("Renewals", running=True, rate=0.02)
    sandbox.create_list("People", FIELDS, bind=[campaign_id], records=people(200))
    days.tenant = connect(sandbox, "brightpattern_legacy")
    for _ in range(3):
        days.on(timedelta(minutes=40))
        days.read()
    truth = days.truth(campaign_id)
    assert list(Attempt.objects.order_by("at").values_list("at", flat=True)) == moments(truth)
    stock = stock_sum(list(stocks_of(sources_of(tenant=days.tenant)).values()))
    last = {each["record"]: each["completes"] for each in truth}
    assert (stock.never, stock.completed) == (200 - len(last), sum(last.values()))
    assert stock.total is None


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_times_of_the_older_apis_are_utc_whatever_the_tenants_zone(
    days: Days, sandbox: Any, version: str, zone: str
) -> None:
    campaign_id = sandbox.create_campaign("Renewals", running=True, rate=0.02)
    sandbox.create_list("People", FIELDS, bind=[campaign_id], records=people(50))
    secret = sandbox.credentials["client_secret"]
    days.tenant = connect(
        sandbox, "brightpattern_legacy", api_version=version, tenant_url=sandbox.tenant_url, client_secret=secret
    )
    days.tenant.time_zone = zone
    days.tenant.save()
    if version == "v1":
        named = {"list": "People", "campaign": "Renewals", "name": "Renewals"}
        browser_of(days.tenant).post(reverse("records:add", args=[days.tenant.slug]), named)
    for _ in range(2):
        days.on(timedelta(minutes=40))
        days.read()
    kept = list(Attempt.objects.order_by("at").values_list("at", flat=True))
    truth = moments(days.truth(campaign_id))
    assert kept
    assert kept == truth if version == "v2" else set(kept) <= set(truth)


@pytest.mark.parametrize("platform", ["jtel", "conpeek", "brightpattern_legacy"])
def test_what_a_record_tells_is_kept_within_what_can_be_kept(platform: str, tenant: Tenant) -> None:
    odd: list[Any] = [10**30, 2**62, -5, "7.5", "NaN", [1], {"a": 1}, None]
    reader = FactReader(Hasher(settings_of(tenant)), platform, ZoneInfo("Asia/Tokyo"))
    for value in odd:
        entry = {
            "ID": 1,
            "nTries": value,
            "bDone": value,
            "state": value,
            "contact_try": value,
            "dtLastTry": "0001-01-01T00:00:00",
        }
        number = value if isinstance(value, int) else 1
        attempt = Attempted(call_attempted=True, disposition="x" * 999, date=timezone.now(), call_duration=number)
        status = RecordStatus(completed=True, total_attempts=number)
        (facts,) = reader.read([Record(entry, status, attempts=(attempt,), id="1")])
        assert 0 <= facts.told < 2**31
        assert all(0 <= (each.seconds or 0) < 2**31 for each in facts.attempts)


def test_jtel_is_read_whole_and_what_lies_between_is_a_gap(days: Days, sandbox: Any) -> None:
    contacts = [{"Name": f"P{n}", "PhoneNumber1": f"+49301{n:04d}", "UserData": f"U{n}"} for n in range(5)]
    called = {"dtLastTry": "2026-11-01T10:00:00", "nTries": 1, "ResultCodesExportKey": "NOANSWER"}
    sandbox.create_jtel_campaign(
        "Winback", contacts=[*contacts, {**contacts[0], "UserData": "tried", **called}, {**contacts[1], **called}]
    )
    days.tenant = connect(sandbox, "jtel")
    days.read()
    source = ResultSource.objects.get(tenant=days.tenant)
    (stock,) = stocks_of([source]).values()
    assert (stock.never, stock.open, stock.total) == (5, 2, None)
    assert Attempt.objects.count() == 2
    assert not Gap.objects.filter(reason=GapReason.BETWEEN).exists()
    assert source.read_at is not None


def test_results_of_jtel_are_grouped_by_what_their_codes_do(days: Days, sandbox: Any) -> None:
    campaign_id = sandbox.create_jtel_campaign("Winback")
    days.tenant = tenant = connect(sandbox, "jtel")
    with tenant_client(tenant) as client:
        codes = client.get_result_codes(str(campaign_id))
    when = timezone.now().strftime("%Y-%m-%dT%H:%M:%S")
    made = [
        {"Name": code.name, "PhoneNumber1": f"+49301{n:04d}", "UserData": code.id, "dtLastTry": when, "nTries": 1}
        | {"ResultCodesExportKey": code.export_key}
        for n, code in enumerate(codes)
    ]
    sandbox.create_jtel_contacts(campaign_id, made)
    days.read()
    days.on(timedelta(minutes=16))
    days.read()
    period = period_of(tenant, {"range": "7d"})
    events = results_of(tenant=tenant, sources=sources_of(tenant=tenant), period=period).events
    told = Counter(RESULT_MEANINGS[code.type][0] for code in codes)
    assert {ending.label: calls for ending, calls, _ in events.by_ending} == dict(told)
    assert len(told) == 4
    page = browser_of(tenant).get(reverse("results:whole", args=[tenant.slug]), {"range": "7d"}).content.decode()
    assert "By type of result code" in page
    assert "Appointment" in page


def test_conpeek_is_read_by_its_history_of_calls(days: Days, sandbox: Any) -> None:
    campaign_id = sandbox.create_voice_campaign("Callbacks")
    sandbox.create_requests(campaign_id, count=60)
    days.tenant = tenant = connect(sandbox, "conpeek")
    browser = browser_of(tenant)
    browser.post(reverse("records:add", args=[tenant.slug]), {"voice_campaign_id": campaign_id, "name": "Callbacks"})
    days.read()
    requests = sandbox.dump_requests(campaign_id)
    calls = sum(len(each["call_history"]) for each in requests)
    assert Attempt.objects.count() == calls > 40
    (stock,) = stocks_of(sources_of(tenant=tenant)).values()
    assert stock.completed == sum(each["state"] == "CLOSED" for each in requests)
    assert stock.never == sum(not each["call_history"] and not each["contact_try"] for each in requests)
    page = browser.get(reverse("results:home", args=[tenant.slug]))
    assert "Callbacks" in page.content.decode()


def test_v1_tells_the_last_attempt_alone(days: Days, sandbox: Any) -> None:
    campaign_id = sandbox.create_campaign("Renewals", running=True, rate=0.05)
    sandbox.create_list("People", FIELDS, bind=[campaign_id], records=people(60))
    secret = sandbox.credentials["client_secret"]
    days.tenant = tenant = connect(
        sandbox, "brightpattern_legacy", api_version="v1", tenant_url=sandbox.tenant_url, client_secret=secret
    )
    browser_of(tenant).post(
        reverse("records:add", args=[tenant.slug]), {"list": "People", "campaign": "Renewals", "name": "Renewals"}
    )
    for _ in range(3):
        days.on(timedelta(hours=2))
        days.read()
    truth = days.truth(campaign_id)
    kept = set(Attempt.objects.values_list("at", flat=True))
    assert kept <= set(moments(truth))
    gaps = Gap.objects.filter(reason=GapReason.BETWEEN)
    assert len(kept) + sum(gap.count or 0 for gap in gaps) == len(truth)


def test_an_api_user_that_is_refused_is_told_and_left_alone(
    days: Days, sandbox: Any, tenant: Tenant, administrator_client: Any
) -> None:
    sandbox.create_campaign("Renewals", running=True)
    days.read()
    sandbox.control("POST", "users", {"name": "sandbox", "privileges": [], "is_locked": True})
    sandbox.revoke_tokens()
    days.on(timedelta(minutes=20))
    ResultSource.objects.create(tenant=tenant, source_id="x~y", campaign_id="x", is_running=True)
    days.read()
    assert tenant_read(tenant=tenant) == 0
    cache.clear()
    page = administrator_client.get(reverse("results:home", args=[tenant.slug])).content.decode()
    assert "The dialler refuses the API user." in page

"""Campaigns and results of the older API: read by name, and exported whole although pages go by time."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from bpadmin.dialler.catalogue import campaign_find, campaigns_now
from bpadmin.platforms import open_client
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.names import id_of
from bpadmin.platforms.types import RecordKind
from bpadmin.records.exports import reader
from campaigns.exports.order import results_order
from tests.campaigns.exporting import FIELDS, finished, records, table
from tests.fixtures_tenants import connect

pytestmark = pytest.mark.django_db(transaction=True)

LIST, CAMPAIGN = "Süd/West 50%.csv", "Büro & mehr"
LIST_ID, CAMPAIGN_ID = id_of(LIST), id_of(CAMPAIGN)


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Any:
    return connect(sandbox, "brightpattern_legacy", slug="acme")


@pytest.fixture
def called(sandbox: Any) -> int:
    """A campaign that called some of the 300 records of its list and was stopped; returns how many it tried."""
    campaign = sandbox.create_campaign(CAMPAIGN, running=True, rate=1.0)
    sandbox.create_list(LIST, FIELDS, bind=[campaign], records=records(300))
    sandbox.advance(120)
    credentials = dict(sandbox.credentials)
    with open_client("brightpattern", base_url=sandbox.url, credentials=credentials, tokens=MemoryTokens()) as newer:
        newer.stop(campaign)
        (binding,) = newer.get_campaign(campaign).lists or ()
        pages = newer.walk_records(RecordKind.UPDATED, campaign, instance_id=binding.instance_id)
        return sum(len(page.items) for page in pages)


def words(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def exported(tenant: Any, **options: Any) -> Any:
    return finished(tenant, results_order(((CAMPAIGN_ID, CAMPAIGN),), **options))


def test_a_campaign_is_shown_with_state_and_lists_and_nothing_that_is_not_told(
    called: int, supervisor_client: Any
) -> None:
    assert CAMPAIGN in words(supervisor_client.get(reverse("campaigns:index", args=["acme"])))
    page = words(supervisor_client.get(reverse("campaigns:detail", args=["acme", CAMPAIGN_ID])))
    assert "does not let campaigns be started or stopped through its API" in page
    assert LIST in page
    assert "Stopped" in page
    assert "Upload into" in page
    for absent in ("Ratio", "Sorting", "Bind a list", "Before you start", "Campaign id"):
        assert absent not in page


def test_a_campaign_is_found_by_its_name(tenant: Any, called: int) -> None:
    assert campaign_find(tenant=tenant, name_or_id=CAMPAIGN).id == CAMPAIGN_ID
    assert [campaign.name for campaign in campaigns_now(tenant=tenant)] == [CAMPAIGN]


def test_all_results_are_exported(tenant: Any, called: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PAGE_RECORDS", 70)
    job = exported(tenant)
    rows = table(job)
    assert [row["id"] for row in rows] == [f"r{number}" for number in range(300)]
    assert sum(int(row["status.totalAttempts"]) > 0 for row in rows) == called


@pytest.mark.parametrize("size", [7, 1000])
def test_tried_records_are_exported_once_each_page_by_page(
    tenant: Any, called: int, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(reader, "PAGE_RECORDS", size)
    rows = table(exported(tenant, kind=RecordKind.UPDATED, attempts=True))
    assert len(rows) == len({row["id"] for row in rows}) == called > 100
    assert all(row["status.lastDate"] for row in rows)


def test_a_window_of_time_is_kept_although_the_platform_knows_no_end(tenant: Any, called: int) -> None:
    every = table(exported(tenant, kind=RecordKind.UPDATED))
    times = sorted(row["status.lastDate"] for row in every)
    middle = datetime.fromisoformat(times[len(times) // 2]).astimezone(UTC)
    before = table(exported(tenant, kind=RecordKind.UPDATED, end=middle))
    after = table(exported(tenant, kind=RecordKind.UPDATED, start=middle, end=middle + timedelta(days=1)))
    assert 0 < len(before) < called
    assert len(before) + len(after) == called


def test_a_list_that_left_its_campaign_is_told_in_words(tenant: Any, called: int, sandbox: Any) -> None:
    job = exported(tenant, instances=(id_of("gone.csv"),))
    assert job.state != "succeeded"

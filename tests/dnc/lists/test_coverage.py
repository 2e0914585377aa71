"""Coverage of many campaigns by many lists: searched, filtered, paged both ways, never larger than a page may be."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from bpadmin.dialler.models import CatalogueCampaign
from bpadmin.dialler.refreshing.services import catalogue_read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def many(tenant, sandbox):
    """Seventy campaigns, the first ten of which are protected, and two dozen lists."""
    campaigns = [sandbox.create_campaign(f"Campaign {number}") for number in range(70)]
    sandbox.create_dnc_list("Company DNC", "INTERNAL", bind=campaigns[:10])
    for number in range(23):
        sandbox.create_dnc_list(f"States {number}", "GEOGRAPHIC_AREACODE", bind=campaigns[:60])
    catalogue_read(tenant=tenant)
    return campaigns


def seen(client, tenant, **query: str) -> tuple[str, list[str]]:
    """Return the page, and the campaigns on it."""
    html = client.get(reverse("dnc:coverage", args=[tenant.slug]), query).content.decode()
    return html, re.findall(r'class="table__main"><a href="[^"]+">(?:<bdi>)?([^<]+)(?:</bdi>)?</a>', html)


def test_gaps_come_first_and_all_is_searched_filtered_and_paged(tenant, many, viewer_client):
    html, names = seen(viewer_client, tenant)
    assert len(names) == 50
    assert names[:2] == ["Campaign 10", "Campaign 11"]
    _, names = seen(viewer_client, tenant, page="2")
    assert names[-1] == "Campaign 9"
    assert len(names) == 20
    assert len(html) < 60_000

    assert seen(viewer_client, tenant, show="ok")[1] == [f"Campaign {number}" for number in range(10)]
    assert seen(viewer_client, tenant, show="gap", q="campaign 69")[1] == ["Campaign 69"]
    assert seen(viewer_client, tenant, show="ok", q="campaign 69")[1] == []
    _, names = seen(viewer_client, tenant, q=many[3])
    assert names == ["Campaign 3"]
    assert "No campaign matches" in seen(viewer_client, tenant, q="nothing")[0]

    # More lists than fit are shown one part after another.
    html, _ = seen(viewer_client, tenant)
    assert "Lists 1 to 12 of 24" in html
    html, _ = seen(viewer_client, tenant, lists="13")
    assert "Lists 13 to 24 of 24" in html
    assert "Lists before" in html
    assert seen(viewer_client, tenant, lists="x")[1]


def test_nothing_is_claimed_of_a_campaign_that_was_not_read(tenant, many, viewer_client):
    CatalogueCampaign.objects.filter(remote_id=many[69]).update(read_at=None)
    html, names = seen(viewer_client, tenant, show="unread")
    assert names == ["Campaign 69"]
    assert "No list at all" not in html
    assert CatalogueCampaign.objects.get(remote_id=many[69]).wanted_at is not None

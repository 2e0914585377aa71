"""How old a registry's data are, on the list and in the campaigns that use it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from dnc.expiring import tenant_today
from dnc.freshness import freshness_of
from dnc.models import DncList

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("age", "days", "tone"),
    [(0, 31, "ok"), (20, 31, "ok"), (21, 31, "warn"), (30, 31, "warn"), (31, 31, "bad"), (28, 28, "bad")],
)
def test_data_turn_amber_ten_days_before_they_are_too_old(age, days, tone):
    dnc_list = DncList(data_as_of=TODAY - timedelta(days=age), fresh_days=days)
    found = freshness_of(dnc_list, TODAY)
    assert found is not None
    assert found.tone == tone


def test_a_registry_of_an_unknown_day_is_amber_and_another_list_has_no_badge():
    registry = freshness_of(DncList(is_registry=True), TODAY)
    assert registry is not None
    assert registry.tone == "warn"
    assert freshness_of(DncList(), TODAY) is None


@pytest.mark.django_db(transaction=True)
def test_a_campaign_shows_and_checks_how_fresh_its_lists_are(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    remote_id = sandbox.create_dnc_list("Registry", "INTERNAL", [], bind=[campaign])
    by_id = reverse("dnc:by_id", args=[tenant.slug, remote_id])
    assert supervisor_client.get(by_id).status_code == 302
    DncList.objects.update(is_registry=True, data_as_of=tenant_today(tenant) - timedelta(days=40))
    page = supervisor_client.get(reverse("campaigns:detail", args=[tenant.slug, campaign])).content.decode()
    assert by_id in page
    assert page.count("too old") == 2
    start = supervisor_client.get(reverse("campaigns:start", args=[tenant.slug, campaign])).content.decode()
    assert "“Registry”: Data of" in start

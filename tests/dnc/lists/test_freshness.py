"""How old a registry's data are, on the list and in the campaigns that use it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from bpadmin.dialler.live import Snapshot
from dnc.entries.expiry import tenant_today
from dnc.lists.freshness import freshness_of
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


def test_a_list_that_is_not_read_yet_is_not_said_to_be_missing(tenant, supervisor_client, monkeypatch):
    by_id = reverse("dnc:by_id", args=[tenant.slug, "somewhere"])
    # A reading that takes longer than a page waits for it.
    monkeypatch.setattr("dnc.views.dnc_lists_read", lambda tenant: Snapshot(value=None, read=3, total=40))
    answer = supervisor_client.get(by_id)
    assert answer.headers["Location"] == reverse("dnc:index", args=[tenant.slug])
    monkeypatch.undo()
    assert "not read yet" in supervisor_client.get(answer.headers["Location"]).content.decode()
    assert supervisor_client.get(by_id).status_code == 404

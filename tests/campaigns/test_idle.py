"""A running campaign that has nothing to dial says so for as long as that lasts."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bpadmin.dialler.catalogue import campaigns_forget
from bpadmin.dialler.live import live_forget
from bpadmin.dialler.refreshing.services import catalogue_refresh
from bpadmin.tenants.services import tenant_client
from bpadmin.web.tables import fingerprint
from tests.jobs.uploading import KEYED, driven, people, queued_upload

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
RECORDS = [{"id": f"r{n}", "phone": str(7000000 + n)} for n in range(5)]


@pytest.fixture(autouse=True)
def always_asked(monkeypatch):
    """Ask the dialler at every look."""
    monkeypatch.setattr("campaigns.idle.TTL", 0.0)
    monkeypatch.setattr("campaigns.remaining.TTL", 0.0)
    monkeypatch.setattr("campaigns.idle.PATIENCE", 20.0)


def pages(client, tenant, campaign: str) -> tuple[str, str]:
    """Return the table of campaigns and the page of one, as they are now."""
    campaigns_forget(tenant=tenant, campaign_id=campaign)
    live_forget(tenant, f"idle:{fingerprint(campaign)}")
    index = client.get(reverse("campaigns:index", args=[tenant.slug]))
    detail = client.get(reverse("campaigns:detail", args=[tenant.slug, campaign]))
    return index.content.decode(), detail.content.decode()


def test_a_running_campaign_with_nothing_to_dial_says_so_while_it_lasts(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.0)
    for page in pages(viewer_client, tenant, campaign):
        assert "No list is bound to it: there is nothing to dial." in page
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=RECORDS)
    for page in pages(viewer_client, tenant, campaign):
        assert "nothing to dial" not in page
    assert "1 of 1 list enabled, with 5 records, 5 of them not completed yet" in page
    with tenant_client(tenant) as client:
        (binding,) = client.get_campaign(campaign).lists
        client.update_list(campaign, instance_id=binding.instance_id, enabled=False, order=1, dialing_ratio=1)
    for page in pages(viewer_client, tenant, campaign):
        assert "Its only list is disabled: there is nothing to dial." in page
    with tenant_client(tenant) as client:
        client.update_list(campaign, instance_id=binding.instance_id, enabled=True, order=1, dialing_ratio=1)
        client.delete_all_records(spring)
    with tenant_client(tenant) as client:
        client.stop(campaign)
    assert all("Dials nobody" not in page for page in pages(viewer_client, tenant, campaign))


def test_figures_that_a_stopped_campaign_shows_stay_when_it_runs(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals", rate=0.0)
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=RECORDS)
    words = "1 of 1 list enabled, with 5 records, 5 of them not completed yet"
    for act in ("start", "stop", "start"):
        assert words in pages(viewer_client, tenant, campaign)[1]
        with tenant_client(tenant) as client:
            getattr(client, act)(campaign)
        assert words in pages(viewer_client, tenant, campaign)[1]


def test_a_list_whose_records_are_all_completed_is_nothing_to_dial(tenant, sandbox, viewer_client, monkeypatch):
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.0)
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=RECORDS)
    monkeypatch.setattr("campaigns.idle._is_done", lambda client, campaign_id, instance_id: True)
    for page in pages(viewer_client, tenant, campaign):
        assert "Every record of its enabled lists is completed" in page


@pytest.mark.parametrize("dialler", ["answers", "is away"])
def test_what_an_upload_from_here_has_brought_is_not_nothing_to_dial(
    tenant, sandbox, viewer_client, monkeypatch, dialler
):
    monkeypatch.setattr("campaigns.idle.TTL", 60.0)
    monkeypatch.setattr("campaigns.remaining.TTL", 60.0)
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.0)
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in KEYED]
    spring = sandbox.create_list("Spring", described, bind=[campaign])
    catalogue_refresh(tenant_id=tenant.pk)
    index = reverse("campaigns:index", args=[tenant.slug])
    detail = reverse("campaigns:detail", args=[tenant.slug, campaign])
    for url in (index, detail):
        assert "there is nothing to dial" in viewer_client.get(url).content.decode()
    job = driven(queued_upload(tenant, spring, people(4)))
    assert job.n_added == 4
    if dialler == "is away":
        sandbox.faults([{"methods": ["get_campaign", "get_list_results"], "kind": "http_500", "times": 50}])
    for url in (index, detail):
        assert "nothing to dial" not in viewer_client.get(url).content.decode()
    page = viewer_client.get(detail).content.decode()
    words = "1 of 1 list enabled, with 4 records" if dialler == "answers" else "they are being counted again"
    assert words in page

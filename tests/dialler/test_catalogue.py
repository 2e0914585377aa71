"""The catalogue of a tenant: read by parts, kept in the database, shown at once, and within what the tenant bears."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.dialler import live
from bpadmin.dialler.catalogue import (
    _bindings_missing,
    bindings_look,
    campaigns_forget,
    lists_forget,
    lists_look,
    lists_read,
)
from bpadmin.dialler.models import CatalogueBinding, CatalogueCampaign, CatalogueList, CatalogueState
from bpadmin.dialler.refreshing import refresher
from bpadmin.dialler.refreshing.fills import fills_end
from bpadmin.dialler.refreshing.services import catalogue_read, catalogue_refresh, catalogues_due
from bpadmin.dialler.refreshing.storing import list_store, state_of
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = [{"name": "phone", "type": "PHONE", "key": True}]


def calls(sandbox: Any) -> int:
    """Count requests that the tenant has answered, those for tokens left out."""
    stats = sandbox.stats()
    return int(stats["requests_total"] - stats["token_requests"])


def page(client: Client, name: str, tenant: Tenant) -> str:
    return client.get(reverse(name, args=[tenant.slug])).content.decode()


def older(tenant: Tenant, **ages: float) -> None:
    """Make what was read of a tenant older by so many minutes, and free all tokens."""
    now = timezone.now()
    CatalogueState.objects.update(tokens=1000.0, tokens_at=now - timedelta(hours=1))
    by = timedelta(minutes=ages.get("minutes", 60))
    CatalogueState.objects.update(campaigns_read_at=now - by, lists_read_at=now - by, looked_at=None)
    CatalogueCampaign.objects.update(read_at=now - by, tried_at=now - by)


@pytest.fixture
def sixty(sandbox: Any) -> list[str]:
    """Sixty campaigns with a list and a Do Not Call list each."""
    campaigns = [sandbox.create_campaign(f"Campaign {number}") for number in range(60)]
    sandbox.create_list("Spring", PHONE, bind=campaigns)
    sandbox.create_dnc_list("Company DNC", "INTERNAL", bind=campaigns[:10])
    return campaigns


def test_a_reading_longer_than_its_claim_and_than_any_page_waits_is_shown_and_ends(
    tenant: Tenant, sandbox: Any, sixty: list[str], viewer_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.05)
    monkeypatch.setattr(live, "LOCK_SECONDS", 1)
    monkeypatch.setattr(refresher, "CLAIM_SECONDS", 0.3)
    sandbox.latency(0.1)
    assert "Waiting for the dialler" in page(viewer_client, "records:index", tenant)
    fills_end()  # as when the process of the page is stopped
    for _ in range(100):
        catalogue_refresh(tenant_id=tenant.pk, seconds=0.2)
        for name in ("records:index", "dnc:index", "dnc:coverage"):
            page(viewer_client, name, tenant)
        if bindings_look(tenant).read == 60:
            break
    shown = page(viewer_client, "records:index", tenant)
    assert "60 sources of records" in shown
    assert "50" in page(viewer_client, "dnc:coverage", tenant)
    # Each campaign once, the listing and the lists, what the tenant has at all, and nothing for the pages. On a slow
    # machine what changes often falls due again meanwhile; a reading that is thrown away would ask for all anew.
    assert calls(sandbox) <= 60 + 30


def test_while_it_fills_pages_say_how_far_it_is(
    tenant: Tenant, sandbox: Any, sixty: list[str], viewer_client: Client
) -> None:
    catalogue_read(tenant=tenant)
    CatalogueCampaign.objects.filter(name_key__gte=CatalogueCampaign.objects.order_by("name_key")[34].name_key).update(
        read_at=None, tried_at=None
    )
    CatalogueState.objects.update(claim="another", claim_until=timezone.now() + timedelta(hours=1))
    page(viewer_client, "records:index", tenant)
    before = calls(sandbox)
    for name in ("records:index", "dnc:index", "dnc:coverage"):
        assert "34 of 60 campaigns read; the others follow" in page(viewer_client, name, tenant), name
    shown = page(viewer_client, "dnc:coverage", tenant)
    assert shown.count("Not read yet</span>") == 26
    assert calls(sandbox) == before


def test_what_is_kept_outlives_the_cache_and_a_tenant_that_is_away(
    tenant: Tenant, sandbox: Any, sixty: list[str], viewer_client: Client
) -> None:
    catalogue_read(tenant=tenant)
    sandbox.faults([{"kind": "http_503", "probability": 1.0}])
    older(tenant)
    catalogue_refresh(tenant_id=tenant.pk)
    for name in ("campaigns:index", "lists:index", "records:index", "dnc:coverage"):
        shown = page(viewer_client, name, tenant)
        assert "Campaign 12<" in shown or "Spring" in shown, name
        assert "This page asks again by itself" in shown, name


def test_one_refresher_at_a_time(tenant: Tenant, sandbox: Any, sixty: list[str]) -> None:
    owner = refresher.refresher_claim(tenant)
    assert owner
    assert not refresher.refresher_claim(tenant)
    assert catalogue_refresh(tenant_id=tenant.pk) is False
    assert calls(sandbox) == 0
    CatalogueState.objects.update(claim_until=timezone.now() - timedelta(seconds=1))  # its process was killed
    catalogue_read(tenant=tenant)
    assert CatalogueCampaign.objects.filter(read_at__isnull=False).count() == 60


def test_nobody_looks_so_what_is_young_is_left_alone_and_what_is_old_costs_half_the_budget(
    tenant: Tenant, sandbox: Any, sixty: list[str]
) -> None:
    catalogue_read(tenant=tenant)
    before = calls(sandbox)
    assert catalogues_due() == []
    catalogue_refresh(tenant_id=tenant.pk)
    assert calls(sandbox) == before
    older(tenant)
    assert catalogues_due() == [tenant.pk]
    catalogue_refresh(tenant_id=tenant.pk)
    assert calls(sandbox) - before == 10  # sixty a minute, and at most those of ten seconds at once
    tenant.catalogue_calls = 24
    tenant.save()
    CatalogueState.objects.update(tokens=0.0, tokens_at=timezone.now() - timedelta(seconds=60))
    catalogue_refresh(tenant_id=tenant.pk)
    assert calls(sandbox) - before == 12


def test_a_slow_tenant_is_asked_for_a_quarter_of_the_time_at_most(
    tenant: Tenant, sandbox: Any, sixty: list[str]
) -> None:
    catalogue_read(tenant=tenant)
    before = calls(sandbox)
    older(tenant)
    CatalogueState.objects.update(latency=1.0)
    catalogue_refresh(tenant_id=tenant.pk)
    assert calls(sandbox) - before == 2


def test_too_many_requests_are_obeyed(tenant: Tenant, sandbox: Any, sixty: list[str]) -> None:
    sandbox.faults([{"kind": "rate_limit", "seconds": 60}])
    assert catalogue_refresh(tenant_id=tenant.pk) is False
    state = CatalogueState.objects.get()
    assert state.is_told_to_wait
    assert timedelta(seconds=50) < state.quiet_until - timezone.now() < timedelta(seconds=61)
    asked = sandbox.stats()["requests_total"]
    assert catalogues_due() == []
    assert catalogue_refresh(tenant_id=tenant.pk) is False
    assert bindings_look(tenant).has_value is False
    assert sandbox.stats()["requests_total"] == asked
    sandbox.faults([])
    CatalogueState.objects.update(quiet_until=timezone.now())
    catalogue_read(tenant=tenant)
    assert bindings_look(tenant).read == 60


def test_lists_that_nobody_was_told_of_yet_are_still_to_come(tenant: Tenant, sandbox: Any, sixty: list[str]) -> None:
    catalogue_read(tenant=tenant)
    before = state_of(tenant)
    CatalogueState.objects.update(guards_changed=True)
    assert _bindings_missing(tenant, before) == "few"


def test_what_was_read_before_a_refusal_is_kept(tenant: Tenant, sandbox: Any, sixty: list[str]) -> None:
    sandbox.faults([{"kind": "rate_limit", "after": 20}])
    catalogue_refresh(tenant_id=tenant.pk)
    read = CatalogueCampaign.objects.filter(read_at__isnull=False).count()
    assert 0 < read < 60
    sandbox.faults([])
    CatalogueState.objects.update(quiet_until=None)
    before = calls(sandbox)
    catalogue_read(tenant=tenant)
    assert calls(sandbox) - before <= 60 - read + 2


def test_one_campaign_that_cannot_be_read_does_not_keep_the_others(
    tenant: Tenant, sandbox: Any, sixty: list[str]
) -> None:
    sandbox.faults([{"kind": "http_500", "times": 1, "paths": ["getCampaign"]}])
    catalogue_read(tenant=tenant)
    snapshot = bindings_look(tenant)
    assert (snapshot.read, snapshot.total) == (59, 60)
    assert CatalogueCampaign.objects.get(read_at__isnull=True).tried_at is not None


def test_lists_are_read_page_by_page_and_a_walk_goes_on_where_it_stood(tenant: Tenant, sandbox: Any) -> None:
    for number in range(205):
        sandbox.create_list(f"List {number}", PHONE)
    sandbox.faults([{"kind": "http_503", "after": 1, "paths": ["callinglist/getAll"]}])
    catalogue_refresh(tenant_id=tenant.pk)
    snapshot = lists_look(tenant)
    assert (snapshot.read, snapshot.total) == (100, None)
    sandbox.faults([])
    CatalogueState.objects.update(quiet_until=None)
    before = calls(sandbox)
    catalogue_read(tenant=tenant)
    assert calls(sandbox) - before == 2
    assert [each.name for each in lists_read(tenant).value][:11][-2:] == ["List 9", "List 10"]


def test_a_list_that_is_gone_is_dropped_at_the_end_of_the_next_walk(tenant: Tenant, sandbox: Any) -> None:
    for name in ("Spring", "Autumn"):
        sandbox.create_list(name, PHONE)
    catalogue_read(tenant=tenant)
    CatalogueList.objects.create(
        tenant=tenant, remote_id="gone", name="Gone", name_key=b"", format_key=b"", search="", read_at=timezone.now()
    )
    older(tenant)
    catalogue_refresh(tenant_id=tenant.pk)
    assert set(CatalogueList.objects.values_list("name", flat=True)) == {"Spring", "Autumn"}


def test_what_an_act_here_changed_is_read_by_the_next_page_for_one_request(
    tenant: Tenant, sandbox: Any, sixty: list[str], viewer_client: Client
) -> None:
    catalogue_read(tenant=tenant)
    page(viewer_client, "records:index", tenant)
    sandbox.create_list("Autumn", PHONE, bind=sixty[:1])
    before = calls(sandbox)
    campaigns_forget(tenant=tenant, campaign_id=sixty[0])
    assert "61 sources of records" in page(viewer_client, "records:index", tenant)
    assert calls(sandbox) == before + 1


def test_a_list_made_or_deleted_here_is_known_at_once(tenant: Tenant, sandbox: Any) -> None:
    spring = sandbox.create_list("Spring", PHONE)
    catalogue_read(tenant=tenant)
    CatalogueState.objects.update(quiet_until=timezone.now() + timedelta(hours=1))  # and nobody can ask
    lists_forget(tenant=tenant, list_id=spring, is_gone=True)
    lists_forget(tenant=tenant, list_id="new", name="Autumn")
    assert [each.name for each in lists_read(tenant).value] == ["Autumn"]


def test_a_reading_that_began_before_an_act_does_not_undo_it(tenant: Tenant, sandbox: Any) -> None:
    from bpadmin.dialler.refreshing.storing import campaigns_store_whole, list_store
    from bpadmin.platforms.types import Campaign, CampaignState

    campaign = sandbox.create_campaign("Renewals")
    spring = sandbox.create_list("Spring", PHONE, bind=[campaign])
    catalogue_read(tenant=tenant)
    began = timezone.now()
    campaigns_forget(tenant=tenant, campaign_id=campaign, state=CampaignState.RUNNING)
    lists_forget(tenant=tenant, list_id=spring, is_gone=True)
    stale = Campaign(campaign, "Renewals", CampaignState.STOPPED, True, (), ())
    campaigns_store_whole(tenant=tenant, campaigns=[stale], began=began)
    list_store(tenant=tenant, calling_list=CallingList(spring, "Spring"), began=began)
    assert CatalogueCampaign.objects.get().state == CampaignState.RUNNING
    assert CatalogueBinding.objects.count() == 1
    assert lists_read(tenant).value == ()


def test_workers_read_what_is_due_and_go_on_while_something_is_missing(
    tenant: Tenant, sandbox: Any, sixty: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bpadmin.dialler import tasks

    rung: list[list[int]] = []
    monkeypatch.setattr(tasks.catalogue_refresh, "apply_async", lambda args, **options: rung.append(args))
    monkeypatch.setattr("bpadmin.dialler.refreshing.services.SLICE_SECONDS", 0.0)
    tasks.catalogues_sweep()
    assert rung == [[tenant.pk]]
    monkeypatch.setattr(refresher.Refresher, "run", lambda self: (self._let_go(), True)[1])
    tasks.catalogue_refresh(*rung[0])
    assert rung == [[tenant.pk]] * 2
    monkeypatch.undo()
    tasks.catalogue_refresh(tenant.pk)
    tasks.catalogue_refresh(tenant.pk + 1)  # deleted meanwhile
    assert bindings_look(tenant).read == 60


def test_beat_rings_for_it() -> None:
    from bpadmin.celery import app
    from bpadmin.dialler.tasks import catalogues_sweep

    assert app.conf.beat_schedule["catalogues-sweep"]["task"] == catalogues_sweep.name


def test_how_hard_a_tenant_is_asked_is_a_setting(tenant: Tenant, administrator_client: Client) -> None:
    from django.core.management import call_command

    url = reverse("tenants:settings", args=[tenant.slug])
    assert "Requests a minute" in administrator_client.get(url).content.decode()
    call_command("tenant_change", tenant.slug, "--reads-a-minute", "60", "--reads-at-a-time", "2")
    tenant.refresh_from_db()
    assert (tenant.catalogue_calls, tenant.catalogue_lanes) == (60, 2)


def test_pages_stay_small_however_many_there_are(
    tenant: Tenant, sandbox: Any, sixty: list[str], supervisor_client: Client
) -> None:
    for number in range(220):
        sandbox.create_list(f"List {number}", PHONE)
    catalogue_read(tenant=tenant)
    for name in ("campaigns:index", "lists:index", "records:index", "dnc:index", "dnc:coverage", "lists:create"):
        assert len(page(supervisor_client, name, tenant)) < 60_000, name
    bind = supervisor_client.get(reverse("campaigns:bind", args=[tenant.slug, sixty[0]])).content.decode()
    assert len(bind) < 60_000
    assert "The first 100 of 221" in bind


def test_a_list_read_by_itself_keeps_what_its_page_does_not_tell(tenant: Tenant) -> None:
    told = CallingList("l", "Leads", format_id="f", format_name="People", created=timezone.now(), total_records=7)
    list_store(tenant=tenant, calling_list=told, began=timezone.now())
    list_store(tenant=tenant, calling_list=CallingList("l", "Leads of May"), began=timezone.now())
    row = CatalogueList.objects.get(remote_id="l")
    assert (row.name, row.format_id, row.format_name, row.total_records) == ("Leads of May", "f", "People", 7)
    assert row.created == told.created

"""The home page says what needs a person, and the page of all tenants shows each at a glance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from bpadmin.dialler.extensions import fresh_counts
from bpadmin.plans.models import Plan, PlanState
from bpadmin.results.home.extensions import Need
from bpadmin.results.models import ResultSource
from bpadmin.tenants.models import Tenant
from tests.conftest import signed_in
from tests.results.dialling import FIELDS, Days, people

pytestmark = pytest.mark.django_db


def home(client: Client, tenant: Tenant) -> str:
    cache.clear()
    return client.get(reverse("results:home", args=[tenant.slug])).content.decode()


def test_a_campaign_that_runs_and_dials_nobody_needs_a_person(
    days: Days, sandbox: Any, tenant: Tenant, viewer_client: Client, supervisor_client: Client
) -> None:
    campaign = sandbox.create_campaign("Renewals", running=True)
    page = home(supervisor_client, tenant)
    assert "“Renewals” is running, and dials nobody." in page
    assert reverse("campaigns:detail", args=[tenant.slug, campaign]) in page
    assert "is running, and dials nobody" not in home(viewer_client, tenant)


def test_a_running_campaign_without_a_do_not_call_list_needs_a_person(
    days: Days, sandbox: Any, tenant: Tenant, supervisor_client: Client
) -> None:
    from bpadmin.dialler.refreshing.services import catalogue_read
    from dnc.lists.sync import dnc_lists_refresh

    guarded = sandbox.create_campaign("Guarded", running=True)
    sandbox.create_campaign("Open", running=True)
    sandbox.create_dnc_list("Internal", "INTERNAL", bind=[guarded])
    dnc_lists_refresh(tenant=tenant)
    catalogue_read(tenant=tenant)
    page = home(supervisor_client, tenant)
    assert "“Open” is running, and no Do Not Call list protects it." in page
    assert "“Guarded” is running, and no Do Not Call" not in page


def test_today_stands_beside_the_same_day_last_week(days: Days, sandbox: Any, tenant: Tenant, viewer: User) -> None:
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.002)
    sandbox.create_list("People", FIELDS, bind=[campaign], records=people(2000))
    days.until((days.now() + timedelta(days=1)).replace(hour=8, minute=30))
    days.read()
    days.on(timedelta(hours=4))
    days.read()
    days.until(days.now() + timedelta(days=6, hours=22))
    days.read()
    page = signed_in(viewer).get(reverse("results:home", args=[tenant.slug]))
    shown = page.context["home"]
    assert shown.week_ago is not None
    assert shown.week_ago.calls > 0
    assert f"{shown.week_ago.calls:,} at this time on" in strip_tags(page.content.decode())


def test_all_tenants_are_shown_at_a_glance(days: Days, sandbox: Any, tenant: Tenant, supervisor_client: Client) -> None:
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.05)
    sandbox.create_list("People", FIELDS, bind=[campaign], records=people(100))
    days.on(timedelta(minutes=30))
    days.read()
    page = supervisor_client.get(reverse("tenants:index")).content.decode()
    assert "calls today" in page
    assert "running" in page


def test_the_table_of_campaigns_is_sorted_by_its_figures(
    days: Days, sandbox: Any, tenant: Tenant, viewer_client: Client
) -> None:
    for name, count in (("Small", 20), ("Large", 200), ("Middle", 90)):
        campaign = sandbox.create_campaign(name, running=True, rate=0.001)
        sandbox.create_list(f"{name}.csv", FIELDS, bind=[campaign], records=people(count))
    days.on(timedelta(minutes=30))
    days.read()
    cache.clear()
    page = viewer_client.get(reverse("campaigns:index", args=[tenant.slug]), {"sort": "-left"})
    assert [row[0].name for row in page.context["rows"]] == ["Large", "Middle", "Small"]


def test_what_needs_a_person_comes_in_pages_and_nothing_is_left_out(
    tenant: Tenant, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = [Need("warn", f"Feed {n} is held.", "Look.", f"/{n}/", "Open", kind="feed") for n in range(30)]
    needs.append(Need("info", "Something else.", "Look.", "/else/", "Open", kind="else"))
    monkeypatch.setattr("bpadmin.results.home.needs.need_finders", [lambda tenant: needs])
    first = home(supervisor_client, tenant)
    assert "31 things need a person" in first
    assert "Something else." in first  # one kind with many does not hide the others
    address = reverse("results:home", args=[tenant.slug])
    pages = [supervisor_client.get(address, {"needs": n}).content.decode() for n in (1, 2, 3)]
    assert "?needs=2#needs-title" in pages[0]
    assert all(sum(f"Feed {n} is held.</strong>" in page for page in pages) == 1 for n in range(30))


def test_a_held_plan_needs_a_person(tenant: Tenant, supervisor_client: Client) -> None:
    plan = Plan.objects.create(
        tenant=tenant,
        name="Start at nine",
        kind="campaign_start",
        state=PlanState.HELD,
        held_reason="Whoever made it has left.",
        time_zone="UTC",
        times="09:00",
        first_day=timezone.localdate(),
        created_at=timezone.now(),
    )
    page = home(supervisor_client, tenant)
    assert "The plan “Start at nine” is held." in page
    assert reverse("plans:detail", args=[tenant.slug, plan.pk]) in page


def test_plans_count_by_what_was_read_as_long_as_it_is_fresh(days: Days, sandbox: Any, tenant: Tenant) -> None:
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.05)
    sandbox.create_list("People", FIELDS, bind=[campaign], records=people(200))
    days.on(timedelta(minutes=30))
    days.read()
    source = ResultSource.objects.get(tenant=tenant)
    told = [known(tenant, campaign, source.instance_id) for known in fresh_counts]
    attempted = {each["record"] for each in days.truth(campaign) if each["is_there"]}
    assert attempted
    assert told == [200 - len(attempted)]
    days.on(timedelta(minutes=30))
    assert [known(tenant, campaign, source.instance_id) for known in fresh_counts] == [None]

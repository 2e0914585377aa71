"""The frame around every page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.web import frame
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


def activity(client: Client, tenant: Tenant) -> str:
    return client.get(reverse("audit:index", args=[tenant.slug])).content.decode()


def test_it_leads_to_every_screen(administrator_client: Client, tenant: Tenant) -> None:
    page = activity(administrator_client, tenant)
    for name in ("campaigns:index", "lists:index", "jobs:index", "audit:index", "tenants:people", "tenants:settings"):
        assert f'href="{reverse(name, args=[tenant.slug])}"' in page


def test_a_viewer_is_not_offered_what_is_not_open_to_them(viewer_client: Client, tenant: Tenant) -> None:
    page = activity(viewer_client, tenant)
    for name in ("tenants:people", "tenants:settings"):
        assert reverse(name, args=[tenant.slug]) not in page


def test_the_present_screen_is_marked(administrator_client: Client, tenant: Tenant) -> None:
    for name in ("audit:index", "tenants:people"):
        url = reverse(name, args=[tenant.slug])
        page = administrator_client.get(url).content.decode()
        assert re.findall(r'<a class="nav__link" href="([^"]+)" aria-current="page"', page) == [url]


def test_the_switcher_offers_ones_own_tenants_alone(viewer: User, tenant: Tenant) -> None:
    mine = Tenant.objects.create(slug="mine", name="Mine Too", base_url="http://127.0.0.1:1")
    Tenant.objects.create(slug="theirs", name="Theirs", base_url="http://127.0.0.1:1")
    Membership.objects.create(tenant=mine, user=viewer, role=Role.VIEWER)
    page = activity(signed_in(viewer), tenant)
    assert reverse("results:home", args=["mine"]) in page
    assert "Theirs" not in page


def test_it_can_be_skipped_and_the_content_has_one_heading(viewer_client: Client, tenant: Tenant) -> None:
    page = activity(viewer_client, tenant)
    assert 'href="#content"' in page
    assert 'id="content"' in page
    assert page.count("<h1") == 1


def test_every_title_names_screen_and_tenant(viewer_client: Client, tenant: Tenant) -> None:
    assert "<title>Activity · Acme Support</title>" in activity(viewer_client, tenant)


def test_a_name_that_looks_like_html_stays_text(viewer_client: Client, tenant: Tenant) -> None:
    Tenant.objects.update(name="<b>Acme</b>")
    page = activity(viewer_client, tenant)
    assert "<b>Acme</b>" not in page
    assert "&lt;b&gt;Acme&lt;/b&gt;" in page


def test_the_frame_costs_few_queries(viewer_client: Client, tenant: Tenant, django_assert_max_num_queries: Any) -> None:
    viewer_client.get(reverse("audit:index", args=[tenant.slug]))
    with django_assert_max_num_queries(9):
        activity(viewer_client, tenant)


def test_a_page_that_is_not_there_says_so_in_the_frame(viewer_client: Client, tenant: Tenant) -> None:
    response = viewer_client.get("/no-such-page/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_mistake_of_ours_is_admitted_without_the_database(rf: RequestFactory) -> None:
    response = frame.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "The mistake is ours" in response.content.decode()


def test_a_request_nobody_understands_is_answered_in_words(viewer: User, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = viewer
    response = frame.bad_request(request)
    assert response.status_code == 400
    assert "could not be understood" in response.content.decode()


def test_every_page_of_a_tenant_names_the_clock_of_its_times(supervisor_client: Client, tenant: Tenant) -> None:
    Tenant.objects.update(time_zone="Europe/Berlin")
    for name in ("lists", "jobs", "dnc", "activity"):
        page = supervisor_client.get(f"/t/{tenant.slug}/{name}/").content.decode()
        assert "Times on this page are those of Europe/Berlin." in page, name

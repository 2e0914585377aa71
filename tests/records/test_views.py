"""Filters kept under a name: saved, applied, shared, removed."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from bpadmin.records.models import SavedView
from bpadmin.tenants.models import Role
from tests.fixtures_tenants import browser_of
from tests.lists.records.test_records import text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(conpeek_tenant, sandbox) -> str:
    """A named voice campaign."""
    campaign = sandbox.create_voice_campaign(
        "Recalls", requests=[{"contact_number": f"4850010020{n}"} for n in range(4)]
    )
    browser_of(conpeek_tenant).post(
        reverse("records:add", args=[conpeek_tenant.slug]), {"voice_campaign_id": campaign, "name": "Recalls"}
    )
    return campaign


@pytest.fixture
def url(conpeek_tenant, source) -> str:
    """The page of its requests."""
    return reverse("records:browse", args=[conpeek_tenant.slug, source])


QUERY = "?f1=contact_number&v1=48500100202"


def saved(client, url: str, **said: str):
    """Save the conditions as the page's form does."""
    return client.post(f"{url}views/{QUERY}", said, follow=True)


def view_link(page: str, name: str) -> str:
    """Return the address of a view."""
    return html.unescape(re.search(rf'<a class="saved-view" href="([^"]*)"[^>]*>{name}', page)[1])


def test_a_view_is_saved_applied_and_removed(conpeek_tenant, url):
    client = browser_of(conpeek_tenant)
    assert "The view “One number” is saved" in text(saved(client, url, name="One number"))
    link = view_link(client.get(url).content.decode(), "One number")
    page = client.get(link)
    assert "Contact number: 48500100202" in re.sub(r"\s+:", ":", text(page))
    assert page.content.decode().count("/one/?") == 1
    assert 'aria-current="page">One number' in page.content.decode()
    view = SavedView.objects.get()
    delete = reverse("records:view_delete", args=[conpeek_tenant.slug, view.pk])
    assert "is removed" in text(client.post(delete, {"next": url}, follow=True))
    assert not SavedView.objects.exists()


def test_views_are_ones_own_until_they_are_shared(conpeek_tenant, url):
    sam, viola = browser_of(conpeek_tenant), browser_of(conpeek_tenant, Role.VIEWER, name="viola")
    saved(sam, url, name="One number")
    assert "One number" not in text(viola.get(url))
    view = SavedView.objects.get()
    share = reverse("records:view_share", args=[conpeek_tenant.slug, view.pk])
    assert viola.post(share, {"shared": "1"}).status_code == 404
    assert "Everybody in the tenant sees" in text(sam.post(share, {"shared": "1", "next": url}, follow=True))
    assert "One number sam" in text(viola.get(url))
    delete = reverse("records:view_delete", args=[conpeek_tenant.slug, view.pk])
    assert viola.post(delete).status_code == 404
    assert "sam shares a view “One number” already" in text(saved(viola, url, name="One number"))


def test_a_viewer_shares_nothing(conpeek_tenant, url):
    saved(browser_of(conpeek_tenant, Role.VIEWER, name="viola"), url, name="Mine", shared="1")
    assert SavedView.objects.get().is_shared is False


def test_the_same_name_saves_over_ones_own_view(conpeek_tenant, url):
    client = browser_of(conpeek_tenant)
    saved(client, url, name="Mine")
    client.post(f"{url}views/?f1=state&v1=OPEN", {"name": "Mine"})
    assert [each["name"] for each in SavedView.objects.get().conditions] == ["state"]


def test_nothing_is_saved_without_a_name_or_a_filter(conpeek_tenant, url):
    client = browser_of(conpeek_tenant)
    assert "Give the view a name" in text(saved(client, url, name=" "))
    assert "no filter is set" in text(client.post(f"{url}views/", {"name": "All"}, follow=True))


def test_the_builder_works_by_plain_links_and_buttons(conpeek_tenant, url):
    client = browser_of(conpeek_tenant)
    answer = client.get(url, {"f1": "contact_number", "v1": "48500100202", "add": "priority"})
    assert answer.headers["Location"] == f"{url}{QUERY}&f2=priority"
    page = client.get(answer.headers["Location"]).content.decode()
    assert page.count("/one/?") == 1
    assert 'name="o2"' in page
    answer = client.get(url, {"f1": "contact_number", "v1": "48500100202", "f2": "priority", "remove": "1"})
    assert answer.headers["Location"] == f"{url}?f1=priority"

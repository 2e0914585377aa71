"""Browsing the records of a list instance: page by page, by kind and time, in chosen columns."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from bpadmin.tenants.services import tenant_client
from lists.models import ColumnChoice
from tests.lists.test_records import FIELDS, know, rows, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def renewals(sandbox):
    """A campaign that runs."""
    return sandbox.create_campaign("Renewals", running=True)


def instance_of(tenant, list_id: str) -> str:
    """Give the first instance of a list."""
    with tenant_client(tenant) as client:
        return client.get_list(list_id).campaigns[0].instance_id


def browse_url(tenant, list_id: str, campaign: str) -> str:
    """Give the address of the first page of a list's records in a campaign."""
    return reverse("lists:browse", args=[tenant.slug, list_id, campaign, instance_of(tenant, list_id)])


def test_paging_meets_every_record_exactly_once(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(120))
    know(tenant, list_id)
    url, seen, pages = browse_url(tenant, list_id, renewals), [], 0
    while url:
        page = viewer_client.get(url).content.decode()
        pages += 1
        assert ("Back to start" in page) == (pages > 1)
        seen += re.findall(r"\?k\.id=(r\d+)", page)
        found = re.search(r'href="([^"]*)" rel="next"', page)
        url = html.unescape(found[1]) if found else ""
    assert pages == 3
    assert seen == [f"r{n}" for n in range(120)]
    assert "Records 101 to 120, the last ones" in page


def test_kinds_and_attempts_are_chosen(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(40))
    know(tenant, list_id)
    sandbox.advance(10)
    url = browse_url(tenant, list_id, renewals)
    tried = viewer_client.get(url, {"kind": "updated", "attempts": "on"}).content.decode()
    n_tried = tried.count('class="attempt-lines"')
    assert 0 < n_tried < 40
    assert tried.count("?k.id=") == n_tried
    done = viewer_client.get(url, {"kind": "completed"}).content.decode()
    assert done.count("?k.id=") == done.count("badge--ok")
    assert "attempt-lines" not in done


def test_a_time_window_is_read_in_the_tenants_zone(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(10))
    know(tenant, list_id)
    sandbox.advance(10)
    url = browse_url(tenant, list_id, renewals)
    assert "No record here" in text(viewer_client.get(url, {"kind": "updated", "end": "2001-01-01T00:00"}))
    assert "?k.id=" in viewer_client.get(url, {"kind": "updated", "start": "2001-01-01T00:00"}).content.decode()
    turned = {"kind": "updated", "start": "2002-01-01T00:00", "end": "2001-01-01T00:00"}
    assert "ends before it begins" in text(viewer_client.get(url, turned))


def test_columns_are_remembered_for_the_person_and_the_list(
    tenant, sandbox, renewals, viewer_client, supervisor_client
):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    know(tenant, list_id)
    url = browse_url(tenant, list_id, renewals)
    said = {"column": ["field:id", "field:due", "result:agent", "<script>"], "next": url}
    answer = viewer_client.post(reverse("lists:columns", args=[tenant.slug, list_id]), said)
    assert answer.headers["Location"] == url
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)<', viewer_client.get(url).content.decode())
    assert heads[:3] == ["id", "due", "Agent"]
    assert "Agent" not in re.findall(r'<th scope="col"[^>]*>([^<]*)<', supervisor_client.get(url).content.decode())
    viewer_client.post(reverse("lists:columns", args=[tenant.slug, list_id]), {"usual": "1", "next": url})
    assert not ColumnChoice.objects.exists()


def test_a_cursor_the_dialler_does_not_know_leads_back_to_the_start(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    shown = text(viewer_client.get(browse_url(tenant, list_id, renewals), {"cursor": "nonsense"}))
    assert "no longer knows this place" in shown
    assert "Back to start" in shown


def test_an_instance_of_another_campaign_is_not_found(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    url = reverse("lists:browse", args=[tenant.slug, list_id, "elsewhere", instance_of(tenant, list_id)])
    assert viewer_client.get(url).status_code == 404


def test_a_stranger_browses_nothing(tenant, sandbox, renewals, stranger_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    assert stranger_client.get(browse_url(tenant, list_id, renewals)).status_code == 404


def test_the_pages_are_led_to_from_the_list(tenant, sandbox, renewals, supervisor_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    page = supervisor_client.get(reverse("lists:detail", args=[tenant.slug, list_id])).content.decode()
    for url in (
        reverse("lists:lookup", args=[tenant.slug, list_id]),
        reverse("lists:record_add", args=[tenant.slug, list_id]),
        browse_url(tenant, list_id, renewals),
    ):
        assert f'href="{url}"' in page
    page = supervisor_client.get(reverse("campaigns:detail", args=[tenant.slug, renewals])).content.decode()
    assert f'href="{browse_url(tenant, list_id, renewals)}"' in page

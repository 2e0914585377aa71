"""Browsing the records of a list in a campaign: page by page, filtered, in chosen columns, without JavaScript."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from bpadmin.platforms.results import source_id_of
from bpadmin.records.models import ColumnChoice, ColumnScope
from bpadmin.tenants.services import tenant_client
from tests.lists.records.test_records import FIELDS, know, rows, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def renewals(sandbox):
    """A campaign that runs."""
    return sandbox.create_campaign("Renewals", running=True)


def instance_of(tenant, list_id: str) -> str:
    """Return the first instance of a list."""
    with tenant_client(tenant) as client:
        return client.get_list(list_id).campaigns[0].instance_id


def browse_url(tenant, list_id: str, campaign: str) -> str:
    """Return the address of the first page of a list's records in a campaign."""
    return reverse("records:browse", args=[tenant.slug, source_id_of(campaign, instance_of(tenant, list_id))])


def ids(page: str) -> list[str]:
    """Return the values of the first column, which lead to the records' pages."""
    return re.findall(r'<a href="[^"]*/one/\?[^"]*">\s*(r\d+)', page)


def filtered(**said: str) -> dict[str, str]:
    """Write conditions as the form does."""
    pairs = enumerate(said.items(), 1)
    return {name: value for n, (key, text) in pairs for name, value in ((f"f{n}", key), (f"v{n}", text))}


def test_paging_meets_every_record_exactly_once(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(70))
    know(tenant, list_id)
    url, seen, pages = browse_url(tenant, list_id, renewals), [], 0
    while url:
        page = viewer_client.get(url).content.decode()
        pages += 1
        assert ("Back to start" in page) == (pages > 1)
        seen += ids(page)
        found = re.search(r'href="([^"]*)" rel="next"', page)
        url = html.unescape(found[1]) if found else ""
    assert pages == 3
    assert seen == [f"r{n}" for n in range(70)]
    assert "Page 3: records 51 to 70, the last ones" in page


def test_kinds_and_attempts_are_chosen(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(40))
    know(tenant, list_id)
    sandbox.advance(10)
    url = browse_url(tenant, list_id, renewals)
    tried = viewer_client.get(url, {**filtered(kind="updated"), "attempts": "on"}).content.decode()
    n_tried = tried.count('class="attempt-lines"')
    assert 0 < n_tried < 40
    assert len(ids(tried)) == n_tried
    assert "<strong>Records</strong>: Records that were tried" in tried
    done = viewer_client.get(url, filtered(kind="completed")).content.decode()
    assert len(ids(done)) == done.count("badge--ok")
    assert "attempt-lines" not in done


def test_a_time_window_is_read_in_the_tenants_zone(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(10))
    know(tenant, list_id)
    tenant.time_zone = "America/New_York"
    tenant.save()
    sandbox.advance(10)
    url = browse_url(tenant, list_id, renewals)
    shown = viewer_client.get(url, filtered(kind="updated", endTime="2001-01-01T00:00"))
    assert "No record meets this filter" in text(shown)
    assert "1 Jan 2001, 00:00 EST" in text(shown)
    assert 'value="2001-01-01T00:00"' in shown.content.decode()
    assert ids(viewer_client.get(url, filtered(kind="updated", startTime="2001-01-01T00:00")).content.decode())


def test_what_the_platform_refuses_is_said_at_the_filter(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(10))
    url = browse_url(tenant, list_id, renewals)
    shown = text(viewer_client.get(url, filtered(kind="all", startTime="2001-01-01T00:00")))
    assert "All records are read whatever their time" in shown
    assert "Nothing was read" in shown
    assert "is no time. Write it like" in text(viewer_client.get(url, filtered(kind="updated", startTime="soon")))
    assert "is never “most”" in text(viewer_client.get(url, filtered(kind="most")))
    assert "cannot be filtered by “mood”" in text(viewer_client.get(url, filtered(mood="good")))


def test_columns_are_remembered_for_the_person_and_the_list(
    tenant, sandbox, renewals, viewer_client, supervisor_client
):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    know(tenant, list_id)
    url = browse_url(tenant, list_id, renewals)
    said = {"column": ["field:id", "field:due", "result:agent", "<script>"], "next": url}
    answer = viewer_client.post(f"{url}columns/", said)
    assert answer.headers["Location"] == url
    head = re.compile(r'<th scope="col"[^>]*>(?:<bdi>)?([^<]*)<')
    heads = head.findall(viewer_client.get(url).content.decode())
    assert heads[:3] == ["id", "due", "Agent"]
    assert "Agent" not in head.findall(supervisor_client.get(url).content.decode())
    assert ColumnChoice.objects.get().scope == ColumnScope.LIST
    viewer_client.post(f"{url}columns/", {"usual": "1", "next": url})
    assert not ColumnChoice.objects.exists()


def test_a_cursor_the_dialler_does_not_know_leads_back_to_the_start(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    shown = text(viewer_client.get(browse_url(tenant, list_id, renewals), {"cursor": "nonsense"}))
    assert "no longer knows this place" in shown
    assert "Back to start" in shown


def test_the_old_address_leads_to_the_source_with_its_filters(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    old = reverse("lists:browse", args=[tenant.slug, list_id, renewals, instance_of(tenant, list_id)])
    assert viewer_client.get(old).headers["Location"] == browse_url(tenant, list_id, renewals)
    said = {"kind": "updated", "start": "2026-01-01T00:00", "attempts": "on"}
    answer = urlsplit(viewer_client.get(old, said).headers["Location"])
    wanted = filtered(kind="updated", startTime="2026-01-01T00:00") | {"attempts": "on"}
    assert parse_qs(answer.query) == {name: [value] for name, value in wanted.items()}


def test_an_instance_of_another_campaign_is_not_found(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    instance = instance_of(tenant, list_id)
    old = reverse("lists:browse", args=[tenant.slug, list_id, "elsewhere", instance])
    new = reverse("records:browse", args=[tenant.slug, source_id_of("elsewhere", instance)])
    none = reverse("records:browse", args=[tenant.slug, "nothing"])
    assert [viewer_client.get(url).status_code for url in (old, new, none)] == [404, 404, 404]


def test_campaigns_that_share_a_list_are_tabs(tenant, sandbox, renewals, viewer_client):
    other = sandbox.create_campaign("Winback")
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals, other], records=rows(3))
    page = viewer_client.get(browse_url(tenant, list_id, renewals)).content.decode()
    tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.S)[0]
    assert re.findall(r"<a[^>]*>(?:<bdi>)?([^<]*)(?:</bdi>)?</a>", tabs) == ["Renewals", "Winback"]
    assert tabs.count("aria-current") == 1


def test_a_stranger_reads_nothing(tenant, sandbox, renewals, stranger_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    url = browse_url(tenant, list_id, renewals)
    for address in (url, f"{url}one/?id=x", f"{url}export/", reverse("records:index", args=[tenant.slug])):
        assert stranger_client.get(address).status_code == 404


def test_a_dialler_that_is_away_is_said_in_words(tenant, sandbox, renewals, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    url = browse_url(tenant, list_id, renewals)
    viewer_client.get(url)
    sandbox.faults([{"kind": "http_503", "probability": 1.0, "times": 20, "methods": ["get_all_records"]}])
    shown = text(viewer_client.get(url))
    assert "Try again" in shown
    assert "Nothing was changed" in shown


def test_the_pages_are_led_to_from_the_list(tenant, sandbox, renewals, supervisor_client):
    list_id = sandbox.create_list("Spring", FIELDS, bind=[renewals], records=rows(3))
    old = reverse("lists:browse", args=[tenant.slug, list_id, renewals, instance_of(tenant, list_id)])
    page = supervisor_client.get(reverse("lists:detail", args=[tenant.slug, list_id])).content.decode()
    for url in (
        reverse("lists:lookup", args=[tenant.slug, list_id]),
        reverse("lists:record_add", args=[tenant.slug, list_id]),
        old,
    ):
        assert f'href="{url}"' in page
    page = supervisor_client.get(reverse("campaigns:detail", args=[tenant.slug, renewals])).content.decode()
    assert f'href="{old}"' in page

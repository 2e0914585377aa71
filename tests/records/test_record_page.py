"""The page of one record: every member kept and named, nested ones readable, searched, its attempts in order."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from bpadmin.platforms.sources import ColumnKind, SourceColumn
from bpadmin.records.fields import fields_grouped
from tests.fixtures_tenants import browser_of
from tests.lists.records.test_records import FIELDS, know, rows, text
from tests.records.test_browse import browse_url, filtered

pytestmark = pytest.mark.django_db(transaction=True)

KNOWN = (
    SourceColumn("Name", "Name", "Contact"),
    SourceColumn("dtNextTry", "Next try", "Dialling", ColumnKind.TIME),
)


def first_record(client, url: str, **said: str) -> str:
    """Return the address of the first record of a page."""
    page = client.get(url, said).content.decode()
    return html.unescape(re.search(r'<a href="([^"]*/one/\?[^"]*)"', page)[1])


def test_members_come_group_by_group_and_unknown_ones_are_kept() -> None:
    entry = {"new": {"deep": [1, {"x": True}]}, "dtNextTry": "2026", "Name": "", "also": None}
    contact, dialling, other = fields_grouped(entry, KNOWN)
    assert (contact.title, [each.name for each in contact.empty]) == ("Contact", ["Name"])
    assert (dialling.title, dialling.shown[0].label) == ("Dialling", "Next try")
    assert (other.title, [each.name for each in other.shown], [each.name for each in other.empty]) == (
        "Other",
        ["new"],
        ["also"],
    )
    assert other.shown[0].value.words == "deep 1 x yes"


def test_a_search_looks_into_names_and_values() -> None:
    entry = {"Name": "Adams", "dtNextTry": "2026", "new": {"city": "Köln"}}
    assert [group.title for group in fields_grouped(entry, KNOWN, searched="next")] == ["Dialling"]
    assert [group.title for group in fields_grouped(entry, KNOWN, searched="KÖLN city")] == ["Other"]
    assert fields_grouped(entry, KNOWN, searched="nothing") == []


def test_a_record_of_a_list_shows_its_results_and_leads_to_where_it_can_be_changed(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals", running=True)
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=rows(5))
    know(tenant, list_id)
    sandbox.advance(10)
    url = browse_url(tenant, list_id, campaign)
    said = filtered(kind="updated")
    address = first_record(viewer_client, url, **said)
    answer = viewer_client.get(address)
    shown = text(answer)
    assert "Every attempt 1, newest first" in shown
    assert "Results" in shown
    page = answer.content.decode()
    assert f'{reverse("lists:record", args=[tenant.slug, list_id])}?k.id=r0"' in page
    assert "f1=kind" in re.search(r'href="([^"]*)">Spring</a>', page)[1]
    narrowed = viewer_client.get(f"{address}&q=region").content.decode()
    assert re.findall(r"<dt[^>]*>(\w+)", re.search(r'id="fields".*?</section>', narrowed, re.S)[0]) == ["region"]


def test_a_record_that_is_gone_is_said_in_words(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals")
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=rows(1))
    url = browse_url(tenant, list_id, campaign)
    answer = viewer_client.get(f"{url}one/", {"id": "no-such"})
    assert answer.status_code == 404
    assert "not where it was any more" in text(answer)
    assert viewer_client.get(f"{url}one/").headers["Location"] == url


def test_a_contact_of_jtel_shows_every_field_grouped(jtel_tenant, sandbox):
    contact = {
        "Name": "Adams",
        "PhoneNumber1": "+49301",
        "ExternalSystemLink": "https://crm.example/1",
    }
    sandbox.create_jtel_campaign("Winback", contacts=[contact])
    client = browser_of(jtel_tenant)
    url = reverse("records:browse", args=[jtel_tenant.slug, "all"])
    page = client.get(first_record(client, url)).content.decode()
    titles = re.findall(r"<h2>(?:<bdi>)?([^<]*)(?:</bdi>)?</h2>", page)
    assert titles[:3] == ["Contact", "Address", "Phone numbers"]
    assert 'href="https://crm.example/1" rel="noreferrer noopener"' in page
    assert "empty fields" in page


def test_a_request_of_conpeek_shows_its_custom_fields_and_its_calls(conpeek_tenant, sandbox):
    request = {
        "contact_number": "48500100200",
        "custom": {"city": "Kraków"},
        "call_history": [{"date": "2026-11-21 02:10:32", "call_state_reason": "BUSY"}],
    }
    campaign = sandbox.create_voice_campaign("Recalls", requests=[request])
    client = browser_of(conpeek_tenant)
    client.post(reverse("records:add", args=[conpeek_tenant.slug]), {"voice_campaign_id": campaign, "name": "Recalls"})
    url = reverse("records:browse", args=[conpeek_tenant.slug, campaign])
    shown = text(client.get(first_record(client, url)))
    assert "custom.city" in shown
    assert "Kraków" in shown
    assert "Busy" in shown


def test_times_of_conpeek_are_on_the_clock_of_the_page_with_utc_on_hover(conpeek_tenant, sandbox):
    conpeek_tenant.time_zone = "Europe/Warsaw"
    conpeek_tenant.save()
    request = {"contact_number": "48500100200", "call_history": [{"date": "2026-11-21 02:10:32"}]}
    campaign = sandbox.create_voice_campaign("Recalls", requests=[request])
    client = browser_of(conpeek_tenant)
    client.post(reverse("records:add", args=[conpeek_tenant.slug]), {"voice_campaign_id": campaign, "name": "Recalls"})
    url = reverse("records:browse", args=[conpeek_tenant.slug, campaign])
    (stored,) = sandbox.dump_requests(campaign)
    created = datetime.fromisoformat(stored["created_date"]).replace(tzinfo=UTC)
    there = created.astimezone(ZoneInfo("Europe/Warsaw"))
    for page in (client.get(url).content.decode(), client.get(first_record(client, url)).content.decode()):
        assert "Times on this page are those of Europe/Warsaw." in page
        assert f"{there:%Y-%m-%d %H:%M:%S %Z} · {created:%Y-%m-%d %H:%M:%S} UTC" in page
        assert f">{there:%-d %b %Y, %H:%M}</time>" in page
        assert stored["created_date"] not in re.sub(r"<[^>]*>", " ", page)
    assert "21 Nov 2026, 03:10" in page  # the call, on the same clock


def test_times_of_jtel_are_said_to_be_by_its_own_clock(jtel_tenant, sandbox):
    contact = {"Name": "Adams", "PhoneNumber1": "+49301", "dtNextTry": "2026-11-21T02:10:32"}
    sandbox.create_jtel_campaign("Winback", contacts=[contact])
    client = browser_of(jtel_tenant)
    url = reverse("records:browse", args=[jtel_tenant.slug, "all"])
    table, page = client.get(url).content.decode(), client.get(first_record(client, url)).content.decode()
    assert '<span title="By the platform\'s own clock">2026-11-21 02:10:32</span>' in table
    said = '2026-11-21 02:10:32 <span class="muted small">by the platform\'s own clock</span>'
    assert said in " ".join(page.split())

"""Codes of a platform are shown in words, and stay as they are where a program reads them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.urls import reverse

from bpadmin.platforms.sources import ColumnKind, Source, SourceColumn
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.fields import code_words, fields_grouped
from tests.campaigns.exporting import finished, table
from tests.fixtures_tenants import browser_of
from tests.lists.records.test_records import text

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = {
    "contact_number": "48500100200",
    "state": "PROCESSING",
    "application_state": "CLOSED",
    "close_reason": "CONTACT_TRY_LIMIT",
    "call_state": "CALL_ENDED",
    "process_days": ["MONDAY", "FRIDAY"],
    "call_history": [
        {"date": "2026-03-01 10:00:00", "call_state_reason": "NO_USER_RESPONSE", "call_state": "CALL_ENDED"},
    ],
}


@pytest.fixture
def voice(sandbox: Any, conpeek_tenant: Any) -> str:
    """A voice campaign with one request full of codes, named in the dashboard."""
    campaign = sandbox.create_voice_campaign("Recalls", requests=[REQUEST])
    said = {"voice_campaign_id": campaign, "name": "Recalls"}
    browser_of(conpeek_tenant).post(reverse("records:add", args=[conpeek_tenant.slug]), said)
    return campaign


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("CLOSED", "Closed"),
        ("NO_USER_RESPONSE", "No user response"),
        ("PROCESSING", "Being processed"),
        (["MONDAY", "ANY_DAY"], ["Monday", "Any day"]),
        ("SMS", "SMS"),
        ("Jan Kowalski", "Jan Kowalski"),
        ("no_code", "no_code"),
        ("A-77", "A-77"),
        ("", ""),
        (7, 7),
        (None, None),
    ],
)
def test_only_codes_are_written_as_words(raw: Any, words: Any) -> None:
    assert code_words(raw, (("PROCESSING", "Being processed"),)) == words


def test_a_member_is_found_by_its_words_and_by_its_code() -> None:
    known = [SourceColumn("call_state", "Call state", kind=ColumnKind.CODE)]
    for searched in ("call ended", "CALL_ENDED"):
        (group,) = fields_grouped({"call_state": "CALL_ENDED"}, known, searched=searched)
        assert group.shown[0].value.text == "Call ended"


def test_the_table_and_the_page_of_a_request_show_words(conpeek_tenant: Any, voice: str) -> None:
    client = browser_of(conpeek_tenant)
    url = reverse("records:browse", args=[conpeek_tenant.slug, voice])
    chosen = ["contact_number", "state", "application_state", "close_reason", "call_state", "process_days"]
    client.post(f"{url}columns/", {"column": [f"field:{name}" for name in chosen]})
    page = client.get(url, {"attempts": "on"})
    rows = re.search(r"<tbody>.*</tbody>", page.content.decode(), re.S)[0]
    shown = " ".join(re.sub(r"<[^>]+>", " ", rows).split())
    assert "Being processed Closed Contact try limit" in shown
    assert "Call ended Monday Friday" in shown
    assert "No user response" in shown
    assert not re.search(r"[A-Z]{4,}", shown)
    assert 'title="CONTACT_TRY_LIMIT"' in rows
    one = html.unescape(re.search(r'<a href="([^"]*/one/[^"]*)"', rows)[1])
    alone = text(client.get(one))
    assert "Contact try limit CONTACT_TRY_LIMIT" in alone
    assert "Monday, Friday" in alone
    assert "No user response" in alone
    assert "call_state Call ended" in alone


def test_an_export_keeps_the_codes(conpeek_tenant: Any, voice: str) -> None:
    order = ExportOrder(sources=(Source(voice, "Recalls"),), attempts=True, per_attempt=True)
    (row,) = table(finished(conpeek_tenant, order))
    assert (row["state"], row["close_reason"]) == ("PROCESSING", "CONTACT_TRY_LIMIT")
    assert row["attempt.disposition"] == "NO_USER_RESPONSE"

"""Coverage, opt-out requests, settings and evidence, through the pages against the sandbox."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dnc.entries.expiry import tenant_today
from dnc.entries.manual import dnc_add
from dnc.evidence.export import evidence_verify
from dnc.models import DncChange, DncEntry, DncKind, DncList, EntryState, PhoneRule
from dnc.requests.services import request_take
from tests.dnc.files.filing import TESTER, held, known_list
from tests.dnc.trespassing import trespass

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "16505550100"


def test_coverage_shows_campaigns_without_a_list_of_numbers_as_gaps(tenant, sandbox, viewer_client):
    covered, partly, bare = (sandbox.create_campaign(name) for name in ("Renewals", "Survey", "Win-back"))
    sandbox.create_dnc_list("Company DNC", "INTERNAL", [], bind=[covered])
    sandbox.create_dnc_list("Wildfires", "GEOGRAPHIC_AREACODE", [], bind=[covered, partly])
    page = viewer_client.get(reverse("dnc:coverage", args=[tenant.slug])).content.decode()
    assert page.count("No list of numbers") == 1
    assert page.count("No list at all") == 1
    assert page.index("Win-back") < page.index("Renewals")
    assert bare in page


def test_with_the_dialler_away_coverage_says_so(tenant, sandbox, viewer_client):
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    page = viewer_client.get(reverse("dnc:coverage", args=[tenant.slug])).content.decode()
    assert "Nothing was read before" in page


def test_a_request_is_taken_and_carried_out_at_once(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    today = tenant_today(tenant)
    data = {"number": "650-555-0100", "received_on": today.isoformat(), "due_on": "", "is_now": "on", "comment": "mail"}
    page = supervisor_client.post(reverse("dnc:requests", args=[tenant.slug]), data).content.decode()
    assert "1 added" in page
    assert "Every request that was taken here is carried out" in page
    assert held(sandbox, dnc_list) == {NUMBER}
    entry = DncEntry.objects.get()
    assert (entry.received_on, entry.due_on) == (today, today + timedelta(days=10))


def test_an_overdue_request_is_red_and_can_be_carried_out(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    received = tenant_today(tenant) - timedelta(days=30)
    request_take(tenant=tenant, number=NUMBER, received_on=received, actor=TESTER, is_now=False)
    url = reverse("dnc:requests", args=[tenant.slug])
    assert "Overdue" in supervisor_client.get(url).content.decode()
    supervisor_client.post(reverse("dnc:carry_out", args=[tenant.slug, DncEntry.objects.get().pk]))
    assert held(sandbox, dnc_list) == {NUMBER}
    assert "Overdue" not in supervisor_client.get(url).content.decode()


def test_a_request_stays_in_the_queue_while_the_dialler_is_away(tenant, sandbox, supervisor_client):
    known_list(tenant, sandbox)
    sandbox.faults([{"kind": "http_503", "probability": 1, "methods": ["POST"], "paths": ["donotcalllist"]}])
    data = {"number": NUMBER, "received_on": tenant_today(tenant).isoformat(), "is_now": "on"}
    supervisor_client.post(reverse("dnc:requests", args=[tenant.slug]), data)
    assert DncEntry.objects.get().state in (EntryState.WANTED, EntryState.UNKNOWN)
    assert NUMBER in supervisor_client.get(reverse("dnc:requests", args=[tenant.slug])).content.decode()


def test_a_request_of_tomorrow_is_refused_in_words(tenant, sandbox, supervisor_client):
    known_list(tenant, sandbox)
    data = {"number": NUMBER, "received_on": (tenant_today(tenant) + timedelta(days=2)).isoformat()}
    page = supervisor_client.post(reverse("dnc:requests", args=[tenant.slug]), data).content.decode()
    assert "in the future" in page


def test_settings_are_kept_with_their_change_in_the_chain(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    url = reverse("dnc:settings", args=[tenant.slug, dnc_list.pk])
    data = {"type": "INTERNAL", "phone_rule": "OTHER", "purpose": "registry", "data_as_of": "2026-11-01"}
    assert supervisor_client.post(url, {**data, "fresh_days": "28", "max_shrink": "5"}).status_code == 302
    dnc_list = DncList.objects.get()
    said = (dnc_list.phone_rule, dnc_list.is_registry, dnc_list.data_as_of, dnc_list.fresh_days, dnc_list.max_shrink)
    assert said == (PhoneRule.OTHER, True, date(2026, 11, 1), 28, 5)
    assert DncChange.objects.get().kind == "settings"
    page = supervisor_client.post(url, {**data, "fresh_days": "0", "max_shrink": "500"}).content.decode()
    assert "Nothing was saved" in page


def test_evidence_is_downloaded_and_proves_itself(tenant, sandbox, supervisor_client):
    dnc_add(tenant=tenant, text=NUMBER, actor=TESTER, lists=[known_list(tenant, sandbox)], comment="letter")
    url = reverse("dnc:evidence", args=[tenant.slug])
    assert "letter" in supervisor_client.get(url).content.decode()
    today = tenant_today(tenant).isoformat()
    period = {"since": today, "until": today}
    rows = b"".join(supervisor_client.get(f"{url}csv/", period).streaming_content).decode("utf-8-sig")
    assert "letter" in rows
    log = b"".join(supervisor_client.get(f"{url}log/", period).streaming_content).splitlines()
    assert evidence_verify(log).is_good
    assert not evidence_verify([log[0].replace(b"letter", b"hearsay"), *log[1:]]).is_good
    assert supervisor_client.get(f"{url}log/").status_code == 404
    assert supervisor_client.get(f"{url}exe/", period).status_code == 404
    assert (
        "ends before it begins" in supervisor_client.get(url, {"since": today, "until": "2020-01-01"}).content.decode()
    )


def test_the_evidence_is_checked_on_a_page(tenant, sandbox, supervisor_client):
    dnc_add(tenant=tenant, text=NUMBER, actor=TESTER, lists=[known_list(tenant, sandbox)], comment="letter")
    url = reverse("dnc:evidence_check", args=[tenant.slug])
    assert "is whole: 2 changes" in supervisor_client.get(url).content.decode()
    today = tenant_today(tenant).isoformat()
    signed = reverse("dnc:evidence_file", args=[tenant.slug, "log"])
    log = b"".join(supervisor_client.get(signed, {"since": today, "until": today}).streaming_content)

    def told(content: bytes) -> str:
        return supervisor_client.post(url, {"file": SimpleUploadedFile("log.jsonl", content)}).content.decode()

    assert "log.jsonl is whole" in told(log)
    assert "was altered" in told(log.replace(b"letter", b"hearsay"))
    assert "is no line of such a log" in told(b'{"end": 1}\n[]\n7\n{"row": 1, "prev": 2, "hash": 3}\n')
    assert "is no line of such a log" in told(b"[" * 200_000)
    assert "Nothing was saved" in supervisor_client.post(url).content.decode()
    with trespass():
        DncChange.objects.all().delete()
    assert "is whole: 0 changes" in supervisor_client.get(url).content.decode()
    assert "no longer holds the change that it ends with" in told(log)


def test_what_an_older_tenant_cannot_do_is_said(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    detail = reverse("dnc:detail", args=[tenant.slug, dnc_list.pk])
    assert "cannot be asked what its lists hold" in supervisor_client.get(detail).content.decode()
    url = reverse("dnc:read_back", args=[tenant.slug, dnc_list.pk])
    assert "cannot be asked" in supervisor_client.post(url, follow=True).content.decode()


@pytest.mark.parametrize("name", ["coverage", "requests", "evidence", "settings"])
def test_nobody_else_sees_the_pages(tenant, sandbox, viewer_client, stranger, name):
    dnc_list = known_list(tenant, sandbox, type=DncKind.INTERNAL)
    url = reverse(f"dnc:{name}", args=[tenant.slug, *([dnc_list.pk] if name == "settings" else [])])
    client = Client()
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert "/sign-in" in Client().get(url).headers["Location"]
    assert viewer_client.get(url).status_code == (403 if name in ("settings", "evidence") else 200)


def test_a_viewer_takes_no_request(tenant, sandbox, viewer_client):
    dnc_list = known_list(tenant, sandbox)
    data = {"number": NUMBER, "received_on": tenant_today(tenant).isoformat(), "is_now": "on"}
    assert viewer_client.post(reverse("dnc:requests", args=[tenant.slug]), data).status_code == 403
    assert held(sandbox, dnc_list) == set()

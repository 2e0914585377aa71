"""Anything is found by its name or id, and a number over all that is held of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.dialler.catalogue import campaigns_read, lists_read
from bpadmin.finding import numbers
from bpadmin.finding.names import PAGES, names_find
from bpadmin.jobs.models import Job
from bpadmin.platforms.names import id_of
from bpadmin.tenants.models import Role, Tenant
from lists.models import ListFormat
from tests.fixtures_tenants import browser_of
from tests.jobs.uploading import create_list, ready_upload
from tests.jobs.uploading import people as rows_of
from tests.results.dialling import FIELDS, Days, people, source_of
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def days(sandbox: Any, monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> Days:
    """Time that a test moves on."""
    return Days(sandbox, monkeypatch, tenant)


def found(tenant: Tenant, text: str, role: Role = Role.ADMINISTRATOR) -> list[tuple[str, str]]:
    return [(hit.what, hit.name) for hit in names_find(tenant=tenant, role=role, text=text)]


def known(tenant: Tenant, list_id: str, name: str = "id") -> None:
    ListFormat.objects.create(
        tenant=tenant,
        list_id=list_id,
        fields=[{"name": name, "type": "OTHER", "key": True}, {"name": "name", "type": "OTHER"}],
    )


def test_campaigns_lists_jobs_and_pages_are_found_by_parts_of_names_and_by_id(
    sandbox: Any, tenant: Tenant, supervisor: User, supervisor_client: Client
) -> None:
    campaign = sandbox.create_campaign("Renewals Spring")
    calling_list = sandbox.create_list("Spring.csv", FIELDS)
    campaigns_read(tenant)
    lists_read(tenant)
    job = Job.objects.create(tenant=tenant, kind="list_upload", target_name="Other", file_name="spring-2.csv")
    assert {("Campaign", "Renewals Spring"), ("List", "Spring.csv")} <= set(found(tenant, "spring"))
    assert found(tenant, "spring renew") == [("Campaign", "Renewals Spring")]
    assert ("Campaign", "Renewals Spring") in found(tenant, campaign)
    assert ("List", "Spring.csv") in found(tenant, calling_list)
    assert [what for what, _ in found(tenant, f"#{job.pk}")] == ["Job"]
    assert ("Page", "Notifications") in found(tenant, "notif")
    page = supervisor_client.get(reverse("finding:find", args=[tenant.slug]), {"q": "spring"}).content.decode()
    assert reverse("campaigns:detail", args=[tenant.slug, campaign]) in page


def test_nobody_is_led_where_they_may_not_go(tenant: Tenant, supervisor: User) -> None:
    assert found(tenant, "people", Role.VIEWER) == []
    assert ("Page", "People") in found(tenant, "people")
    assert ("Person", "sam") in found(tenant, "sam")
    assert found(tenant, "sam", Role.SUPERVISOR) == []


def test_every_page_that_is_offered_has_an_address(tenant: Tenant) -> None:
    for _, _, name, _, _ in PAGES:
        assert reverse(name, args=[tenant.slug])


def test_the_palette_gets_a_part_and_a_page_works_without_script(tenant: Tenant, viewer_client: Client) -> None:
    url = reverse("finding:find", args=[tenant.slug])
    part = viewer_client.get(url, {"q": "jobs"}, headers={"HX-Request": "true", "HX-Target": "palette-results"})
    assert "<html" not in part.content.decode()
    assert reverse("jobs:index", args=[tenant.slug]) in part.content.decode()
    assert "<html" in viewer_client.get(url, {"q": "jobs"}).content.decode()


def test_attempts_of_a_key_are_found_without_asking_the_dialler(
    days: Days, sandbox: Any, tenant: Tenant, viewer_client: Client
) -> None:
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.05)
    calling_list = sandbox.create_list("People", FIELDS, bind=[campaign], records=people(100))
    known(tenant, calling_list)
    days.on(timedelta(minutes=30))
    days.read()
    assert days.truth(campaign)
    assert source_of(tenant, campaign).key_fields == ["id"]
    key = "P00000"
    answer = numbers.number_find(tenant=tenant, text=key)
    assert answer.known.until is not None
    assert [each.source.title for each in answer.held] == ["People"]
    assert answer.attempts
    page = viewer_client.get(reverse("finding:find", args=[tenant.slug]), {"q": key}).content.decode()
    assert answer.attempts[0].disposition in page
    code, data = run("find", tenant.slug, key)
    assert code == 0
    assert len(data["number"]["attempts"]) == len(answer.attempts)


def test_lists_are_asked_some_calls_a_click(
    sandbox: Any, tenant: Tenant, viewer_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "CALLS", 2)
    campaign = sandbox.create_campaign("Renewals")
    for name in ("A", "B", "C"):
        known(tenant, sandbox.create_list(name, FIELDS, bind=[campaign], records=people(3) if name == "C" else []))
    url = reverse("finding:ask", args=[tenant.slug])
    first = viewer_client.post(url, {"q": "P00001"})
    assert "Asked 2 of 3 lists." in first.content.decode()
    then = viewer_client.post(url, {"q": "P00001", "start": first.context["asked"].next}).content.decode()
    assert "Asked 3 of 3 lists." in then
    assert ">C</a>" in then
    code, data = run("find", tenant.slug, "P00001", "--ask")
    assert code == 0
    assert [each["list"] for each in data["asked"]["found"]] == ["C"]


def test_contacts_are_asked_for_where_the_platform_looks_them_up(sandbox: Any, jtel_tenant: Tenant) -> None:
    campaign = sandbox.create_jtel_campaign("Herbst")
    first, second = sandbox.create_jtel_contacts(
        campaign, [{"Name": f"N{n}", "UserData": f"KD-1000{n}"} for n in (1, 2)]
    )
    campaigns_read(jtel_tenant)
    browser = browser_of(jtel_tenant, Role.VIEWER)
    page = browser.get(reverse("finding:find", args=["jtel"]), {"q": "KD-10002"}).content.decode()
    url = reverse("finding:contacts", args=["jtel"])
    assert f'action="{url}"' in page
    assert "not by their numbers" in page
    told = browser.post(url, {"q": "KD-10002"}).content.decode()
    assert "1 contact with the user data or id KD-10002" in told
    assert "Herbst" in told
    record = f"/t/jtel/records/{id_of('campaign', str(campaign))}/one/?id={second}"
    assert record in told
    assert "KD-10002" in browser.get(record).content.decode()
    assert f"contact {first}<" in browser.post(url, {"q": str(first)}).content.decode()
    assert "0 contacts with" in browser.post(url, {"q": "KD-99999"}).content.decode()
    _, data = run("find", "jtel", "KD-10002", "--ask")
    assert data["asked"]["contacts"] == [{"id": str(second), "user_data": "KD-10002", "campaign": "Herbst"}]
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    failed = browser.post(url, {"q": "KD-10002"}).content.decode()
    assert "0 contacts" not in failed


def test_where_a_platform_looks_no_record_up_the_page_says_so(conpeek_tenant: Tenant) -> None:
    browser = browser_of(conpeek_tenant)
    page = browser.get(reverse("finding:find", args=["conpeek"]), {"q": "+49 30 1234567"}).content.decode()
    assert "Conpeek offers no way to look a record up by its key over all lists" in page
    assert "Ask the dialler" not in page
    assert browser.post(reverse("finding:contacts", args=["conpeek"]), {"q": "1"}).status_code == 404


def test_the_uploads_in_which_it_came_are_named_with_the_row(
    sandbox: Any, tenant: Tenant, viewer_client: Client
) -> None:
    job = ready_upload(tenant, create_list(sandbox), rows_of(25))
    url = reverse("finding:uploads", args=[tenant.slug])
    page = viewer_client.post(url, {"q": "P17"})
    assert "Looked through 1 of 1" in page.content.decode()
    assert [(each.job.pk, each.row) for each in page.context["uploads"].came] == [(job.pk, 18)]
    # A part of a value is not the value.
    assert "came in none of these" in viewer_client.post(url, {"q": "P1777"}).content.decode()
    assert "came in none of these" in viewer_client.post(url, {"q": "erson 17"}).content.decode()
    _, data = run("find", tenant.slug, "P17", "--uploads")
    assert data["uploads"]["came"] == [{"job": job.pk, "file": "people.csv", "row": 18}]


def test_whether_a_number_is_blocked_is_said_with_the_way_to_block_it(
    sandbox: Any, tenant: Tenant, supervisor_client: Client, viewer_client: Client
) -> None:
    url = reverse("finding:find", args=[tenant.slug])
    page = supervisor_client.get(url, {"q": "+49 30 1234567"}).content.decode()
    assert "is not blocked by any list" in page
    assert reverse("dnc:everywhere", args=[tenant.slug]) + "?number=%2B49+30+1234567" in page
    assert "Do not call</a>" not in viewer_client.get(url, {"q": "+49 30 1234567"}).content.decode()


def test_another_tenants_things_are_not_found(tenant: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:1")
    Job.objects.create(tenant=other, kind="list_upload", target_name="Hidden")
    assert found(tenant, "hidden") == []

"""The activity page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.audit.guard import guard_lift, guard_make
from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(tenant: Tenant) -> str:
    return reverse("audit:index", args=[tenant.slug])


@pytest.fixture
def entries(tenant: Tenant, viewer: User, supervisor: User) -> list[AuditEntry]:
    """Sixty acts of two people, on two days."""
    guard_lift()
    AuditEntry.every.all()._raw_delete("default")
    guard_make()
    made = []
    for number in range(60):
        actor = supervisor if number < 30 else viewer
        entry = AuditEntry.every.create(
            at=datetime(2026, 3, 1 if number < 30 else 2, 12, tzinfo=UTC),
            verb=Verb.CAMPAIGN_START if number % 2 else Verb.CAMPAIGN_STOP,
            tenant=tenant,
            actor=actor,
            actor_name=actor.get_username(),
            target_name=f"Campaign <{number}>",
            outcome=Outcome.REFUSED if number == 59 else Outcome.DONE,
            message="It was running already." if number == 59 else "",
        )
        made.append(entry)
    return made


def shown(client: Client, url: str, **query: Any) -> list[str]:
    return [entry.target_name for entry in client.get(url, query).context["page"]]


def test_it_says_who_did_what_and_how_it_ended(viewer_client: Client, url: str, entries: Any) -> None:
    page = viewer_client.get(url).content.decode()
    assert "Campaign &lt;59&gt;" in page
    assert "Refused" in page
    assert "It was running already." in page


def test_it_is_paged_newest_first(viewer_client: Client, url: str, entries: Any) -> None:
    assert shown(viewer_client, url)[0] == "Campaign <59>"
    assert shown(viewer_client, url, page=2)[-1] == "Campaign <0>"
    assert "?person=viola&amp;page=" not in viewer_client.get(url, {"person": "viola"}).content.decode()


def test_the_next_page_keeps_the_filter(viewer_client: Client, url: str, entries: Any) -> None:
    page = viewer_client.get(url, {"target": "Campaign"}).content.decode()
    assert "?target=Campaign&amp;page=2" in page


FILTERED = [
    ({"person": "sam"}, 30),
    ({"verb": "campaign.start"}, 30),
    ({"target": "<5"}, 11),
    ({"since": "2026-03-02"}, 30),
    ({"until": "2026-03-01"}, 30),
    ({"since": "2026-03-02", "since_time": "12:01"}, 0),
    ({"since": "2026-03-01", "since_time": "11:59", "until": "2026-03-02", "until_time": "11:00"}, 30),
    ({"since": "2026-03-01", "until": "2026-03-02", "person": "viola"}, 30),
    ({"person": "nobody"}, 50),
    ({"since": "yesterday"}, 50),
]


def test_the_filter_narrows_and_nonsense_narrows_nothing(viewer_client: Client, url: str, entries: Any) -> None:
    for query, count in FILTERED:
        assert len(shown(viewer_client, url, **query)) == count, query


def test_days_are_those_of_the_tenant(viewer_client: Client, tenant: Tenant, url: str, entries: Any) -> None:
    Tenant.objects.update(time_zone="Pacific/Kiritimati")  # 14 hours ahead: noon of the 1st is the 2nd there
    assert len(shown(viewer_client, url, until="2026-03-01")) == 0
    assert "2 Mar 2026, 02:00" in viewer_client.get(url, {"until": "2026-03-02"}).content.decode()


def test_nothing_found_says_what_to_do(viewer_client: Client, url: str, entries: Any) -> None:
    page = viewer_client.get(url, {"target": "no such thing"}).content.decode()
    assert "Show all" in page


def test_another_tenants_acts_are_not_shown(viewer_client: Client, url: str, entries: Any) -> None:
    other = Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:1")
    audit_record(verb=Verb.CAMPAIGN_START, tenant=other, actor=None, target_name="Secret campaign")
    assert "Secret campaign" not in viewer_client.get(url).content.decode()


def test_a_change_is_told_with_old_and_new_values_and_masked_for_who_may_only_look(
    viewer_client: Client, supervisor_client: Client, tenant: Tenant, url: str
) -> None:
    values = {"phone": {"before": "16505550100", "after": "16505550199"}}
    guid = "26B563B1-E794-EE14-E145-4C40C439F34A"
    details = {"values": values, "instance": guid, "sha256": "a" * 64, "fields": ["phone"], "is_all": False}
    audit_record(verb=Verb.RECORD_UPDATE, tenant=tenant, actor=None, target_name="Spring", details=details)
    audit_record(verb=Verb.DNC_ADD, tenant=tenant, actor=None, details={"keys": ["16505550155", "16505550166"]})
    seen, masked = (client.get(url).content.decode() for client in (supervisor_client, viewer_client))
    assert "16505550100 → 16505550199" in seen
    assert "••• → •••" in masked
    assert "16505550100" not in masked
    for page in (seen, masked):
        assert guid not in page
        assert "aaaaaaaa" not in page
        assert "[&#x27;" not in page
        assert "False" not in page
        assert "16505550155, 16505550166" in page  # two keys are a list, and no change


def test_it_only_shows(viewer_client: Client, url: str) -> None:
    assert viewer_client.post(url).status_code == 405


def test_a_page_of_fifty_costs_few_queries(
    viewer_client: Client, url: str, entries: Any, django_assert_max_num_queries: Any
) -> None:
    viewer_client.get(url)
    with django_assert_max_num_queries(9):
        viewer_client.get(url)


def test_an_act_leads_to_what_it_was_about(viewer_client: Client, tenant: Tenant, url: str) -> None:
    audit_record(verb=Verb.CAMPAIGN_START, tenant=tenant, actor=None, target_kind="campaign", target_id="c-1")
    audit_record(verb=Verb.LIST_UPLOAD_CONFIRM, tenant=tenant, actor=None, target_kind="list", target_id="a/b")
    page = viewer_client.get(url).content.decode()
    assert reverse("campaigns:detail", args=[tenant.slug, "c-1"]) in page
    assert "a/b" not in page

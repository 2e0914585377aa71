"""Making, changing and deleting whole Do Not Call lists on the pages, against a tenant that has the newer methods."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.dialler import actions
from bpadmin.platforms.types import DncListInfo
from bpadmin.tenants.services import tenant_client
from dnc.entries.lookup import dnc_why
from dnc.entries.manual import dnc_add
from dnc.evidence.chain import chain_faults
from dnc.lists import effects
from dnc.lists.sync import dnc_lists_refresh
from dnc.models import DncChange, DncEntry, DncKind, DncList, EntryState
from dnc.requests.services import request_take, requests_open
from tests.dnc.files.filing import TESTER, held, known_list, numbers
from tests.dnc.test_pages import page

pytestmark = pytest.mark.django_db(transaction=True)


def told(client: Client, name: str, tenant: Any, /, *args: Any, query: str = "", **data: Any) -> str:
    """Send a form and read where it leads."""
    answer = client.post(reverse(f"dnc:{name}", args=[tenant.slug, *args]) + query, data, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def there(tenant: Any, dnc_list: DncList) -> DncListInfo:
    """Read a list from the platform."""
    with tenant_client(tenant) as client:
        return client.get_dnc_list(dnc_list.remote_id)


FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
CREATED = [
    ("INTERNAL", {"expires": "on", "expire_days": "120"}, ("", True, 120, "", "")),
    ("INTERNAL", {"expire_days": "90"}, ("", False, 90, "", "")),
    ("GEOGRAPHIC_POSTAL", {"country": "uk"}, ("GB", None, None, "", "")),
    ("GEOGRAPHIC_AREACODE", {"is_prefixed": "on"}, ("prefixed", None, None, "", "")),
    (
        "EXCLUSION",
        {"list_field": "id", "reset_daily": "on", "reset_time": "16:30", "reset_zone": "Asia/Tokyo"},
        ("", False, 90, "id", "04:30:00 PM +09:00"),
    ),
]


@pytest.mark.parametrize(("kind", "said", "expected"), CREATED)
def test_a_list_of_each_type_is_made_with_what_its_type_has(newer, sandbox, supervisor_client, kind, said, expected):
    sandbox.create_list("Accounts", FIELDS)
    text = told(supervisor_client, "create", newer, query=f"?type={kind}", name="June", **said)
    assert "“June” is there, and empty." in text
    dnc_list = DncList.objects.get()
    assert (dnc_list.name, dnc_list.type, dnc_list.is_complete) == ("June", kind, True)
    info = there(newer, dnc_list)
    found = (info.country, info.expire_records, info.default_expiration_period, info.list_field, info.reset_time)
    assert found == expected
    assert AuditEntry.objects.get(verb="dnc.list.create").target_id == dnc_list.remote_id
    assert list(DncChange.objects.values_list("kind", flat=True)) == ["list_create", "asked"]
    assert "June" in page(supervisor_client, "index", newer)


def test_of_each_type_only_what_it_has_is_asked_for(newer, sandbox, supervisor_client):
    asked = {"country": "Country", "expires": "expire by themselves", "reset": "Emptied every day"}
    expected = {
        "INTERNAL": {"expires"},
        "GEOGRAPHIC_POSTAL": {"country"},
        "GEOGRAPHIC_AREACODE": {"country"},
        "EXCLUSION": {"expires", "reset"},
    }
    for kind, names in expected.items():
        text = page(supervisor_client, "create", newer, type=kind)
        assert {name for name, words in asked.items() if words in text} == names


REFUSED = [
    ("INTERNAL", {"name": " "}, "This field is required"),
    ("INTERNAL", {"name": "x" * 256}, "at most 255 characters"),
    ("INTERNAL", {"expires": "on", "expire_days": "366"}, "less than or equal to 365"),
    ("INTERNAL", {"expires": "on", "expire_days": ""}, "Say after how many days."),
    ("GEOGRAPHIC_POSTAL", {}, "Say of which country the postal codes are"),
    ("GEOGRAPHIC_POSTAL", {"country": "prefixed"}, "is no country code"),
    ("GEOGRAPHIC_AREACODE", {"country": "USA"}, "is no country code"),
    ("EXCLUSION", {"list_field": ""}, "This field is required"),
    ("EXCLUSION", {"list_field": "id", "reset_daily": "on"}, "Say at what time."),
]


def test_what_breaks_a_rule_is_refused_before_anything_is_sent(newer, sandbox, supervisor_client):
    for kind, said, words in REFUSED:
        answer = told(supervisor_client, "create", newer, query=f"?type={kind}", **{"name": "June", **said})
        assert words in answer, (kind, said)
    assert "create_dnc_list" not in sandbox.stats()["requests"]
    assert not DncList.objects.exists()


def test_a_name_that_is_taken_is_refused_with_what_to_do(newer, sandbox, supervisor_client):
    sandbox.create_dnc_list("June", "INTERNAL")
    assert "Choose another name" in told(supervisor_client, "create", newer, name="June")
    assert AuditEntry.objects.get(verb="dnc.list.create").outcome == Outcome.REFUSED


def test_a_creation_whose_answer_is_lost_is_read_back_and_not_repeated(newer, sandbox, supervisor_client):
    sandbox.faults([{"kind": "cut_after", "methods": ["create_dnc_list"]}])
    assert "the lists were read again" in told(supervisor_client, "create", newer, name="June")
    assert [each["name"] for each in sandbox.state()["dnc"]] == ["June"]
    sandbox.faults([])
    sandbox.faults([{"kind": "cut_after", "methods": ["create_dnc_list"], "applied": False}])
    assert "it is not there" in told(supervisor_client, "create", newer, name="July")
    assert [each.name for each in DncList.objects.all()] == ["June"]


def test_only_what_was_changed_is_sent(newer, sandbox, supervisor_client):
    sandbox.create_list("Accounts", FIELDS)
    reset = {"list_field": "id", "reset_daily": "on", "reset_time": "04:00", "reset_zone": "Asia/Tokyo"}
    told(supervisor_client, "create", newer, query="?type=EXCLUSION", name="Paid", **reset)
    dnc_list = DncList.objects.get()
    text = page(supervisor_client, "properties", newer, dnc_list.pk)
    assert 'value="Paid"' in text
    assert "Now: 04:00:00 AM +09:00" in text
    said = {"name": "Settled", "list_field": "id", "reset_daily": "on", "expires": "on", "expire_days": "7"}
    assert "“Paid” is changed." in told(supervisor_client, "properties", newer, dnc_list.pk, **said)
    info = there(newer, dnc_list)
    assert (info.name, info.expire_records, info.default_expiration_period) == ("Settled", True, 7)
    assert info.reset_time == "04:00:00 AM +09:00"
    dnc_list.refresh_from_db()
    assert dnc_list.name == "Settled"
    change = DncChange.objects.get(kind="settings")
    assert change.details["changed"]["entries expire"] == ["never", "after 7 days"]
    assert "stays as it is" in told(supervisor_client, "properties", newer, dnc_list.pk, **said)
    del said["reset_daily"], said["expires"]
    told(supervisor_client, "properties", newer, dnc_list.pk, **said)
    info = there(newer, dnc_list)
    assert (info.reset_daily, info.expire_records) == (False, False)


def test_a_change_to_a_name_that_is_taken_or_whose_answer_is_lost_says_what_is_true(
    newer, sandbox, supervisor_client, monkeypatch
):
    monkeypatch.setattr(actions, "tenant_client", partial(tenant_client, patience=0.0))
    dnc_list = known_list(newer, sandbox)
    sandbox.create_dnc_list("Other", "INTERNAL")
    assert "is named “Other”" in told(supervisor_client, "properties", newer, dnc_list.pk, name="Other")
    sandbox.faults([{"kind": "cut_after", "methods": ["update_dnc_properties"]}])
    assert "the list was read again" in told(supervisor_client, "properties", newer, dnc_list.pk, name="House")
    assert there(newer, dnc_list).name == "House"


def test_deleting_says_what_happens_offers_the_gentle_way_and_wants_name_and_reason(newer, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    sandbox.create_dnc_list("Company DNC", "INTERNAL", numbers(3), bind=[campaign])
    (dnc_list,) = dnc_lists_refresh(tenant=newer)
    text = page(supervisor_client, "drop", newer, dnc_list.pk)
    assert "“Company DNC” is deleted with its 3 entries. It cannot be taken back." in text
    assert "It protects “Renewals”: they may dial what it blocks at once." in text
    assert "“Renewals” has no other list of phone numbers." in text
    assert "The gentle way" in text
    assert reverse("dnc:unbind", args=[newer.slug, campaign, dnc_list.remote_id]) in text
    wrong = told(supervisor_client, "drop", newer, dnc_list.pk, typed_name="company", reason="moved")
    assert "Type the list&#x27;s name" in wrong
    told(supervisor_client, "drop", newer, dnc_list.pk, typed_name="Company DNC")
    assert len(sandbox.state()["dnc"]) == 1
    text = told(supervisor_client, "drop", newer, dnc_list.pk, typed_name="Company DNC", reason="moved")
    assert "“Company DNC” is deleted with its 3 entries." in text
    assert sandbox.state()["dnc"] == []
    assert "No list at all" in page(supervisor_client, "coverage", newer)
    change = DncChange.objects.get(kind="list_delete")
    assert (change.comment, change.n_done, change.details["campaigns"]) == ("moved", 3, ["Renewals"])
    assert list(chain_faults(tenant=newer)) == []


def test_what_was_known_of_a_deleted_list_can_still_be_asked_for(newer, sandbox, supervisor_client):
    dnc_list = known_list(newer, sandbox)
    number = numbers(1)[0]
    dnc_add(tenant=newer, text=number, actor=TESTER, lists=[dnc_list], comment="by letter")
    told(supervisor_client, "drop", newer, dnc_list.pk, typed_name="Company DNC", reason="moved")
    assert not DncList.objects.exists()
    why = dnc_why(tenant=newer, number_or_value=number)
    assert not why.is_blocked
    assert "removed: list deleted: moved, by sam" in why.matches[0].sentence
    text = page(supervisor_client, "detail", newer, dnc_list.pk)
    assert "This list is deleted." in text
    assert "by letter" in text
    assert "Empty this list" not in text
    assert "was deleted on" in told(
        supervisor_client, "type_in", newer, remote_id=dnc_list.remote_id, name="Old", type="INTERNAL"
    )


def test_a_reading_of_before_does_not_bring_a_deleted_list_back_and_a_later_one_does(newer, sandbox):
    dnc_list = known_list(newer, sandbox, gone_at=timezone.now())
    assert dnc_lists_refresh(tenant=newer) == []
    DncList.every.filter(pk=dnc_list.pk).update(gone_at=timezone.now() - timedelta(minutes=3))
    assert dnc_lists_refresh(tenant=newer) == [dnc_list]


def test_a_deletion_whose_answer_is_lost_is_looked_up(newer, sandbox, supervisor_client):
    said = {"typed_name": "Company DNC", "reason": "moved"}
    dnc_list = known_list(newer, sandbox, numbers(2))
    sandbox.faults([{"kind": "cut_after", "methods": ["delete_dnc_list"], "applied": False}])
    assert "the list is still there" in told(supervisor_client, "drop", newer, dnc_list.pk, **said)
    assert AuditEntry.objects.get(verb="dnc.list.delete").outcome == Outcome.UNKNOWN
    assert len(held(sandbox, dnc_list)) == 2
    sandbox.faults([])
    sandbox.faults([{"kind": "cut_after", "methods": ["delete_dnc_list"]}])
    assert "the list was looked up" in told(supervisor_client, "drop", newer, dnc_list.pk, **said)
    assert sandbox.state()["dnc"] == []
    assert not DncList.objects.exists()


def test_a_list_with_open_requests_is_kept_until_they_are_carried_out(newer, sandbox, supervisor_client):
    dnc_list = known_list(newer, sandbox)
    said = {"typed_name": "Company DNC", "reason": "moved"}
    day = timezone.now().date() - timedelta(days=2)
    request_take(tenant=newer, number=numbers(1)[0], received_on=day, actor=TESTER, is_now=False)
    assert "1 opt-out request waits" in told(supervisor_client, "drop", newer, dnc_list.pk, **said)
    assert DncList.objects.exists()


def test_a_request_to_a_list_that_was_deleted_elsewhere_goes_into_all_others(newer, sandbox, supervisor_client):
    gone = known_list(newer, sandbox, name="Old")
    day = timezone.now().date() - timedelta(days=2)
    request_take(tenant=newer, number=numbers(1)[0], received_on=day, actor=TESTER, is_now=False)
    with tenant_client(newer) as client:
        client.delete_dnc_list(gone.remote_id)
    assert "knows no list “Old” any more" in page(supervisor_client, "drop", newer, gone.pk)
    text = told(supervisor_client, "drop", newer, gone.pk, typed_name="Old", reason="deleted elsewhere")
    assert "It is taken off here." in text
    other = known_list(newer, sandbox, name="New")
    (entry,) = requests_open(tenant=newer)
    told(supervisor_client, "carry_out", newer, entry.pk)
    assert held(sandbox, other) == {numbers(1)[0]}
    assert not requests_open(tenant=newer).exists()
    assert DncEntry.objects.get(dnc_list=gone.pk).state == EntryState.REMOVED


@pytest.mark.parametrize("name", ["properties", "drop"])
def test_a_list_of_states_is_neither_changed_nor_deleted_here(newer, sandbox, supervisor_client, name):
    dnc_list = known_list(newer, sandbox, name="States", type=DncKind.GEOGRAPHIC_STATE)
    assert "lets nobody change a list of states" in page(supervisor_client, name, newer, dnc_list.pk, status=409)


def test_with_the_dialler_away_properties_are_not_guessed(newer, sandbox, supervisor_client, monkeypatch):
    monkeypatch.setattr(effects, "RETRY_SECONDS", 0.0)
    dnc_list = known_list(newer, sandbox)
    sandbox.faults([{"kind": "html", "paths": ["getDNCList"]}])
    answer = supervisor_client.get(reverse("dnc:properties", args=[newer.slug, dnc_list.pk]), follow=True)
    assert "a web page came instead of its answer" in answer.content.decode()
    assert "is deleted with whatever is in it" in page(supervisor_client, "drop", newer, dnc_list.pk)


@pytest.mark.parametrize(("name", "is_about_a_list"), [("create", False), ("properties", True), ("drop", True)])
def test_an_older_tenant_and_other_people_do_not_get_the_pages(
    tenant, sandbox, supervisor_client, viewer_client, stranger_client, name, is_about_a_list
):
    args = [known_list(tenant, sandbox).pk] if is_about_a_list else []
    assert "does not let Do Not Call lists be created" in page(supervisor_client, name, tenant, *args, status=409)
    assert page(viewer_client, name, tenant, *args, status=403)
    assert page(stranger_client, name, tenant, *args, status=404)


def test_an_older_tenant_shows_one_sentence_and_no_buttons(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    index = page(supervisor_client, "index", tenant)
    assert "does not let lists be created" in index
    assert "New list" not in index
    detail = page(supervisor_client, "detail", tenant, dnc_list.pk)
    assert "does not let it be bound" in detail
    assert "Delete it" not in detail
    assert "Properties" not in detail

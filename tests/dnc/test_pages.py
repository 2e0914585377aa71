"""The Do Not Call pages against the sandbox: read by everybody, changed by hand by supervisors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dnc.entries.manual import dnc_add
from dnc.lists.sync import dnc_list_change
from dnc.models import DncChange, DncEntry, DncKind, DncList, EntryState, Purpose
from tests.dnc.files.filing import TESTER, held, known_list, numbers

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "16505550100"


def page(client: Client, name: str, tenant: Any, /, *args: Any, status: int = 200, **query: str) -> str:
    """Read a page."""
    answer = client.get(reverse(f"dnc:{name}", args=[tenant.slug, *args]), query)
    assert answer.status_code == status
    return answer.content.decode()


def sent(client: Client, name: str, tenant: Any, /, *args: Any, status: int = 200, **data: Any) -> str:
    """Send a form; what came of it is shown by the page that the answer leads to."""
    answer = client.post(reverse(f"dnc:{name}", args=[tenant.slug, *args]), data)
    if answer.status_code == 302 and "?answer=" in answer.headers["Location"]:
        answer = client.get(answer.headers["Location"])
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def test_the_index_shows_the_lists_of_every_campaign(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals")
    sandbox.create_dnc_list("Company DNC", "INTERNAL", [], bind=[campaign])
    text = page(viewer_client, "index", tenant)
    assert "Company DNC" in text
    assert "Renewals" in text
    assert "Known to this dashboard" in text
    assert "Block everywhere" not in text


def test_old_registry_data_are_red_and_older_ones_are_announced_in_amber(tenant, sandbox, viewer_client):
    today = timezone.now().date()
    known_list(tenant, sandbox, name="Old", is_registry=True, data_as_of=today - timedelta(days=32))
    known_list(tenant, sandbox, name="Middle", is_registry=True, data_as_of=today - timedelta(days=24))
    text = page(viewer_client, "index", tenant)
    assert "too old" in text
    assert "days left" in text


def test_with_the_dialler_away_known_lists_are_shown_with_the_reason(tenant, sandbox, viewer_client):
    known_list(tenant, sandbox)
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    text = page(viewer_client, "index", tenant)
    assert "Company DNC" in text
    assert "Nothing was read before" in text


def test_reading_again_with_the_dialler_away_says_so(tenant, sandbox, supervisor_client):
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    answer = supervisor_client.post(reverse("dnc:refresh", args=[tenant.slug]), follow=True)
    assert "Nothing was read before" in answer.content.decode()


def test_a_list_is_taken_by_its_id(tenant, sandbox, supervisor_client):
    remote_id = sandbox.create_dnc_list("Hidden", "INTERNAL")
    data = {"remote_id": remote_id, "name": "Hidden", "type": "INTERNAL", "country": ""}
    sent(supervisor_client, "type_in", tenant, status=302, **data)
    assert DncList.objects.get(remote_id=remote_id).source == DncList.Source.TYPED
    assert "known already" in sent(supervisor_client, "type_in", tenant, **data)


def test_a_pasted_block_goes_in_as_the_calling_lists_write_it(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    text = sent(
        supervisor_client, "add", tenant, dnc_list.pk, text="(650) 555-0100, 555\n650.555.0101", comment="asked"
    )
    assert held(sandbox, dnc_list) == {NUMBER, "16505550101"}
    assert "2 added" in text
    assert "1 refused" in text
    # Only the line that failed is there to be corrected; to load the page again adds nothing again.
    assert ">\n555</textarea>" in text
    assert 'value="asked"' in text
    done = supervisor_client.post(reverse("dnc:add", args=[tenant.slug, dnc_list.pk]), {"text": "650-555-0102"})
    assert done.status_code == 302
    changes = DncChange.objects.count()
    for _ in range(2):
        again = supervisor_client.get(done.headers["Location"]).content.decode()
        assert "1 added" in again
        assert ">\n</textarea>" in again
    assert DncChange.objects.count() == changes
    detail = page(supervisor_client, "detail", tenant, dnc_list.pk, q="650-555-0100")
    assert NUMBER in detail
    assert "16505550101" not in detail
    assert "by sam" in detail


def test_what_is_removed_has_a_reason(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, [NUMBER])
    sent(supervisor_client, "remove", tenant, dnc_list.pk, text=NUMBER)
    assert held(sandbox, dnc_list) == {NUMBER}
    sent(supervisor_client, "remove", tenant, dnc_list.pk, text=NUMBER, reason="typed wrongly")
    assert held(sandbox, dnc_list) == set()
    assert DncChange.objects.get(kind="delete").comment == "typed wrongly"


def test_a_number_is_blocked_everywhere_with_the_outcome_per_list(tenant, sandbox, supervisor_client):
    lists = [known_list(tenant, sandbox, name=name) for name in ("Company DNC", "Agents' DNC")]
    registry = known_list(tenant, sandbox, name="Registry", purpose="registry")
    text = sent(supervisor_client, "everywhere", tenant, number="650-555-0100")
    assert text.count("16505550100 is added.") == 3
    assert text.count(" checked>") == 2
    assert held(sandbox, lists[0]) == set()
    text = sent(supervisor_client, "everywhere", tenant, number=NUMBER, shown="1", lists=[each.pk for each in lists])
    assert "is blocked in every list that was asked" in text
    assert text.count("1 added") == 2
    assert held(sandbox, registry) == set()
    assert [held(sandbox, each) for each in lists] == [{NUMBER}] * 2


def test_a_number_goes_into_lists_that_are_ticked_beside_the_own_ones_and_the_answer_is_no_form(
    tenant, sandbox, supervisor_client
):
    own, registry = known_list(tenant, sandbox), known_list(tenant, sandbox, name="Registry", purpose="registry")
    british = known_list(tenant, sandbox, name="UK", purpose="own", phone_rule="OTHER", country="GB")
    url = reverse("dnc:everywhere", args=[tenant.slug])
    shown = supervisor_client.post(url, {"number": NUMBER}, follow=True).content.decode()
    assert shown.count(" checked>") == 1
    assert shown.count("It is not asked: ") == 1
    done = supervisor_client.post(url, {"number": NUMBER, "shown": "1", "lists": [own.pk, registry.pk]})
    assert done.status_code == 302
    for _ in range(2):  # to load it again blocks nothing again
        assert "is blocked in every list that was asked" in supervisor_client.get(done.url).content.decode()
    assert [held(sandbox, each) for each in (own, registry, british)] == [{NUMBER}, {NUMBER}, set()]
    assert DncChange.objects.filter(kind="add", n_asked=1, n_done=1).count() == 2


def test_of_lines_to_be_removed_only_the_one_that_failed_stays_in_the_form(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, [NUMBER])
    url = reverse("dnc:remove", args=[tenant.slug, dnc_list.pk])
    said = {"text": f"{NUMBER}\n12", "reason": "typed wrongly", "typed_name": " company dnc "}
    done = supervisor_client.post(url, said)
    assert done.status_code == 302
    page = supervisor_client.get(done.url).content.decode()
    assert ">\n12</textarea>" in page
    assert 'value="typed wrongly"' in page
    assert held(sandbox, dnc_list) == set()


def test_a_list_nobody_said_the_purpose_of_is_ticked_and_the_page_says_why(tenant, sandbox, supervisor_client):
    unsaid = known_list(tenant, sandbox, name="Sperrliste")
    known_list(tenant, sandbox, name="Company DNC", purpose="own")
    known_list(tenant, sandbox, name="Registry", is_registry=True)
    text = sent(supervisor_client, "everywhere", tenant, number=NUMBER)
    assert text.count(" checked>") == 2
    assert text.count("It is ticked because a number too many can be taken out again") == 1
    assert reverse("dnc:settings", args=[tenant.slug, unsaid.pk]) in text
    assert "A public registry&#x27;s numbers. 16505550100 is added." in text
    unsaid.purpose = "litigators"
    unsaid.save()
    text = sent(supervisor_client, "everywhere", tenant, number=NUMBER)
    assert text.count(" checked>") == 1
    assert "It is ticked because" not in text


def test_the_upgrade_calls_own_only_what_somebody_called_so(tenant, sandbox):
    from importlib import import_module

    from django.apps import apps

    unsaid, said, registry = (known_list(tenant, sandbox, name=name, purpose="own") for name in ("A", "B", "C"))
    dnc_list_change(dnc_list=said, actor=TESTER, purpose=Purpose.OTHER)
    dnc_list_change(dnc_list=said, actor=TESTER, purpose=Purpose.OWN)
    dnc_list_change(dnc_list=unsaid, actor=TESTER, max_shrink=5)
    dnc_list_change(dnc_list=registry, actor=TESTER, purpose=Purpose.REGISTRY)
    import_module("dnc.migrations.0009_purposes_unsaid").unsaid_set(apps, None)
    found = {each.name: each.told_purpose for each in DncList.objects.filter(tenant=tenant)}
    assert found == {"A": Purpose.UNSAID, "B": Purpose.OWN, "C": Purpose.REGISTRY}


def test_a_wrong_number_is_blocked_nowhere_and_the_page_says_why(tenant, sandbox, supervisor_client):
    known_list(tenant, sandbox)
    text = sent(supervisor_client, "everywhere", tenant, number="12")
    assert "It is not asked: it has 2 digits" in text
    assert "Tick at least one list" in sent(supervisor_client, "everywhere", tenant, number="12", shown="1")
    assert "This field is required" in sent(supervisor_client, "everywhere", tenant, number=" ")


def test_without_a_list_of_numbers_blocking_everywhere_says_what_to_do(tenant, sandbox, supervisor_client):
    assert "No Do Not Call list of phone numbers" in sent(supervisor_client, "everywhere", tenant, number=NUMBER)


def test_with_the_dialler_away_nothing_is_called_blocked(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    sandbox.faults([{"kind": "cut_after", "probability": 1, "methods": ["POST"], "paths": ["donotcalllist"]}])
    text = sent(supervisor_client, "everywhere", tenant, number=NUMBER, shown="1", lists=[dnc_list.pk])
    assert "is not blocked everywhere yet" in text
    assert "sent without an answer" in text
    assert DncEntry.objects.get(dnc_list=dnc_list).state == EntryState.UNKNOWN


def test_the_one_box_answers_who_when_and_from_what(tenant, sandbox, viewer_client):
    dnc_list = known_list(tenant, sandbox, campaigns=[{"id": "1", "name": "Renewals", "disposition": ""}])
    dnc_add(tenant=tenant, text=NUMBER, actor=TESTER, lists=[dnc_list], comment="letter of May")
    text = page(viewer_client, "why", tenant, q="650 555 0100")
    for words in ("is blocked by", "Typed in, by tester", "letter of May", "Counts in Renewals", "the number itself"):
        assert words in text
    assert "Nothing known to this dashboard blocks" in page(viewer_client, "why", tenant, q="650 555 0199")


def test_emptying_names_the_campaigns_and_wants_name_and_reason(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, [NUMBER], campaigns=[{"id": "1", "name": "Renewals", "disposition": ""}])
    assert "protects “Renewals”" in page(supervisor_client, "clear", tenant, dnc_list.pk)
    wrong = sent(supervisor_client, "clear", tenant, dnc_list.pk, typed_name="company", reason="moved")
    assert "Type the list&#x27;s name" in wrong
    sent(supervisor_client, "clear", tenant, dnc_list.pk, typed_name="Company DNC")
    assert held(sandbox, dnc_list) == {NUMBER}
    sent(supervisor_client, "clear", tenant, dnc_list.pk, status=302, typed_name="Company DNC", reason="moved")
    assert held(sandbox, dnc_list) == set()
    assert DncChange.objects.get(kind="clear").comment == "moved"


@pytest.mark.parametrize("name", ["add", "remove", "clear"])
def test_a_list_of_states_can_only_be_read(tenant, sandbox, supervisor_client, name):
    dnc_list = known_list(tenant, sandbox, name="States", type=DncKind.GEOGRAPHIC_STATE)
    data = {"text": "CA", "reason": "x", "typed_name": "States"}
    assert "lets nobody change a list of states" in sent(
        supervisor_client, name, tenant, dnc_list.pk, status=409, **data
    )
    assert "can only be read" in page(supervisor_client, "detail", tenant, dnc_list.pk)


def test_entries_are_paged_by_their_keys(tenant, sandbox, viewer_client):
    dnc_list = known_list(tenant, sandbox)
    dnc_add(tenant=tenant, text="\n".join(numbers(60)), actor=TESTER, lists=[dnc_list])
    first = page(viewer_client, "detail", tenant, dnc_list.pk)
    assert "16505550049" in first
    assert "16505550050" not in first
    assert "16505550050" in page(viewer_client, "detail", tenant, dnc_list.pk, after="16505550049")


READING = [("index", False), ("why", False), ("detail", True)]
CHANGING = [("type_in", False), ("everywhere", False), ("add", True), ("remove", True), ("clear", True)]


def test_nobody_else_sees_the_pages(tenant, sandbox, stranger, viewer_client):
    dnc_list = known_list(tenant, sandbox)
    nobody, client = Client(), Client()
    client.force_login(stranger)
    for page in READING + CHANGING:
        name, is_about_a_list = page
        url = reverse(f"dnc:{name}", args=[tenant.slug, *([dnc_list.pk] if is_about_a_list else [])])
        assert "/sign-in" in nobody.get(url).headers["Location"], name
        assert client.get(url).status_code == 404, name
        assert viewer_client.get(url).status_code == (403 if page in CHANGING else 200), name


def test_a_list_of_another_tenant_is_not_found(tenant, sandbox, supervisor_client):
    assert supervisor_client.get(reverse("dnc:detail", args=[tenant.slug, 9999])).status_code == 404

"""Binding Do Not Call lists to campaigns and taking them off on the pages, against a tenant with the newer methods."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.platforms.campaign_details import Disposition, DispositionType
from bpadmin.platforms.types import DncUse
from bpadmin.tenants.services import tenant_client, tenant_test
from dnc.lists import bindings
from dnc.lists.sync import dnc_lists_refresh
from dnc.models import DncChange, DncKind
from tests.dnc.files.filing import known_list, numbers
from tests.dnc.lists.test_managing import told
from tests.dnc.test_pages import page
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = numbers(1)[0]
SAID = {"disposition": "Number matches DNC"}


@pytest.fixture
def campaign(sandbox):
    """A stopped campaign that nothing guards."""
    return sandbox.create_campaign("Renewals")


def uses(tenant: Any, list_id: str) -> tuple[DncUse, ...]:
    """Read from the platform what a list guards."""
    with tenant_client(tenant) as client:
        return client.get_dnc_list(list_id).campaigns or ()


def campaign_page(client: Any, tenant: Any, campaign: str) -> str:
    """Read the page of a campaign."""
    return client.get(reverse("campaigns:detail", args=[tenant.slug, campaign])).content.decode()


def test_a_list_is_bound_to_several_campaigns_and_every_page_shows_it_at_once(
    newer, sandbox, campaign, supervisor_client
):
    second = sandbox.create_campaign("Winback")
    dnc_list = known_list(newer, sandbox, [NUMBER])
    assert "No Do Not Call list is attached" in campaign_page(supervisor_client, newer, campaign)
    assert "No list at all" in page(supervisor_client, "coverage", newer)
    text = told(supervisor_client, "bind", newer, dnc_list.pk, campaigns=[campaign, second], allow_append="on", **SAID)
    assert "Bound to 2 of 2 campaigns: “Renewals”, “Winback”." in text
    assert {(use.campaign_id, use.disposition, use.allow_append) for use in uses(newer, dnc_list.remote_id)} == {
        (each, "Number matches DNC", True) for each in (campaign, second)
    }
    assert sandbox.blocked(NUMBER, campaign=campaign)["blocked"]
    assert "No list at all" not in page(supervisor_client, "coverage", newer)
    assert "Do Not Call lists attached: Company DNC." in campaign_page(supervisor_client, newer, campaign)
    assert "Every campaign has it" in page(supervisor_client, "bind", newer, dnc_list.pk)
    assert AuditEntry.objects.filter(verb="dnc.bind", outcome=Outcome.DONE).count() == 2
    assert DncChange.objects.filter(kind="bind").count() == 2


def test_a_list_is_chosen_on_the_campaigns_page(newer, sandbox, campaign, supervisor_client):
    codes = known_list(newer, sandbox, ["650"], name="Area codes", type=DncKind.GEOGRAPHIC_AREACODE)
    assert reverse("dnc:bind_to", args=[newer.slug, campaign]) in campaign_page(supervisor_client, newer, campaign)
    said = {"dnc_list": codes.remote_id, **SAID}
    refused = told(supervisor_client, "bind_to", newer, campaign, allow_append="on", **said)
    assert "Only a list of phone numbers takes what agents add" in refused
    assert uses(newer, codes.remote_id) == ()
    text = told(supervisor_client, "bind_to", newer, campaign, for_link_group="on", **said)
    assert "“Area codes” protects “Renewals” and the others of its link group now" in text
    assert "Area codes" not in page(supervisor_client, "bind_to", newer, campaign)
    assert sandbox.blocked(NUMBER, campaign=campaign)["blocked"]


def test_what_is_not_said_is_asked_for(newer, sandbox, campaign, supervisor_client):
    dnc_list = known_list(newer, sandbox)
    assert "Choose at least one campaign." in told(supervisor_client, "bind", newer, dnc_list.pk, **SAID)
    assert "This field is required" in told(supervisor_client, "bind_to", newer, campaign, disposition=" ")
    assert uses(newer, dnc_list.remote_id) == ()


def test_a_list_that_guards_already_is_not_bound_again(newer, sandbox, campaign, supervisor_client):
    dnc_list = known_list(newer, sandbox)
    with tenant_client(newer) as client:
        client.bind_dnc_list(campaign, dnc_list_id=dnc_list.remote_id, disposition="Asked")
    text = told(supervisor_client, "bind", newer, dnc_list.pk, campaigns=[campaign], **SAID)
    assert "protects “Renewals” already with the disposition “Asked”. Nothing was changed." in text
    assert uses(newer, dnc_list.remote_id)[0].disposition == "Asked"


def test_the_disposition_that_is_used_most_is_proposed(newer, sandbox, campaign, supervisor_client):
    sandbox.create_dnc_list("States", "GEOGRAPHIC_STATE", [], bind=[campaign])
    dnc_lists_refresh(tenant=newer)
    dnc_list = known_list(newer, sandbox)
    assert 'value="Number matches DNC"' in page(supervisor_client, "bind", newer, dnc_list.pk)


def test_a_binding_whose_answer_is_lost_is_read_back(newer, sandbox, campaign, supervisor_client):
    said = {"campaigns": [campaign], **SAID}
    dnc_list = known_list(newer, sandbox)
    sandbox.faults([{"kind": "cut_after", "methods": ["bind_dnc_list"], "applied": False}])
    assert "does not have it" in told(supervisor_client, "bind", newer, dnc_list.pk, **said)
    assert AuditEntry.objects.get(verb="dnc.bind").outcome == Outcome.UNKNOWN
    sandbox.faults([])
    sandbox.faults([{"kind": "cut_after", "methods": ["bind_dnc_list"]}])
    assert "The answer was lost, so the list was read again" in told(
        supervisor_client, "bind", newer, dnc_list.pk, **said
    )
    assert len(uses(newer, dnc_list.remote_id)) == 1


def test_after_an_outcome_that_nobody_knows_no_further_campaign_is_asked(
    newer, sandbox, campaign, supervisor_client, monkeypatch
):
    second = sandbox.create_campaign("Winback")
    dnc_list = known_list(newer, sandbox)
    lost = bindings.Act(Outcome.UNKNOWN, "Its answer was lost.")
    monkeypatch.setattr(bindings, "action_perform", lambda **_: lost)
    text = told(supervisor_client, "bind", newer, dnc_list.pk, campaigns=[campaign, second], **SAID)
    assert "Its answer was lost." in text
    assert "Not asked for after that: “Winback”." in text


def test_unbinding_says_how_many_numbers_may_be_dialled_and_wants_a_reason(newer, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals", running=True)
    list_id = sandbox.create_dnc_list("Company DNC", "INTERNAL", numbers(1200), bind=[campaign])
    sandbox.create_dnc_list("Area codes", "GEOGRAPHIC_AREACODE", ["415"], bind=[campaign])
    text = page(supervisor_client, "unbind", newer, campaign, list_id)
    for words in (
        "“Company DNC” will protect “Renewals” no more.",
        "What it blocks, its 1,200 entries, may be dialled there at once, unless “Area codes” blocks them too.",
        "None of them holds phone numbers.",
    ):
        assert words in text
    assert "The campaign is running" in text
    assert "The gentle way:" in text
    assert "This field is required" in told(supervisor_client, "unbind", newer, campaign, list_id, reason=" ")
    assert sandbox.blocked(NUMBER, campaign=campaign)["blocked"]
    text = told(supervisor_client, "unbind", newer, campaign, list_id, reason="agreed with legal")
    assert "“Company DNC” protects “Renewals” no more." in text
    assert not sandbox.blocked(NUMBER, campaign=campaign)["blocked"]
    assert "No list of numbers" in page(supervisor_client, "coverage", newer)
    change = DncChange.objects.get(kind="unbind")
    assert (change.comment, change.details["campaign"]) == ("agreed with legal", "Renewals")
    assert AuditEntry.objects.get(verb="dnc.unbind").details["reason"] == "agreed with legal"
    assert "is not bound to" in page(supervisor_client, "unbind", newer, campaign, list_id)


def test_an_unbinding_whose_answer_is_lost_is_never_called_done_on_a_guess(newer, sandbox, campaign, supervisor_client):
    list_id = sandbox.create_dnc_list("Company DNC", "INTERNAL", [NUMBER], bind=[campaign])
    sandbox.faults([{"kind": "cut_after", "methods": ["unbind_dnc_list"], "applied": False}])
    text = told(supervisor_client, "unbind", newer, campaign, list_id, reason="test")
    assert "It may yet take effect" in text
    assert "Company DNC" in text
    assert len(uses(newer, list_id)) == 1
    sandbox.faults([])
    sandbox.faults([{"kind": "cut_after", "methods": ["unbind_dnc_list"]}])
    told(supervisor_client, "unbind", newer, campaign, list_id, reason="test")
    outcomes = AuditEntry.objects.filter(verb="dnc.unbind").order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.UNKNOWN, Outcome.DONE]
    assert uses(newer, list_id) == ()


def test_what_was_unbound_meanwhile_is_said_in_words(newer, sandbox, campaign, supervisor_client):
    dnc_list = known_list(newer, sandbox)
    text = told(supervisor_client, "unbind", newer, campaign, dnc_list.remote_id, reason="test")
    assert "was not taken off “Renewals”" in text


def test_an_older_tenant_and_other_people_do_not_get_the_pages(
    tenant, sandbox, campaign, supervisor_client, viewer_client, stranger_client
):
    dnc_list = known_list(tenant, sandbox)
    for name, args in (
        ("bind", [dnc_list.pk]),
        ("bind_to", [campaign]),
        ("unbind", [campaign, dnc_list.remote_id]),
    ):
        assert "does not let Do Not Call lists be bound" in page(supervisor_client, name, tenant, *args, status=409)
        assert page(viewer_client, name, tenant, *args, status=403)
        assert page(stranger_client, name, tenant, *args, status=404)
    text = campaign_page(supervisor_client, tenant, campaign)
    assert "does not let them be bound or unbound from here" in text
    assert reverse("dnc:bind_to", args=[tenant.slug, campaign]) not in text


def test_the_disposition_is_chosen_among_those_that_the_chosen_campaigns_share(
    newer, sandbox, campaign, supervisor_client
):
    sandbox.options(newer_campaigns=True)
    tenant_test(newer)
    second = sandbox.create_campaign("Winback")
    with tenant_client(newer) as client:
        client.add_disposition(campaign, Disposition("Only here", folder="Final", type=DispositionType.FAILURE))
    dnc_list = known_list(newer, sandbox, [NUMBER])
    assert "Choose the disposition" in page(supervisor_client, "bind", newer, dnc_list.pk)
    url = reverse("dnc:bind", args=[newer.slug, dnc_list.pk])
    shown = supervisor_client.post(url, {"campaigns": [campaign, second]}).content.decode()
    assert "Bind list" in shown
    assert '<option value="Only here"' not in shown
    assert uses(newer, dnc_list.remote_id) == ()
    refused = told(supervisor_client, "bind", newer, dnc_list.pk, campaigns=[campaign, second], disposition="Only here")
    assert "Select a valid choice" in refused
    common = bindings.dispositions_of(newer, second)[0]
    text = told(supervisor_client, "bind", newer, dnc_list.pk, campaigns=[campaign, second], disposition=common)
    assert "Bound to 2 of 2 campaigns" in text


def test_the_command_refuses_a_disposition_that_the_campaign_does_not_have(newer, sandbox, campaign):
    sandbox.options(newer_campaigns=True)
    tenant_test(newer)
    dnc_list = known_list(newer, sandbox, [NUMBER])
    code, said = run("dnc_bind", newer.slug, dnc_list.name, "Renewals", "--disposition", "Nonsense")
    assert code == 1
    known = bindings.dispositions_of(newer, campaign)[0]
    assert f"has no disposition “Nonsense”. It has: {known}" in str(said["error"])
    assert uses(newer, dnc_list.remote_id) == ()
    code, said = run("dnc_bind", newer.slug, dnc_list.name, "Renewals", "--disposition", known.upper())
    assert code == 0
    assert uses(newer, dnc_list.remote_id)[0].disposition == known

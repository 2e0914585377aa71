"""The demo's contact centre."""

from __future__ import annotations

from collections import Counter

import orjson
import pytest

from bpadmin.sandbox.conpeek.state import utc_text
from bpadmin.sandbox.http.application import Sandbox
from bpadmin.sandbox.jtel.fields import CONTACT_FIELDS
from bpadmin.sandbox.state.intake import add_records
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.tenant import Tenant


@pytest.fixture(scope="module")
def demo() -> Tenant:
    """The demo tenant, in this process."""
    sandbox = Sandbox()
    sandbox.scene.reset("demo")
    return sandbox.scene.tenant


def test_it_is_as_large_as_promised(demo: Tenant) -> None:
    assert len(demo.campaigns) == 12
    assert len(demo.lists) == 30
    assert demo.rows_held() == 200_000


def test_it_has_campaigns_of_all_types_and_states(demo: Tenant) -> None:
    campaigns = demo.campaigns.values()

    assert {campaign.kind.partition(",")[0] for campaign in campaigns} == {
        "Outbound Voice",
        "Blended Voice",
        "Outbound Messaging",
    }
    assert Counter((c.enabled, c.is_running) for c in campaigns).keys() == {(True, True), (True, False), (False, False)}
    bound_twice = [len(c.instances) - len({i.list.id for i in c.instances.values()}) for c in campaigns]
    assert sum(bound_twice) == 1


def test_it_has_dnc_lists_of_all_five_types_with_contents(demo: Tenant) -> None:
    assert len({held.type for held in demo.dnc_lists.values()}) == 5
    assert all(held.entries for held in demo.dnc_lists.values())


def test_it_has_results_of_the_last_days(demo: Tenant) -> None:
    now = demo.clock.now()
    moments = [i.results.moments for c in demo.campaigns.values() for i in c.instances.values() if len(i.results)]

    assert sum(map(len, moments)) > 20_000
    assert all(max(times) <= now for times in moments)
    assert min(map(min, moments)) > now - 5 * 24 * 3600 * 1000


def test_its_records_are_such_as_its_own_rules_would_take(demo: Tenant) -> None:
    for held in demo.lists.values():
        entries = [held.entry(row) for _, row in held.walk(0, 3000)]
        copy = CallingList(held.id, held.name, held.format, 0, 0)

        added, refused = add_records(copy, entries, now=0, room=10_000)

        assert (added, refused) == (len(entries), {})
        assert [copy.entry(row) for _, row in copy.walk()] == entries


def test_its_keyed_lists_have_no_key_twice(demo: Tenant) -> None:
    keyed = [held for held in demo.lists.values() if held.format.keys]

    assert keyed
    assert [len(held.index) for held in keyed] == [held.total for held in keyed]


@pytest.mark.slow
def test_it_is_the_same_every_time(demo: Tenant) -> None:
    again = Sandbox()
    again.scene.reset("demo")

    for first, second in zip(demo.lists.values(), again.scene.tenant.lists.values(), strict=True):
        assert (first.id, first.name, first.total) == (second.id, second.name, second.total)
        assert list(first.walk(0, 50)) == list(second.walk(0, 50))


def test_its_jtel_dialler_has_campaigns_in_two_languages_and_contacts_in_all_stages(demo: Tenant) -> None:
    campaigns = demo.jtel.campaigns.values()
    contacts = [orjson.loads(one.own + one.rest) for one in demo.jtel.contacts()]

    assert [one.fields["LanguagesID"] for one in campaigns] == [2, 2, 2, 2, 1, 1]
    assert len(contacts) == len({contact["UserData"] for contact in contacts}) == 20_000
    assert all(set(contact) == set(CONTACT_FIELDS) for contact in contacts)
    stages = Counter((contact["nTries"] > 0, contact["bDone"], contact["bAborted"]) for contact in contacts)
    assert min(stages[stage] for stage in ((False, False, False), (True, True, False), (True, False, True))) > 500
    codes = {code.id: one.id for one in campaigns for code in one.codes}
    ended = [contact for contact in contacts if contact["DiallerCampaignsResultCodesID"]]
    assert all(codes[one["DiallerCampaignsResultCodesID"]] == one["DiallerCampaignsID"] for one in ended)


def test_its_conpeek_server_has_requests_of_the_last_days_in_all_states(demo: Tenant) -> None:
    campaigns = demo.conpeek.campaigns.values()
    shown = [one.as_json() for campaign in campaigns for one in campaign.requests.values()]

    assert len(campaigns) == 3
    assert len(shown) == len({one["id"] for one in shown}) == 5000
    assert {one["state"] for one in shown} == {"OPEN", "PROCESSING", "CLOSED"}
    assert {one["application_state"] for one in shown} == {"NEW", "RECALL", "RETRY", "CLOSED"}
    assert all(bool(one["closed_date"]) == (one["state"] == "CLOSED") for one in shown)
    assert all(one["closed_date"] >= one["created_date"] for one in shown if one["closed_date"])
    assert max(one["created_date"] for one in shown) <= utc_text(demo.clock.now())
    assert min(one["created_date"] for one in shown) > utc_text(demo.clock.now() - 7 * 24 * 3600 * 1000)

"""Contacts as records from a source: one stream a walk, pages out of it, nothing lost and nothing of others."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.platforms.errors import Broken, Invalid, NotFound, PlatformError, Reason, Unreachable
from bpadmin.platforms.jtel.client import JtelClient
from bpadmin.platforms.jtel.sources import ALL, source_id_of
from bpadmin.platforms.sources import Condition
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.opening import jtel_client
from tests.platforms.scripted_server import Say, ScriptedServer


def envelope(*contacts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"filter": "", "records": list(contacts), "count": len(contacts), "status": 200} | more


def test_sources_are_all_contacts_and_those_of_each_campaign(jtel: JtelClient, sandbox: SandboxControl) -> None:
    first = str(sandbox.create_jtel_campaign("Kampagne Süd"))
    sandbox.create_jtel_campaign("Umfrage")
    everything, *campaigns = jtel.sources()
    assert (everything.id, everything.is_whole) == (ALL, True)
    assert [(one.name, one.group, one.is_whole) for one in campaigns] == [
        ("Kampagne Süd", "Kampagne Süd", True),
        ("Umfrage", "Umfrage", True),
    ]
    assert jtel.sources(first) == (campaigns[0],)
    assert campaigns[0].group_id == first


def test_a_walk_over_all_pages_is_one_request(jtel: JtelClient, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_jtel_campaign("c")
    sandbox.create_jtel_contacts(campaign, count=250)
    pages = list(jtel.walk_source(ALL, limit=100))
    assert [len(page.items) for page in pages] == [100, 100, 50]
    assert [page.next_cursor for page in pages] == ["100", "200", ""]
    ids = [contact.id for page in pages for contact in page.items]
    assert sorted(ids) == sorted(str(one["ID"]) for one in sandbox.dump_jtel_contacts())
    assert sandbox.stats()["requests"]["jtel.get_contacts"] == 1
    (last,) = jtel.walk_source(ALL, limit=100, cursor="200")
    assert [contact.id for contact in last.items] == ids[200:]


def test_a_walk_that_ends_with_a_full_page_promises_no_other(jtel: JtelClient, sandbox: SandboxControl) -> None:
    sandbox.create_jtel_contacts(sandbox.create_jtel_campaign("c"), count=20)
    assert [(len(page.items), page.next_cursor) for page in jtel.walk_source(ALL, limit=10)] == [(10, "10"), (10, "")]
    assert [page.items for page in jtel.walk_source(ALL, limit=10, cursor="20")] == [()]


def test_a_first_page_comes_from_an_answer_that_never_ends(pauses: object) -> None:
    body = b'{"records":[' + b",".join(b'{"ID":%d}' % number for number in range(20))
    with ScriptedServer(Say(body, length=1_000_000_000)) as server, jtel_client(server.url) as client:
        pages = client.walk_source(ALL, limit=10)
        assert [contact.id for contact in next(pages).items] == [str(number) for number in range(10)]


def test_the_connection_is_dropped_when_a_walk_is_left(jtel: JtelClient, sandbox: SandboxControl) -> None:
    sandbox.create_jtel_contacts(sandbox.create_jtel_campaign("c"), count=3000)
    for _ in range(3):
        pages = jtel.walk_source(ALL, limit=10)
        assert len(next(pages).items) == 10
        pages.close()  # type: ignore[attr-defined]
    assert len(jtel.get_campaigns()) == 1


def test_contacts_of_other_campaigns_that_an_older_server_gives_are_passed_over(
    jtel: JtelClient, sandbox: SandboxControl
) -> None:
    first = sandbox.create_jtel_campaign("first", contacts=[{"Name": "A"}, {"Name": "C"}])
    sandbox.create_jtel_campaign("second", contacts=[{"Name": "B"}])
    sandbox.options(jtel_ignores_campaign=True)
    (page,) = jtel.walk_source(source_id_of(str(first)))
    assert [contact.entry["Name"] for contact in page.items] == ["A", "C"]


def test_a_contact_that_names_no_campaign_is_kept(pauses: object) -> None:
    step = Say(envelope({"ID": 1}, {"ID": 2, "DiallerCampaignsID": "7"}, {"ID": 3, "DiallerCampaignsID": 8}))
    with ScriptedServer(step) as server, jtel_client(server.url) as client:
        assert [contact.id for contact in client.get_contacts("7")] == ["1", "2"]
        assert server.seen[0].path == "/rest/v1.0/1/dialler/contacts?diallerCampaignsID=7"


@pytest.mark.parametrize(
    "name, value, found",
    [("UserData", "K-2", ["B"]), ("UserData", "K", []), ("UserData", "K-1", ["A"])],
)
def test_contacts_are_looked_up_by_their_user_data_within_the_source(
    jtel: JtelClient, sandbox: SandboxControl, name: str, value: str, found: list[str]
) -> None:
    contacts = [{"Name": "A", "UserData": "K-1"}, {"Name": "B", "UserData": "K-2"}]
    first = sandbox.create_jtel_campaign("first", contacts=contacts)
    sandbox.create_jtel_campaign("second", contacts=[{"Name": "other", "UserData": "K-2"}])
    (page,) = jtel.walk_source(source_id_of(str(first)), conditions=[Condition(name, value)])
    assert [contact.entry["Name"] for contact in page.items] == found
    assert "jtel.get_contacts" not in sandbox.stats()["requests"]


def test_a_contact_is_looked_up_by_its_id_and_both_filters_have_to_hold(
    jtel: JtelClient, sandbox: SandboxControl
) -> None:
    campaign = sandbox.create_jtel_campaign("c")
    (id_,) = sandbox.create_jtel_contacts(campaign, [{"Name": "A", "UserData": "K-1"}])

    def found(*conditions: Condition) -> int:
        (page,) = jtel.walk_source(ALL, conditions=conditions)
        return len(page.items)

    by_id = Condition("ID", str(id_))
    assert found(by_id) == 1
    assert found(by_id, Condition("UserData", "K-1")) == 1
    assert found(by_id, Condition("UserData", "K-2")) == 0
    assert found(Condition("ID", "987")) == 0


def test_a_record_is_read_by_its_id_and_not_from_another_campaign(jtel: JtelClient, sandbox: SandboxControl) -> None:
    first, second = (sandbox.create_jtel_campaign(name) for name in ("first", "second"))
    (id_,) = sandbox.create_jtel_contacts(first, [{"Name": "A"}])
    assert jtel.source_record(source_id_of(str(first)), str(id_)).entry["Name"] == "A"
    assert jtel.source_record(ALL, str(id_)).entry["Name"] == "A"
    with pytest.raises(NotFound) as caught:
        jtel.source_record(source_id_of(str(second)), str(id_))
    assert caught.value.reason is Reason.RECORD_NOT_FOUND


@pytest.mark.parametrize(
    "step, kind",
    [
        (Say(envelope({"ID": 1}, count=2)), Broken),
        (Say(envelope({"ID": 1}, status=500)), Broken),
        (Say(b'{"records":[{"ID":1},{"ID"'), Broken),
        (Say(b'{"records":[{"ID":1}]', is_chunked=True, has_end=False), Unreachable),
        (Say(b'{"records":[{"ID":1}', length=500), Unreachable),
        (Say(b"<html><body>Sign in</body></html>", headers={"Content-Type": "text/html"}), Broken),
        (Say({"error": "no", "status": 200}), Broken),
        (Say(b""), Broken),
    ],
    ids=["count", "status", "json", "chunks", "length", "page", "shape", "empty"],
)
def test_an_answer_that_is_not_whole_is_an_error_after_what_came(
    step: Say, kind: type[PlatformError], pauses: object
) -> None:
    with ScriptedServer(step) as server, jtel_client(server.url) as client, pytest.raises(kind) as caught:
        list(client.get_contacts())
    assert caught.value.message
    assert not caught.value.maybe_applied


@pytest.mark.parametrize(
    "source_id, arguments",
    [
        ("nonsense", {}),
        ("campaign~", {}),
        (ALL, {"cursor": "x"}),
        (ALL, {"cursor": "-1"}),
        (ALL, {"conditions": [Condition("Colour", "red")]}),
    ],
)
def test_what_names_no_page_of_contacts_is_refused_before_anybody_is_asked(
    jtel: JtelClient, sandbox: SandboxControl, source_id: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        list(jtel.walk_source(source_id, **arguments))
    assert sandbox.stats()["requests_total"] == 0

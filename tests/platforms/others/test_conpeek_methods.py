"""The methods of Conpeek's API against the sandbox, over real HTTP: one claim each; and requests as a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bpadmin.platforms.base import Effect
from bpadmin.platforms.conpeek.client import ConpeekClient
from bpadmin.platforms.conpeek.endpoints import ENDPOINTS
from bpadmin.platforms.conpeek.sources import SUMMARY
from bpadmin.platforms.errors import (
    Broken,
    Forbidden,
    Invalid,
    NotFound,
    PlatformError,
    Reason,
    Unsupported,
)
from bpadmin.platforms.sources import Condition
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.opening import conpeek_client
from tests.platforms.scripted_server import Cut, Say, ScriptedServer

UNKNOWN = "0123456789abcdef01234567"
WANTED = [
    {"name": "a", "contact_number": "48600", "priority": 100, "custom": {"miasto": "Łódź & co"}},
    {"name": "b", "contact_number": "48111", "state": "CLOSED", "application_state": "CLOSED"},
]


def names(records: Any) -> list[str]:
    return [record.entry["name"] for record in records]


def read_requests(client: ConpeekClient, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_voice_campaign("c", requests=WANTED)
    page = client.read_requests(campaign, limit=1)
    assert (names(page.items), page.next_cursor) == (["a"], "1")
    assert page.items[0].entry["custom.miasto"] == "Łódź & co"
    assert page.items[0].attempts == ()
    page = client.read_requests(campaign, offset=1, exclude=("history", "call_history", "dialogs"))
    assert (names(page.items), page.next_cursor, page.items[0].attempts) == (["b"], "", None)
    found = client.read_requests(campaign, filter=[Condition("custom_fields", "Łódź & co", key="miasto")])
    assert names(found.items) == ["a"]
    with pytest.raises(NotFound) as caught:
        client.read_requests(UNKNOWN)
    assert caught.value.reason is Reason.CAMPAIGN_NOT_FOUND


def add_request(client: ConpeekClient, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_voice_campaign("c")
    made = client.add_request(campaign, name="Ewa", contact_number="48600", contact_identifier="K1", note="oddzwonić")
    (stored,) = sandbox.dump_requests(campaign)
    assert made.id == stored["id"]
    assert [stored[name] for name in ("name", "contact_identifier", "note")] == ["Ewa", "K1", "oddzwonić"]
    with pytest.raises(NotFound):
        client.add_request(UNKNOWN, name="Ewa", contact_number="48600")
    with pytest.raises(Invalid):
        client.add_request(campaign, name="Ewa", contact_number=" ")


def set_recall(client: ConpeekClient, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_voice_campaign("c", requests=WANTED)
    closed = sandbox.dump_requests(campaign)[1]["id"]
    terms = {"process_time": "RANGE", "process_from_time": 36000, "set_priority": {"type": "ADD", "value": 50}}
    client.set_recall(campaign, closed, terms)
    stored = sandbox.dump_requests(campaign)[1]
    assert (stored["application_state"], stored["process_from_time"], stored["priority"]) == ("RECALL", 36000, 250)
    with pytest.raises(NotFound) as caught:
        client.set_recall(campaign, UNKNOWN, {})
    assert caught.value.reason is Reason.RECORD_NOT_FOUND
    with pytest.raises(Forbidden):
        client.set_recall(campaign, closed, {"process_from_time": 90_000})
    for wrong in ({"colour": "red"}, {"set_priority": {"type": "DOUBLE", "value": 1}}, {"set_priority": 5}):
        with pytest.raises(Invalid):
            client.set_recall(campaign, closed, wrong)


def read_summary(client: ConpeekClient, sandbox: SandboxControl) -> None:
    first = sandbox.create_voice_campaign("first", requests=WANTED)
    sandbox.create_voice_campaign("second", requests=WANTED[:1])
    page = client.read_summary(limit=2)
    assert (len(page.items), page.next_cursor) == (2, "2")
    page = client.read_summary(conditions=[Condition("voice_campaign_id_list", (first,))])
    assert {record.entry["voice_campaign_id"] for record in page.items} == {first}
    assert len(client.read_summary(conditions=[Condition("contact_number_list", ("48600", "5"))]).items) == 2
    with pytest.raises(Invalid):
        client.read_summary(conditions=[Condition("state", ("OPEN",))])


CLAIMS: dict[str, Callable[[ConpeekClient, SandboxControl], None]] = {
    claim.__name__: claim for claim in (read_requests, add_request, set_recall, read_summary)
}


def test_every_method_has_its_claim() -> None:
    assert [endpoint.name for endpoint in ENDPOINTS] == list(CLAIMS)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_method_does_what_its_page_says(name: str, conpeek: ConpeekClient, sandbox: SandboxControl) -> None:
    CLAIMS[name](conpeek, sandbox)
    assert sandbox.stats()["requests"][f"conpeek.{name}"] > 0


ONCE: dict[str, Callable[[ConpeekClient], object]] = {
    "add_request": lambda client: client.add_request("c", name="x", contact_number="1"),
    "set_recall": lambda client: client.set_recall("c", "r", {}),
}


@pytest.mark.parametrize("name", ONCE)
@pytest.mark.parametrize("step", [Cut(), Say(status=503)], ids=["cut", "503"])
def test_what_would_call_somebody_twice_is_never_repeated_on_a_guess(
    name: str, step: Cut | Say, pauses: list[float]
) -> None:
    with ScriptedServer(step) as server, conpeek_client(server.url) as client:
        with pytest.raises(PlatformError) as caught:
            ONCE[name](client)
        assert caught.value.maybe_applied
        assert len(server.seen) == 1
    assert [each.name for each in ENDPOINTS if each.effect is Effect.ONCE] == list(ONCE)


def test_an_older_server_does_not_offer_the_newer_methods(conpeek: ConpeekClient, sandbox: SandboxControl) -> None:
    sandbox.options(conpeek_newer=False)
    with pytest.raises(Unsupported, match="version"):
        conpeek.read_summary()


def test_the_key_goes_as_it_is_and_a_path_of_the_address_stays(pauses: list[float]) -> None:
    with ScriptedServer(Say({"data": []})) as server, conpeek_client(server.url + "/tenant/api/ ", key=" k ") as client:
        client.read_requests("c/..", filter=[Condition("custom_fields", "ł 1&", key="k")], exclude=("history",))
        (seen,) = server.seen
    assert seen.headers["Authorization"] == "k"
    assert seen.path == (
        "/tenant/api/voice_campaign/c%2F../request?limit=1000&offset=0&filter=%5B%7B%22property%22%3A%22custom_fields"
        "%22%2C%22key%22%3A%22k%22%2C%22value%22%3A%22%C5%82%201%26%22%7D%5D&exclude=%5B%22history%22%5D"
    )


def test_a_walk_reads_page_after_page_until_one_is_short(conpeek: ConpeekClient, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_voice_campaign("c")
    sandbox.create_requests(campaign, count=45)
    pages = list(conpeek.walk_source(campaign, limit=20))
    assert [(len(page.items), page.next_cursor) for page in pages] == [(20, "20"), (20, "40"), (5, "")]
    ids = [record.id for page in pages for record in page.items]
    assert ids == [one["id"] for one in sandbox.dump_requests(campaign)]
    (last,) = conpeek.walk_source(campaign, limit=20, cursor="40")
    assert [record.id for record in last.items] == ids[40:]


def test_histories_come_with_a_walk_that_asks_for_them(conpeek: ConpeekClient, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_voice_campaign("c")
    sandbox.create_requests(campaign, count=30)
    (plain,) = conpeek.walk_source(campaign)
    assert all(record.attempts is None and "history" not in record.entry for record in plain.items)
    (page,) = conpeek.walk_source(campaign, with_history=True)
    attempts = [attempt for record in page.items for attempt in record.attempts or ()]
    assert attempts
    assert all(attempt.date and attempt.disposition for attempt in attempts)
    record = next(record for record in page.items if record.attempts)
    assert conpeek.source_record(campaign, record.id) == record


def test_conditions_narrow_a_walk(conpeek: ConpeekClient, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_voice_campaign("c", requests=WANTED)
    conditions = [Condition("state", ("OPEN",)), Condition("priority", "200", "lt")]
    (page,) = conpeek.walk_source(campaign, conditions=conditions)
    assert names(page.items) == ["a"]


@pytest.mark.parametrize("ids", [("1", "2"), ("", "")])
def test_a_server_that_pays_no_heed_to_the_offset_does_not_lead_in_a_circle(
    ids: tuple[str, ...], pauses: list[float]
) -> None:
    data = [{"id": id_, "name": str(at)} for at, id_ in enumerate(ids)]
    with (
        ScriptedServer(Say({"data": data})) as server,
        conpeek_client(server.url) as client,
        pytest.raises(Broken) as caught,
    ):
        list(client.walk_source("c", limit=2))
    assert caught.value.reason is Reason.CURSOR_REPEATED
    assert len(server.seen) == 2


def test_what_names_no_page_is_refused_before_anything_is_asked(
    conpeek: ConpeekClient, sandbox: SandboxControl
) -> None:
    for arguments in ({"cursor": "x"}, {"conditions": [Condition("colour", "red")]}):
        with pytest.raises(Invalid):
            conpeek.walk_source("c", **arguments)  # type: ignore[arg-type]
    assert sandbox.stats()["requests_total"] == 0


@pytest.mark.parametrize("key", ["guessed", "Bearer sandbox-conpeek-key"])
def test_a_wrong_key_is_forbidden(key: str, sandbox: SandboxControl) -> None:
    campaign = sandbox.create_voice_campaign("c")
    with conpeek_client(sandbox.url, key=key) as client, pytest.raises(Forbidden):
        client.read_requests(campaign)


def test_numbers_in_filters_do_not_reach_the_log(
    conpeek: ConpeekClient, sandbox: SandboxControl, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = sandbox.create_voice_campaign("c")
    with caplog.at_level("INFO", logger="bpadmin.platforms"):
        conpeek.read_requests(campaign, filter=[Condition("contact_number", "48600100200")])
    assert f"/voice_campaign/{campaign}/request" in caplog.text
    assert "48600100200" not in caplog.text


def test_summaries_are_a_source_where_the_server_has_them(sandbox: SandboxControl) -> None:
    first = sandbox.create_voice_campaign("c", requests=WANTED)
    sandbox.create_voice_campaign("d", requests=WANTED)
    with conpeek_client(sandbox.url) as client:
        pages = list(client.walk_source(SUMMARY.id, limit=3))
        assert [len(page.items) for page in pages] == [3, 1]
        wanted = [Condition("voice_campaign_id_list", (first,))]
        assert len(next(client.walk_source(SUMMARY.id, conditions=wanted)).items) == 2
        assert {each.name for each in client.source_filters(SUMMARY.id)} >= {"project_id_list", "created_date"}
        with pytest.raises(Invalid):
            client.walk_source(SUMMARY.id, conditions=[Condition("state", ("OPEN",))])
        sandbox.options(conpeek_newer=False)
        assert client.sources() == ()


@pytest.mark.parametrize("taken", ["text", "list", "both"])
@pytest.mark.parametrize("trouble", ["refuse", "empty", "all"])
def test_the_spelling_of_a_number_that_the_server_takes_is_learnt_from_its_answer(
    sandbox: SandboxControl, conpeek: ConpeekClient, taken: str, trouble: str
) -> None:
    sandbox.options(conpeek_number_filter=taken, conpeek_filter_trouble=trouble)
    numbers = ["48600100900", "48600100901"]
    campaign = sandbox.create_voice_campaign("c")
    sandbox.create_requests(campaign, [{"name": number, "contact_number": number} for number in numbers])
    for number in numbers:
        found = conpeek.read_requests(campaign, filter=[Condition("contact_number", number)])
        assert [each.entry["contact_number"] for each in found.items] == [number]
    assert sandbox.stats()["requests"]["conpeek.read_requests"] <= 3


@pytest.mark.parametrize("trouble", ["refuse", "empty", "all"])
def test_a_number_that_no_request_has_is_asked_for_in_both_spellings(
    sandbox: SandboxControl, conpeek: ConpeekClient, trouble: str
) -> None:
    campaign = sandbox.create_voice_campaign("c", requests=WANTED)
    sandbox.options(conpeek_number_filter="list", conpeek_filter_trouble=trouble)
    assert conpeek.read_requests(campaign, filter=[Condition("contact_number", "48999")]).items == ()
    assert sandbox.stats()["requests"]["conpeek.read_requests"] == 2


def test_a_server_that_heeds_neither_spelling_is_not_believed(sandbox: SandboxControl, conpeek: ConpeekClient) -> None:
    campaign = sandbox.create_voice_campaign("c", requests=WANTED)
    sandbox.options(conpeek_number_filter="none", conpeek_filter_trouble="all")
    with pytest.raises(Broken, match="does not heed the filter by number"):
        conpeek.read_requests(campaign, filter=[Condition("contact_number", "48999000111")])

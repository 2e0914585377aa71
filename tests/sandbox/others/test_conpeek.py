"""The Conpeek server: requests with every documented filter, and what newer servers do besides."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from bpadmin.sandbox.apis import ALL_METHODS
from tests.fixtures_sandbox import SandboxControl
from tests.sandbox.conftest import Kept

UNKNOWN = "5b7c389fe8df7b60af688989"


class Conpeek:
    """Calls methods of the server."""

    def __init__(self, sandbox: SandboxControl, key: str = "sandbox-conpeek-key") -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = key

    def send(self, verb: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Make a request; `body` and what is a list in the query go as JSON."""
        texts = {name: json.dumps(value) if isinstance(value, list) else value for name, value in query.items()}
        return self.session.request(verb, f"{self.sandbox.url}/{path}", json=body, params=texts, timeout=30)

    def read(self, campaign: str, *conditions: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        """Read requests that meet the conditions."""
        if conditions:
            query["filter"] = list(conditions)
        answer = self.send("GET", f"voice_campaign/{campaign}/request", **query)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"data"}
        return answer.json()["data"]

    def names(self, campaign: str, property_name: str, value: Any, **more: Any) -> str:
        """Return the names of the requests that meet one condition, in one word."""
        return "".join(found["name"] for found in self.read(campaign, _condition(property_name, value, **more)))


def _condition(property_name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"property": property_name, "value": value, **more}


@pytest.fixture
def conpeek(sandbox: SandboxControl) -> Iterator[Conpeek]:
    """A client of a server without campaigns."""
    client = Conpeek(sandbox)
    yield client
    client.session.close()


@pytest.fixture
def campaign(conpeek: Conpeek) -> str:
    """A campaign with four requests that differ in whatever can be filtered by."""
    common = {"contact_number": "48600100200", "created_date": "2021-08-10 00:00:00"}
    return conpeek.sandbox.create_voice_campaign(
        "Oddzwonienia",
        dialing_method="PREVIEW",
        requests=[
            {**common, "name": "a", "priority": 100, "custom": {"miasto": "Łódź", "kwota": 7}},
            {**common, "name": "b", "created_date": "2021-08-11 00:00:00", "application_state": "RETRY"},
            {
                **common,
                "name": "c",
                "state": "CLOSED",
                "application_state": "CLOSED",
                "close_reason": "CONSULTANT",
                "closed_date": "2021-09-01 12:00:00",
                "tenant_user_id": 4101,
                "contact_try": 3,
            },
            {
                **common,
                "name": "d",
                "contact_number": "48111",
                "priority": 300,
                "process_not_before": "2021-12-01 00:00:00",
                "assigned_tenant_user_id": 4102,
                "consultant_try": 2,
            },
        ],
    )


def test_it_has_the_documented_method_and_those_of_newer_servers() -> None:
    names = [method.name for method in ALL_METHODS["conpeek"]]

    assert names == ["conpeek.read_requests", "conpeek.add_request", "conpeek.set_recall", "conpeek.read_summary"]


@pytest.mark.parametrize("key", ["", "guessed", "Bearer sandbox-conpeek-key"])
def test_each_method_wants_the_bare_key(conpeek: Conpeek, key: str) -> None:
    stranger = Conpeek(conpeek.sandbox, key)

    answers = {each.name: stranger.send(each.verb, each.path).status_code for each in ALL_METHODS["conpeek"]}

    assert len(answers) == 4
    assert answers == dict.fromkeys(answers, 403)


def test_a_request_has_all_its_fields(conpeek: Conpeek, campaign: str) -> None:
    first = conpeek.read(campaign)[0]

    assert len(first) == 45
    assert len(bytes.fromhex(first["id"])) == len(bytes.fromhex(campaign)) == 12
    assert (first["voice_campaign_id"], first["dialing_method"]) == (campaign, "PREVIEW")
    assert json.loads(first["custom"]) == {"miasto": "Łódź", "kwota": 7}
    assert (first["history"], first["call_history"], first["dialogs"]) == ([], [], [])


def test_fields_can_be_left_out(conpeek: Conpeek, campaign: str) -> None:
    left_out = ["history", "call_history", "dialogs", "custom"]

    assert len(conpeek.read(campaign, exclude=left_out)[0]) == 41


def test_requests_come_page_by_page_in_the_order_they_came_in(conpeek: Conpeek) -> None:
    campaign = conpeek.sandbox.create_voice_campaign("c")
    conpeek.sandbox.create_requests(campaign, count=1100)

    whole = conpeek.read(campaign)
    rest = conpeek.read(campaign, limit=1000, offset=1000)

    assert (len(whole), len(rest)) == (1000, 100)
    assert conpeek.read(campaign, limit=10000) == whole + rest
    times = [one["created_date"] for one in whole + rest]
    assert times == sorted(times)
    assert conpeek.read(campaign, limit=2, offset=1099) == rest[-1:]


FILTERS: list[tuple[str, Any, dict[str, Any], str]] = [
    ("created_date", "2021-08-11 00:00:00", {"operator": "gte"}, "b"),
    ("created_date", "2021-08-10 00:00:00", {"operator": "lte"}, "acd"),
    ("created_date", "2021-08-11 00:00:00", {}, "b"),
    ("closed_date", "2021-09-01 12:00:00", {"operator": "gte"}, "c"),
    ("closed_date", "2021-08-31 00:00:00", {"operator": "lte"}, ""),
    ("process_not_before", "2021-12-01 00:00:00", {"operator": "lte"}, "d"),
    ("state", ["CLOSED", "PROCESSING"], {}, "c"),
    ("application_state", ["NEW", "RETRY"], {}, "abd"),
    ("contact_number", "48111", {}, "d"),
    ("contact_number", 48111, {}, "d"),
    ("contact_number", [48600100200], {}, "abc"),
    ("dialing_method", "PREVIEW", {}, "abcd"),
    ("dialing_method", "PREDICTIVE", {}, ""),
    ("tenant_user_id", [4101, 4102], {}, "c"),
    ("assigned_tenant_user_id", [4102], {}, "d"),
    ("close_reason", ["CONSULTANT"], {}, "c"),
    ("custom_fields", "Łódź", {"key": "miasto"}, "a"),
    ("custom_fields", "7", {"key": "kwota"}, "a"),
    ("custom_fields", "Łódź", {"key": "kwota"}, ""),
    ("priority", 200, {"operator": "gt"}, "d"),
    ("priority", 200, {"operator": "gte"}, "bcd"),
    ("priority", 200, {"operator": "lt"}, "a"),
    ("priority", 200, {"operator": "lte"}, "abc"),
    ("priority", 200, {"operator": "eq"}, "bc"),
    ("priority", 200, {"operator": "ne"}, "ad"),
    ("priority", 200, {}, "bc"),
    ("consultant_try", 2, {"operator": "gte"}, "d"),
    ("contact_try", 3, {"operator": "eq"}, "c"),
]


def test_every_documented_filter_finds_what_it_says(conpeek: Conpeek, campaign: str) -> None:
    found = [(name, value, more, conpeek.names(campaign, name, value, **more)) for name, value, more, _ in FILTERS]

    assert found == FILTERS


def test_conditions_add_up(conpeek: Conpeek, campaign: str) -> None:
    narrow = [_condition("state", ["OPEN"]), _condition("priority", 100, operator="gt")]

    assert [one["name"] for one in conpeek.read(campaign, *narrow)] == ["b", "d"]


@pytest.mark.parametrize(
    "wrong",
    [
        "no json",
        '{"property": "state"}',
        '["state"]',
        '[{"property": "state"}]',
        '[{"property": "colour", "value": "red"}]',
        '[{"property": "state", "value": "OPEN"}]',
        '[{"property": "state", "value": ["OPENED"]}]',
        '[{"property": "state", "value": ["OPEN"], "operator": "ne"}]',
        '[{"property": "created_date", "value": "2021-08-10"}]',
        '[{"property": "created_date", "value": "2021-02-30 00:00:00"}]',
        '[{"property": "created_date", "value": "2021-08-10 00:00:00", "operator": "gt"}]',
        '[{"property": "priority", "value": "200"}]',
        '[{"property": "tenant_user_id", "value": [true]}]',
        '[{"property": "custom_fields", "value": "x"}]',
        '[{"property": "priority", "value": 1, "comparison": "gt"}]',
    ],
)
def test_a_malformed_filter_is_a_bad_request(conpeek: Conpeek, campaign: str, wrong: str) -> None:
    answer = conpeek.send("GET", f"voice_campaign/{campaign}/request", filter=wrong)

    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("query", [{"limit": "many"}, {"offset": -1}, {"exclude": "history"}, {"exclude": [1]}])
def test_a_malformed_parameter_is_a_bad_request(conpeek: Conpeek, campaign: str, query: dict[str, Any]) -> None:
    assert conpeek.send("GET", f"voice_campaign/{campaign}/request", **query).status_code == 400


def test_what_is_not_there_is_not_found(conpeek: Conpeek, campaign: str) -> None:
    for verb, path in (
        ("GET", f"voice_campaign/{UNKNOWN}/request"),
        ("POST", f"voice_campaign/{UNKNOWN}/request"),
        ("POST", f"voice_campaign/{campaign}/request/{UNKNOWN}/set_recall"),
        ("GET", f"voice_campaign/{campaign}"),
        ("DELETE", f"voice_campaign/{campaign}/request"),
    ):
        assert conpeek.send(verb, path).status_code == 404


def test_a_request_is_added(conpeek: Conpeek, campaign: str) -> None:
    data = {"name": "Ewa", "contact_number": "48600", "contact_identifier": "K1", "note": "oddzwonić"}

    made = conpeek.send("POST", f"voice_campaign/{campaign}/request", {"data": data}).json()["data"]

    assert {name: made[name] for name in data} == data
    assert (made["state"], made["application_state"], made["priority"]) == ("OPEN", "NEW", 200)
    assert conpeek.read(campaign)[-1] == made
    for wrong in ({}, {"data": {"name": "x"}}, {"data": {**data, "colour": "red"}}, []):
        assert conpeek.send("POST", f"voice_campaign/{campaign}/request", wrong).status_code == 400


def test_a_closed_request_is_called_again(conpeek: Conpeek, campaign: str) -> None:
    closed = next(one for one in conpeek.read(campaign) if one["name"] == "c")
    body = {
        "process_not_before": "2021-10-01 08:00:00",
        "process_time": "RANGE",
        "process_from_time": 36000,
        "process_to_time": 64800,
        "assign_to": "piotr.zielinski",
        "set_priority": {"type": "ADD", "value": 50},
    }

    answer = conpeek.send("POST", f"voice_campaign/{campaign}/request/{closed['id']}/set_recall", body)

    assert (answer.status_code, answer.json()) == (202, {"success": True})
    again = next(one for one in conpeek.read(campaign) if one["name"] == "c")
    assert (again["state"], again["application_state"], again["closed_date"]) == ("OPEN", "RECALL", None)
    assert (again["priority"], again["process_from_time"], again["assigned_tenant_user_id"]) == (250, 36000, 4102)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"process_not_before": "soon"}, 403),
        ({"process_from_time": 90_000}, 403),
        ({"process_days": "MONDAY"}, 403),
        ({"set_priority": {"type": "DOUBLE", "value": 1}}, 403),
        ({"colour": "red"}, 403),
        ({"assign_to": 1}, 404),
    ],
    ids=str,
)
def test_a_recall_that_cannot_be_is_refused(conpeek: Conpeek, campaign: str, body: dict[str, Any], status: int) -> None:
    before = conpeek.read(campaign)

    refused = conpeek.send("POST", f"voice_campaign/{campaign}/request/{before[0]['id']}/set_recall", body)

    assert refused.status_code == status
    assert conpeek.read(campaign) == before


def test_a_request_that_is_being_called_cannot_be_recalled(conpeek: Conpeek, campaign: str) -> None:
    [busy] = conpeek.sandbox.create_requests(campaign, [{"contact_number": "1", "state": "PROCESSING"}])

    assert conpeek.send("POST", f"voice_campaign/{campaign}/request/{busy}/set_recall", {}).status_code == 403


def test_a_summary_goes_over_all_campaigns(conpeek: Conpeek, campaign: str) -> None:
    other = conpeek.sandbox.create_voice_campaign("other", requests=[{"contact_number": "5"}])
    conpeek.sandbox.create_requests(other, count=150)

    def summed(*conditions: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        answer = conpeek.send("GET", "voice_campaign_request_summary", filter=list(conditions), **query)
        assert answer.status_code == 200
        return answer.json()["data"]

    assert len(summed()) == 100
    assert len(summed(limit=1000, offset=1)) == 154
    assert len(summed(_condition("voice_campaign_id_list", [campaign]))) == 4
    assert [one["call_count"] for one in summed(_condition("contact_number_list", ["5", "48111"]))] == [0, 0]
    closed = _condition("closed_date", "2021-09-01 12:00:00", operator="gt")
    assert campaign not in {one["voice_campaign_id"] for one in summed(closed, limit=1000)}
    wrong = conpeek.send("GET", "voice_campaign_request_summary", filter=[_condition("state", ["OPEN"])])
    assert wrong.status_code == 400


def test_an_older_server_only_reads(conpeek: Conpeek, campaign: str) -> None:
    conpeek.sandbox.options(conpeek_newer=False)

    assert conpeek.send("POST", f"voice_campaign/{campaign}/request", {"data": {}}).status_code == 404
    assert conpeek.send("GET", "voice_campaign_request_summary").status_code == 404
    assert len(conpeek.read(campaign)) == 4


@pytest.mark.parametrize(("kind", "status"), [("http_502", 502), ("rate_limit", 429), ("revoke_token", 403)])
def test_faults_strike_by_the_names_of_its_methods(conpeek: Conpeek, campaign: str, kind: str, status: int) -> None:
    conpeek.sandbox.faults([{"kind": kind, "times": 1, "methods": ["conpeek.read_requests"]}])

    assert conpeek.send("GET", f"voice_campaign/{campaign}/request").status_code == status
    assert len(conpeek.read(campaign)) == 4
    assert conpeek.sandbox.stats()["requests"] == {"conpeek.read_requests": 2}


def test_what_was_added_and_recalled_survives(kept: Kept) -> None:
    conpeek = Conpeek(kept.start().sandbox)
    campaign = conpeek.sandbox.conpeek_state()[0]["id"]
    closed = conpeek.read(campaign, _condition("state", ["CLOSED"]))[0]["id"]
    data = {"name": "Ewa", "contact_number": "48600"}
    added = conpeek.send("POST", f"voice_campaign/{campaign}/request", {"data": data}).json()["data"]["id"]
    conpeek.send("POST", f"voice_campaign/{campaign}/request/{closed}/set_recall", {"process_time": "ANY"})
    before = conpeek.sandbox.dump_requests(campaign)
    kept.end(signal.SIGKILL)

    after = Conpeek(kept.start().sandbox).sandbox.dump_requests(campaign)

    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert after[-1]["id"] == added
    assert after[:-1] == before[:-1]

"""The private prefix: reset, seeds, clock, options, dumps, statistics."""

from __future__ import annotations

import threading
import urllib.error

import pytest

from tests.fixtures_sandbox import SandboxControl
from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer


def test_a_reset_empties_everything_and_ends_tokens(seeded: Api) -> None:
    seeded.sandbox.faults([{"kind": "http_500"}])
    seeded.sandbox.reset()

    state = seeded.sandbox.state()
    assert state["campaigns"] == state["lists"] == state["dnc"] == []
    assert seeded.refusal("GET", "campaign/getAll")[0] == 401
    assert seeded.sign_in().get("campaign/getAll") == []


def test_the_small_seed_is_the_same_every_time(sandbox: SandboxControl) -> None:
    sandbox.seed("small")
    first = sandbox.state()
    records = sandbox.dump(first["lists"][0]["id"])

    sandbox.seed("small")

    assert sandbox.state() == first
    assert sandbox.dump(first["lists"][0]["id"]) == records


def test_an_unknown_seed_option_or_action_is_refused(sandbox: SandboxControl) -> None:
    for verb, path, body, status in (
        ("POST", "seed", {"size": "huge"}, 400),
        ("POST", "options", {"weather": "fine"}, 400),
        ("POST", "nothing", {}, 404),
        ("GET", "reset", None, 405),
        ("GET", "dump/lists/NOPE", None, 404),
        ("GET", "dump/dnc/NOPE", None, 404),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            sandbox.control(verb, path, body)
        assert refused.value.code == status


def test_the_prefix_explains_itself(sandbox: SandboxControl) -> None:
    shown = sandbox.control("GET", "")

    assert shown["credentials"] == sandbox.credentials
    assert shown["others"]["jtel"] == {"clients_id": sandbox.jtel_client, "token": sandbox.jtel_token}
    assert (shown["others"]["conpeek"]["key"], shown["others"]["v1"]["tenant_url"]) == (
        sandbox.conpeek_key,
        sandbox.tenant_url,
    )
    assert "POST /__sandbox__/faults" in shown["control"]
    assert shown["users"]["viewer-only"] == ["Manage all services and campaigns"]


def test_fields_may_be_given_in_snake_case(sandbox: SandboxControl) -> None:
    fields = [
        {"name": "phone", "type": "PHONE", "phone_type": "OTHER", "remove_prefix": "0", "default_country_code": "49"},
        {"name": "when", "type": "DATETIME", "date_format": "yyyy-MM-dd", "phone_type": "", "time_zone": ""},
        {"name": "plain"},
    ]

    held = sandbox.create_list("l", fields, records=[{"phone": "030 1", "when": "2025-01-01", "plain": "x"}])

    assert sandbox.dump(held) == [{"phone": "49301", "when": "2025-01-01", "plain": "x"}]


def test_statistics_count_by_method_status_and_token(api: Api) -> None:
    before = api.sandbox.stats()
    assert before["token_requests"] == 1

    api.get("campaign/getAll")
    api.refusal("GET", "campaign/getCampaign/NOPE")
    api.refusal("GET", "nothing")

    after = api.sandbox.stats()
    assert after["requests"] == {"get_access_token": 1, "get_campaigns": 1, "get_campaign": 1, "unknown": 1}
    assert after["statuses"] == {"200": 2, "404": 2}
    assert after["requests_total"] == 4


def test_a_long_list_is_dumped_record_for_record(api: Api, customers: str) -> None:
    rows = [customer(n, age=n, due="", city="ü" * (n % 3)) for n in range(5000)]
    for start in range(0, 5000, 1000):
        api.add(customers, rows[start : start + 1000])

    assert api.sandbox.dump(customers) == rows


def test_latency_holds_up_each_request_but_not_the_others(api: Api) -> None:
    api.sandbox.latency(0.3)
    answers: list[float] = []

    def ask() -> None:
        answers.append(Api(api.sandbox).sign_in().send("GET", "campaign/getAll").elapsed.total_seconds())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # One after the other, eight pairs of requests would take at least 4.8 seconds; each still takes its own latency.
    assert min(answers) >= 0.3
    assert len(answers) == 8


def test_several_lanes_at_once_lose_and_double_nothing(api: Api, customers: str) -> None:
    def lane(number: int) -> None:
        client = Api(api.sandbox).sign_in()
        for start in range(number * 1000, number * 1000 + 1000, 100):
            client.add(customers, [customer(n) for n in range(start, start + 100)])

    threads = [threading.Thread(target=lane, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(record["id"] for record in api.sandbox.dump(customers)) == sorted(f"N{n}" for n in range(4000))


def test_records_given_with_a_list_must_be_good(sandbox: SandboxControl) -> None:
    with pytest.raises(urllib.error.HTTPError):
        sandbox.create_list("l", CUSTOMER_FIELDS, records=[{"id": ""}])

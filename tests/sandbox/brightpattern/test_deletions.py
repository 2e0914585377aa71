"""Deleting records by jobs that take time."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.sandbox.clock import moment, stamp
from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer


@pytest.fixture
def filled(api: Api, customers: str) -> str:
    """A list of a hundred customers of two cities."""
    api.add(customers, [customer(n, city="Berlin" if n % 4 else "Paris") for n in range(100)])
    return customers


def _finish(api: Api, started: dict[str, Any]) -> dict[str, Any]:
    api.sandbox.advance(started["estimated_time"])
    return api.get(f"job/{started['job']}")


def test_a_deletion_takes_time_and_tells_how_far_it_is(api: Api, filled: str) -> None:
    api.sandbox.options(delete_min_seconds=100)

    started = api.post(f"callinglist/deleteAll/{filled}")
    assert started["estimated_time"] == 100
    assert len(started["job"]) == 24

    api.sandbox.advance(50)
    half = api.get(f"job/{started['job']}")
    assert half["job_complete"] == "processing"
    assert 50 <= half["completion_percentage"] <= 60
    assert set(half) == {"completion_percentage", "job_complete"}
    assert 40 <= api.get(f"callinglist/getList/{filled}")["totalRecords"] <= 50

    api.sandbox.advance(50)
    assert api.get(f"job/{started['job']}") == {
        "completion_percentage": 100,
        "job_complete": "complete",
        "deleted": 100,
    }
    assert api.sandbox.dump(filled) == []


def test_a_list_deletes_one_job_at_a_time(api: Api, filled: str) -> None:
    api.sandbox.options(delete_min_seconds=100)
    started = api.post(f"callinglist/deleteAll/{filled}")

    assert api.refusal("POST", f"callinglist/deleteAll/{filled}")[:2] == (409, "conflict")
    assert api.refusal("POST", f"callinglist/delete/{filled}", {"fields": {"id": "N1"}})[0] == 409

    _finish(api, started)
    assert api.post(f"callinglist/deleteAll/{filled}")["job"] != started["job"]


def test_records_added_after_the_start_stay(api: Api, filled: str) -> None:
    started = api.post(f"callinglist/deleteAll/{filled}")
    api.add(filled, [customer(500)])

    assert _finish(api, started)["deleted"] == 100
    assert [record["id"] for record in api.sandbox.dump(filled)] == ["N500"]


def test_a_deleted_key_is_free_again(api: Api, filled: str) -> None:
    _finish(api, api.post(f"callinglist/deleteAll/{filled}"))

    assert api.add(filled, [customer(1)]) == {"added": 1}
    assert api.get(f"callinglist/getList/{filled}")["totalRecords"] == 1


def test_an_empty_list_has_nothing_to_delete(api: Api, customers: str) -> None:
    assert _finish(api, api.post(f"callinglist/deleteAll/{customers}"))["deleted"] == 0


@pytest.mark.parametrize(
    ("body", "deleted"),
    [
        ({"fields": {"id": ["N1", "N2", "N200"]}}, 2),
        ({"fields": {"id": "N1"}}, 1),
        ({"fields": {"city": ["Paris"]}}, 25),
        ({"fields": {"city": ["Paris", "Berlin"]}}, 100),
        ({"fields": {"city": ["paris"]}}, 0),
        ({"fields": {"city": ["Paris"], "id": ["N3", "N4"]}}, 1),
        ({}, 0),
    ],
    ids=str,
)
def test_a_filter_deletes_what_meets_all_of_it(api: Api, filled: str, body: dict[str, Any], deleted: int) -> None:
    assert _finish(api, api.post(f"callinglist/delete/{filled}", body))["deleted"] == deleted

    assert len(api.sandbox.dump(filled)) == 100 - deleted


def test_records_are_filtered_by_when_they_were_made(api: Api, customers: str) -> None:
    api.add(customers, [customer(1)])
    api.sandbox.advance(100)
    now = api.sandbox.control("POST", "clock", {"advance_seconds": 0})["now_ms"]
    api.sandbox.advance(100)
    api.add(customers, [customer(2)])

    body = {"createdFrom": stamp(now), "createdTo": stamp(now + 3_600_000)}
    assert _finish(api, api.post(f"callinglist/delete/{customers}", body))["deleted"] == 1
    assert [record["id"] for record in api.sandbox.dump(customers)] == ["N1"]
    _finish(api, api.post(f"callinglist/delete/{customers}", {"createdTo": stamp(now)}))
    assert api.sandbox.dump(customers) == []


@pytest.mark.parametrize(
    ("policy", "left"), [("ALL", 0), ("ONLY_NEVER_ATTEMPTED", 5), ("ONLY_COMPLETED", None), ("", 0)]
)
def test_records_are_filtered_by_campaign_result(api: Api, policy: str, left: int | None) -> None:
    campaign = api.sandbox.create_campaign("c", running=True, rate=0.1)
    records = [customer(n) for n in range(20)]
    held = api.sandbox.create_list("l", CUSTOMER_FIELDS, bind=[campaign], records=records)
    api.sandbox.advance(55)
    api.post(f"campaign/stop/{campaign}")
    instance = api.get(f"campaign/getCampaign/{campaign}")["lists"][0]["instanceId"]
    body = {"instanceId": instance, "limit": 1000}
    completed = api.post(f"campaign/getCompletedRecords/{campaign}", body)["records"]
    called = api.post(f"campaign/getUpdatedRecords/{campaign}", body)["records"]
    assert len(called) == 5

    by_result = {"campaignId": campaign, "policy": policy}
    _finish(api, api.post(f"callinglist/delete/{held}", {"byCampaignResult": by_result}))

    expected = 20 - len(completed) if left is None else left
    assert len(api.sandbox.dump(held)) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {"name": ["x"]}},
        {"fields": {"nope": ["x"]}},
        {"fields": {"id": []}},
        {"fields": {"id": [True]}},
        {"fields": []},
        {"byCampaignResult": {}},
        {"byCampaignResult": "ALL"},
        {"createdFrom": "yesterday"},
        {"createdFrom": "2025-01-02T00:00:00.000", "createdTo": "2025-01-01T00:00:00.000"},
        {"created": "2025-01-02T00:00:00.000"},
    ],
    ids=str,
)
def test_a_wrong_filter_is_a_bad_request_and_deletes_nothing(api: Api, filled: str, body: dict[str, Any]) -> None:
    assert api.refusal("POST", f"callinglist/delete/{filled}", body)[:2] == (400, "bad_request")
    assert api.get(f"callinglist/getList/{filled}")["totalRecords"] == 100


def test_a_campaign_in_the_filter_must_exist_and_have_the_list(api: Api, filled: str) -> None:
    other = api.sandbox.create_campaign("other")
    path = f"callinglist/delete/{filled}"

    assert api.refusal("POST", path, {"byCampaignResult": {"campaignId": "NOPE"}})[0] == 404
    assert api.refusal("POST", path, {"byCampaignResult": {"campaignId": other}})[0] == 409
    wrong = {"byCampaignResult": {"campaignId": other, "policy": "SOME"}}
    assert api.refusal("POST", path, wrong)[0] == 400


def test_a_phone_in_the_filter_matches_as_it_is_stored(seeded: Api) -> None:
    held = seeded.sandbox.list_id("Customers.csv")

    started = seeded.post(f"callinglist/delete/{held}", {"fields": {"phone": ["(650) 555-0003", "16505550004"]}})

    assert _finish(seeded, started)["deleted"] == 2


def test_a_failed_job_says_why(api: Api, filled: str) -> None:
    api.sandbox.options(fail_delete_jobs=True)

    job = _finish(api, api.post(f"callinglist/deleteAll/{filled}"))

    assert job["job_complete"] == "failed"
    assert job["completion_percentage"] == 50
    assert job["error_message"]
    assert "deleted" not in job
    assert len(api.sandbox.dump(filled)) == 50


def test_a_job_whose_list_is_deleted_fails(api: Api, filled: str) -> None:
    started = api.post(f"callinglist/deleteAll/{filled}")
    api.send("DELETE", f"callinglist/deleteList/{filled}")

    assert _finish(api, started)["job_complete"] == "failed"


def test_an_unknown_job_is_not_found(api: Api) -> None:
    assert api.refusal("GET", "job/664f86eb65d0ccc8a05042d0")[0] == 404


def test_a_deletion_answers_a_trailing_comment_when_asked_for_the_documents_oddities(api: Api, filled: str) -> None:
    api.sandbox.options(document_oddities=True)

    answer = api.send("POST", f"callinglist/deleteAll/{filled}").text

    assert answer.startswith('{\n"job": "')
    assert answer.endswith('"estimated_time": 1 // in seconds\n}')


def test_times_survive_being_written_and_read() -> None:
    assert stamp(1_674_161_195_007) == "2023-01-19T20:46:35.007"
    assert moment("2023-01-19T20:46:35.007") == 1_674_161_195_007
    assert moment("2023-02-30T00:00:00.000") is None
    assert moment("2023-01-19T20:46:35") is None

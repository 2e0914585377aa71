"""Campaign results: status and attempts, cursors, and what changes while a campaign runs."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer


class Dialling:
    """A campaign with one bound list of customers."""

    def __init__(self, api: Api, count: int, **options: Any) -> None:
        self.api = api
        self.campaign = api.sandbox.create_campaign("dialling", **options)
        body = {"name": "l", "fields": CUSTOMER_FIELDS, "bind": [self.campaign]}
        made = api.sandbox.control("POST", "lists", {**body, "records": [customer(n) for n in range(count)]})
        self.list, self.instance = made["id"], made["instances"][self.campaign]

    def ask(self, method: str, **body: Any) -> Any:
        """Call a campaign method about the instance."""
        return self.api.post(f"campaign/{method}/{self.campaign}", {"instanceId": self.instance, **body})

    def walk(self, method: str, limit: int, **body: Any) -> list[dict[str, Any]]:
        """Read all pages."""
        records: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.ask(method, limit=limit, cursor=cursor, **body)
            records += page["records"]
            assert len(page["records"]) <= limit
            if "next_cursor" not in page:
                return records
            assert len(page["records"]) == limit
            cursor = page["next_cursor"]


@pytest.fixture
def idle(api: Api) -> Dialling:
    """A stopped campaign with five records that nobody called."""
    return Dialling(api, 5)


@pytest.fixture
def worked(api: Api) -> Dialling:
    """A stopped campaign that called each of sixty records, and some of them again."""
    dialling = Dialling(api, 60, running=True, rate=0.01, custom_fields=["score"])
    for _ in range(10):
        api.sandbox.advance(1000)
        api.sign_in()
        api.get("campaign/getAll")
    api.post(f"campaign/stop/{dialling.campaign}")
    return dialling


def test_a_record_never_called_shows_an_empty_status(idle: Dialling) -> None:
    record = idle.ask("getAllRecords", limit=1000, extractAttempts=True)["records"][0]

    assert record["entry"]["id"] == "N0"
    assert record["status"] == {
        "globalInteractionID": "",
        "lastCallDuration": 0,
        "lastDisposition": "",
        "totalAttempts": 0,
        "completed": False,
        "completedTime": "",
        "lastAgent": "",
        "lastPhone": "",
        "lastDate": "",
    }
    assert record["attempts"] == []


def test_attempts_are_shown_when_asked_for(worked: Dialling) -> None:
    plain = worked.ask("getAllRecords", limit=1000)["records"]
    full = worked.ask("getAllRecords", limit=1000, extractAttempts=True)["records"]

    assert all("attempts" not in record for record in plain)
    assert sum(record["status"]["totalAttempts"] for record in full) > 60
    for record in full:
        status, attempts = record["status"], record["attempts"]
        assert len(attempts) == status["totalAttempts"]
        if attempts:
            last = attempts[-1]
            assert (status["lastDisposition"], status["lastDate"]) == (last["disposition"], last["date"])
            assert status["globalInteractionID"] == last["globalInteractionID"]
            assert status["lastPhone"] == record["entry"]["phone"]
            assert bool(status["completedTime"]) is status["completed"]
            assert "custom_score" in status
            assert set(last) >= {"call_attempted", "callDuration", "dialingDuration", "agent", "CPAResult", "callNotes"}


@pytest.mark.parametrize("limit", [1, 7, 60, 1000])
def test_all_records_come_once_and_in_order_whatever_the_page(worked: Dialling, limit: int) -> None:
    ids = [record["entry"]["id"] for record in worked.walk("getAllRecords", limit)]

    assert ids == [f"N{n}" for n in range(60)]


@pytest.mark.parametrize("limit", [1, 9, 1000])
def test_completed_records_come_by_time_of_completion(worked: Dialling, limit: int) -> None:
    completed = worked.walk("getCompletedRecords", limit)

    times = [record["status"]["completedTime"] for record in completed]
    assert times == sorted(times)
    assert all(record["status"]["completed"] for record in completed)
    everything = worked.walk("getAllRecords", 1000)
    assert {r["entry"]["id"] for r in completed} == {r["entry"]["id"] for r in everything if r["status"]["completed"]}


@pytest.mark.parametrize("limit", [1, 9, 1000])
def test_updated_records_come_by_time_of_the_last_attempt(worked: Dialling, limit: int) -> None:
    updated = worked.walk("getUpdatedRecords", limit)

    times = [record["status"]["lastDate"] for record in updated]
    assert times == sorted(times)
    everything = worked.walk("getAllRecords", 1000)
    assert len(updated) == sum(record["status"]["totalAttempts"] > 0 for record in everything)


def test_start_time_is_included_and_end_time_is_not(worked: Dialling) -> None:
    times = [record["status"]["lastDate"] for record in worked.walk("getUpdatedRecords", 1000)]

    between = worked.walk("getUpdatedRecords", 3, startTime=times[5], endTime=times[15])

    assert [record["status"]["lastDate"] for record in between] == times[5:15]


def test_a_cursor_of_a_record_deleted_meanwhile_goes_on_behind_it(worked: Dialling) -> None:
    page = worked.ask("getAllRecords", limit=10)
    worked.api.post(f"callinglist/erase/{worked.list}", {"fields": {"id": "N10"}, "reason": "r"})

    following = worked.ask("getAllRecords", limit=10, cursor=page["next_cursor"])

    assert following["records"][0]["entry"]["id"] == "N11"


@pytest.mark.parametrize("method", ["getAllRecords", "getCompletedRecords", "getUpdatedRecords"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"limit": 0},
        {"limit": 1001},
        {"limit": "10"},
        {"limit": 1, "cursor": "abc"},
        {"limit": 1, "cursor": "2023-01-10T12:13:59.001_zz"},
        {"limit": 1, "extractAttempts": "yes"},
        {"limit": 1, "page": 2},
    ],
    ids=str,
)
def test_a_wrong_parameter_is_a_bad_request(idle: Dialling, method: str, body: dict[str, Any]) -> None:
    path = f"campaign/{method}/{idle.campaign}"

    assert idle.api.refusal("POST", path, {"instanceId": idle.instance, **body})[:2] == (400, "bad_request")


def test_a_time_that_cannot_be_read_is_named(idle: Dialling) -> None:
    path = f"campaign/getUpdatedRecords/{idle.campaign}"
    body = {"instanceId": idle.instance, "limit": 1, "startTime": "yesterday"}

    assert idle.api.refusal("POST", path, body)[2] == 'Unparseable date: "yesterday"'


@pytest.mark.parametrize("method", ["getAllRecords", "getCompletedRecords", "getUpdatedRecords", "queryRecord"])
def test_an_instance_that_is_not_bound_is_a_conflict(idle: Dialling, method: str) -> None:
    other = idle.api.sandbox.create_campaign("other")
    body: dict[str, Any] = {"limit": 1} if method != "queryRecord" else {"fields": {"id": "N1"}}

    assert idle.api.refusal("POST", f"campaign/{method}/{other}", {"instanceId": idle.instance, **body})[0] == 409
    assert idle.api.refusal("POST", f"campaign/{method}/{idle.campaign}", {"instanceId": "NOPE", **body})[0] == 409
    assert idle.api.refusal("POST", f"campaign/{method}/{idle.campaign}", body)[0] == 400


def test_a_record_is_queried_by_its_key_alone(idle: Dialling) -> None:
    record = idle.ask("queryRecord", fields={"id": "N3", "name": "does not matter"})

    assert record["entry"]["id"] == "N3"
    assert "attempts" not in record
    assert idle.ask("queryRecord", fields={"id": "N3"}, extractAttempts=True)["attempts"] == []


def test_a_query_needs_the_key_of_a_record_that_is_there(idle: Dialling) -> None:
    path = f"campaign/queryRecord/{idle.campaign}"

    assert idle.api.refusal("POST", path, {"instanceId": idle.instance, "fields": {"id": "N9"}})[0] == 404
    assert idle.api.refusal("POST", path, {"instanceId": idle.instance, "fields": {"name": "Name 1"}})[0] == 400
    assert idle.api.refusal("POST", path, {"instanceId": idle.instance})[0] == 400


def test_results_change_while_a_campaign_runs_and_rest_when_it_stops(idle: Dialling) -> None:
    api = idle.api

    api.post(f"campaign/start/{idle.campaign}")
    api.sandbox.advance(3)
    called = len(idle.walk("getUpdatedRecords", 1000))
    assert called >= 3

    api.post(f"campaign/stop/{idle.campaign}")
    before = idle.walk("getUpdatedRecords", 1000)
    api.sandbox.advance(60)
    assert idle.walk("getUpdatedRecords", 1000) == before


def test_a_disabled_instance_is_not_dialled(idle: Dialling) -> None:
    idle.api.patch(f"campaign/updateList/{idle.campaign}", {"instanceId": idle.instance, "enabled": False})

    idle.api.post(f"campaign/start/{idle.campaign}")
    idle.api.sandbox.advance(60)

    assert idle.walk("getUpdatedRecords", 1000) == []


def test_records_added_while_a_campaign_runs_are_dialled_too(idle: Dialling) -> None:
    idle.api.post(f"campaign/start/{idle.campaign}")
    idle.api.sandbox.advance(60)
    idle.api.get("campaign/getAll")

    idle.api.add(idle.list, [customer(77)])
    idle.api.sandbox.advance(60)

    assert idle.ask("queryRecord", fields={"id": "N77"})["status"]["totalAttempts"] == 1


def test_a_dnc_match_is_completed_without_a_call(seeded: Api) -> None:
    campaign = seeded.sandbox.campaign_id("Renewals")
    instance = seeded.get(f"campaign/getCampaign/{campaign}")["lists"][0]["instanceId"]
    seeded.sandbox.advance(3000)
    seeded.sign_in()

    body = {"instanceId": instance, "fields": {"id": "C00100"}, "extractAttempts": True}
    record = seeded.post(f"campaign/queryRecord/{campaign}", body)

    assert record["entry"]["phone"] == "16505550100"
    assert record["status"]["lastDisposition"] == "Number matches DNC"
    assert record["status"]["completed"] is True
    assert record["attempts"][0]["call_attempted"] is False


def test_times_rise_by_at_least_a_millisecond(worked: Dialling) -> None:
    times = [
        datetime.fromisoformat(attempt["date"])
        for record in worked.walk("getAllRecords", 1000, extractAttempts=True)
        for attempt in record["attempts"]
    ]

    assert all(earlier < later for earlier, later in pairwise(sorted(times)))


def test_an_unbound_list_keeps_no_results(worked: Dialling) -> None:
    api = worked.api
    api.post(f"campaign/unbindList/{worked.campaign}", {"instanceId": worked.instance})

    worked.instance = api.post(f"campaign/bindList/{worked.campaign}", {"listId": worked.list})["instanceId"]

    assert worked.walk("getUpdatedRecords", 1000) == []

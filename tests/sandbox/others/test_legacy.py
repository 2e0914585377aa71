"""The deprecated list methods and their oddities."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer


@pytest.fixture
def bound(api: Api) -> tuple[str, str]:
    """A list of 20 customers bound to a campaign that called some; list id and campaign id."""
    campaign = api.sandbox.create_campaign("c", running=True, rate=0.1, custom_fields=["score"])
    held = api.sandbox.create_list("l", CUSTOMER_FIELDS, bind=[campaign], records=[customer(n) for n in range(20)])
    api.sandbox.advance(105)
    api.post(f"campaign/stop/{campaign}")
    return held, campaign


def test_records_come_from_an_index_on(api: Api, bound: tuple[str, str]) -> None:
    page = api.post("callinglist/getAll/{}/{}".format(*bound), {"fromIndex": 5, "maxSize": 3})

    assert [(record["index"], record["entry"]["id"]) for record in page] == [(5, "N5"), (6, "N6"), (7, "N7")]
    assert "custom_score" not in page[0]["status"]


def test_numbers_may_be_strings(api: Api, bound: tuple[str, str]) -> None:
    assert len(api.post("callinglist/getAll/{}/{}".format(*bound), {"fromIndex": "18", "maxSize": "100"})) == 2


def test_an_index_past_the_end_gives_nothing(api: Api, bound: tuple[str, str]) -> None:
    assert api.post("callinglist/getAll/{}/{}".format(*bound), {"fromIndex": 20, "maxSize": 1}) == []


def test_a_record_never_called_has_a_short_status(api: Api, bound: tuple[str, str]) -> None:
    page = api.post("callinglist/getAll/{}/{}".format(*bound), {"fromIndex": 0, "maxSize": 1000})

    assert page[-1]["status"] == {"totalAttempts": 0, "completed": False}
    assert page[0]["status"]["totalAttempts"] >= 1


def test_changed_records_carry_their_attempts(api: Api, bound: tuple[str, str]) -> None:
    body = {"fromTime": "2013-03-01T13:15:06.456", "maxSize": "100"}

    changed = api.post("callinglist/getChanged/{}/{}".format(*bound), body)

    assert len(changed) == 10
    first = changed[0]
    assert set(first) == {
        "entry",
        "completed",
        "recordDisposition",
        "recordDispositionCode",
        "totalAttempts",
        "attempts",
    }
    assert len(first["attempts"]) == first["totalAttempts"]
    assert "dispositionCode" in first["attempts"][0]
    assert "CPAResult" not in first["attempts"][0]
    assert len(api.post("callinglist/getChanged/{}/{}".format(*bound), {**body, "maxSize": 4})) == 4


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("getAll", {"maxSize": 1}),
        ("getAll", {"fromIndex": 0}),
        ("getAll", {"fromIndex": 0, "maxSize": 1001}),
        ("getAll", {"fromIndex": "x", "maxSize": 1}),
        ("getAll", {"fromIndex": -1, "maxSize": 1}),
        ("getChanged", {"maxSize": 1}),
        ("getChanged", {"fromTime": "soon", "maxSize": 1}),
        ("getChanged", {"fromTime": "2013-03-01T13:15:06.456"}),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_a_bad_request(
    api: Api, bound: tuple[str, str], method: str, body: dict[str, Any]
) -> None:
    assert api.refusal("POST", "callinglist/{}/{}/{}".format(method, *bound), body)[:2] == (400, "bad_request")


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("getAll", {"fromIndex": 0, "maxSize": 1}),
        ("getChanged", {"fromTime": "2013-03-01T13:15:06.456", "maxSize": 1}),
    ],
)
def test_a_list_that_is_not_bound_gives_an_empty_array(
    api: Api, bound: tuple[str, str], method: str, body: dict[str, Any]
) -> None:
    other = api.sandbox.create_campaign("other")

    assert api.post(f"callinglist/{method}/{bound[0]}/{other}", body) == []
    assert api.refusal("POST", f"callinglist/{method}/{bound[0]}/aaa", body)[0] == 404
    assert api.refusal("POST", f"callinglist/{method}/NOPE/{other}", body)[0] == 404


def test_a_record_can_be_queried_with_any_string_for_the_campaign(api: Api, bound: tuple[str, str]) -> None:
    found = api.post(f"callinglist/get/{bound[0]}/aaa", {"id": "N3", "city": "ignored"})

    assert set(found) == {"entry"}
    assert found["entry"]["name"] == "Name 3"


def test_a_bound_record_has_a_status_and_one_bound_twice_is_an_array(api: Api, bound: tuple[str, str]) -> None:
    held, campaign = bound

    one = api.post(f"callinglist/get/{held}/{campaign}", {"id": "N0"})
    assert one["status"]["totalAttempts"] >= 1

    api.post(f"campaign/bindList/{campaign}", {"listId": held})
    two = api.post(f"callinglist/get/{held}/{campaign}", {"id": "N0"})
    assert [record["status"]["totalAttempts"] > 0 for record in two] == [True, False]


def test_a_query_needs_a_key_that_is_there(api: Api, bound: tuple[str, str]) -> None:
    path = "callinglist/get/{}/{}".format(*bound)

    assert api.refusal("POST", path, {"id": "N99"})[0] == 404
    assert api.refusal("POST", path, {"name": "x"})[0] == 400
    assert api.refusal("POST", "callinglist/get/NOPE/aaa", {"id": "N1"})[0] == 404

"""Faults to order, each as a client sees it, and whether the request took effect."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Api, customer


def _try(api: Api, customers: str, number: int = 1) -> requests.Response:
    return api.send("POST", f"callinglist/addAll/{customers}", [customer(number)])


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_comes_instead_of_the_effect(api: Api, customers: str, status: int) -> None:
    api.sandbox.faults([{"kind": f"http_{status}", "times": 1}])

    assert _try(api, customers).status_code == status
    assert api.sandbox.dump(customers) == []
    assert _try(api, customers).json() == {"added": 1}


def test_a_server_error_may_come_after_the_effect(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "http_500", "times": 1, "applied": True}])

    assert _try(api, customers).status_code == 500
    assert len(api.sandbox.dump(customers)) == 1


def test_a_rate_limit_says_when_to_come_back(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "rate_limit", "times": 1, "seconds": 3}])

    answer = _try(api, customers)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert api.sandbox.dump(customers) == []


@pytest.mark.parametrize(("kind", "held"), [("cut_before", 0), ("cut_after", 1)])
def test_a_connection_is_cut_before_or_after_the_effect(api: Api, customers: str, kind: str, held: int) -> None:
    api.sandbox.faults([{"kind": kind, "times": 1}])

    with pytest.raises(requests.ConnectionError):
        _try(api, customers)

    assert len(api.sandbox.dump(customers)) == held
    assert _try(api, customers, 2).json() == {"added": 1}


def test_a_body_is_cut_after_the_effect(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "cut_body", "times": 1}])

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _try(api, customers)

    assert len(api.sandbox.dump(customers)) == 1


def test_a_row_is_dropped_and_counted_all_the_same(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "drop_row_counted", "times": 1}])

    assert _try(api, customers).json() == {"added": 1}
    assert api.sandbox.dump(customers) == []


def test_a_refused_row_is_named_in_two_buckets(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "two_buckets", "times": 1}])

    answer = _try(api, customers).json()

    assert (answer["added"], [len(rows) for rows in answer["error"].values()]) == (0, [1, 1])
    assert api.sandbox.dump(customers) == []


def test_an_answer_tells_no_counts_of_what_was_done(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "no_counts", "times": 1}])

    assert _try(api, customers).json() == {}
    assert len(api.sandbox.dump(customers)) == 1


def test_a_request_takes_effect_and_hangs(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "hang", "times": 1, "seconds": 60, "applied": True}])

    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{api.base}callinglist/addAll/{customers}", json=[customer(1)], timeout=0.3)

    assert len(api.sandbox.dump(customers)) == 1


def test_a_request_that_hung_until_a_reset_is_counted_with_what_was_before(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "hang", "times": 1, "seconds": 60}])
    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{api.base}callinglist/addAll/{customers}", json=[customer(1)], timeout=0.3)

    api.sandbox.reset()
    time.sleep(0.3)  # it is let go by the reset, and counts itself some moments later
    assert api.sandbox.stats()["faults"] == {}


def test_a_hanging_request_holds_up_nobody_else(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "hang", "times": 1, "seconds": 60}])

    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{api.base}callinglist/addAll/{customers}", json=[customer(1)], timeout=0.3)

    assert _try(api, customers, 2).json() == {"added": 1}
    assert [record["id"] for record in api.sandbox.dump(customers)] == ["N2"]


def test_a_slow_request_is_answered_in_the_end(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "slow", "times": 1, "seconds": 0.2}])

    answer = _try(api, customers)

    assert answer.json() == {"added": 1}
    assert answer.elapsed.total_seconds() >= 0.2


@pytest.mark.parametrize("status", [200, 502])
def test_a_proxys_page_is_html(api: Api, customers: str, status: int) -> None:
    api.sandbox.faults([{"kind": "html", "times": 1, "status": status}])

    answer = _try(api, customers)

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html>" in answer.text
    assert api.sandbox.dump(customers) == []


def test_a_revoked_token_is_refused_until_renewed(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "revoke_token", "times": 1}])

    assert _try(api, customers).status_code == 401
    assert _try(api, customers).status_code == 401
    api.sign_in()
    assert _try(api, customers).json() == {"added": 1}


def test_a_dropped_row_leaves_no_trace_in_the_answer(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "drop_row", "times": 1}])

    answer = api.add(customers, [customer(n) for n in range(10)])

    assert answer == {"added": 9}
    assert len(api.sandbox.dump(customers)) == 9


def test_only_an_add_of_many_has_rows_to_drop(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "drop_row"}])

    assert api.get("campaign/getAll") == []
    assert api.post(f"callinglist/add/{customers}", customer(1)) is None
    assert api.sandbox.stats()["faults"] == {}


@pytest.mark.parametrize(
    "aim",
    [{"methods": ["add_many_records"]}, {"paths": ["/addAll/"]}, {"methods": ["POST"], "paths": ["callinglist"]}],
    ids=str,
)
def test_a_fault_strikes_only_what_it_is_meant_for(api: Api, customers: str, aim: dict[str, Any]) -> None:
    api.sandbox.faults([{"kind": "http_503", **aim}])

    assert _try(api, customers).status_code == 503
    assert api.get("campaign/getAll") == []
    assert len(api.sandbox.state()["lists"]) == 1


def test_a_fault_strikes_as_often_as_ordered_and_not_before_its_time(api: Api, customers: str) -> None:
    api.sandbox.faults([{"kind": "http_503", "times": 2, "after": 1}])

    assert [_try(api, customers, n).status_code for n in range(5)] == [200, 503, 503, 200, 200]


def test_probability_is_kept_about(api: Api) -> None:
    api.sandbox.faults([{"kind": "http_503", "probability": 0.2}])

    seen = Counter(api.send("GET", "campaign/getAll").status_code for _ in range(400))

    assert 40 <= seen[503] <= 120
    assert api.sandbox.stats()["faults"]["http_503"] == seen[503]


def test_the_first_fault_that_matches_strikes(api: Api) -> None:
    api.sandbox.faults([{"kind": "http_500", "times": 1}, {"kind": "http_502", "times": 1}])

    assert [api.send("GET", "campaign/getAll").status_code for _ in range(3)] == [500, 502, 200]
    assert [fault["struck"] for fault in api.sandbox.control("GET", "faults")] == [1, 1]


def test_faults_are_taken_off(api: Api) -> None:
    api.sandbox.faults([{"kind": "http_500"}])
    api.sandbox.faults([])

    assert api.get("campaign/getAll") == []


@pytest.mark.parametrize(
    "faults", [[{"kind": "flood"}], [{}], [{"kind": "slow", "colour": 1}], ["slow"], {"kind": "slow"}]
)
def test_an_unknown_fault_cannot_be_ordered(api: Api, faults: Any) -> None:
    answer = requests.post(f"{api.sandbox.url}/__sandbox__/faults", json=faults, timeout=10)

    assert answer.status_code == 400
    assert api.sandbox.control("GET", "faults") == []


def test_the_token_method_can_fail_too(api: Api) -> None:
    api.sandbox.faults([{"kind": "http_503", "methods": ["get_access_token"]}])

    assert api.session.post(api.base + "oauth/token").status_code == 503
    assert api.get("campaign/getAll") == []

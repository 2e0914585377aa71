"""Updating, querying and erasing records by key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer

PHONE_KEY = [
    {"name": "phone", "type": "PHONE", "key": True, "phoneType": "US_CANADA"},
    {"name": "name", "required": True},
]


@pytest.fixture
def filled(api: Api, customers: str) -> str:
    """A list of three customers."""
    api.add(customers, [customer(n, age=n, city="Berlin") for n in range(1, 4)])
    return customers


def test_an_update_changes_what_it_names_and_nothing_else(api: Api, filled: str) -> None:
    assert api.post(f"callinglist/updateAll/{filled}", [{"id": "N2", "age": "50"}, {"id": "N3", "name": " New "}]) == {
        "updated": 2
    }

    dump = api.sandbox.dump(filled)
    assert dump[0] == customer(1, age=1, city="Berlin", due="")
    assert dump[1] == customer(2, age=50, city="Berlin", due="")
    assert dump[2] == customer(3, age=3, city="Berlin", due="", name="New")


@pytest.mark.parametrize("blank", ["", " ", None])
def test_blank_and_null_reset_an_optional_field(api: Api, filled: str, blank: str | None) -> None:
    assert api.post(f"callinglist/update/{filled}", {"id": "N1", "age": blank, "city": blank}) is None

    assert (api.sandbox.dump(filled)[0]["age"], api.sandbox.dump(filled)[0]["city"]) == ("", "")


@pytest.mark.parametrize(
    ("bucket", "change"),
    [
        ("missingKey", {"name": "x"}),
        ("missingKey", {"id": " "}),
        ("keyNotFound", {"id": "N9"}),
        ("keyNotFound", {"id": "n1"}),
        ("formatError", {"id": "N1", "age": "x"}),
        ("formatError", {"id": "N1", "phone": "555"}),
        ("formatError", {"id": "N1", "other": 1}),
        ("formatError", {"id": "N1", "name": ""}),
        ("formatError", {"id": "N1", "phone": None}),
    ],
    ids=str,
)
def test_a_bad_update_is_refused_by_its_reason(api: Api, filled: str, bucket: str, change: dict[str, Any]) -> None:
    before = api.sandbox.dump(filled)

    answer = api.post(f"callinglist/updateAll/{filled}", [{"id": "N3", "age": 3}, change])

    assert answer == {"updated": 1, "error": {bucket: [change]}}
    assert api.sandbox.dump(filled) == before


def test_a_skipped_field_in_an_update_is_ignored(api: Api, filled: str) -> None:
    assert api.post(f"callinglist/updateAll/{filled}", [{"id": "N1", "note": "x"}]) == {"updated": 1}


def test_a_later_update_of_the_same_record_wins(api: Api, filled: str) -> None:
    api.post(f"callinglist/updateAll/{filled}", [{"id": "N1", "age": 10}, {"id": "N1", "age": 11}])

    assert api.sandbox.dump(filled)[0]["age"] == 11


def test_one_unknown_record_is_not_found_and_other_faults_are_bad_requests(api: Api, filled: str) -> None:
    path = f"callinglist/update/{filled}"

    assert api.refusal("POST", path, {"id": "N9"})[0] == 404
    assert api.refusal("POST", path, {"age": 1})[::2] == (400, "missing key: id")
    assert api.refusal("POST", path, {"id": "N1", "age": "x"})[0] == 400


def test_a_list_without_key_can_be_neither_updated_nor_queried(api: Api) -> None:
    held = api.sandbox.create_list("keyless", [{"name": "phone", "type": "PHONE"}])

    assert api.refusal("POST", f"callinglist/updateAll/{held}", [])[0] == 400
    assert api.refusal("POST", f"callinglist/update/{held}", {"phone": "1"})[0] == 400
    assert api.refusal("POST", f"callinglist/get/{held}/aaa", {"phone": "1"})[0] == 400
    assert api.refusal("POST", f"callinglist/erase/{held}", {"fields": {"phone": "1"}, "reason": "r"})[0] == 400


@pytest.mark.parametrize("asked", ["(650) 555-0100", "16505550100"])
def test_a_phone_key_is_found_as_stored_and_as_first_given(api: Api, asked: str) -> None:
    held = api.sandbox.create_list("phones", PHONE_KEY)
    api.add(held, [{"phone": " (650) 555-0100 ", "name": "a"}])

    assert api.post(f"callinglist/updateAll/{held}", [{"phone": asked, "name": "b"}]) == {"updated": 1}

    assert api.sandbox.dump(held) == [{"phone": "16505550100", "name": "b"}]


@pytest.mark.parametrize("asked", ["6505550100", "+16505550100", "650-555-0100"])
def test_a_phone_key_is_not_found_in_any_other_spelling(api: Api, asked: str) -> None:
    held = api.sandbox.create_list("phones", PHONE_KEY)
    api.add(held, [{"phone": "(650) 555-0100", "name": "a"}])

    assert "keyNotFound" in api.post(f"callinglist/updateAll/{held}", [{"phone": asked, "name": "b"}])["error"]


def test_updates_reach_records_all_over_a_long_list(api: Api) -> None:
    held = api.sandbox.create_list("long", CUSTOMER_FIELDS)
    for start in range(0, 10_000, 1000):
        api.add(held, [customer(n) for n in range(start, start + 1000)])

    chosen = [(n * 7919) % 10_000 for n in range(1000)]
    answer = api.post(f"callinglist/updateAll/{held}", [{"id": f"N{n}", "age": n} for n in chosen])

    assert answer == {"updated": 1000}
    dump = api.sandbox.dump(held)
    assert [record["age"] for record in dump] == [n if n in set(chosen) else "" for n in range(10_000)]


def test_erasing_takes_a_record_out_and_keeps_the_reason(api: Api, filled: str) -> None:
    body = {"fields": {"id": "N2", "age": "does not matter"}, "reason": "asked to be forgotten"}

    assert api.post(f"callinglist/erase/{filled}", body) is None

    assert [record["id"] for record in api.sandbox.dump(filled)] == ["N1", "N3"]
    assert api.get(f"callinglist/getList/{filled}")["totalRecords"] == 2
    assert api.sandbox.state()["erasures"] == [{"list": filled, "reason": "asked to be forgotten"}]
    assert api.refusal("POST", f"callinglist/erase/{filled}", body)[0] == 404
    assert api.add(filled, [customer(2)]) == {"added": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {"id": "N1"}},
        {"fields": {"id": "N1"}, "reason": " "},
        {"reason": "r"},
        {"fields": {}, "reason": "r"},
        {"fields": {"age": 1}, "reason": "r"},
        {"fields": "N1", "reason": "r"},
    ],
    ids=str,
)
def test_erasing_needs_the_key_and_a_reason(api: Api, filled: str, body: dict[str, Any]) -> None:
    assert api.refusal("POST", f"callinglist/erase/{filled}", body)[:2] == (400, "bad_request")
    assert len(api.sandbox.dump(filled)) == 3

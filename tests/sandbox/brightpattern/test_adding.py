"""Adding records, one and many: what is stored, and what is refused for which reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, customer

PHONE_KEY = [
    {"name": "phone", "type": "PHONE", "key": True, "phoneType": "US_CANADA"},
    {"name": "name", "type": "OTHER"},
]


def test_a_record_is_stored_in_the_platforms_form(api: Api, customers: str) -> None:
    record = customer(1, id=" N1 ", phone="(650) 555-0001", name="  José ", age="42", due=" 2025-01-31 ", city=7)

    assert api.add(customers, [record]) == {"added": 1}

    assert api.sandbox.dump(customers) == [
        {"id": "N1", "phone": "16505550001", "name": "José", "age": 42, "due": "2025-01-31", "city": "7"}
    ]


def test_no_records_are_no_error(api: Api, customers: str) -> None:
    assert api.add(customers, []) == {"added": 0}


def test_a_skipped_field_is_taken_and_ignored(api: Api, customers: str) -> None:
    assert api.add(customers, [customer(1, note="anything"), customer(2, note={"even": "this"})]) == {"added": 2}
    assert all("note" not in record for record in api.sandbox.dump(customers))


@pytest.mark.parametrize(
    ("bucket", "change"),
    [
        ("missingKey", {"id": ""}),
        ("missingKey", {"id": "   "}),
        ("missingKey", {"id": None}),
        ("missingRequired", {"name": ""}),
        ("missingRequired", {"name": None}),
        ("missingRequired", {"phone": ""}),
        ("formatError", {"phone": "555"}),
        ("formatError", {"phone": "1650555010"}),
        ("formatError", {"age": "x"}),
        ("formatError", {"age": True}),
        ("formatError", {"age": 1.5}),
        ("formatError", {"due": "31.01.2025"}),
        ("formatError", {"due": 20250131}),
        ("formatError", {"name": True}),
        ("formatError", {"name": ["a"]}),
        ("formatError", {"unknown": "x"}),
        ("formatError", {"ID": "x"}),
    ],
    ids=str,
)
def test_a_bad_record_is_refused_by_its_reason_and_the_others_go_in(
    api: Api, customers: str, bucket: str, change: dict[str, Any]
) -> None:
    bad = customer(2, **change)

    answer = api.add(customers, [customer(1), bad, customer(3)])

    assert answer == {"added": 2, "error": {bucket: [bad]}}
    assert [record["id"] for record in api.sandbox.dump(customers)] == ["N1", "N3"]


@pytest.mark.parametrize("field", ["id", "name", "phone"])
def test_an_absent_field_is_like_an_empty_one(api: Api, customers: str, field: str) -> None:
    bad = customer(2)
    del bad[field]

    answer = api.add(customers, [customer(1), bad])

    assert answer["error"] == {"missingKey" if field == "id" else "missingRequired": [bad]}


def test_optional_fields_may_be_left_out_or_empty(api: Api, customers: str) -> None:
    api.add(customers, [customer(1), customer(2, age="", due=None, city=" ")])

    assert all(record["age"] == record["due"] == record["city"] == "" for record in api.sandbox.dump(customers))


def test_a_key_is_refused_the_second_time_also_within_one_request(api: Api, customers: str) -> None:
    api.add(customers, [customer(1)])

    answer = api.add(customers, [customer(1), customer(2), customer(2, name="again"), customer(3)])

    assert answer == {"added": 2, "error": {"duplicateKey": [customer(1), customer(2, name="again")]}}
    assert [record["name"] for record in api.sandbox.dump(customers)] == ["Name 1", "Name 2", "Name 3"]


def test_capitals_make_keys_distinct(api: Api, customers: str) -> None:
    assert api.add(customers, [customer(1, id="abc"), customer(2, id="ABC")]) == {"added": 2}


def test_phone_keys_are_compared_as_stored(api: Api) -> None:
    held = api.sandbox.create_list("phones", PHONE_KEY)

    same = [{"phone": text} for text in ("6505550100", "+1 (650) 555-0100", "16505550100")]

    assert api.add(held, same) == {"added": 1, "error": {"duplicateKey": same[1:]}}


def test_a_key_of_several_fields_counts_as_a_whole(api: Api) -> None:
    fields = [{"name": "a", "key": True}, {"name": "n", "type": "INTEGER", "key": True}, {"name": "p", "type": "PHONE"}]
    held = api.sandbox.create_list("pairs", fields)

    rows = [
        {"a": "x", "n": "1", "p": "1"},
        {"a": "x", "n": 2, "p": "1"},
        {"a": "x", "n": 1, "p": "2"},
        {"a": "x", "p": "1"},
    ]

    answer = api.add(held, rows)
    assert answer == {"added": 2, "error": {"missingKey": [rows[3]], "duplicateKey": [rows[2]]}}


def test_a_list_without_key_takes_the_same_record_again(api: Api) -> None:
    held = api.sandbox.create_list("keyless", [{"name": "phone", "type": "PHONE"}, {"name": "name"}])

    api.add(held, [{"phone": "1", "name": "a"}] * 3 + [{"phone": "2", "name": "b"}])

    assert len(api.sandbox.dump(held)) == 4
    counted = api.sandbox.lines(f"dump/lists/{held}?counts=1")
    assert [(line["entry"]["phone"], line["times"]) for line in counted] == [("1", 3), ("2", 1)]


def test_one_phone_of_several_is_enough(api: Api) -> None:
    fields = [{"name": "a", "type": "PHONE"}, {"name": "b", "type": "PHONE"}, {"name": "name"}]
    held = api.sandbox.create_list("two phones", fields)

    rows = [{"a": "1"}, {"b": "2"}, {"a": "", "b": "3"}, {"a": "", "b": "", "name": "x"}, {"name": "y"}]

    assert api.add(held, rows) == {"added": 3, "error": {"missingRequired": rows[3:]}}


def test_a_skipped_phone_does_not_count_as_the_one_needed(api: Api) -> None:
    fields = [{"name": "a", "type": "PHONE"}, {"name": "b", "type": "PHONE", "skip": True}, {"name": "name"}]
    held = api.sandbox.create_list("skipped phone", fields)

    assert "missingRequired" in api.add(held, [{"b": "2", "name": "x"}])["error"]


def test_the_tenants_row_limit_is_told(api: Api, customers: str) -> None:
    api.sandbox.options(rows_limit=2)

    answer = api.add(customers, [customer(1), customer(2), customer(3)])

    assert answer == {"added": 2, "error": {"limitExceeded": [customer(3)]}}


def test_refused_records_may_come_back_with_lower_case_names(api: Api) -> None:
    fields = [{"name": "Phone", "type": "PHONE"}, {"name": "First Name", "required": True}]
    held = api.sandbox.create_list("names", fields)
    api.sandbox.options(lowercase_echo=True)

    answer = api.add(held, [{"Phone": "1", "First Name": ""}])

    assert answer["error"] == {"missingRequired": [{"first name": "", "phone": "1"}]}


def test_records_of_unlike_shape_are_taken_too(api: Api, customers: str) -> None:
    rows = [customer(1), customer(2, city="Berlin"), {"name": "C", "phone": "6505550003", "id": "N3"}]

    assert api.add(customers, rows) == {"added": 3}
    assert [record["city"] for record in api.sandbox.dump(customers)] == ["", "Berlin", ""]


def test_a_thousand_records_keep_their_order_and_values(api: Api, customers: str) -> None:
    rows = [customer(n, age=n, due="2025-01-31", city=f"city {n}") for n in range(1000)]

    assert api.add(customers, rows) == {"added": 1000}

    dump = api.sandbox.dump(customers)
    assert [record["id"] for record in dump] == [row["id"] for row in rows]
    assert dump[777] == rows[777]


def test_adding_one_record_answers_an_empty_body(api: Api, customers: str) -> None:
    assert api.post(f"callinglist/add/{customers}", customer(1, phone="6505550001")) is None

    assert api.sandbox.dump(customers)[0]["phone"] == "16505550001"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": ""}, "missing key: id"),
        ({"name": ""}, "missing required field: name"),
        ({"phone": ""}, "at least one phone field"),
        ({"phone": "12"}, "invalid US/Canada phone number"),
        ({"due": "soon"}, "yyyy-MM-dd"),
        ({"age": "old"}, "integer"),
        ({"extra": 1}, "extra"),
    ],
    ids=str,
)
def test_one_bad_record_is_a_bad_request_that_says_why(
    api: Api, customers: str, change: dict[str, Any], words: str
) -> None:
    status, name, description = api.refusal("POST", f"callinglist/add/{customers}", customer(1, **change))

    assert (status, name) == (400, "bad_request")
    assert words in description


def test_one_duplicate_is_a_conflict(api: Api, customers: str) -> None:
    api.add(customers, [customer(1)])

    assert api.refusal("POST", f"callinglist/add/{customers}", customer(1))[:2] == (409, "conflict")


def test_a_field_given_twice_is_a_bad_request(api: Api, customers: str) -> None:
    answer = api.session.post(
        f"{api.base}callinglist/add/{customers}",
        data=b'{"id":"1","id":"2"}',
        headers={"Content-Type": "application/json"},
    )

    assert (answer.status_code, answer.json()["error_description"]) == (400, "duplicate key: id")


@pytest.mark.parametrize("method", ["addAll", "add", "updateAll", "update", "erase", "delete", "deleteAll"])
def test_an_unknown_list_is_not_found(api: Api, method: str) -> None:
    body: Any = [] if method.endswith("All") else {}

    assert api.refusal("POST", f"callinglist/{method}/NOPE", body)[0] == 404


def test_agent_logins_and_caller_ids_are_not_checked(api: Api) -> None:
    fields = [
        {"name": "phone", "type": "PHONE"},
        {"name": "agent", "type": "AGENT_LOGIN_ID"},
        {"name": "caller", "type": "CALLING_NUMBER"},
    ]
    held = api.sandbox.create_list("agents", fields)

    assert api.add(held, [{"phone": "1", "agent": "nobody", "caller": "not a number"}]) == {"added": 1}


def test_the_fields_of_the_shared_format_are_what_the_tests_think(api: Api, customers: str) -> None:
    shown = next(item for item in api.sandbox.state()["lists"] if item["id"] == customers)

    assert [field["name"] for field in shown["fields"]] == [field["name"] for field in CUSTOMER_FIELDS]

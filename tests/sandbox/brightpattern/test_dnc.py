"""DNC lists of all types."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Api

KINDS = ["INTERNAL", "GEOGRAPHIC_POSTAL", "GEOGRAPHIC_AREACODE", "EXCLUSION"]


@pytest.mark.parametrize("kind", KINDS)
def test_entries_are_added_to_four_types_of_list(api: Api, kind: str) -> None:
    held = api.sandbox.create_dnc_list("d", kind)

    records: list[dict[str, Any]] = [
        {"key": " 9999999 ", "comment": " optional "},
        {"key": 8888888},
        {"key": "not a phone", "comment": None},
    ]
    answer = api.post(f"donotcalllist/addAll/{held}", records)

    assert answer == {"added": 3}
    assert api.sandbox.dump_dnc(held) == [
        {"key": "9999999", "comment": "optional"},
        {"key": "8888888", "comment": ""},
        {"key": "not a phone", "comment": ""},
    ]


def test_a_bad_entry_is_refused_by_its_reason(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "INTERNAL", ["1"])
    records = [
        {"key": "1"},
        {"key": "2"},
        {"key": "2", "comment": "again"},
        {"key": " "},
        {"comment": "x"},
        {"key": True},
        {"key": "3", "note": "x"},
        {"key": "4", "comment": ["x"]},
    ]

    answer = api.post(f"donotcalllist/addAll/{held}", records)

    assert answer == {
        "added": 1,
        "error": {
            "duplicateKey": [records[0], records[2]],
            "missingKey": [records[3], records[4]],
            "formatError": [records[5], records[6], records[7]],
        },
    }


def test_capitals_make_entries_distinct(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "EXCLUSION")

    assert api.post(f"donotcalllist/addAll/{held}", [{"key": "a1"}, {"key": "A1"}]) == {"added": 2}


def test_entries_are_deleted_by_key(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "INTERNAL", ["1", "2", "3"])
    records = [{"key": " 1"}, {"key": 2, "comment": "x"}, {"key": "9"}, {}, {"key": True}]

    answer = api.post(f"donotcalllist/delete/{held}", records)

    assert answer == {
        "deleted": 2,
        "error": {"keyNotFound": [records[2]], "missingKey": [records[3]], "formatError": [records[4]]},
    }
    assert [entry["key"] for entry in api.sandbox.dump_dnc(held)] == ["3"]


def test_deleting_all_answers_how_many(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "GEOGRAPHIC_POSTAL", ["1", "2"])

    assert api.post(f"donotcalllist/deleteAll/{held}") == {"deleted": 2}
    assert api.post(f"donotcalllist/deleteAll/{held}") == {"deleted": 0}


def test_the_deprecated_add_passes_over_known_keys(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "INTERNAL", ["1"])

    assert api.post(f"donotcalllist/add/{held}", [["1", "x"], ["2", ""], ["2", "y"], [3, None]]) == {"added": 2}
    assert [entry["key"] for entry in api.sandbox.dump_dnc(held)] == ["1", "2", "3"]


def test_the_deprecated_replace_starts_from_nothing(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "INTERNAL", ["1", "2"])

    assert api.post(f"donotcalllist/replaceAll/{held}", [["8", "x"], ["9", ""]]) == {"added": 2}
    assert [entry["key"] for entry in api.sandbox.dump_dnc(held)] == ["8", "9"]


@pytest.mark.parametrize("method", ["add", "replaceAll"])
@pytest.mark.parametrize("body", [[["1"]], [["", "x"]], [{"key": "1"}], {}, [["1", "2", "3"]], [[True, ""]]], ids=str)
def test_arrays_need_a_value_for_each_field(api: Api, method: str, body: Any) -> None:
    held = api.sandbox.create_dnc_list("d", "INTERNAL", ["1"])

    assert api.refusal("POST", f"donotcalllist/{method}/{held}", body)[:2] == (400, "bad_request")
    assert len(api.sandbox.dump_dnc(held)) == 1


def test_an_exclusion_list_has_no_comments(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "EXCLUSION")

    assert api.post(f"donotcalllist/add/{held}", [["A1"], ["A2", ""]]) == {"added": 2}


@pytest.mark.parametrize("method", ["deleteAll", "delete", "addAll", "add", "replaceAll"])
def test_a_state_list_cannot_be_changed(api: Api, method: str) -> None:
    held = api.sandbox.create_dnc_list("d", "GEOGRAPHIC_STATE", ["AK"])

    status, name, description = api.refusal("POST", f"donotcalllist/{method}/{held}", [])

    assert (status, name) == (403, "forbidden")
    assert "type of list" in description
    assert len(api.sandbox.dump_dnc(held)) == 1


@pytest.mark.parametrize("method", ["deleteAll", "delete", "addAll", "add", "replaceAll"])
def test_an_unknown_list_is_not_found(api: Api, method: str) -> None:
    assert api.refusal("POST", f"donotcalllist/{method}/NOPE", [])[0] == 404

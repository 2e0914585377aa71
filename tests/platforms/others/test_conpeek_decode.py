"""What Conpeek's answers become, what its refusals mean, and how conditions are written; no socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bpadmin.platforms.base import Answer
from bpadmin.platforms.conpeek import decode, endpoints
from bpadmin.platforms.conpeek.columns import COLUMNS
from bpadmin.platforms.conpeek.endpoints import ENDPOINTS
from bpadmin.platforms.conpeek.filters import FILTERS, SUMMARY_FILTERS, filter_text
from bpadmin.platforms.conpeek.hooks import news_read
from bpadmin.platforms.conpeek.info import INFO
from bpadmin.platforms.conpeek.refusals import JUDGE
from bpadmin.platforms.errors import (
    AuthFailed,
    Broken,
    Forbidden,
    Invalid,
    NotFound,
    PlatformError,
    Reason,
    Unsupported,
)
from bpadmin.platforms.sources import ColumnKind, Condition, FilterKind
from tests.platforms.http_samples import said, sample


def shaped(name: str, shape: Callable[[Any], Any]) -> Any:
    return JUDGE.read(sample(f"conpeek/{name}"), endpoints.READ_REQUESTS, shape)


def test_a_request_keeps_its_members_and_unfolds_what_is_folded_in_it() -> None:
    first, second = shaped("requests", decode.requests)
    assert first.id == "61126b1e5b7c389fe8df0001"
    assert first.entry["created_date"] == "2021-08-10 12:00:30"
    assert first.entry["process_from_time"] == 36000
    assert first.entry["added_in_version_9"] is True
    assert {name: value for name, value in first.entry.items() if name.startswith("custom")} == {
        "custom.miasto": "Łódź",
        "custom.kwota": 7,
        "custom.id": "own",
    }
    assert {name: value for name, value in first.entry.items() if name.startswith("call_info")} == {
        "call_info.wynik": "zgoda",
        "call_info.wynik.tenant_user_id": 4101,
        "call_info.wynik.date": "2021-08-10 12:05:00",
        "call_info.uwagi": "krótko",
    }
    assert (second.entry["custom"], second.entry["call_info"]) == ("no json {", None)


def test_a_history_of_calls_becomes_attempts_and_one_that_cannot_be_read_stays_as_it_came() -> None:
    first, second = shaped("requests", decode.requests)
    (attempt,) = first.attempts
    assert attempt.date == datetime(2021, 8, 10, 12, 4, tzinfo=UTC)
    assert (attempt.disposition, attempt.phone, attempt.call_duration) == ("NO_USER_RESPONSE", "48600100200", 20)
    assert attempt.agent == "4101"
    assert attempt.extra["codec"] == "opus"
    assert "call_history" not in first.entry
    assert first.entry["history"] == [{"date": "2021-08-10 12:00:30", "event": "CREATED"}]
    assert (second.attempts, second.entry["call_history"]) == (None, "not a list")


@pytest.mark.parametrize("call", [{"date": "soon"}, {"duration": "long"}, "x"])
def test_a_call_of_another_form_loses_nothing(call: object) -> None:
    record = decode.request({"id": 1, "call_history": [call]})
    assert (record.attempts, record.entry["call_history"]) == (None, [call])


@pytest.mark.parametrize("custom", ["[1, 2]", '"text"', "", None, 7])
def test_custom_that_is_no_object_stays_as_it_came(custom: object) -> None:
    assert decode.request({"custom": custom}).entry == {"custom": custom}


def test_custom_that_is_an_object_already_is_unfolded_as_well() -> None:
    assert decode.request({"custom": {"a": 1}}).entry == {"custom.a": 1}


@pytest.mark.parametrize("body", ["{}", "[]", '{"data": [1]}', '{"data": null}', '{"data": [{'])
def test_an_answer_of_another_form_is_broken(body: str) -> None:
    with pytest.raises(Broken):
        JUDGE.read(said(body), endpoints.READ_REQUESTS, decode.requests)


def test_what_adding_answers_is_taken_as_far_as_it_goes() -> None:
    assert shaped("added", decode.added).id == "61126b1e5b7c389fe8df0003"
    for body, id_ in (('{"id": "7"}', "7"), ('{"data": [{"id": 7}]}', "7"), ('{"success": true}', ""), ("", "")):
        assert JUDGE.read(said(body), endpoints.ADD_REQUEST, decode.added).id == id_
    with pytest.raises(Broken):
        JUDGE.read(said('{"success": false}'), endpoints.ADD_REQUEST, decode.added)


def test_a_recall_is_accepted_unless_it_says_that_it_failed() -> None:
    assert shaped("recalled", decode.done) is None
    with pytest.raises(Broken):
        JUDGE.read(said('{"success": false}'), endpoints.SET_RECALL, decode.done)


@pytest.mark.parametrize(
    "status, endpoint, kind, reason",
    [
        (400, endpoints.READ_REQUESTS, Invalid, Reason.BAD_REQUEST),
        (401, endpoints.READ_REQUESTS, AuthFailed, Reason.BAD_CREDENTIALS),
        (404, endpoints.READ_REQUESTS, NotFound, Reason.CAMPAIGN_NOT_FOUND),
        (404, endpoints.ADD_REQUEST, NotFound, Reason.CAMPAIGN_NOT_FOUND),
        (404, endpoints.SET_RECALL, NotFound, Reason.RECORD_NOT_FOUND),
        (404, endpoints.READ_SUMMARY, Unsupported, Reason.URL_NOT_FOUND),
        (405, endpoints.ADD_REQUEST, Unsupported, Reason.METHOD_NOT_ALLOWED),
    ],
)
def test_each_status_has_its_meaning(
    status: int, endpoint: endpoints.Endpoint, kind: type[PlatformError], reason: Reason
) -> None:
    error = JUDGE.refusal_in(Answer(status, {}, b'{"error": "words"}'), endpoint)
    assert error is not None
    assert (type(error), error.reason) == (kind, reason)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_a_403_may_be_the_key_or_what_it_is_allowed_to_do(endpoint: endpoints.Endpoint) -> None:
    error = JUDGE.refusal_in(sample("conpeek/error_403"), endpoint)
    assert isinstance(error, Forbidden)
    assert "refused the key, or the key may not" in error.message


@pytest.mark.parametrize(
    "condition, written",
    [
        (Condition("state", ("OPEN", "CLOSED")), {"value": ["OPEN", "CLOSED"]}),
        (Condition("application_state", "RECALL"), {"value": ["RECALL"]}),
        (
            Condition("created_date", "2021-08-10T02:00:00+02:00", "gte"),
            {"operator": "gte", "value": "2021-08-10 00:00:00"},
        ),
        (Condition("closed_date", "2021-08-10T00:00:00+00:00"), {"operator": "gte", "value": "2021-08-10 00:00:00"}),
        (Condition("contact_number", " 48600 "), {"value": "48600"}),
        (Condition("dialing_method", "PREVIEW"), {"value": "PREVIEW"}),
        (Condition("tenant_user_id", ("4101", "4102")), {"value": [4101, 4102]}),
        (Condition("close_reason", ("A", "B")), {"value": ["A", "B"]}),
        (Condition("custom_fields", "Łódź", key="miasto"), {"key": "miasto", "value": "Łódź"}),
        (Condition("priority", "200", "ne"), {"operator": "ne", "value": 200}),
        (Condition("contact_try", "3"), {"operator": "eq", "value": 3}),
    ],
    ids=lambda value: value.name if isinstance(value, Condition) else "",
)
def test_conditions_are_written_as_the_platform_reads_them(condition: Condition, written: dict[str, Any]) -> None:
    assert json.loads(filter_text([condition])) == [{"property": condition.name, **written}]


def test_conditions_are_written_in_one_list_and_none_at_all_as_nothing() -> None:
    span = [Condition("created_date", f"2021-08-1{day}T00:00:00+00:00", how) for day, how in ((0, "gte"), (1, "lte"))]
    assert [each["operator"] for each in json.loads(filter_text(span))] == ["gte", "lte"]
    assert filter_text([]) == ""
    summary = filter_text([Condition("created_date", "2021-08-10T00:00:00+00:00", "gt")], SUMMARY_FILTERS)
    assert json.loads(summary)[0]["operator"] == "gt"


@pytest.mark.parametrize(
    "condition",
    [
        Condition("colour", "red"),
        Condition("state", ("OPENED",)),
        Condition("state", ()),
        Condition("state", ("OPEN",), "ne"),
        Condition("created_date", "yesterday", "gte"),
        Condition("created_date", "2021-08-10T00:00:00", "gte"),
        Condition("created_date", "2021-08-10T00:00:00+00:00", "gt"),
        Condition("tenant_user_id", ("Anna",)),
        Condition("priority", "high", "gt"),
        Condition("priority", ("1", "2"), "gt"),
        Condition("custom_fields", "x"),
        Condition("contact_number", "1", key="x"),
        Condition("contact_number", "  "),
    ],
)
def test_a_condition_that_the_platform_does_not_know_is_refused_in_words(condition: Condition) -> None:
    with pytest.raises(Invalid, match=r"Correct the filter and try again\.$"):
        filter_text([condition])


def test_every_documented_property_can_be_filtered_by() -> None:
    filters = {each.name: each for each in FILTERS}
    assert set(filters) == {
        *("created_date", "closed_date", "process_not_before", "state", "application_state", "contact_number"),
        *("dialing_method", "tenant_user_id", "assigned_tenant_user_id", "close_reason", "custom_fields"),
        *("priority", "consultant_try", "contact_try"),
    }
    six = {"gt", "gte", "lte", "lt", "eq", "ne"}
    assert all(
        {op for op, _ in filters[name].operators} == six for name in ("priority", "consultant_try", "contact_try")
    )
    assert filters["tenant_user_id"].kind is FilterKind.NUMBERS
    assert filters["custom_fields"].key_label


def test_columns_are_grouped_and_numbers_and_times_are_told() -> None:
    columns = {column.name: column for column in COLUMNS}
    assert len(columns) == len(COLUMNS)
    assert columns["contact_number"].kind is ColumnKind.PHONE
    assert columns["created_date"].kind is ColumnKind.TIME
    assert columns["process_from_time"].kind is ColumnKind.NUMBER
    assert "seconds" in columns["process_from_time"].label


def test_a_source_is_named_by_the_id_of_a_voice_campaign() -> None:
    assert INFO.source_named is not None
    source = INFO.source_named({"voice_campaign_id": " 5b7c389fe8df7b60af688989 "})
    assert (source.id, source.is_whole) == ("5b7c389fe8df7b60af688989", False)
    for wrong in ("", " ", "a/b", "a?b", "..", "https://x/voice_campaign/1", "a b", "ą"):
        with pytest.raises(ValueError, match="5b7c389fe8df7b60af688989"):
            INFO.source_named({"voice_campaign_id": wrong})


def test_an_event_is_read_as_its_request_is_with_the_calls_beside_it() -> None:
    call = {"date": "2018-05-02 23:38:00", "call_state_reason": "USER_HANGUP", "call_state": "CALL_ENDED"}
    request = {"id": "5b9a", "voice_campaign_id": "5b7c", "voice_campaign_name": "Claims", "custom": '{"a": 1}'}
    sent = {"event_name": "voice_campaign_request_closed", "event_time": "2018-05-02 23:39:18", "data": request}
    news = news_read(json.dumps({**sent, "call_history": [call], "dialogs": []}).encode())
    assert news is not None
    assert (news.source_id, news.source_name, news.at) == (
        "5b7c",
        "Claims",
        datetime(2018, 5, 2, 23, 39, 18, tzinfo=UTC),
    )
    assert news.record == decode.request({**request, "call_history": [call], "dialogs": []})
    assert news.record.attempts is not None
    assert news.record.attempts[0].disposition == "USER_HANGUP"

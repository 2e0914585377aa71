"""The older APIs' answers: what their documents show, plain-text errors, and what has to stay an error."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern.decode import batch, count, done, token
from bpadmin.platforms.brightpattern_legacy import decode, endpoints
from bpadmin.platforms.brightpattern_legacy.refusals import V1_JUDGE, V2_JUDGE
from bpadmin.platforms.errors import (
    AuthFailed,
    Broken,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PlatformError,
    Reason,
    Unreachable,
)
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.types import BatchResult, CampaignState, Token
from tests.platforms.http_samples import said

ANY = endpoints.GET_ALL_RECORDS


def read(body: str, shape: Any, endpoint: Endpoint = ANY) -> Any:
    return V2_JUDGE.read(said(body), endpoint, shape)


def refusal(status: int, text: str, endpoint: Endpoint = ANY, judge: Any = V2_JUDGE) -> PlatformError:
    error = judge.refusal_in(Answer(status, {"content-type": "text/plain"}, text.encode()), endpoint)
    assert error is not None
    return error


def test_a_token_lives_an_hour() -> None:
    assert read('{"access_token":"15AB","token_type":"Bearer","expires_in":"3600"}', token) == Token("15AB", 3600.0)


def test_a_campaign_has_its_names_for_ids() -> None:
    (campaign,) = read(
        '[{"name":"A/B ~ 50%","state":"stopped","lists":["x y.csv","x y.csv","z.csv"]}]', decode.campaigns
    )
    assert (campaign.id, campaign.state, campaign.enabled) == ("A=2FB =7E 50=25", CampaignState.STOPPED, True)
    assert [(each.list_id, each.enabled, each.total_records) for each in campaign.lists] == [
        ("x y.csv", None, None),
        ("z.csv", None, None),
    ]


@pytest.mark.parametrize("body", ['[{"state":"STOPPED"}]', '[{"name":"A"}]', '[{"name":"A","state":"X","lists":[1]}]'])
def test_a_campaign_that_is_not_understood_is_broken(body: str) -> None:
    with pytest.raises(Broken) as caught:
        read(body, decode.campaigns)
    assert caught.value.body == body


def test_a_record_has_the_time_of_its_completion_beside_its_status() -> None:
    (record,) = read(
        '[{"completedTime":"2021-02-19T19:12:37.000","entry":{"id":"3"},"status":{"completed":true,"lastAgent":"eve"}}]',
        decode.records,
    )
    assert decode.completed_at(record) == datetime(2021, 2, 19, 19, 12, 37, tzinfo=UTC)
    assert (record.status.last_agent, record.entry) == ("eve", {"id": "3"})


def test_a_changed_record_has_the_results_of_its_last_attempt() -> None:
    (record,) = read(
        """[{"entry":{"id":"1"},"completed":false,"recordDisposition":"","totalAttempts":2,"attempts":[
        {"call_attempted":true,"disposition":"Busy","date":"2021-02-19T19:13:08.000","phone":"1","agent":"eve"},
        {"call_attempted":false,"disposition":"No answer","date":"2021-02-19T19:11:40.000","phone":"2"}]}]""",
        decode.records,
    )
    assert decode.changed_at(record) == datetime(2021, 2, 19, 19, 13, 8, tzinfo=UTC)
    assert (record.status.last_disposition, record.status.last_agent, record.status.last_phone) == ("Busy", "eve", "1")
    assert len(record.attempts) == 2


def test_curly_quotes_comments_and_stray_spaces_of_the_first_document_are_read() -> None:
    (record,) = read(
        """[{“index”:"123000", “entry”: {"name_1":"v"}, “status”: {“completed”: true, // true or false
        “ lastDisposition” : “Sold” // the final one
        }}]""",
        decode.records,
    )
    assert (record.index, record.entry, record.status.last_disposition) == (123000, {"name_1": "v"}, "Sold")


@pytest.mark.parametrize("body", ["", "{", '{"entry":[]}', '[{"status":{}}]', "OK"])
def test_records_that_are_not_understood_are_broken_and_never_none(body: str) -> None:
    with pytest.raises(Broken):
        read(body, decode.records)


def test_a_write_may_be_answered_without_a_word() -> None:
    assert read("", done) is None
    assert read("", partial(count, count_name="deleted")) == 0


def test_many_added_without_a_word_are_not_taken_for_added_by_v2() -> None:
    with pytest.raises(Broken):
        read("", partial(batch, count_name="added"))


def test_entries_that_were_there_are_told_as_a_number() -> None:
    assert read('{"added":"2"}', partial(decode.entries_added, count=5)) == BatchResult(2, {}, 3)
    assert read('{"added":1,"error":{"x":[{"key":"a"}]}}', partial(decode.entries_added, count=3)).passed_over == 1


@pytest.mark.parametrize(
    ("status", "text", "endpoint", "kind", "reason"),
    [
        (401, "Session is not authenticated", ANY, AuthFailed, Reason.TOKEN_REFUSED),
        (401, "", endpoints.GET_ACCESS_TOKEN, AuthFailed, Reason.BAD_CREDENTIALS),
        (403, "User authenticated but does not have sufficient privileges", ANY, Forbidden, Reason.MISSING_PRIVILEGE),
        (404, "calling list not found", ANY, NotFound, Reason.LIST_NOT_FOUND),
        (404, "campaign is not found", ANY, NotFound, Reason.CAMPAIGN_NOT_FOUND),
        (404, "record is not found", endpoints.QUERY_RECORD, NotFound, Reason.RECORD_NOT_FOUND),
        (404, "", endpoints.UPDATE_RECORD, NotFound, Reason.RECORD_NOT_FOUND),
        (404, "HTTP 404 Not Found", ANY, NotFound, Reason.URL_NOT_FOUND),
        (404, "Object does not exist", endpoints.ADD_DNC_RECORDS, NotFound, Reason.DNC_LIST_NOT_FOUND),
        (
            403,
            "this type of list is not supported by the API",
            endpoints.ADD_DNC_RECORDS,
            Forbidden,
            Reason.DNC_TYPE_NOT_EDITABLE,
        ),
        (405, "Method Not Allowed", ANY, Invalid, Reason.METHOD_NOT_ALLOWED),
        (400, "maxSize is too large (no more than 1000)", ANY, Invalid, Reason.LIMIT_TOO_LARGE),
        (400, "Expected BEGIN_ARRAY but was BEGIN_OBJECT at line 1", ANY, Invalid, Reason.BAD_REQUEST),
        (409, "E11000 duplicate key error", endpoints.ADD_RECORD, Conflict, Reason.DUPLICATE_KEY),
        (500, "E11000 duplicate key error", endpoints.ADD_RECORD, Conflict, Reason.DUPLICATE_KEY),
        (500, "oops", endpoints.ADD_RECORD, Unreachable, Reason.SERVER_ERROR),
    ],
)
def test_a_plain_text_is_understood(
    status: int, text: str, endpoint: Endpoint, kind: type[PlatformError], reason: Reason
) -> None:
    error = refusal(status, text, endpoint)
    assert (type(error), error.reason, error.detail) == (kind, reason, text)
    assert "E11000" not in error.message


def test_of_many_records_a_500_may_have_added_some() -> None:
    assert refusal(500, "duplicate key", endpoints.ADD_MANY_RECORDS).maybe_applied


def test_v1_refuses_a_sign_in_with_the_call_itself() -> None:
    error = refusal(401, "", ANY, V1_JUDGE)
    assert (error.reason, "user name or the password" in error.message) == (Reason.BAD_CREDENTIALS, True)

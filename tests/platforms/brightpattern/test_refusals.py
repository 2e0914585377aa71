"""Every documented refusal: its class, its reason, and words a supervisor can use."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern import endpoints as ep
from bpadmin.platforms.brightpattern.endpoints import ENDPOINTS, Endpoint
from bpadmin.platforms.brightpattern.refusals import refusal_in
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
    Unsupported,
)
from bpadmin.platforms.http.judging import retry_after
from tests.platforms.http_samples import sample


def refused(status: int, words: str, endpoint: Endpoint) -> PlatformError:
    body = json.dumps({"error": "name", "error_description": words}).encode()
    error = refusal_in(Answer(status, {"content-type": "application/json"}, body), endpoint)
    assert error is not None
    return error


def from_sample(name: str, endpoint: Endpoint) -> PlatformError:
    error = refusal_in(sample(name), endpoint)
    assert error is not None
    return error


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_refusal(status: int) -> None:
    assert refusal_in(Answer(status, {}, b""), ep.START) is None


@pytest.mark.parametrize(
    "words, reason",
    [
        ("Specified campaign is disabled", Reason.CAMPAIGN_DISABLED),
        ("Campaign is already running", Reason.ALREADY_RUNNING),
        ("Specified campaign is disabled or already running", Reason.CANNOT_START),
        ("", Reason.CANNOT_START),
    ],
)
def test_start_tells_why_it_was_refused_as_far_as_the_platform_does(words: str, reason: Reason) -> None:
    error = refused(409, words, ep.START)
    assert isinstance(error, Conflict)
    assert error.reason is reason


@pytest.mark.parametrize(
    "words, reason",
    [
        ("Specified campaign is disabled", Reason.CAMPAIGN_DISABLED),
        ("Campaign is already stopped", Reason.ALREADY_STOPPED),
        ("Specified campaign is disabled or already stopped", Reason.CANNOT_STOP),
        ("Conflict", Reason.CANNOT_STOP),
    ],
)
def test_stop_tells_why_it_was_refused_as_far_as_the_platform_does(words: str, reason: Reason) -> None:
    assert refused(409, words, ep.STOP).reason is reason


@pytest.mark.parametrize(
    "endpoint, words, reason",
    [
        (ep.GET_CAMPAIGN, "Specified campaign was not found", Reason.CAMPAIGN_NOT_FOUND),
        (ep.GET_CAMPAIGN, "", Reason.CAMPAIGN_NOT_FOUND),
        (ep.GET_CAMPAIGN, "Invalid URL", Reason.URL_NOT_FOUND),
        (ep.BIND_LIST, "Specified list was not found", Reason.LIST_NOT_FOUND),
        (ep.BIND_LIST, "Specified campaign was not found", Reason.CAMPAIGN_NOT_FOUND),
        (ep.UPDATE_LIST, "Specified instance was not found in the campaign", Reason.INSTANCE_NOT_FOUND),
        (ep.UNBIND_LIST, "Specified instance was not found", Reason.INSTANCE_NOT_FOUND),
        (ep.QUERY_RECORD, "Specified record was not found", Reason.RECORD_NOT_FOUND),
        (ep.QUERY_RECORD, "Specified campaign was not found", Reason.CAMPAIGN_NOT_FOUND),
        (ep.GET_LISTS, "Invalid URL", Reason.URL_NOT_FOUND),
        (ep.GET_LIST, "Specified List was not found", Reason.LIST_NOT_FOUND),
        (ep.CREATE_LIST, "Specified Format was not found", Reason.FORMAT_NOT_FOUND),
        (ep.UPDATE_RECORD, "Specified Record was not found", Reason.RECORD_NOT_FOUND),
        (ep.ERASE_RECORD, "Specified List was not found", Reason.LIST_NOT_FOUND),
        (ep.DELETE_MANY_RECORDS, "Specified Campaign was not found", Reason.CAMPAIGN_NOT_FOUND),
        (ep.GET_JOB_STATUS, "Specified Job was not found", Reason.JOB_NOT_FOUND),
        (ep.ADD_MANY_DNC_RECORDS, "Specified DNC List was not found", Reason.DNC_LIST_NOT_FOUND),
        (ep.GET_ACCESS_TOKEN, "", Reason.URL_NOT_FOUND),
    ],
)
def test_what_was_not_found_is_told(endpoint: Endpoint, words: str, reason: Reason) -> None:
    error = refused(404, words, endpoint)
    assert isinstance(error, NotFound)
    assert error.reason is reason


@pytest.mark.parametrize(
    "endpoint, words, reason",
    [
        (ep.UPDATE_LIST, "Specified instance is not bound to the selected campaign", Reason.INSTANCE_NOT_BOUND),
        (ep.GET_ALL_RECORDS, "", Reason.INSTANCE_NOT_BOUND),
        (ep.CREATE_LIST, "Duplicate name error", Reason.DUPLICATE_NAME),
        (ep.CREATE_LIST_WITH_NEW_FORMAT, "Duplicate name error", Reason.DUPLICATE_NAME),
        (ep.ADD_RECORD, "Duplicate key error", Reason.DUPLICATE_KEY),
        (ep.DELETE_MANY_RECORDS, "List is not bound to specified Campaign", Reason.LIST_NOT_BOUND),
        (
            ep.DELETE_ALL_RECORDS,
            "Record deletion job is already in progress for the specified List",
            Reason.DELETION_UNDER_WAY,
        ),
        (ep.GET_CAMPAIGN, "something new", Reason.UNKNOWN),
    ],
)
def test_every_conflict_is_told(endpoint: Endpoint, words: str, reason: Reason) -> None:
    error = refused(409, words, endpoint)
    assert isinstance(error, Conflict)
    assert error.reason is reason


@pytest.mark.parametrize(
    "name, endpoint, kind, reason",
    [
        ("plain_401", ep.GET_CAMPAIGNS, AuthFailed, Reason.TOKEN_REFUSED),
        ("plain_401", ep.GET_ACCESS_TOKEN, AuthFailed, Reason.BAD_CREDENTIALS),
        ("plain_403", ep.GET_LISTS, Forbidden, Reason.MISSING_PRIVILEGE),
        ("plain_403", ep.ADD_MANY_DNC_RECORDS, Forbidden, Reason.MISSING_PRIVILEGE),
        ("plain_403_dnc_type", ep.ADD_MANY_DNC_RECORDS, Forbidden, Reason.DNC_TYPE_NOT_EDITABLE),
        ("plain_404_list", ep.ADD_RECORD, NotFound, Reason.LIST_NOT_FOUND),
        ("plain_404_campaign", ep.START, NotFound, Reason.CAMPAIGN_NOT_FOUND),
        ("plain_404_record", ep.UPDATE_RECORD, NotFound, Reason.RECORD_NOT_FOUND),
        ("plain_404_url", ep.START, NotFound, Reason.URL_NOT_FOUND),
        ("plain_404_dnc", ep.ADD_MANY_DNC_RECORDS, NotFound, Reason.DNC_LIST_NOT_FOUND),
        ("plain_405", ep.START, Invalid, Reason.METHOD_NOT_ALLOWED),
        ("plain_409_database", ep.ADD_RECORD, Conflict, Reason.DUPLICATE_KEY),
        ("plain_500_duplicate", ep.ADD_RECORD, Conflict, Reason.DUPLICATE_KEY),
        ("plain_400_missing_key", ep.ADD_RECORD, Invalid, Reason.BAD_REQUEST),
        ("error_bad_request", ep.BIND_LIST, Invalid, Reason.BAD_REQUEST),
        ("error_with_curly_quotes", ep.GET_LISTS, Invalid, Reason.LIMIT_TOO_LARGE),
        ("web_page_as_404", ep.GET_CAMPAIGNS, Broken, Reason.WEB_PAGE),
        ("web_page_as_502", ep.GET_CAMPAIGNS, Unreachable, Reason.SERVER_ERROR),
    ],
)
def test_plain_text_json_and_pages_are_told_apart(
    name: str, endpoint: Endpoint, kind: type[PlatformError], reason: Reason
) -> None:
    error = from_sample(name, endpoint)
    assert type(error) is kind
    assert error.reason is reason


@pytest.mark.parametrize(
    "status, kind, reason",
    [
        (408, Unreachable, Reason.READ_TIMEOUT),
        (413, Invalid, Reason.TOO_MUCH_DATA),
        (415, Invalid, Reason.MEDIA_TYPE_REFUSED),
        (422, Invalid, Reason.NOT_FOR_THIS_CAMPAIGN),
        (418, Invalid, Reason.BAD_REQUEST),
        (429, Unreachable, Reason.RATE_LIMITED),
        (500, Unreachable, Reason.SERVER_ERROR),
        (501, Unsupported, Reason.UNKNOWN),
        (503, Unreachable, Reason.SERVER_ERROR),
        (504, Unreachable, Reason.SERVER_ERROR),
    ],
)
def test_the_other_statuses_have_their_class(status: int, kind: type[PlatformError], reason: Reason) -> None:
    error = refused(status, "", ep.GET_CAMPAIGNS)
    assert type(error) is kind
    assert error.reason is reason


def test_the_platforms_own_words_are_kept_beside_ours() -> None:
    error = from_sample("error_with_curly_quotes", ep.GET_LISTS)
    assert error.code == "bad_request"
    assert error.detail == "'limit' has unsupported value '5000': limit exceeded"
    assert from_sample("plain_400_missing_key", ep.ADD_RECORD).detail == "missing key: id"
    assert "missing key: id" in str(from_sample("plain_400_missing_key", ep.ADD_RECORD))


def test_raw_database_texts_are_not_put_before_a_supervisor() -> None:
    error = from_sample("plain_409_database", ep.ADD_RECORD)
    assert "E11000" in error.detail
    assert "E11000" not in str(error)
    assert "E11000" not in str(refused(400, "E11000 dup key", ep.ADD_RECORD))


def test_a_duplicate_told_by_a_500_leaves_a_batch_uncertain_and_a_record_not() -> None:
    assert from_sample("plain_500_duplicate", ep.ADD_MANY_RECORDS).maybe_applied
    assert not from_sample("plain_500_duplicate", ep.ADD_RECORD).maybe_applied


def test_every_method_answers_every_status_in_words() -> None:
    statuses = (400, 401, 403, 404, 405, 409, 415, 422, 429, 500, 503)
    said = {(each.name, status): str(refused(status, "", each)) for each in ENDPOINTS for status in statuses}
    assert len(said) == 34 * 11
    assert {case: words for case, words in said.items() if not is_a_sentence(words)} == {}


def is_a_sentence(words: str) -> bool:
    return words.endswith(".") and words[0].isupper() and "None" not in words and "{" not in words


def test_a_missing_privilege_is_named() -> None:
    needing = [endpoint for endpoint in ENDPOINTS if endpoint.privileges]
    said = {each.name: str(refused(403, "insufficient privileges", each)) for each in needing}
    assert len(said) == 33
    unnamed = {each.name: said[each.name] for each in needing if any(p not in said[each.name] for p in each.privileges)}
    assert unnamed == {}


def test_a_redirect_names_the_other_host() -> None:
    error = refusal_in(Answer(301, {"Location": "https://new.example/configapi"}, b""), ep.GET_CAMPAIGNS)
    assert isinstance(error, Broken)
    assert error.reason is Reason.REDIRECTED
    assert "https://new.example" in str(error)


NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:09 GMT"}, 9.0),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 01 Mar 2026 13:00:05 GMT", "Date": "Sun, 01 Mar 2026 13:00:00 GMT"}, 5.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Answer(429, headers, b"", NOON)) == seconds


def test_there_are_34_methods_each_with_its_own_place() -> None:
    assert len(ENDPOINTS) == 34
    assert len({(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}) == 34


@pytest.mark.parametrize("variable", ["../getAll", "a/b", "..", ".", "", "x?y=1", "ä #"])
def test_a_path_variable_cannot_leave_its_place(variable: str) -> None:
    url = ep.START.url(variable)
    assert url.count("/") == 5
    assert url.startswith("/configapi/v3/campaign/start/")
    assert not url.endswith(("/.", "/..", "/"))
    assert "?" not in url

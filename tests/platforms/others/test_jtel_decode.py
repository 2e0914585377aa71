"""What jtel's answers become, and what its refusals mean; no socket."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bpadmin.platforms.base import Answer
from bpadmin.platforms.codes import ResultType
from bpadmin.platforms.errors import (
    AuthFailed,
    Broken,
    Conflict,
    Invalid,
    NotFound,
    PlatformError,
    Reason,
    Unreachable,
    Unsupported,
)
from bpadmin.platforms.jtel import decode, endpoints
from bpadmin.platforms.jtel.columns import CAMPAIGN_COLUMNS, CONTACT_COLUMNS, columns_named, label_of
from bpadmin.platforms.jtel.endpoints import ENDPOINTS
from bpadmin.platforms.jtel.refusals import JUDGE
from bpadmin.platforms.sources import ColumnKind
from bpadmin.platforms.types import CampaignState
from tests.platforms.http_samples import said, sample


def shaped(name: str, shape: Callable[[Any], Any]) -> Any:
    return JUDGE.read(sample(f"jtel/{name}"), endpoints.GET_CAMPAIGNS, shape)


def test_campaigns_keep_every_member_as_it_came() -> None:
    first, second = shaped("campaigns", decode.campaigns)
    assert (first.id, first.name, first.state) == ("535", "Kampagne Süd", CampaignState.UNKNOWN)
    assert second.id == "536"
    assert first.fields["ContactPreviewTime"] == 5
    assert first.fields["nMaxParallelLines"] is None
    assert first.fields["NewInRelease4"] == {"depth": [1, 2]}


def test_a_campaign_without_an_id_of_its_own_has_the_one_asked_for() -> None:
    body = '{"records": [{"Name": "x"}], "count": 1, "status": 200}'
    campaign = JUDGE.read(said(body), endpoints.GET_CAMPAIGN, partial(decode.campaign, campaign_id="9"))
    assert campaign.id == "9"
    with pytest.raises(Broken):
        JUDGE.read(said(body), endpoints.GET_CAMPAIGNS, decode.campaigns)


def test_result_codes_tell_what_they_do() -> None:
    codes = shaped("result_codes", decode.result_codes)
    assert [code.type for code in codes] == [
        ResultType.DONE,
        ResultType.ABORTED,
        ResultType.DELAY,
        ResultType.APPOINTMENT,
    ]
    assert (codes[0].name, codes[0].export_key, codes[0].type_name) == ("Abgeschlossen", "ABG", "Abschluss")
    assert (codes[2].delay, codes[2].agent_bound) == (30, False)
    assert (codes[3].delay, codes[3].agent_bound) == (None, True)


@pytest.mark.parametrize("flags", ['"bDone": true, "bDelay": true', '"bDone": false', '"bDone": null'])
def test_a_result_code_that_is_not_one_thing_is_of_unknown_type(flags: str) -> None:
    body = f'{{"records": [{{"ID": 1, {flags}}}], "count": "1", "status": 200}}'
    (code,) = JUDGE.read(said(body), endpoints.GET_RESULT_CODES, decode.result_codes)
    assert code.type is ResultType.UNKNOWN


def test_contacts_keep_every_member_and_are_told_apart_by_their_id() -> None:
    first, second = shaped("contacts", decode.contacts)
    assert (first.id, second.id) == ("9001", "9002")
    assert first.entry["PhoneNumber1"] == "+49301234567"
    assert first.entry["Tag"] is None
    assert second.entry["Name"] == 'Ö} "]}, {'
    assert shaped("contact", decode.one_contact) == first


@pytest.mark.parametrize(
    "body",
    [
        '{"records": [], "count": 1, "status": 200}',
        '{"records": [], "count": 0, "status": 404}',
        '{"count": 0, "status": 200}',
        '{"records": ["x"], "count": 1}',
        '{"records": [{"ID": 1}], "cou',
        "[]",
    ],
)
def test_an_envelope_that_contradicts_itself_is_broken(body: str) -> None:
    with pytest.raises(Broken):
        JUDGE.read(said(body), endpoints.GET_CONTACTS, decode.contacts)


def test_a_deletion_tells_nothing_but_its_status() -> None:
    assert shaped("deleted", decode.done) is None
    with pytest.raises(Broken):
        JUDGE.read(said('{"status": 500}'), endpoints.DELETE_CAMPAIGN, decode.done)


def refused(name: str, endpoint: endpoints.Endpoint) -> PlatformError:
    error = JUDGE.refusal_in(sample(f"jtel/{name}"), endpoint)
    assert error is not None
    return error


@pytest.mark.parametrize(
    "name, endpoint, kind, reason",
    [
        ("error_404", endpoints.GET_CAMPAIGN, NotFound, Reason.CAMPAIGN_NOT_FOUND),
        ("error_404", endpoints.CLONE_CAMPAIGN, NotFound, Reason.CAMPAIGN_NOT_FOUND),
        ("error_404", endpoints.GET_CONTACT, NotFound, Reason.RECORD_NOT_FOUND),
        ("error_409", endpoints.CLONE_CAMPAIGN, Conflict, Reason.DUPLICATE_NAME),
        ("error_400", endpoints.FIND_CAMPAIGNS, Invalid, Reason.BAD_REQUEST),
    ],
)
def test_each_refusal_has_its_reason_and_keeps_the_platforms_words(
    name: str, endpoint: endpoints.Endpoint, kind: type[PlatformError], reason: Reason
) -> None:
    error = refused(name, endpoint)
    assert (type(error), error.reason) == (kind, reason)
    assert error.detail in ("Dialler campaign not found", "Dialler campaign already exists", "Missing parameter name")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_a_404_without_a_body_means_the_address_and_a_401_means_token_or_client_id(
    endpoint: endpoints.Endpoint,
) -> None:
    missing = refused("empty_404", endpoint)
    assert (type(missing), missing.reason) == (Unsupported, Reason.URL_NOT_FOUND)
    assert "address" in missing.message
    assert "release" in missing.message
    error = refused("error_401", endpoint)
    assert (type(error), error.reason) == (AuthFailed, Reason.BAD_CREDENTIALS)
    assert "token" in error.message
    assert "Client ID" in error.message


def test_what_all_platforms_have_in_common_holds_here_too() -> None:
    busy = JUDGE.refusal_in(Answer(429, {"Retry-After": "7"}, b""), endpoints.GET_CONTACTS)
    assert isinstance(busy, Unreachable)
    assert (busy.reason, busy.retry_after) == (Reason.RATE_LIMITED, 7.0)
    page = JUDGE.refusal_in(Answer(404, {"Content-Type": "text/html"}, b"<html>"), endpoints.GET_CONTACTS)
    assert isinstance(page, Broken)
    assert "jtel" in page.message


def test_columns_are_grouped_and_of_the_kind_that_their_names_tell() -> None:
    columns = {column.name: column for column in CONTACT_COLUMNS}
    assert len(columns) == len(CONTACT_COLUMNS) > 50
    kinds = {name: columns[name].kind for name in ("bPhoneNumber1Invalid", "nTriesPhoneNumber6", "dtNextTry")}
    assert list(kinds.values()) == [ColumnKind.FLAG, ColumnKind.NUMBER, ColumnKind.TIME]
    assert columns["PhoneNumber2"].kind is ColumnKind.PHONE
    assert columns["PhoneNumber2LastAcdAgentEndReasonsID"].kind is ColumnKind.TEXT
    assert columns["ExternalSystemLink"].kind is ColumnKind.LINK
    assert [columns[name].group for name in ("Name", "City", "AccountIBAN")] == ["Contact", "Address", "Bank"]
    assert {column.name for column in CAMPAIGN_COLUMNS} > {"dtFrom", "dtTo", "nMaxParallelLines"}


@pytest.mark.parametrize(
    "name, label",
    [
        ("UserData", "User data"),
        ("bLastResultMailbox", "Last result mailbox"),
        ("AccountIBAN", "Account IBAN"),
        ("PhoneNumber1", "Phone number 1"),
        ("DiallerCampaignsID", "Dialler campaigns ID"),
        ("dtNextTry", "Next try"),
        ("nTriesPhoneNumber6", "Tries phone number 6"),
        ("tFromMonday", "From Monday"),
    ],
)
def test_labels_are_the_names_in_words(name: str, label: str) -> None:
    assert label_of(name) == label


def test_members_that_no_document_names_are_told_by_their_names() -> None:
    columns = {each.name: each for each in columns_named(["tFromMonday", "bActive", "Name"])}

    assert set(columns) == {"tFromMonday", "bActive"}
    assert (columns["tFromMonday"].label, columns["tFromMonday"].group) == ("From Monday", "Hours of the week")
    assert columns["bActive"].kind is ColumnKind.FLAG


@pytest.mark.parametrize(
    "body", ['{"records":[],"count":0,"status":200}', '{"count":0}', '{"count":2,"status":200}', '{"status":409}', "[]"]
)
def test_an_import_that_counts_no_contact_is_no_success(body: str) -> None:
    with pytest.raises(Broken):
        JUDGE.read(said(body), endpoints.IMPORT_CONTACT, decode.imported)


def test_a_contact_whose_campaign_cannot_be_read_is_refused_by_the_reader() -> None:
    with pytest.raises(Broken, match="DiallerCampaignsID"):
        JUDGE.read(
            said('{"records":[{"ID":1,"DiallerCampaignsID":[500]}],"count":1}'),
            endpoints.FIND_CONTACTS,
            decode.contacts,
        )

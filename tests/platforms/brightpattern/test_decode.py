"""The decoder on the samples: every shape, every oddity, and nothing filled in that did not come."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern import decode, endpoints
from bpadmin.platforms.errors import Broken, Conflict, Invalid, NotFound, Reason
from bpadmin.platforms.types import (
    BatchResult,
    Bound,
    CampaignState,
    CreatedList,
    DncType,
    ListUse,
    RemoteJob,
    RemoteJobState,
    SortingField,
    SortingType,
    SortOrder,
    Token,
)
from tests.platforms.http_samples import ANY, FOLDER, said, sample, shaped


def test_a_token_lives_as_long_as_the_string_says() -> None:
    assert shaped("token", decode.token) == Token("5B0C77A1D2E94F3386AF", 3480.0)


def test_a_token_is_not_shown_by_its_repr() -> None:
    assert "5B0C" not in repr(shaped("token", decode.token))


@pytest.mark.parametrize(
    "body",
    [
        '{"access_token": "abc"}',
        '{"access_token": "", "expires_in": 5}',
        '{"access_token": "a b", "expires_in": 5}',
        '{"access_token": "' + "a" * 9_000 + '", "expires_in": 5}',
        '{"access_token": "abc", "expires_in": "soon"}',
        '{"access_token": "abc", "expires_in": -1}',
        '"abc"',
    ],
)
def test_a_token_that_cannot_be_used_is_broken_and_not_kept(body: str) -> None:
    with pytest.raises(Broken) as caught:
        decode.read(said(body), endpoints.GET_ACCESS_TOKEN, decode.token)
    assert caught.value.body == ""


def test_campaigns_come_with_their_states() -> None:
    found = shaped("campaigns", decode.campaigns)
    assert [(item.name, item.state) for item in found] == [
        ("Winter renewals", CampaignState.STOPPED),
        ("Payment reminders", CampaignState.RUNNING),
    ]
    assert found[0].enabled is None
    assert found[0].lists is None


def test_no_campaigns_are_no_error() -> None:
    assert shaped("campaigns_none", decode.campaigns) == ()


def test_a_campaign_has_its_lists_whatever_the_capitals_and_number_strings() -> None:
    campaign = shaped("campaign", partial(decode.campaign, campaign_id="C1"))
    assert campaign.id == "C1"
    assert campaign.enabled is True
    first, second = campaign.lists
    assert first.sorting.type is SortingType.CUSTOM
    assert first.sorting.fields == (SortingField("Balance", SortOrder.DESC, "f7"),)
    assert (first.order, first.dialing_ratio, first.total_records) == (1, 2, 1200)
    assert second.sorting.type is SortingType.NATURAL
    assert (second.order, second.dialing_ratio, second.total_records) == (2, 1, 64)
    assert second.enabled is False
    assert second.instance_name == "evenings only"


def test_a_campaign_has_its_dnc_lists_with_country_in_either_spelling() -> None:
    states, paid, house = shaped("campaign", partial(decode.campaign, campaign_id="C1")).dnc_lists
    assert (states.type, states.country) == (DncType.GEOGRAPHIC_AREACODE, "US")
    assert (paid.type, paid.list_field, paid.disposition) == (DncType.EXCLUSION, "account", "DNC match")
    assert (house.type, house.country) == (DncType.INTERNAL, "DE")


@pytest.mark.parametrize(
    "word, kind",
    [("AREA_CODES", DncType.GEOGRAPHIC_AREACODE), ("exclusion", DncType.EXCLUSION), ("Lunar", DncType.UNKNOWN)],
)
def test_a_dnc_type_has_one_spelling_whatever_it_is_called(word: str, kind: DncType) -> None:
    body = f'{{"state": "RUNNING", "name": "x", "dncLists": [{{"id": "1", "name": "n", "type": "{word}"}}]}}'
    campaign = decode.read(said(body), ANY, partial(decode.campaign, campaign_id="C1"))
    assert campaign.dnc_lists is not None
    assert campaign.dnc_lists[0].type is kind


def test_a_status_says_nothing_about_lists() -> None:
    status = shaped("campaign_status", partial(decode.campaign, campaign_id="C1"))
    assert (status.state, status.enabled, status.lists, status.dnc_lists) == (CampaignState.STOPPED, True, None, None)


def test_a_state_of_a_later_version_is_unknown_and_no_error() -> None:
    body = '[{"id": "1", "name": "x", "state": "PAUSED"}]'
    assert decode.read(said(body), ANY, decode.campaigns)[0].state is CampaignState.UNKNOWN


def test_curly_quotes_are_read() -> None:
    state = partial(decode.state, implied=CampaignState.UNKNOWN)
    assert shaped("start_curly_quotes", state) is CampaignState.RUNNING
    assert shaped("stop_curly_quotes", state) is CampaignState.STOPPED


def test_an_empty_success_means_that_the_campaign_does_what_was_asked() -> None:
    assert shaped("empty", partial(decode.state, implied=CampaignState.RUNNING)) is CampaignState.RUNNING


def test_binding_answers_the_instance() -> None:
    expected = Bound("1257A0CE-0000-4000-8000-000000000003", 1200)
    assert shaped("bind_list", partial(decode.bound, instance_id="")) == expected


def test_updating_a_binding_keeps_the_instance_that_was_named() -> None:
    assert shaped("update_list", partial(decode.bound, instance_id="I1")) == Bound("I1", 64)
    assert shaped("empty", partial(decode.bound, instance_id="I1")) == Bound("I1", None)


def test_lists_come_page_by_page() -> None:
    page = shaped("lists", decode.list_page)
    first, second = page.items
    assert first.created == datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)
    assert (first.name, first.format_name, first.total_records) == ("north.csv", "renewals", 1200)
    assert first.campaigns is None
    assert (second.created, second.total_records) == (None, 64)
    assert page.next_cursor == "65a1f00000000000000000ac"


def test_a_list_tells_where_it_is_bound() -> None:
    found = shaped("list", partial(decode.calling_list, list_id="L1"))
    assert found.id == "L1"
    assert found.campaigns == (ListUse("C1", "Winter renewals", "I1"), ListUse("C1", "Winter renewals", "I2"))
    unbound = shaped("list_unbound", partial(decode.calling_list, list_id="L2"))
    assert (unbound.campaigns, unbound.created, unbound.total_records) == ((), None, 0)


def test_creating_a_list_answers_its_ids() -> None:
    assert shaped("created_list", decode.created_list) == CreatedList("11570000-0000-4000-8000-000000000009")
    assert shaped("created_list_and_format", decode.created_list).format_id == "F0121A7-9"


def test_a_partial_success_names_the_refused_records_by_bucket() -> None:
    result = shaped("add_many_partial", partial(decode.batch, count_name="added"))
    assert result.count == 1
    assert result.errors["duplicateKey"][0]["id"] == "K2"
    assert result.error_count == 1


def test_a_full_success_has_no_errors() -> None:
    assert shaped("add_many_all_in", partial(decode.batch, count_name="added")) == BatchResult(2, {})


def test_buckets_nobody_documented_are_kept_with_all_they_hold() -> None:
    result = shaped("add_many_unknown_buckets", partial(decode.batch, count_name="added"))
    assert result.errors["missingRequired"] == ({"id": "K3"},)
    assert result.errors["quotaOfTomorrow"] == ({"value": "K4"}, {"value": ["K5", "x"]})
    assert "formatError" not in result.errors
    assert result.error_count == 3


@pytest.mark.parametrize(
    "name, count_name, bucket",
    [
        ("update_many_partial", "updated", "keyNotFound"),
        ("dnc_delete_many", "deleted", "keyNotFound"),
        ("dnc_add_many", "added", "duplicateKey"),
    ],
)
def test_every_bulk_method_reports_alike(name: str, count_name: str, bucket: str) -> None:
    result = shaped(name, partial(decode.batch, count_name=count_name))
    assert (result.count, list(result.errors)) == (1, [bucket])


@pytest.mark.parametrize("body", ["{}", '{"error": {}}', '{"added": null}', '{"added": 1, "error": "oops"}', "[]", "7"])
def test_a_bulk_answer_without_a_count_is_never_taken_for_zero(body: str) -> None:
    with pytest.raises(Broken) as caught:
        decode.read(said(body), ANY, partial(decode.batch, count_name="added"))
    assert caught.value.reason is Reason.UNEXPECTED_SHAPE
    assert caught.value.body == body


def test_a_deletion_answers_a_job_with_a_comment_behind_a_number() -> None:
    job = shaped("delete_job_with_comment", decode.remote_job)
    assert job == RemoteJob("65b2000000000000000000cc", estimated_seconds=38)
    assert job.state is RemoteJobState.PROCESSING


def test_a_deletion_of_a_newer_tenant_answers_the_number() -> None:
    assert shaped("delete_answered_at_once", decode.remote_job) == RemoteJob(
        "", RemoteJobState.COMPLETE, 100, deleted=2
    )


def test_a_deletion_in_an_empty_list_answers_nothing() -> None:
    assert shaped("empty", decode.remote_job) == RemoteJob("", RemoteJobState.COMPLETE, 100, deleted=None)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("job_processing", RemoteJob("J1", RemoteJobState.PROCESSING, 31)),
        ("job_complete", RemoteJob("J1", RemoteJobState.COMPLETE, 100, deleted=47500)),
        ("job_failed", RemoteJob("J1", RemoteJobState.FAILED, 12, error_message="list was removed")),
    ],
)
def test_a_job_says_how_far_it_is(name: str, expected: RemoteJob) -> None:
    assert shaped(name, partial(decode.job_status, job_id="J1")) == expected


def test_a_job_in_an_unknown_state_is_not_taken_for_finished() -> None:
    with pytest.raises(Broken):
        decode.read(
            said('{"completion_percentage": 5, "job_complete": "maybe"}'), ANY, partial(decode.job_status, job_id="J")
        )


def test_counts_are_read_and_an_empty_answer_is_none_deleted() -> None:
    assert shaped("dnc_deleted", partial(decode.count, count_name="deleted")) == 2
    assert shaped("dnc_add_deprecated", partial(decode.count, count_name="added")) == 2
    assert shaped("empty", partial(decode.count, count_name="deleted")) == 0


def test_a_success_without_words_is_enough_where_none_are_promised() -> None:
    decode.read(sample("empty"), ANY, decode.done)
    decode.read(Answer(204, {}, b""), ANY, decode.done)
    decode.read(said('{"anything": 1, "error": {"duplicateKey": []}}'), ANY, decode.done)


@pytest.mark.parametrize(
    "body, error, reason",
    [
        ('{"error": {"duplicateKey": [{"id": 1}]}}', Conflict, Reason.DUPLICATE_KEY),
        ('{"error": {"keyNotFound": [{"id": 1}]}}', NotFound, Reason.RECORD_NOT_FOUND),
        ('{"error": "bad_request", "error_description": "no"}', Invalid, Reason.BAD_REQUEST),
    ],
)
def test_a_success_that_names_an_error_is_none(body: str, error: type[Exception], reason: Reason) -> None:
    with pytest.raises(error) as caught:
        decode.read(said(body), ANY, decode.done)
    assert caught.value.reason is reason  # type: ignore[attr-defined]
    assert caught.value.body == body  # type: ignore[attr-defined]


def test_a_truncated_body_is_broken_and_keeps_its_beginning() -> None:
    with pytest.raises(Broken) as caught:
        shaped("truncated", partial(decode.batch, count_name="added"))
    assert caught.value.reason is Reason.NOT_JSON
    assert caught.value.body.startswith('{"added": 998')


def test_an_empty_body_that_may_have_been_cut_is_broken() -> None:
    with pytest.raises(Broken) as caught:
        decode.read(Answer(200, {}, b""), ANY, decode.done)
    assert caught.value.reason is Reason.NOT_JSON


def test_a_web_page_is_broken_and_says_what_may_have_sent_it() -> None:
    with pytest.raises(Broken, match="web page") as caught:
        shaped("web_page_in_place_of_answer", decode.campaigns)
    assert caught.value.reason is Reason.WEB_PAGE
    assert "Sign in to the network" in caught.value.body


def test_a_broken_answer_keeps_two_kilobytes_and_no_more() -> None:
    with pytest.raises(Broken) as caught:
        decode.read(said("x" * 10_000), ANY, decode.campaigns)
    assert caught.value.body == "x" * 2048


@pytest.mark.parametrize(
    "body",
    [
        '{"state": "STOPPED"}',
        '[{"id": "1", "name": "x"}]',
        '[{"id": "1", "name": "x", "state": 3.5, "enabled": "perhaps"}]',
        '[{"id": "1", "name": ["x"], "state": "STOPPED"}]',
        '"STOPPED"',
        "null",
        "17",
    ],
)
def test_campaigns_of_an_unknown_shape_are_broken(body: str) -> None:
    with pytest.raises(Broken) as caught:
        decode.read(said(body), ANY, decode.campaigns)
    assert caught.value.reason is Reason.UNEXPECTED_SHAPE


def test_every_sample_is_used() -> None:
    tests = "".join(path.read_text() for path in FOLDER.parent.rglob("test_*.py"))
    unused = [path.stem for path in FOLDER.glob("*.http") if f'"{path.stem}"' not in tests]
    assert unused == []

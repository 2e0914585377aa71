"""The newer Do Not Call methods: each against the sandbox tenant that has them, and on tenants that do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern import dnc_lists
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.brightpattern.endpoints import ENDPOINTS
from bpadmin.platforms.brightpattern.info import INFO
from bpadmin.platforms.brightpattern.latest.groups import DNC_GROUP
from bpadmin.platforms.brightpattern.newer_endpoints import GET_DNC_LIST, NEWER_ENDPOINTS
from bpadmin.platforms.brightpattern.refusals import refusal_in
from bpadmin.platforms.errors import (
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
from bpadmin.platforms.http.lenient import Misshapen
from bpadmin.platforms.types import DailyReset, DncListInfo, DncRecord, DncType, DncUse
from tests.platforms.scripted_server import Cut, Say, ScriptedServer
from tests.platforms.stage import Stage

OLDER = INFO.capabilities
ALL = OLDER | DNC_GROUP


@pytest.fixture
def newer(stage: Stage) -> Stage:
    stage.sandbox.options(newer_dnc=True)
    return stage


def get_dnc_records(stage: Stage) -> None:
    held = stage.sandbox.create_dnc_list("House", "INTERNAL", [str(number) for number in range(5)])
    first = stage.client.get_dnc_records(held, limit=3)
    rest = stage.client.get_dnc_records(held, limit=3, cursor=first.next_cursor)
    assert [record.key for record in (*first.items, *rest.items)] == ["0", "1", "2", "3", "4"]
    assert rest.next_cursor == ""
    pages = list(stage.client.walk_dnc_records(held, limit=2))
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert all(record.added and record.set_on and record.expire_at is None for record in pages[0].items)
    with pytest.raises(Invalid) as caught:
        stage.client.get_dnc_records(held, limit=1001)
    assert caught.value.reason is Reason.LIMIT_TOO_LARGE
    with pytest.raises(NotFound) as missing:
        stage.client.get_dnc_records("nowhere")
    assert missing.value.reason is Reason.DNC_LIST_NOT_FOUND


def get_dnc_lists(stage: Stage) -> None:
    kinds = [kind for kind in DncType if kind is not DncType.UNKNOWN]
    made = {stage.sandbox.create_dnc_list(f"List {kind}", kind.value, ["1", "2"]): kind for kind in kinds}
    walked = list(stage.client.walk_dnc_lists(limit=2))
    assert {info.id: info.type for info in walked} == made
    assert all(info.created and info.total_records == 2 and info.campaigns is None for info in walked)
    page = stage.client.get_dnc_lists(limit=4)
    assert len(page.items) == 4
    assert page.next_cursor


def get_dnc_list(stage: Stage) -> None:
    held = stage.sandbox.create_dnc_list("House", "INTERNAL", ["1"], bind=[stage.campaign_id])
    info = stage.client.get_dnc_list(held)
    assert (info.id, info.name, info.type, info.total_records) == (held, "House", DncType.INTERNAL, 1)
    assert (info.expire_records, info.default_expiration_period) == (False, 90)
    assert info.campaigns == (DncUse(stage.campaign_id, "Renewals", "Number matches DNC", allow_append=False),)
    areas = stage.client.get_dnc_list(stage.sandbox.create_dnc_list("Areas", "GEOGRAPHIC_AREACODE", country="US"))
    assert (areas.type, areas.type_name, areas.country) == (DncType.GEOGRAPHIC_AREACODE, "AREA_CODES", "US")
    assert areas.campaigns == ()
    with pytest.raises(NotFound) as missing:
        stage.client.get_dnc_list("nowhere")
    assert missing.value.reason is Reason.DNC_LIST_NOT_FOUND


def create_dnc_list(stage: Stage) -> None:
    client = stage.client
    made = client.create_dnc_list(
        name="June", type=DncType.INTERNAL, expire_records=True, default_expiration_period=120
    )
    info = client.get_dnc_list(made.id)
    assert (info.name, info.expire_records, info.default_expiration_period) == ("June", True, 120)
    codes = client.create_dnc_list(name="Areas", type=DncType.GEOGRAPHIC_AREACODE, country="prefixed")
    assert client.get_dnc_list(codes.id).country == "prefixed"
    paid = client.create_dnc_list(
        name="Paid",
        type=DncType.EXCLUSION,
        exclusion_field="id",
        reset_daily=True,
        reset=DailyReset("04:00:00", "Asia/Tokyo"),
    )
    shown = client.get_dnc_list(paid.id)
    assert (shown.list_field, shown.reset_daily, shown.reset_time) == ("id", True, "04:00:00 AM +09:00")
    with pytest.raises(Conflict) as caught:
        client.create_dnc_list(name="June", type=DncType.INTERNAL)
    assert caught.value.reason is Reason.DUPLICATE_NAME
    with pytest.raises(Invalid) as states:
        client.create_dnc_list(name="States", type=DncType.GEOGRAPHIC_STATE)
    assert states.value.reason is Reason.DNC_TYPE_NOT_EDITABLE
    with pytest.raises(Invalid, match="country"):
        client.create_dnc_list(name="Postal", type=DncType.GEOGRAPHIC_POSTAL)


def update_dnc_properties(stage: Stage) -> None:
    held = stage.client.create_dnc_list(name="House", type=DncType.INTERNAL).id
    stage.client.update_dnc_properties(held, name="Home", expire_records=True)
    info = stage.client.get_dnc_list(held)
    assert (info.name, info.expire_records, info.default_expiration_period) == ("Home", True, 90)
    stage.client.update_dnc_properties(held, default_expiration_period=7)
    assert stage.client.get_dnc_list(held).default_expiration_period == 7
    states = stage.sandbox.create_dnc_list("States", "GEOGRAPHIC_STATE")
    with pytest.raises(Forbidden) as caught:
        stage.client.update_dnc_properties(states, name="More states")
    assert caught.value.reason is Reason.DNC_TYPE_NOT_EDITABLE


def delete_dnc_list(stage: Stage) -> None:
    held = stage.sandbox.create_dnc_list("House", "INTERNAL", ["1"], bind=[stage.campaign_id])
    stage.client.delete_dnc_list(held)
    assert stage.client.get_campaign(stage.campaign_id).dnc_lists == ()
    with pytest.raises(NotFound) as caught:
        stage.client.delete_dnc_list(held)
    assert caught.value.reason is Reason.DNC_LIST_NOT_FOUND
    assert caught.value.maybe_applied is False


def bind_dnc_list(stage: Stage) -> None:
    held = stage.sandbox.create_dnc_list("House", "INTERNAL")
    stage.client.bind_dnc_list(stage.campaign_id, dnc_list_id=held, disposition="Asked", allow_append=True)
    (binding,) = stage.client.get_campaign(stage.campaign_id).dnc_lists or ()
    assert (binding.id, binding.disposition) == (held, "Asked")
    (use,) = stage.client.get_dnc_list(held).campaigns or ()
    assert use.allow_append is True
    with pytest.raises(NotFound) as campaign:
        stage.client.bind_dnc_list("nowhere", dnc_list_id=held, disposition="x")
    assert campaign.value.reason is Reason.CAMPAIGN_NOT_FOUND
    with pytest.raises(NotFound) as missing:
        stage.client.bind_dnc_list(stage.campaign_id, dnc_list_id="nowhere", disposition="x")
    assert missing.value.reason is Reason.DNC_LIST_NOT_FOUND
    with pytest.raises(Invalid, match="disposition"):
        stage.client.bind_dnc_list(stage.campaign_id, dnc_list_id=held, disposition="")


def unbind_dnc_list(stage: Stage) -> None:
    held = stage.sandbox.create_dnc_list("House", "INTERNAL", bind=[stage.campaign_id])
    stage.client.unbind_dnc_list(stage.campaign_id, dnc_list_id=held)
    assert stage.client.get_campaign(stage.campaign_id).dnc_lists == ()
    with pytest.raises(Conflict) as caught:
        stage.client.unbind_dnc_list(stage.campaign_id, dnc_list_id=held)
    assert caught.value.reason is Reason.LIST_NOT_BOUND


CLAIMS: dict[str, Callable[[Stage], None]] = {endpoint.name: globals()[endpoint.name] for endpoint in NEWER_ENDPOINTS}
CALLS: dict[str, Callable[[BrightPatternClient], Any]] = {
    "get_dnc_records": lambda client: client.get_dnc_records("D"),
    "get_dnc_lists": lambda client: client.get_dnc_lists(),
    "get_dnc_list": lambda client: client.get_dnc_list("D"),
    "create_dnc_list": lambda client: client.create_dnc_list(name="D", type=DncType.INTERNAL),
    "update_dnc_properties": lambda client: client.update_dnc_properties("D", name="E"),
    "delete_dnc_list": lambda client: client.delete_dnc_list("D"),
    "bind_dnc_list": lambda client: client.bind_dnc_list("C", dnc_list_id="D", disposition="x"),
    "unbind_dnc_list": lambda client: client.unbind_dnc_list("C", dnc_list_id="D"),
}


def test_there_are_8_newer_methods_each_with_its_own_place() -> None:
    assert len(NEWER_ENDPOINTS) == 8
    places = {(endpoint.method, endpoint.path) for endpoint in (*ENDPOINTS, *NEWER_ENDPOINTS)}
    assert len(places) == 42
    assert CALLS.keys() == {endpoint.name for endpoint in NEWER_ENDPOINTS}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_method_does_what_its_document_says(name: str, newer: Stage) -> None:
    CLAIMS[name](newer)
    assert newer.sandbox.stats()["requests"][name] > 0


@pytest.mark.parametrize("name", CALLS)
def test_a_tenant_of_the_older_version_says_that_it_cannot(name: str, stage: Stage) -> None:
    with pytest.raises(Unsupported, match="version is older") as caught:
        CALLS[name](stage.client)
    assert caught.value.maybe_applied is False


def test_every_method_answers_every_status_in_words() -> None:
    said = {
        (endpoint.name, status): str(refusal_in(Answer(status, {}, b""), endpoint))
        for endpoint in NEWER_ENDPOINTS
        for status in (400, 401, 403, 404, 409, 429, 500)
    }
    assert len(said) == 7 * len(NEWER_ENDPOINTS) > 0
    assert {case: words for case, words in said.items() if not is_a_sentence(words)} == {}


def is_a_sentence(words: str) -> bool:
    return words.endswith(".") and words[0].isupper() and "{" not in words


def test_the_names_that_the_document_spells_in_two_ways_are_tried_in_turn(newer: Stage) -> None:
    held = newer.sandbox.create_dnc_list("House", "INTERNAL")
    reset = DailyReset("23:30:00", "UTC")
    for has_oddities in (False, True):
        newer.sandbox.options(document_oddities=has_oddities)
        newer.client.bind_dnc_list(newer.campaign_id, dnc_list_id=held, disposition="x")
        newer.client.unbind_dnc_list(newer.campaign_id, dnc_list_id=held)
        made = newer.client.create_dnc_list(
            name=f"Paid {has_oddities}", type=DncType.EXCLUSION, exclusion_field="id", reset_daily=True, reset=reset
        )
        newer.client.update_dnc_properties(made.id, reset=DailyReset("12:00:00", "UTC"))
        assert newer.client.get_dnc_list(made.id).reset_time == "12:00:00 PM +00:00"


def test_a_refusal_that_is_not_about_the_spelling_is_not_repeated(opened: Any) -> None:
    with ScriptedServer(
        Say({"error": "bad_request", "error_description": "no such disposition"}, status=400)
    ) as server:
        with pytest.raises(Invalid, match="no such disposition"):
            opened(server.url).bind_dnc_list("C", dnc_list_id="D", disposition="x")
        assert len(server.seen) == 1


def test_a_binding_whose_answer_was_lost_is_uncertain_and_not_repeated(opened: Any) -> None:
    with ScriptedServer(Cut()) as server:
        with pytest.raises(Unreachable) as caught:
            opened(server.url).bind_dnc_list("C", dnc_list_id="D", disposition="x")
        assert caught.value.maybe_applied
        assert len(server.seen) == 1


def test_limit_and_cursor_go_in_the_body_of_a_get(opened: Any) -> None:
    with ScriptedServer(Say({"next_cursor": "c2", "records": [{"key": "1"}]}), Say({"records": []})) as server:
        pages = list(opened(server.url).walk_dnc_records("D", limit=1))
        assert [page.items for page in pages] == [(DncRecord("1"),), ()]
        assert [(seen.method, seen.body) for seen in server.seen] == [
            ("GET", b'{"limit":1}'),
            ("GET", b'{"limit":1,"cursor":"c2"}'),
        ]


def test_a_cursor_that_comes_again_ends_the_walk(opened: Any) -> None:
    with ScriptedServer(Say({"next_cursor": "c2", "records": [{"key": "1"}]})) as server:
        with pytest.raises(Broken) as caught:
            list(opened(server.url).walk_dnc_records("D", limit=1))
        assert caught.value.reason is Reason.CURSOR_REPEATED


def test_the_probe_tells_the_versions_apart_by_one_read(stage: Stage) -> None:
    older = stage.client.probe_capabilities(ALL)
    assert stage.sandbox.stats()["requests"]["unknown"] == 1
    assert older == OLDER
    before = stage.sandbox.stats()["requests_total"]
    stage.sandbox.options(newer_dnc=True)
    assert stage.client.probe_capabilities(ALL) == ALL
    assert stage.sandbox.stats()["requests_total"] - before == 1


@pytest.mark.parametrize(
    "step",
    [
        Say(status=404),
        Say(status=405),
        Say(b"Method Not Allowed", status=405),
        Say(b"HTTP 404 Not Found", status=404),
        Say(b"<html><body>404</body></html>", status=404),
        Say(status=501),
    ],
)
def test_any_way_of_not_knowing_the_method_means_the_older_version(opened: Any, step: Say) -> None:
    with ScriptedServer(step) as server:
        assert opened(server.url).probe_capabilities(ALL) == OLDER
        assert len(server.seen) == 1


@pytest.mark.parametrize("step", [Say(status=403), Say(status=500), Say({"error": "x"}, status=400), Cut()])
def test_an_answer_that_does_not_tell_is_no_version(opened: Any, step: Any) -> None:
    with ScriptedServer(step) as server, pytest.raises(PlatformError):
        opened(server.url).probe_capabilities(ALL)


def test_an_entry_may_end_by_itself_on_a_newer_tenant(newer: Stage) -> None:
    held = newer.sandbox.create_dnc_list("House", "INTERNAL")
    result = newer.client.add_many_dnc_records(held, [DncRecord("1", "asked", expiration_days=3), DncRecord("2")])
    assert result.count == 2
    (first, second) = newer.client.get_dnc_records(held).items
    assert first.expire_at is not None
    assert first.set_on is not None
    assert first.expire_at - first.set_on == timedelta(days=3)
    assert (first.comment, second.comment, second.expire_at) == ("asked", "", None)


@pytest.mark.parametrize(
    "name, kind",
    [
        ("INTERNAL", DncType.INTERNAL),
        ("Internal", DncType.INTERNAL),
        (" internal ", DncType.INTERNAL),
        ("AREA_CODES", DncType.GEOGRAPHIC_AREACODE),
        ("GEOGRAPHIC_AREACODE", DncType.GEOGRAPHIC_AREACODE),
        ("Geographic (Area Codes)", DncType.GEOGRAPHIC_AREACODE),
        ("GEOGRAPHIC_POSTAL", DncType.GEOGRAPHIC_POSTAL),
        ("Geographic (Postal)", DncType.GEOGRAPHIC_POSTAL),
        ("Geographic (State/Province)", DncType.GEOGRAPHIC_STATE),
        ("GEOGRAPHIC_STATE", DncType.GEOGRAPHIC_STATE),
        ("Record Exclusion", DncType.EXCLUSION),
        ("EXCLUSION", DncType.EXCLUSION),
        ("LUNAR", DncType.UNKNOWN),
        ("", DncType.UNKNOWN),
    ],
)
def test_a_type_is_known_by_all_its_names(name: str, kind: DncType) -> None:
    assert dnc_lists.dnc_type_named(name) is kind


def test_a_list_is_read_with_all_that_the_document_shows() -> None:
    shown = {
        "Name": "House",
        "type": "EXCLUSION",
        "creationDate": "2026-02-01T08:00:00.250",
        "totalRecords": "17",
        "expireRecords": "true",
        "defaultExpirationPeriod": 30,
        "resetDaily": True,
        "resetTime": "12:00:00 PM -08:00",
        "campaigns": [{"campaignId": "C1", "campaignName": "Spring", "disposition": "Match"}],
    }
    assert dnc_lists.dnc_list(shown, "D1") == DncListInfo(
        id="D1",
        name="House",
        type=DncType.EXCLUSION,
        type_name="EXCLUSION",
        created=datetime(2026, 2, 1, 8, 0, 0, 250000, tzinfo=UTC),
        total_records=17,
        expire_records=True,
        default_expiration_period=30,
        reset_daily=True,
        reset_time="12:00:00 PM -08:00",
        campaigns=(DncUse("C1", "Spring", "Match"),),
    )


@pytest.mark.parametrize("shown", [{"name": "no id"}, [], "x", {"id": "1", "totalRecords": "many"}])
def test_what_is_no_list_is_not_taken_for_one(shown: Any) -> None:
    with pytest.raises(Misshapen):
        dnc_lists.dnc_list(shown, "")


def test_an_entry_without_a_key_is_not_passed_over() -> None:
    with pytest.raises(Misshapen, match="key"):
        dnc_lists.dnc_record_page({"records": [{"key": "1"}, {"comment": "x"}]})


def test_only_the_list_itself_decides_what_a_plain_404_means() -> None:
    error = refusal_in(Answer(404, {}, b"Object does not exist"), GET_DNC_LIST)
    assert error is not None
    assert error.reason is Reason.DNC_LIST_NOT_FOUND

"""What goes out in bodies, and walks over pages: they end where the pages do, and a circle is an error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bpadmin.platforms import open_client
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.errors import Broken, Invalid, Reason
from bpadmin.platforms.types import DeletePolicy, FieldSpec, FieldType, RecordKind, Sorting, SortingType
from tests.platforms.scripted_server import Say, ScriptedServer

CREDENTIALS = {"client_id": "reader", "client_secret": "secret"}


def page(count: int, cursor: str | None) -> Say:
    records = [{"id": str(number), "name": "x", "entry": {"id": number}} for number in range(count)]
    return Say({"next_cursor": cursor, "records": records})


@pytest.fixture
def play() -> Iterator[Callable[..., tuple[BrightPatternClient, ScriptedServer]]]:
    opened: list[tuple[BrightPatternClient, ScriptedServer]] = []

    def start(*script: Say) -> tuple[BrightPatternClient, ScriptedServer]:
        server = ScriptedServer(*script)
        client = open_client("brightpattern", base_url=server.url, credentials=CREDENTIALS, tokens=MemoryTokens())
        opened.append((client, server))
        return client, server

    yield start
    for client, server in opened:
        client.close()
        server.__exit__()


Play = Callable[..., tuple[BrightPatternClient, ScriptedServer]]


def cursors(server: ScriptedServer) -> list[str | None]:
    return [json.loads(request.body)["cursor"] for request in server.seen]


def test_a_short_page_ends_the_walk_whatever_its_cursor(play: Play) -> None:
    client, server = play(page(2, "a"), page(1, "b"))
    assert len(list(client.walk_lists(limit=2))) == 3
    assert cursors(server) == [None, "a"]


@pytest.mark.parametrize("end", [None, ""])
def test_a_page_without_a_next_one_ends_the_walk_however_full(play: Play, end: str | None) -> None:
    client, server = play(page(2, "a"), page(2, end))
    assert len(list(client.walk_lists(limit=2))) == 4
    assert len(server.seen) == 2


def test_an_empty_tenant_is_one_page(play: Play) -> None:
    client, server = play(page(0, None))
    assert list(client.walk_lists()) == []
    assert len(server.seen) == 1


@pytest.mark.parametrize("script", [("a", "a"), ("a", "b", "a")])
def test_a_cursor_that_comes_again_is_an_error_and_no_loop(play: Play, script: tuple[str, ...]) -> None:
    client, server = play(*(page(2, cursor) for cursor in script))
    with pytest.raises(Broken) as caught:
        list(client.walk_lists(limit=2))
    assert caught.value.reason is Reason.CURSOR_REPEATED
    assert len(server.seen) == len(script)


def test_pages_are_read_only_as_they_are_asked_for(play: Play) -> None:
    client, server = play(page(2, "a"), page(2, "b"), page(0, None))
    next(client.walk_lists(limit=2))
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "kind, method",
    [
        (RecordKind.ALL, "getAllRecords"),
        (RecordKind.COMPLETED, "getCompletedRecords"),
        (RecordKind.UPDATED, "getUpdatedRecords"),
    ],
)
def test_records_are_walked_page_by_page_in_each_kind(play: Play, kind: RecordKind, method: str) -> None:
    client, server = play(page(3, "a"), page(3, "b"), page(0, None))
    since = datetime(2026, 3, 1, 8, tzinfo=UTC)
    pages = list(client.walk_records(kind, "C1", instance_id="I1", start_time=since, limit=3))
    assert [len(one.items) for one in pages] == [3, 3, 0]
    assert all(request.path.endswith(f"/{method}/C1") for request in server.seen)
    times = {json.loads(request.body).get("startTime") for request in server.seen}
    assert times == ({None} if kind is RecordKind.ALL else {"2026-03-01T08:00:00.000"})


def test_a_walk_can_go_on_from_where_another_ended(play: Play) -> None:
    client, server = play(page(2, "b"), page(1, None))
    list(client.walk_records(RecordKind.ALL, "C1", instance_id="I1", limit=2, cursor="a"))
    assert cursors(server) == ["a", "b"]


def test_a_walk_that_leads_back_to_where_it_began_is_an_error(play: Play) -> None:
    client, _ = play(page(2, "a"))
    with pytest.raises(Broken):
        list(client.walk_records(RecordKind.ALL, "C1", instance_id="I1", limit=2, cursor="a"))


def test_a_sorting_that_only_the_platform_knows_is_never_sent(play: Play) -> None:
    client, server = play(page(0, None))
    with pytest.raises(Invalid, match="sorted in a way"):
        client.update_list("C1", instance_id="I1", sorting=Sorting(SortingType.UNKNOWN))
    assert server.seen == []


def test_a_deletion_by_state_names_its_campaign(play: Play) -> None:
    client, server = play(page(0, None))
    with pytest.raises(Invalid):
        client.delete_many_records("L1", policy=DeletePolicy.ALL)
    assert server.seen == []


def test_all_criteria_of_a_deletion_go_out_as_documented(play: Play) -> None:
    client, server = play(Say({"job": "J1", "estimated_time": "3"}))
    job = client.delete_many_records(
        "L1",
        fields={"account": ["1", "2"], "phone": "15550100"},
        campaign_id="C1",
        policy=DeletePolicy.ONLY_COMPLETED,
        created_from=datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=2))),
        created_to=datetime(2026, 3, 2, tzinfo=UTC),
    )
    assert job.estimated_seconds == 3
    assert json.loads(server.seen[0].body) == {
        "fields": {"account": ["1", "2"], "phone": ["15550100"]},
        "byCampaignResult": {"campaignId": "C1", "policy": "ONLY_COMPLETED"},
        "createdFrom": "2026-03-01T08:00:00.000",
        "createdTo": "2026-03-02T00:00:00.000",
    }


def test_a_field_goes_out_with_the_properties_of_its_type_alone(play: Play) -> None:
    client, server = play(Say({"id": "L1", "formatId": "F1"}))
    fields = [
        FieldSpec("due", FieldType.PRIORITY, priority_order="LIFO", phone_type="US_CANADA", date_format="yyyy-MM-dd"),
        FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA", remove_prefix="0"),
        FieldSpec("note"),
    ]
    client.create_list_with_new_format(format_name="f", fields=fields, list_name="n.csv")
    switches = {"required": False, "searchable": False, "skip": False, "key": False}
    assert json.loads(server.seen[0].body) == {
        "formatName": "f",
        "fields": [
            {"name": "due", "type": "PRIORITY", **switches, "order": "LIFO"},
            {"name": "phone", "type": "PHONE", **switches, "phoneType": "US_CANADA"},
            {"name": "note", "type": "OTHER", **switches},
        ],
        "listName": "n.csv",
    }


def test_a_time_without_a_zone_is_refused_before_anything_is_sent(play: Play) -> None:
    client, server = play(page(0, None))
    with pytest.raises(ValueError, match="time zone"):
        client.get_completed_records("C1", instance_id="I1", start_time=datetime(2026, 3, 1))
    assert server.seen == []

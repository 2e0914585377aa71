"""Paging by index and by time: every record once, and an error where one could be missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bpadmin.platforms.brightpattern_legacy.decode import completed_at
from bpadmin.platforms.brightpattern_legacy.walking import (
    Reached,
    index_of,
    mark_of,
    page_by_index,
    page_by_time,
    reached,
    size_for,
)
from bpadmin.platforms.errors import Broken, Invalid, Reason
from bpadmin.platforms.types import Attempt, Page, Record, RecordStatus

START = datetime(2026, 1, 1, tzinfo=UTC)
MOST = 10


def record(name: str, second: float | None, index: int | None = None) -> Record:
    when = None if second is None else START + timedelta(seconds=second)
    return Record({"id": name}, RecordStatus(completed=True, completed_time=when), index=index)


class Platform:
    """Records by time of completion, as the platform gives them: from a time on, at most so many."""

    def __init__(self, *seconds: float) -> None:
        self.records = [record(f"r{number}", second) for number, second in enumerate(seconds)]
        self.asked: list[int] = []

    def page(self, cursor: str, limit: int) -> Page[Record]:
        here = reached(cursor, None)
        size = size_for(here, limit, MOST)
        self.asked.append(size)
        found = [each for each in self.records if (completed_at(each) or START) >= here.time]
        found.sort(key=lambda each: completed_at(each) or START)
        return page_by_time(found[:size], here=here, asked=size, time_of=completed_at)

    def names(self, limit: int) -> list[str]:
        names, cursor = [], ""
        while True:
            page = self.page(cursor, limit)
            names += [each.entry["id"] for each in page.items]
            cursor = page.next_cursor
            if not cursor:
                return names


@pytest.mark.parametrize("seconds", [(), (1,), (1, 2, 3, 4, 5), (1, 1, 1, 2, 2, 3, 3, 3, 3), (0, 5, 5, 5, 5, 5, 9)])
def test_every_record_comes_once_whatever_the_page(seconds: tuple[float, ...]) -> None:
    platform = Platform(*seconds)
    names = [each.entry["id"] for each in platform.records]
    limits = range(1, MOST + 1)
    assert {limit: platform.names(limit) for limit in limits} == dict.fromkeys(limits, names)


def test_a_record_called_again_meanwhile_hides_no_other() -> None:
    platform = Platform(1, 1, 1, 1)
    first = platform.page("", 2)
    platform.records[0] = record("r0", 7)
    rest = platform.page(first.next_cursor, 3)
    assert [each.entry["id"] for each in first.items] == ["r0", "r1"]
    assert [each.entry["id"] for each in rest.items] == ["r2", "r3", "r0"]


def test_twins_are_told_apart_by_their_number() -> None:
    platform = Platform(1, 1, 1)
    platform.records = [record("same", 1)] * 3
    assert platform.names(2) == ["same"] * 3


def test_more_records_of_one_time_than_a_page_holds_are_an_error_and_no_loop() -> None:
    platform = Platform(*[1] * (MOST + 1), 2)
    first = platform.page("", MOST)
    assert len(first.items) == MOST
    with pytest.raises(Broken, match="Read all records instead") as caught:
        platform.page(first.next_cursor, MOST)
    assert caught.value.reason is Reason.CURSOR_REPEATED


@pytest.mark.parametrize("seconds", [(2, 1), (1, None), (-5, -4)])
def test_a_full_page_in_no_order_is_an_error(seconds: tuple[float | None, ...]) -> None:
    found = [record(str(second), second) for second in seconds]
    with pytest.raises(Broken, match="in no order of time"):
        page_by_time(found, here=Reached(START), asked=2, time_of=completed_at)


def test_the_last_page_may_come_in_any_order() -> None:
    found = [record("a", 2), record("b", None), record("c", 1)]
    page = page_by_time(found, here=Reached(START), asked=4, time_of=completed_at)
    assert page == Page(tuple(found))


def test_the_walk_ends_at_its_end_although_the_platform_knows_none() -> None:
    found = [record("a", 1), record("b", 2), record("c", 3)]
    end = START + timedelta(seconds=3)
    page = page_by_time(found, here=Reached(START), asked=3, time_of=completed_at, end=end)
    assert page == Page(tuple(found[:2]))


def test_a_cursor_leads_back_to_where_it_was() -> None:
    here = Reached(START + timedelta(milliseconds=7), ("ab12", "cd34"))
    assert reached(here.cursor, None) == here
    assert reached("", START) == Reached(START)


@pytest.mark.parametrize("cursor", ["yesterday_", "x", "-1", "1.5", "²"])
def test_a_cursor_that_is_none_is_refused_in_words(cursor: str) -> None:
    with pytest.raises(Invalid, match="Go back to the first one"):
        reached(cursor, None)
    with pytest.raises(Invalid, match="Go back to the first one"):
        index_of(cursor)


def test_pages_by_index_go_on_behind_the_last_one() -> None:
    found = [record("a", 1, 4), record("b", 1, 9)]
    assert page_by_index(found, start=4, limit=2).next_cursor == "10"
    assert page_by_index(found, start=4, limit=3).next_cursor == ""
    assert index_of("10") == 10


@pytest.mark.parametrize("index", [None, 3])
def test_pages_by_index_that_do_not_lead_on_are_an_error(index: int | None) -> None:
    with pytest.raises(Broken) as caught:
        page_by_index([record("a", 1, index)], start=4, limit=1)
    assert caught.value.reason is Reason.CURSOR_REPEATED


def test_a_record_keeps_its_mark_over_an_upgrade() -> None:
    # Marks stand in the cursors of readings that are under way; these were made while records were dataclasses.
    when = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    status = RecordStatus(True, 2, last_date=when, extra={"mood": "good"})
    assert mark_of(Record({"note": "ä", "id": "7"}, status, (Attempt(True, "Sold", date=when),))) == "94f0c65969"
    assert mark_of(Record({"id": "7"})) == "8b6caf8fc5"

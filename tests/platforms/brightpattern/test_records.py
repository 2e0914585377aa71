"""Records in answers: results, attempts, times, and the shapes of the deprecated methods."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bpadmin.platforms.brightpattern import decode, records
from bpadmin.platforms.errors import Broken
from tests.platforms.http_samples import ANY, said, shaped

CALLED = datetime(2024, 3, 5, 9, 15, 30, 250_000, tzinfo=UTC)


def test_records_come_with_times_in_utc_and_empty_ones_as_none() -> None:
    page = shaped("record_page", records.record_page)
    never, called = page.items
    assert page.next_cursor == "65a1f00000000000000000aa"
    assert never.status.last_date is None
    assert never.status.completed is False
    assert never.attempts == ()
    assert called.status.completed_time == CALLED
    assert called.status.total_attempts == 1
    assert called.status.last_call_duration == 42
    assert called.entry == {"first name": "Omar", "phone": "15550101", "id": "K2"}


def test_attempts_keep_what_the_document_does_not_name() -> None:
    called = shaped("record_page", records.record_page).items[1]
    (attempt,) = called.attempts
    assert attempt.call_attempted is True
    assert attempt.date == CALLED
    assert (attempt.call_duration, attempt.dialing_duration, attempt.cpa_duration) == (42, 6, 1.5)
    assert (attempt.cpa_result, attempt.call_notes, attempt.agent) == ("Voice", "Friday", "nora")
    assert attempt.extra == {"custom_amount": "120.50"}
    assert called.status.extra == {"custom_amount": "120.50"}


def test_the_last_page_has_no_cursor() -> None:
    page = shaped("record_page_last", records.record_page)
    assert (page.items, page.next_cursor) == ((), "")
    assert shaped("record_page_completed", records.record_page).next_cursor.startswith("2024-03-05T09:15:30.250_")


def test_a_queried_record_is_one_record() -> None:
    record = shaped("query_record", records.one_record)
    assert record.entry["id"] == "K1"
    assert record.attempts is None
    with pytest.raises(Broken):
        shaped("query_deprecated_two", records.one_record)


def test_deprecated_records_come_with_their_index() -> None:
    first, second = shaped("list_records_deprecated", records.records)
    assert (first.index, first.status.last_disposition, first.entry["status"]) == (0, "Busy", "Gold")
    assert (second.index, second.status.completed, second.status.last_date) == (1, False, None)


def test_deprecated_changes_have_their_results_beside_the_entry() -> None:
    (record,) = shaped("list_changed_deprecated", records.records)
    assert record.status.completed is True
    assert (record.status.last_disposition, record.status.last_disposition_code) == ("Promise to pay", "PTP")
    assert record.status.extra == {}
    assert record.attempts[0].disposition_code == "PTP"


@pytest.mark.parametrize(
    "name, completed",
    [
        ("query_deprecated_unbound", [None]),
        ("query_deprecated_one", [False]),
        ("query_deprecated_two", [False, True]),
    ],
)
def test_an_object_or_an_array_is_read_alike(name: str, completed: list[bool | None]) -> None:
    found = shaped(name, records.records)
    assert [record.status and record.status.completed for record in found] == completed


@pytest.mark.parametrize(
    "status",
    [
        '{"totalAttempts": 1}',
        '{"completed": false, "totalAttempts": 1.5}',
        '{"completed": false, "totalAttempts": "many"}',
        '{"completed": false, "lastDate": "yesterday"}',
        '{"completed": false, "lastDate": 1709629530}',
        '{"completed": "perhaps"}',
    ],
)
def test_a_result_that_cannot_be_read_is_broken_and_not_left_out(status: str) -> None:
    with pytest.raises(Broken):
        decode.read(said(f'{{"records": [{{"entry": {{}}, "status": {status}}}]}}'), ANY, records.record_page)

"""Dates: every documented pattern, padded where people are short, never guessed."""

from __future__ import annotations

from datetime import datetime

import pytest

from bpadmin.platforms.record_rules.dates import (
    FORMATS,
    DateColumn,
    excel_date,
    known_pattern,
    parse_date,
    write_date,
)


@pytest.mark.parametrize("pattern", FORMATS)
def test_every_documented_pattern_reads_what_it_writes(pattern: str) -> None:
    for moment in (datetime(2025, 1, 7), datetime(2024, 2, 29, 12, 5), datetime(1999, 12, 31, 23, 59)):
        text = write_date(moment, pattern)
        assert DateColumn(pattern).normal_dates([text]) == [text]
        assert write_date(parse_date(text, pattern) or moment, pattern) == text


@pytest.mark.parametrize("pattern", ["", "MM/dd/yyyy ::mm", "whatever"])
def test_the_default_is_the_one_that_the_platform_names_in_its_errors(pattern: str) -> None:
    assert known_pattern(pattern) == "MM/dd/yyyy hh:mm a"


def test_short_days_months_and_hours_are_padded() -> None:
    assert DateColumn("").normal_dates(["1/7/2025 9:05 pm"]) == ["01/07/2025 09:05 PM"]
    assert DateColumn("dd-MM-yyyy").normal_dates(["1-7-2025"]) == ["01-07-2025"]


@pytest.mark.parametrize(
    "text, pattern",
    [
        ("31/12/2025 01:00 AM", ""),
        ("12/31/2025 13:00 AM", ""),
        ("12/31/2025 00:30 AM", ""),
        ("12/31/2025", ""),
        ("2025-02-29", "yyyy-MM-dd"),
        ("2025-01-01 00:00:00", "yyyy-MM-dd"),
        ("25-01-01", "yyyy-MM-dd"),
        ("٢٠٢٥-01-01", "yyyy-MM-dd"),
        ("tomorrow", "yyyy-MM-dd"),
        ("45678", "yyyy-MM-dd"),
    ],
)
def test_other_texts_are_no_dates(text: str, pattern: str) -> None:
    assert DateColumn(pattern).normal_dates([text]) == [None]


def test_an_empty_cell_is_no_fault() -> None:
    assert DateColumn("yyyy-MM-dd").normal_dates(["", "2025-01-01"]) == ["", "2025-01-01"]


def test_dates_of_workbook_cells_are_rewritten() -> None:
    rule = DateColumn("MM/dd/yyyy hh:mm a", takes_iso=True)
    assert rule.normal_dates(["2025-01-31", "2025-01-31 13:45:00"]) == ["01/31/2025 12:00 AM", "01/31/2025 01:45 PM"]


@pytest.mark.parametrize(
    "text, pattern, fix",
    [
        ("2025-01-31", "MM-dd-yyyy", "01-31-2025"),
        ("31.12.2025", "yyyy-MM-dd", "2025-12-31"),
        ("45688", "yyyy-MM-dd", "2025-01-31"),
        ("45688.5", "dd.MM.yyyy HH:mm", "31.01.2025 12:00"),
        ("02/30/2025 01:00 PM", "", "existing date"),
        ("03/04/2025", "yyyy-MM-dd", "2025-12-31"),
        ("soon", "yyyy-MM-dd", "2025-12-31"),
    ],
)
def test_a_refusal_shows_how_to_write_the_date(text: str, pattern: str, fix: str) -> None:
    assert fix in DateColumn(pattern).fault(text)[1]


def test_a_spreadsheets_day_count_is_a_date_only_within_reason() -> None:
    assert excel_date("45688") == datetime(2025, 1, 31)
    assert excel_date("12345") is None
    assert excel_date("94105") is None

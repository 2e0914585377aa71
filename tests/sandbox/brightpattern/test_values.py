"""The rules for phone numbers, whole numbers and dates."""

from __future__ import annotations

import pytest

from bpadmin.sandbox.state.values import DATE_FORMATS, date_format_named, date_reader, other_phone, us_canada_phone
from bpadmin.sandbox.state.values import whole_number as read_number


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("16505550100", "16505550100"),
        ("6505550100", "16505550100"),
        ("(650) 555-0100", "16505550100"),
        ("+1 650 555 0100", "16505550100"),
        ("0114930123456", "0114930123456"),
        ("011 49 30 123456", "0114930123456"),
        ("011", "011"),
        ("1650555010", None),
        ("26505550100", None),
        ("5550100", None),
        ("165055501000", None),
        ("phone", None),
        ("+", None),
        ("٦٥٠٥٥٥٠١٠٠", None),
    ],
)
def test_us_and_canadian_numbers(given: str, stored: str | None) -> None:
    assert us_canada_phone(given) == stored


@pytest.mark.parametrize(
    ("prefix", "code", "given", "stored"),
    [
        ("", "", "+49 30 123456", "4930123456"),
        ("", "", "1004", "1004"),
        ("", "", "none", None),
        ("0", "49", "030 123456", "4930123456"),
        ("0", "49", "4930123456", "4930123456"),
        ("0", "49", "30123456", "4930123456"),
        ("0", "", "030123456", "30123456"),
        ("", "44", "7700900123", "447700900123"),
        ("00", "49", "004930123456", "4930123456"),
        ("0", "49", "0", None),
    ],
)
def test_numbers_of_other_countries(prefix: str, code: str, given: str, stored: str | None) -> None:
    assert other_phone(prefix, code)(given) == stored


@pytest.mark.parametrize(
    ("given", "number"),
    [("12", 12), ("-7", -7), ("+5", 5), ("007", 7), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None)],
)
def test_whole_numbers(given: str, number: int | None) -> None:
    assert read_number(given) == number


@pytest.mark.parametrize("given", ["1.5", "1,000", "1_000", "x", "1 2", "٣", "1e3", "--1"])
def test_what_is_no_whole_number(given: str) -> None:
    assert read_number(given) is None


@pytest.mark.parametrize(
    ("pattern", "good"),
    [
        ("MM/dd/yyyy hh:mm a", "01/07/2025 12:00 AM"),
        ("dd.MM.yyyy HH:mm", "31.01.2025 23:59"),
        ("yyyy-MM-dd HH:mm", "2025-01-31 00:00"),
        ("yyyy-MM-dd", "2024-02-29"),
        ("dd-MM-yyyy", "31-12-1999"),
        ("MM-dd-yyyy", "12-31-1999"),
        ("MM/dd/yyyy HH:mm:ss", "12/31/2025 23:59:59"),
    ],
)
def test_each_date_format_takes_its_own_dates_alone(pattern: str, good: str) -> None:
    assert pattern in DATE_FORMATS
    assert date_reader(pattern)(good)
    others = [other for other in DATE_FORMATS if other != pattern and date_reader(other)(good)]
    assert others == []


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        ("yyyy-MM-dd", "2025-02-29"),
        ("yyyy-MM-dd", "2025-13-01"),
        ("yyyy-MM-dd", "2025-1-1"),
        ("yyyy-MM-dd", "2025-01-01 "),
        ("MM/dd/yyyy hh:mm a", "01/07/2025 13:00 PM"),
        ("MM/dd/yyyy hh:mm a", "01/07/2025 00:00 AM"),
        ("MM/dd/yyyy HH:mm:ss", "01/07/2025 24:00:00"),
        ("dd.MM.yyyy HH:mm", "31.04.2025 10:00"),
    ],
)
def test_days_and_times_that_do_not_exist_are_no_dates(pattern: str, wrong: str) -> None:
    assert not date_reader(pattern)(wrong)


def test_the_misprinted_default_means_the_real_one() -> None:
    assert date_format_named("") == date_format_named("MM/dd/yyyy ::mm") == "MM/dd/yyyy hh:mm a"
    assert date_format_named("yyyy/MM/dd") is None

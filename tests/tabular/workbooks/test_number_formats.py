"""Number formats: what a workbook's cell shows is what is read, as far as that is part of what is meant."""

from __future__ import annotations

import pytest

from bpadmin.tabular.workbooks.number_formats import shown_by, split_sections
from bpadmin.tabular.workbooks.numbers import is_too_long, number_text

PHONE = "[<=9999999]000-0000;(000) 000-0000"


@pytest.mark.parametrize(
    ("code", "stored", "shown"),
    [
        ("00000", "7", "00007"),
        ("[$-409]00000", "501", "00501"),
        ("0000 00 00 00", "444123456", "0444 12 34 56"),
        ("00000\\-0000", "123450001", "12345-0001"),
        ("000-00-0000", "123456", "000-12-3456"),
        ("0000\\/000000", "30123456", "0030/123456"),
        ('"+"0', "32444123456", "+32444123456"),
        ("+0", "33", "+33"),
        (PHONE, "6505550101", "(650) 555-0101"),
        (PHONE, "5550101", "555-0101"),
        ('"ID-"0', "7", "ID-7"),
        ('"ID-"0000_)', "7", "ID-0007"),
        ("00000", "-7", "-00007"),
        ('00000;"minus "00000', "-7", "minus 00007"),
        # A mask would round it, and digits are never lost to one.
        ("00000", "12.5", "12.5"),
        ("000", "1234567", "1234567"),
    ],
)
def test_masks_are_part_of_the_value(code: str, stored: str, shown: str) -> None:
    show = shown_by(code)
    assert show is not None
    assert show(stored) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("mmm-yy", "Mar-26"),
        ("[$-409]mmmm\\ yyyy", "March 2026"),
        ("mm/yyyy", "03/2026"),
        ("yyyy", "2026"),
        ("yyyy\\-mm", "2026-03"),
        ("dddd", "Saturday"),
        ('"Q1 "yyyy', "Q1 2026"),
        ("h:mm", "09:05"),
        ("hh:mm AM/PM", "09:05"),
        ("h:mm:ss", "09:05"),
        # Whose names are not known here, it is said as it is stored.
        ("[$-407]mmm yy", "2026-03-14 09:05:00"),
        # These show a day, and their year is stored.
        ("d-mmm", "2026-03-14 09:05:00"),
        ("dd.mm.yyyy hh:mm", "2026-03-14 09:05:00"),
    ],
)
def test_what_shows_no_day_is_no_date(code: str, shown: str) -> None:
    show = shown_by(code)
    assert show is not None
    assert show("46095.3784722222") == shown


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0",
        "#,##0.00",
        "0%",
        "0.00E+00",
        "# ?/?",
        "$0",
        '#,##0\\ "€"',
        "[$€-407] 0",
        '0" kg"',
        "@",
        "0;-0;;@",
    ],
)
def test_what_only_dresses_a_number_is_left_out(code: str) -> None:
    assert shown_by(code) is None


@pytest.mark.parametrize(
    ("code", "stored", "shown"),
    [
        ("d-mmm", "46095", "2026-03-14"),
        ('[$-411]ggge"年"m"月"d"日"', "46095", "2026-03-14"),
        ("[$-407]d. mmmm yyyy", "46095", "2026-03-14"),
        ("yyyy-mm-dd hh:mm", "46095.5", "2026-03-14 12:00:00"),
        # What a format leaves out may be what the list wants.
        ("yyyy-mm-dd", "46095.5", "2026-03-14 12:00:00"),
        ("h:mm AM/PM", "0.3784722222222222", "09:05"),
        ("h:mm:ss", "0.3784837962962963", "09:05:01"),
        ("[h]:mm", "1.5", "36:00"),
        ("[h]:mm:ss", "1.50001157407407", "36:00:01"),
        ("[mm]:ss", "0.5", "720:00"),
        ("[s]", "0.5", "43200"),
        # No calendar has that day; it must not become one.
        ("yyyy-mm-dd", "0", "0"),
        ("yyyy-mm-dd", "-3", "-3"),
        ("yyyy-mm-dd", "x", "x"),
    ],
)
def test_dates_times_and_durations(code: str, stored: str, shown: str) -> None:
    show = shown_by(code)
    assert show is not None
    assert show(stored) == shown


def test_books_that_count_from_1904_show_the_same_days_and_times() -> None:
    show = shown_by("yyyy-mm-dd", offset=1462)
    assert show is not None
    assert (show("44633"), show("0")) == ("2026-03-14", "1904-01-01")
    clock = shown_by("h:mm", offset=1462)
    assert clock is not None
    assert clock("0.25") == "06:00"


def test_a_semicolon_in_a_text_divides_nothing() -> None:
    assert split_sections('0";"0;[Red]\\;0') == ['0";"0', "[Red]\\;0"]


@pytest.mark.parametrize(
    ("stored", "written", "is_long"),
    [
        ("1.23456789012346E+18", "1234567890123460000", True),
        ("1234567890123456789", "1234567890123456789", True),
        ("123456789012345", "123456789012345", False),
        ("-1.5E+15", "-1500000000000000", True),
        ("1.5E-07", "1.5e-07", False),
        ("1E+31", "1e+31", False),
    ],
)
def test_long_numbers_have_no_exponent(stored: str, written: str, is_long: bool) -> None:
    assert number_text(stored) == written
    assert is_too_long(written) is is_long

"""Numbers of a workbook as a person reads them: whole ones without `.0`, dates as ISO dates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

# A spreadsheet keeps so many digits of a number; what was entered beyond is zeros.
DIGITS_KEPT = 15
_LONGEST = 1e30


def number_text(text: str) -> str:
    """Write a number as it would be typed: `16505550100.0` and `1.65055501E10` both give `16505550100`."""
    if text.isdecimal():
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    return float_text(value)


def float_text(value: float) -> str:
    """Write a float as a spreadsheet holds it, to 15 digits, whole numbers without a point and an exponent."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.{DIGITS_KEPT}g}"
    return str(int(Decimal(text))) if value.is_integer() and abs(value) < _LONGEST else text


def is_too_long(text: str) -> bool:
    """Return whether a whole number has more digits than a spreadsheet keeps."""
    return len(text) > DIGITS_KEPT and len(text.removeprefix("-")) > DIGITS_KEPT and text.removeprefix("-").isdecimal()


def date_text(value: date | datetime | time | timedelta) -> str:
    """Write a date as `2025-01-31`, with the time of day after it where there is one."""
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat()
        return value.isoformat(" ", "seconds")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value.isoformat()

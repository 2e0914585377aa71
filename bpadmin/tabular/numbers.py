"""Numbers of a workbook as a person reads them: whole ones without `.0`, dates as ISO dates."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

# The formats that a spreadsheet knows by number and shows as dates or times; the upper ranges are East Asian ones.
BUILTIN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_CODE = re.compile(r"[ymdhs]", re.IGNORECASE)


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
    """Write a float as a spreadsheet shows it, to 15 digits, whole numbers without a point."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


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


def is_date_code(code: str) -> bool:
    """Tell whether a number format shows dates or times."""
    positive = code.split(";")[0]
    return bool(_DATE_CODE.search(_NOT_CODE.sub("", positive))) and "general" not in positive.lower()


class DateStyles:
    """Which cell styles of a workbook show dates, read from its styles part element by element."""

    def __init__(self, *, is_1904: bool = False) -> None:
        self.offset = 1462 if is_1904 else 0
        self.codes: dict[str, bool] = {}
        self.is_date: list[bool] = []
        self.in_cell_formats = False
        self.cache: dict[str, str] = {}

    def element(self, name: str, given: dict[str, str]) -> None:
        """Take one element of the styles part."""
        if name == "numFmt":
            self.codes[given.get("numFmtId", "")] = is_date_code(given.get("formatCode", ""))
        elif name == "cellXfs":
            self.in_cell_formats = True
        elif name in {"cellStyles", "cellStyleXfs", "dxfs"}:
            self.in_cell_formats = False
        elif name == "xf" and self.in_cell_formats:
            number = given.get("numFmtId", "0")
            known = self.codes.get(number)
            self.is_date.append(known if known is not None else number.isdecimal() and int(number) in BUILTIN_DATES)

    def text(self, text: str, style: str) -> str:
        """Write a number in a style: a date where the style shows one."""
        index = int(style) if style.isdecimal() else 0
        if index >= len(self.is_date) or not self.is_date[index]:
            return number_text(text)
        known = self.cache.get(text)
        if known is None:
            if len(self.cache) > 10_000:
                self.cache.clear()
            known = self.cache[text] = self._date(text)
        return known

    def _date(self, text: str) -> str:
        try:
            serial = float(text) + self.offset
        except ValueError:
            return text
        if serial < 0 or serial >= 2_958_466:
            return number_text(text)
        whole, seconds = divmod(round(serial * 86_400), 86_400)
        clock = (datetime.min + timedelta(seconds=seconds)).time()
        if whole == 0:
            return clock.isoformat()
        # Spreadsheets believe that 29 February 1900 existed; days before it count from one day later.
        day = date(1899, 12, 30) + timedelta(days=whole + (whole < 60))
        return date_text(datetime.combine(day, clock))

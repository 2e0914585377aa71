"""Dates in the platform's documented patterns: checked, padded, and rewritten where they were meant otherwise.

The document prints its default as `MM/dd/yyyy ::mm`; the platform's own error message names it in full.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

DEFAULT_PATTERN = "MM/dd/yyyy hh:mm a"
FORMATS = (
    DEFAULT_PATTERN,
    "dd.MM.yyyy HH:mm",
    "yyyy-MM-dd HH:mm",
    "yyyy-MM-dd",
    "dd-MM-yyyy",
    "MM-dd-yyyy",
    "MM/dd/yyyy HH:mm:ss",
)
MEMO_LIMIT = 50_000
# What people write that no list is kept in; read only to suggest how to write it.
_COMMON = (
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-ddTHH:mm:ss",
    "yyyy/MM/dd",
    "MM/dd/yyyy",
    "dd/MM/yyyy",
    "dd.MM.yyyy",
    "MM/dd/yyyy HH:mm",
    "dd/MM/yyyy HH:mm",
    "dd.MM.yyyy HH:mm:ss",
    "MM/dd/yyyy hh:mm:ss a",
    "yyyyMMdd",
)
_ISO = ("yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss")
_TOKEN = re.compile(r"yyyy|MM|dd|HH|hh|mm|ss|a")
_LOOSE = {
    "yyyy": r"(?P<y>\d{4})",
    "MM": r"(?P<M>\d{1,2})",
    "dd": r"(?P<d>\d{1,2})",
    "HH": r"(?P<H>\d{1,2})",
    "hh": r"(?P<h>\d{1,2})",
    "mm": r"(?P<m>\d{1,2})",
    "ss": r"(?P<s>\d{1,2})",
    "a": r"(?P<a>[AaPp][Mm])",
}
_PYTHON = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p"}
# The orders in which people write day and month before the year.
DMY, MDY = "dmy", "mdy"
ORDER_WORDS = {DMY: "day first, such as 25/12/2026", MDY: "month first, such as 12/25/2026"}
_DAY_MONTH = re.compile(
    r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})"
    r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?)?",
    re.ASCII,
)
# How a date can be read: in no order or in both alike, with the day first, with the month first, in both differently.
NEITHER, DAY_FIRST, MONTH_FIRST, BOTH = range(4)
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?")


# Years of the time from 1900 to 2100 as the Buddhist calendar, and the Persian and Islamic ones, count them.
_BUDDHIST, _BUDDHIST_AHEAD = range(2443, 2644), 543
_PERSIAN_OR_ISLAMIC = range(1279, 1526)
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)


def calendar_of(year: int) -> str:
    """Return by which other calendar a year of a record is counted, "" where it may be an ordinary one."""
    if year in _BUDDHIST:
        return "Buddhist"
    return "Persian or Islamic" if year in _PERSIAN_OR_ISLAMIC else ""


def known_pattern(pattern: str) -> str:
    """Return the pattern that a list's setting means; empty and misprinted ones mean the default."""
    return pattern if "yyyy" in pattern and "::" not in pattern else DEFAULT_PATTERN


def parse_date(text: str, pattern: str) -> datetime | None:
    """Read a date in a pattern, one-digit days and months allowed; None when it is no such date."""
    found = _loose(pattern).fullmatch(text)
    if not found:
        return None
    parts = found.groupdict()
    hour = int(parts.get("H") or 0)
    if "h" in parts:
        hour = int(parts["h"])
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts.get("a", "am").lower() == "pm" else 0)
    minute, second = int(parts.get("m") or 0), int(parts.get("s") or 0)
    try:
        return datetime(int(parts["y"]), int(parts["M"]), int(parts["d"]), hour, minute, second)
    except ValueError:
        return None


def write_date(moment: datetime, pattern: str) -> str:
    """Write a date in a pattern."""

    # strftime would not pad years before 1000 and would ask the locale for AM and PM.
    def written(found: re.Match[str]) -> str:
        part = found[0]
        if part == "a":
            return "AM" if moment.hour < 12 else "PM"
        return f"{moment.year:04}" if part == "yyyy" else moment.strftime(_PYTHON[part])

    return _TOKEN.sub(written, pattern)


def order_of(pattern: str) -> str:
    """Return the order of day and month in a pattern, "" where the year comes first."""
    day, month, year = (pattern.find(part) for part in ("dd", "MM", "yyyy"))
    return "" if year < max(day, month) else (DMY if day < month else MDY)


def ordered_date(text: str, order: str) -> datetime | None:
    """Read a date whose year comes last, in the usual ways of writing, by the order of its day and month."""
    found = _DAY_MONTH.fullmatch(text)
    if not found:
        return None
    day, month = (found[1], found[3]) if order == DMY else (found[3], found[1])
    hour, half = int(found[5] or 0), (found[8] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return datetime(int(found[4]), int(month), int(day), hour, int(found[6] or 0), int(found[7] or 0))
    except ValueError:
        return None


def order_kind(text: str) -> int:
    """Tell in which orders of day and month a date can be read; NEITHER also where that makes no difference."""
    if not text:
        return NEITHER
    by_day, by_month = ordered_date(text, DMY), ordered_date(text, MDY)
    if by_day and by_month:
        return NEITHER if by_day == by_month else BOTH
    return DAY_FIRST if by_day else (MONTH_FIRST if by_month else NEITHER)


class DateColumn:
    """Checks and pads the values of one date field; dates repeat, so each distinct text is looked at once.

    `takes_iso` also takes the ISO dates that workbook cells are read as, and rewrites them. With an `order` (dmy, mdy)
    dates whose year comes last are read in that order, however they are written, and in no other.
    """

    def __init__(self, pattern: str, *, takes_iso: bool = False, order: str = "") -> None:
        self.pattern = known_pattern(pattern)
        self.takes_iso = takes_iso or bool(order)
        self.order = order
        self.own_order = order_of(self.pattern)
        # What is suggested is read again in the order of the file.
        is_other = bool(order and self.own_order and order != self.own_order)
        self.written = _swapped(self.pattern) if is_other else self.pattern
        self._memo: _Memo[str | None] = _Memo(self._normal)
        self._kinds: _Memo[int] = _Memo(order_kind)
        self._faults: dict[str, tuple[str, str]] = {}

    def normal_dates(self, values: Sequence[str]) -> list[str | None]:
        """Return each date as it will be sent: "" for an empty cell, None for one that the platform refuses."""
        memo = self._memo
        if len(memo) > MEMO_LIMIT:
            memo.clear()
        return list(map(memo.__getitem__, values))

    def _normal(self, text: str) -> str | None:
        if not text:
            return ""
        if self.order:
            moment = ordered_date(text, self.order) or (None if self.own_order else parse_date(text, self.pattern))
        else:
            moment = parse_date(text, self.pattern)
        if moment is None and self.takes_iso:
            moment = next(filter(None, (parse_date(text, iso) for iso in _ISO)), None)
        return write_date(moment, self.pattern) if moment and not calendar_of(moment.year) else None

    def orders(self, values: Sequence[str], normal: Sequence[str | None]) -> tuple[int, int, int] | None:
        """Count the dates that can be read with the day first only, the month first only, and in both ways.

        Where the list's dates begin with the year only refused ones are counted; None where there is nothing to tell.
        """
        if self.order or (not self.own_order and None not in normal):
            return None
        if not self.own_order:
            values = [value for value, found in zip(values, normal, strict=True) if found is None]
        if len(self._kinds) > MEMO_LIMIT:
            self._kinds.clear()
        kinds = bytes(map(self._kinds.__getitem__, values))
        counts = kinds.count(DAY_FIRST), kinds.count(MONTH_FIRST), kinds.count(BOTH)
        return counts if any(counts) else None

    def fault(self, text: str) -> tuple[str, str]:
        """Say in words why a date is refused, and how it should be written: (detail, suggested fix)."""
        if len(self._faults) > MEMO_LIMIT:
            self._faults.clear()
        if text not in self._faults:
            self._faults[text] = self._fault(text)
        return self._faults[text]

    def _fault(self, text: str) -> tuple[str, str]:
        wanted = write_date(datetime(2025, 12, 31, 13, 30), self.written)
        if other := self._of_other_calendar(text, wanted):
            return other
        if self.order and order_kind(text) in (DAY_FIRST, MONTH_FIRST):
            return f"it is no date when it is read {ORDER_WORDS[self.order]}", f"Write it as in {wanted}."
        if moment := excel_date(text):
            return "it is a spreadsheet's day number, not a date", write_date(moment, self.written)
        readings = {found for pattern in (*FORMATS, *_COMMON) if (found := parse_date(text, pattern))}
        if len(readings) == 1:
            return f"dates of this field are written {self.written}", write_date(readings.pop(), self.written)
        if not readings and _loose(self.pattern).fullmatch(text):
            return "there is no such day or time", f"Enter an existing date, written as in {wanted}."
        return f"dates of this field are written {self.written}", f"Write it as in {wanted}."

    def _of_other_calendar(self, text: str, wanted: str) -> tuple[str, str] | None:
        """Say which calendar a date is of that is no ordinary one, and what it is in ours where that is certain."""
        years = _FOUR_DIGITS.findall(text)
        if len(years) != 1 or not (calendar := calendar_of(int(years[0]))):
            return None
        words = f"the year {years[0]} is one of the {calendar} calendar, and dates are sent by the Gregorian one"
        if calendar == "Buddhist":
            ours = DateColumn(self.pattern, takes_iso=self.takes_iso, order=self.order)
            ours_text = text.replace(years[0], str(int(years[0]) - _BUDDHIST_AHEAD))
            if found := ours.normal_dates([ours_text])[0]:
                moment = parse_date(found, self.pattern)
                return words, write_date(moment, self.written) if moment else found
        return words, f"Write it as in {wanted}."


def _swapped(pattern: str) -> str:
    """Return a pattern with day and month in each other's place."""
    return re.sub("dd|MM", lambda found: "MM" if found[0] == "dd" else "dd", pattern)


def excel_date(text: str) -> datetime | None:
    """Read a number as a spreadsheet's day count, when it falls into the years 1954 to 2064."""
    found = _SERIAL.fullmatch(text)
    if not found or not 20_000 <= int(found[1]) <= 60_000:
        return None
    seconds = round(float(f"0.{found[2] or 0}") * 86_400)
    return datetime(1899, 12, 30) + timedelta(days=int(found[1]), seconds=seconds)


T = TypeVar("T")


class _Memo(dict[str, T]):
    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, text: str) -> T:
        made = self[text] = self.make(text)
        return made


_loose_patterns: dict[str, re.Pattern[str]] = {}


def _loose(pattern: str) -> re.Pattern[str]:
    known = _loose_patterns.get(pattern)
    if known is None:
        parts = re.split(f"({_TOKEN.pattern})", pattern)
        known = re.compile("".join(_LOOSE.get(part, re.escape(part)) for part in parts), re.ASCII)
        _loose_patterns[pattern] = known
    return known

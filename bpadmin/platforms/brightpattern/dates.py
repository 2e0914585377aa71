"""Dates in the platform's documented patterns: checked, padded, and rewritten where they were meant otherwise.

The document prints its default as `MM/dd/yyyy ::mm`; the platform's own error message names it in full.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

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
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?")


def known_pattern(pattern: str) -> str:
    """Give the pattern that a list's setting means; empty and misprinted ones mean the default."""
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


class DateColumn:
    """Checks and pads the values of one date field; dates repeat, so each distinct text is looked at once.

    `takes_iso` also takes the ISO dates that workbook cells are read as, and rewrites them.
    """

    def __init__(self, pattern: str, *, takes_iso: bool = False) -> None:
        self.pattern = known_pattern(pattern)
        self.takes_iso = takes_iso
        self._memo = _Memo(self._normal)
        self._faults: dict[str, tuple[str, str]] = {}

    def normal_dates(self, values: Sequence[str]) -> list[str | None]:
        """Give each date as it will be sent: "" for an empty cell, None for one that the platform refuses."""
        memo = self._memo
        if len(memo) > MEMO_LIMIT:
            memo.clear()
        return list(map(memo.__getitem__, values))

    def _normal(self, text: str) -> str | None:
        if not text:
            return ""
        moment = parse_date(text, self.pattern)
        if moment is None and self.takes_iso:
            moment = next(filter(None, (parse_date(text, iso) for iso in _ISO)), None)
        return write_date(moment, self.pattern) if moment else None

    def fault(self, text: str) -> tuple[str, str]:
        """Say in words why a date is refused, and how it should be written: (detail, suggested fix)."""
        if len(self._faults) > MEMO_LIMIT:
            self._faults.clear()
        if text not in self._faults:
            self._faults[text] = self._fault(text)
        return self._faults[text]

    def _fault(self, text: str) -> tuple[str, str]:
        wanted = write_date(datetime(2025, 12, 31, 13, 30), self.pattern)
        if moment := excel_date(text):
            return "it is a spreadsheet's day number, not a date", write_date(moment, self.pattern)
        readings = {found for pattern in (*FORMATS, *_COMMON) if (found := parse_date(text, pattern))}
        if len(readings) == 1:
            return f"dates of this field are written {self.pattern}", write_date(readings.pop(), self.pattern)
        if not readings and _loose(self.pattern).fullmatch(text):
            return "there is no such day or time", f"Enter an existing date, written as in {wanted}."
        return f"dates of this field are written {self.pattern}", f"Write it as in {wanted}."


def excel_date(text: str) -> datetime | None:
    """Read a number as a spreadsheet's day count, when it falls into the years 1954 to 2064."""
    found = _SERIAL.fullmatch(text)
    if not found or not 20_000 <= int(found[1]) <= 60_000:
        return None
    seconds = round(float(f"0.{found[2] or 0}") * 86_400)
    return datetime(1899, 12, 30) + timedelta(days=int(found[1]), seconds=seconds)


class _Memo(dict[str, str | None]):
    def __init__(self, make: Callable[[str], str | None]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, text: str) -> str | None:
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

"""What the check found, counted by class with a few samples: the contents of `job.report`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bpadmin.jobs.options import Finding, JobReport, stored
from bpadmin.jobs.reasons import reason_of

SAMPLES = 5
PHONE_SAMPLES = 10
VALUE_LENGTH = 120
# PostgreSQL keeps neither in JSON.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

WARNINGS: Mapping[str, tuple[str, str]] = {
    "scientific_notation": (
        "Numbers in scientific notation, such as 1.23E+10",
        "A spreadsheet has shortened them and the last digits are lost. Take the column from the original source and "
        "format it as text before opening it in Excel.",
    ),
    "lost_leading_zeros": (
        "Numbers that seem to have lost a leading zero",
        "Format the column as text in the spreadsheet and enter the zeros again.",
    ),
    "header_in_data": (
        "The header row comes again among the data",
        "Remove the repeated header rows: otherwise they are treated as records.",
    ),
    "header_missing": (
        "The file seems to have no header row",
        "If the first row holds column names, say so; else say for each column into which field it goes.",
    ),
    "header_used_as_data": (
        "The first row looks like column names and is treated as a record",
        "Say that the first row holds the column names.",
    ),
    "excel_dates": (
        "Numbers that look like a spreadsheet's day count",
        "Format the column as a date in the spreadsheet and save the file again.",
    ),
    "mixed_encoding": (
        "Some bytes do not fit the encoding of the file",
        "Rows that hold them are refused. If characters look wrong below, choose another encoding.",
    ),
    "duplicate_columns": (
        "More than one column has this name",
        "Look at their first values, and check that the right one goes into each field.",
    ),
}


def _shown(value: str) -> str:
    """Give the beginning of a cell as it can be stored and shown."""
    return _UNSTORABLE.sub("\ufffd", value[:VALUE_LENGTH])


class ProblemList:
    """Problems or warnings by class and field, each with its count and first samples."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], dict[str, Any]] = {}

    def add(
        self,
        code: str,
        *,
        row: int,
        value: str = "",
        detail: str = "",
        column: str = "",
        field: str = "",
        fix: str = "",
    ) -> None:
        """Count one more of a class; keep it as a sample while there are few."""
        entry = self._found.get((code, field)) or self._start(code, column, field)
        entry["count"] += 1
        if len(entry["samples"]) < SAMPLES:
            sample = {"row": row, "value": _shown(value), "detail": _UNSTORABLE.sub("\ufffd", detail)}
            entry["samples"].append({**sample, "fix": fix} if fix else sample)

    def count(self, code: str, count: int, *, column: str = "", field: str = "") -> None:
        """Count several more of a class without samples."""
        entry = self._found.get((code, field)) or self._start(code, column, field)
        entry["count"] += count

    def _start(self, code: str, column: str, field: str) -> dict[str, Any]:
        label, fix = warning_words(code)
        entry = {"code": code, "label": label, "count": 0, "column": column, "field": field, "fix": fix, "samples": []}
        self._found[code, field] = entry
        return entry

    def findings(self) -> tuple[Finding, ...]:
        """Give all classes, the most frequent first."""
        return tuple(map(Finding.from_json, sorted(self._found.values(), key=lambda entry: -entry["count"])))


def warning_words(code: str) -> tuple[str, str]:
    """Give a warning's or a problem's label and suggested fix."""
    if code in WARNINGS:
        return WARNINGS[code]
    reason = reason_of(code)
    return reason.label, reason.fix


class PhoneChanges:
    """Numbers that the platform will rewrite: how many, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.samples: list[dict[str, Any]] = []

    @property
    def wants_more(self) -> bool:
        """Tell whether there is room for another sample."""
        return len(self.samples) < PHONE_SAMPLES

    def add(self, row: int, column: str, before: str, after: str | None) -> None:
        """Keep a sample; the caller adds to `count`."""
        if self.wants_more:
            self.samples.append({"row": row, "column": column, "before": _shown(before), "after": after or ""})

    def counted(self) -> PhonesChanged:
        """Give the report's member `phones_changed`."""
        return PhonesChanged(self.count, tuple(self.samples))


@dataclass(frozen=True, slots=True)
class PhonesChanged:
    """How many numbers the platform will rewrite, with the first of them."""

    count: int = 0
    samples: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PhonesChanged:
        """Take what `as_json` gave."""
        return cls(int(data["count"]), tuple(data["samples"]))

    def as_json(self) -> dict[str, Any]:
        """Give a plain dictionary for storage."""
        return {"count": self.count, "samples": list(self.samples)}


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How many rows are blocked by a Do Not Call list, and how many of them are left out."""

    found: int = 0
    left_out: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scrubbed:
        """Take what `as_json` gave."""
        return cls(int(data["found"]), int(data["left_out"]))

    def as_json(self) -> dict[str, Any]:
        """Give a plain dictionary for storage."""
        return {"found": self.found, "left_out": self.left_out}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport(JobReport):
    """What the check of a file found. `rows_by_outcome` counts the rows that are "ready" and "rejected"."""

    phones_changed: PhonesChanged = field(
        default=PhonesChanged(), metadata=stored(PhonesChanged.from_json, PhonesChanged.as_json)
    )
    blank_rows: int = 0
    rows_before_header: int = 0
    rows_by_outcome: Mapping[str, int] = field(default_factory=dict, metadata=stored(dict, dict))
    scrub: Scrubbed | None = field(default=None, metadata=stored(Scrubbed.from_json, Scrubbed.as_json))
    seconds: float = 0.0
    rows_per_second: int = 0

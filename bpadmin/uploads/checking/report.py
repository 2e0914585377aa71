"""What the check found, counted by class with a few samples: the contents of `job.report`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bpadmin.counts import counted
from bpadmin.jobs.options import Finding, JobReport, stored
from bpadmin.jobs.reasons import reason_of
from bpadmin.platforms.record_rules.dates import DMY, MDY, ORDER_WORDS
from bpadmin.tabular.marks import APOSTROPHES, CONTROLS, UNDONE
from bpadmin.tabular.types import Mark
from bpadmin.uploads.checking.doubles import DoublesFound

SAMPLES = 5
PHONE_SAMPLES = 10
VALUE_LENGTH = 120
LOST_ZEROS, NOTHING_WORDS, LONG_TEXTS = "lost_leading_zeros", "words_for_nothing", "long_texts"
ALIKE, MARKED, DATE_ORDER = "keys_alike", "marked_do_not_call", "date_order"
SCIENTIFIC_NOTATION, FORMULAS = "scientific_notation", "formulas"
ENTITIES = "html_entities"
TAKEN_FOR_US, WITHOUT_ONE = "taken_for_us", "plus_without_one"
NAMES_TOO_FEW, SHEETS_ALIKE = "names_too_few", "sheets_alike"
CODES_AS_DATES = "codes_as_dates"
DECIMAL_CODES, LOST_LETTERS, DOUBLED = "codes_with_decimals", "letters_replaced", "double_encoding"
# PostgreSQL keeps neither in JSON.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

WARNINGS: Mapping[str, tuple[str, str]] = {
    SCIENTIFIC_NOTATION: (
        "Numbers in scientific notation, such as 1.23E+10",
        "A spreadsheet has shortened them and the last digits are lost. Take the column from the original source and "
        "format it as text before opening it in Excel.",
    ),
    "lost_leading_zeros": (
        "Numbers that seem to have lost a leading zero",
        "Format the column as text in the spreadsheet and enter the zeros again.",
    ),
    MARKED: (
        "Rows that the file itself marks as not to be called",
        "Take them out of the file, or have their numbers put on a Do Not Call list.",
    ),
    NOTHING_WORDS: (
        "Words for nothing, such as NULL, N/A or -",
        "They are sent as texts, and an agent greets “NULL”. Clear these cells in the file.",
    ),
    LONG_TEXTS: (
        "Texts of twenty lines and more",
        "A mail or a whole conversation may have been pasted, or a quotation mark is lost. Look at these cells.",
    ),
    ALIKE: (
        "Keys that look like an earlier one, but for capitals, blanks, leading zeros or .0",
        "The dialler takes them for different records. Write the key of one customer in one way.",
    ),
    APOSTROPHES: (
        'Marks of a spreadsheet around cells were taken off: an apostrophe in front (\'007), or ="007"',
        "Programs write them so that Excel keeps zeros and calculates nothing, and lead forms p: z: l: before numbers. "
        "Have them kept if they belong to the texts.",
    ),
    DECIMAL_CODES: (
        "Keys and codes that end with .0, as a spreadsheet writes whole numbers",
        "They are sent as texts, with the .0: the next file may have them without it. Format the column as whole "
        "numbers, or give it the rule for numbers with a decimal point.",
    ),
    CODES_AS_DATES: (
        "Keys and codes that a spreadsheet may have made dates of, such as 3-Jan for 1-3 or Jan-05 for JAN5",
        "What stood there before is lost. Take the column from the original source and format it as text before "
        "opening it in Excel.",
    ),
    LOST_LETTERS: (
        "Letters that were lost before: � stands in their place",
        "The program that wrote the file could not read them. Take the column from the original source.",
    ),
    ENTITIES: (
        "Signs written as a web page writes them, such as M&uuml;ller for Müller",
        "They are sent as they stand: agents read &uuml;. Save the file anew from its source.",
    ),
    FORMULAS: (
        "Formulas in a text file, such as =A1&B1, which holds no result for them",
        "They are sent as they stand. Save the file from the spreadsheet with its values.",
    ),
    DOUBLED: (
        "Texts that were encoded twice, such as MÃ¼ller for Müller",
        "Have it undone, or save the file anew from its source.",
    ),
    UNDONE: (
        "Texts that were encoded twice are put right",
        "Such as MÃ¼ller, which is sent as Müller.",
    ),
    CONTROLS: (
        "Control characters within cells were taken out",
        "Line and page breaks of other programs (vertical tab, form feed) became blanks, others are left out.",
    ),
    DATE_ORDER: (
        "Dates in the other order of day and month",
        "Say in which order they are written: then all of them are written as the list wants them.",
    ),
    "impossible_numbers": (
        "Unusual numbers: no such area code or exchange exists in the US and Canada",
        "The dialler takes them, but nobody can be reached by them. Correct them in the file.",
    ),
    "premium_numbers": (
        "Numbers at a premium rate (area code 900, exchange 976)",
        "Each call costs extra. Take them out unless they are meant.",
    ),
    "not_international": (
        "Numbers without + and country code",
        "The dialler dials them as they stand. Write them as E.164 has it, such as +4930123456, where it needs that.",
    ),
    "foreign_numbers": (
        "Numbers that are written like those of another country",
        "The dialler puts the list's country code in front of them. Look whether they belong into this list.",
    ),
    TAKEN_FOR_US: (
        "Numbers of ten digits that are taken for ones of the US and Canada",
        "Nothing else tells of which country they are. If they are of another one, say of which (in a shell: --country "
        "GB).",
    ),
    WITHOUT_ONE: (
        "Numbers with a plus and ten digits, as those of the US and Canada have without their 1",
        "As they are written they belong to another country (+65 is Singapore, +45 Denmark). If they are of the US or "
        "Canada, write +1 in front of them.",
    ),
    SHEETS_ALIKE: (
        "Several sheets of the workbook have the same columns, and one of them is read",
        "Choose the sheet that is meant, and send the others one after the other.",
    ),
    NAMES_TOO_FEW: (
        "Rows have more cells than the header has names",
        "Look whether each name stands over its values: text that holds the separator, such as 12,50, has to stand in "
        "quotation marks, and some programs leave out the name of the first column.",
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
    "letters_lost": (
        "Question marks stand where letters were",
        "The program that saved the file could not write them, so they are lost in it. Save it anew as UTF-8.",
    ),
    "mixed_encoding": (
        "Some bytes do not fit the encoding of the file",
        "Rows that hold them are refused. If characters look wrong below, choose another encoding.",
    ),
    "cedillas": (
        "ş and ţ are read with a cedilla, as Windows-1250 writes them",
        "ISO 8859-16 writes ș and ț, with a comma, by the very same bytes: choose that encoding where the list has "
        "those.",
    ),
    "invisible_signs": (
        "Signs that nobody sees, or that stand for others, were taken off",
        "Zero-width signs, marks of direction, other blanks and full-width digits: the rows are sent without them, so "
        "that the same key or number stays one.",
    ),
    "header_signs": (
        "The name of a column holds signs that nobody sees",
        "They are left out of the name here.",
    ),
    "short_rows": (
        "Rows with fewer cells than the header",
        "The missing cells at their end are taken as blank ones.",
    ),
    "hidden_rows": (
        "Rows that the workbook hides or filters away are sent",
        "Leave them out if they were hidden on purpose.",
    ),
    "hidden_left_out": (
        "Rows that the workbook hides or filters away are left out",
        "Send them as well if they belong to the list.",
    ),
    "rows_not_taken": (
        "Rows that are left out by the value of a column",
        "They are no rows of this job. Choose other values if they belong to it.",
    ),
    "hidden_seen": (
        "The workbook hides or filters away some of its rows",
        "The check counts them and says whether they are sent or left out; there you can change it (in a shell with "
        "--hidden-rows).",
    ),
    "merged_cells": (
        "Cells that are merged over several rows",
        "Only the first of these rows holds the value, the others are blank. Unmerge the cells and fill them in.",
    ),
    "long_numbers": (
        "Numbers of more than 15 digits",
        "A spreadsheet keeps 15 digits of a number: the last ones of these are likely to be lost. Take the column from "
        "the original source and format it as text first.",
    ),
    "percentages": (
        "Percentages, sent as the sheet shows them",
        "The cell holds 0.25, and 25% is sent. Format the column as a number if 0.25 is meant.",
    ),
    "old_workbook": (
        "This kind of workbook does not tell everything",
        "Of .xls, .xlsb and .ods files it cannot be seen how numbers are shown (leading zeros), which rows are hidden, "
        "and which formulas failed: such cells read as blank. Save it as .xlsx if it has any of these.",
    ),
    "duplicate_columns": (
        "More than one column has this name",
        "Look at their first values, and check that the right one goes into each field.",
    ),
}


def _shown(value: str) -> str:
    """Return the beginning of a cell as it can be stored and shown."""
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

    def add_mark(self, mark: Mark, *, column: str = "", field: str = "") -> None:
        """Count what the reader has told of cells or rows."""
        for row, value in mark.samples:
            self.add(mark.code, row=row, value=value, column=column, field=field)
        self.count(mark.code, mark.count - len(mark.samples), column=column, field=field)

    def count(self, code: str, count: int, *, column: str = "", field: str = "") -> None:
        """Count several more of a class without samples."""
        entry = self._found.get((code, field)) or self._start(code, column, field)
        entry["count"] += count

    def ask(self, code: str, *, field: str) -> None:
        """Have a class of one field need a yes."""
        if entry := self._found.get((code, field)):
            entry["needs_yes"] = True

    def _start(self, code: str, column: str, field: str) -> dict[str, Any]:
        label, fix = warning_words(code)
        entry = {"code": code, "label": label, "count": 0, "column": column, "field": field, "fix": fix, "samples": []}
        self._found[code, field] = entry
        return entry

    def total(self, code: str) -> int:
        """Count a class over all fields."""
        return sum(entry["count"] for (known, _), entry in self._found.items() if known == code)

    def findings(self, named: Callable[[int], int] = int) -> tuple[Finding, ...]:
        """Return all classes: those that need a yes first, then the most frequent ones.

        `named` gives the number by which people know a row.
        """
        entries = sorted(self._found.values(), key=lambda entry: (not entry.get("needs_yes"), -entry["count"]))
        return tuple(Finding.from_json({**each, "samples": rows_named(each["samples"], named)}) for each in entries)


def rows_named(samples: Iterable[Mapping[str, Any]], named: Callable[[int], int]) -> list[dict[str, Any]]:
    """Return samples with their rows by the numbers by which people know them."""
    return [{**sample, "row": named(sample["row"])} for sample in samples]


def warning_words(code: str) -> tuple[str, str]:
    """Return a warning's or a problem's label and suggested fix."""
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
        """Return whether there is room for another sample."""
        return len(self.samples) < PHONE_SAMPLES

    def add(self, row: int, column: str, before: str, after: str | None) -> None:
        """Keep a sample; the caller adds to `count`."""
        if self.wants_more:
            self.samples.append({"row": row, "column": column, "before": _shown(before), "after": after or ""})

    def counted(self, named: Callable[[int], int] = int) -> PhonesChanged:
        """Return the report's member `phones_changed`; `named` gives the number by which people know a row."""
        return PhonesChanged(self.count, tuple(rows_named(self.samples, named)))


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
        """Return a plain dictionary for storage."""
        return {"count": self.count, "samples": list(self.samples)}


BLOCKED, WAITING = "dnc_blocked", "waits_already"


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How many rows are blocked by a Do Not Call list or wait to be called (`code`), and how many are left out."""

    found: int = 0
    left_out: int = 0
    code: str = BLOCKED

    @property
    def is_open(self) -> bool:
        """Return whether it is about rows that wait to be called already."""
        return self.code == WAITING

    @property
    def words(self) -> str:
        """Say what is the matter with such rows."""
        return "waiting to be called already" if self.is_open else "blocked by a Do Not Call list"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scrubbed:
        """Take what `as_json` gave."""
        return cls(int(data["found"]), int(data["left_out"]), str(data.get("code") or BLOCKED))

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        code = {} if self.code == BLOCKED else {"code": self.code}
        return {"found": self.found, "left_out": self.left_out, **code}


@dataclass(frozen=True, slots=True)
class ListDifference:
    """What came of holding a file's rows against the list: records read, rows that are in it just so, rows that differ.

    Rows that are the same are no rows of the job. `new` are rows whose key the list does not hold.
    """

    read: int = 0
    same: int = 0
    differing: int = 0
    new: int = 0
    samples: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ListDifference:
        """Take what `as_json` gave."""
        counts = {name: int(data[name]) for name in ("read", "same", "differing", "new")}
        return cls(**counts, samples=tuple(data["samples"]))

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return {**asdict(self), "samples": list(self.samples)}

    @property
    def words(self) -> str:
        """Say what was found."""
        told = [f"{counted(self.differing, 'row')} {'differs' if self.differing == 1 else 'differ'} from the list"]
        if self.new:
            told.append(f"{counted(self.new, 'row', 'is')} not in it")
        told.append(f"{counted(self.same, 'row', 'is')} in it just so and left out")
        return f"{'; '.join(told)}. {counted(self.read, 'record', 'was')} read."


@dataclass(frozen=True, slots=True)
class DateOrder:
    """In which order the day and the month stand in a column, as far as its cells tell.

    Counted are dates that can be read with the day first only, with the month first only, and either way. `own` is the
    order of the list's dates, "" where they begin with the year; `pattern` is how the list writes them.
    """

    column: str
    field: str
    pattern: str
    own: str
    day_first: int
    month_first: int
    either: int

    @property
    def is_open(self) -> bool:
        """Return whether no row is certain: some fit both orders and would be sent, others show the other order."""
        against = self.month_first if self.own == DMY else self.day_first if self.own == MDY else 0
        return bool(against and self.either)

    @property
    def choices(self) -> list[tuple[str, str, int]]:
        """Return the orders as (value, words, dates that fit), the likelier one first."""
        both = [
            (DMY, ORDER_WORDS[DMY], self.day_first + self.either),
            (MDY, ORDER_WORDS[MDY], self.month_first + self.either),
        ]
        return sorted((each for each in both if each[2]), key=lambda each: -each[2])

    @property
    def sentence(self) -> str:
        """Say what the cells show."""
        counts = [(self.day_first, "only with the day first"), (self.month_first, "only with the month first")]
        told = [f"{count:,} can be read {words}" for count, words in counts if count]
        if self.either:
            told.append(f"{self.either:,} either way")
        end = ", so that none of them is certain" if self.is_open else ""
        return f"Of the dates in {self.column}, {', '.join(told)}{end}: day and month may stand in the other order."

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DateOrder:
        """Take what `as_json` gave."""
        return cls(**data)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport(JobReport):
    """What the check of a file found. `rows_by_outcome` counts the rows that are "ready" and "rejected".

    `rows_short` lack cells at their end, whether that is a fault or not; `rows_hidden` are those that a workbook hides
    and that are sent, `rows_hidden_left_out` those that are not, which are no rows of the job. `rows_not_taken` are
    left out by a rule, and are none either. `cells_cleaned` counts cells from which signs were taken that nobody sees,
    `cells_unguarded` those from which marks of a spreadsheet were taken,
    `cells_doubled` those that were encoded twice and still are. `doubles` tells of rows of one key,
    `spares_from` which record of the spool is the first of those that are sent only where the row before them is
    refused.
    """

    phones_changed: PhonesChanged = field(
        default=PhonesChanged(), metadata=stored(PhonesChanged.from_json, PhonesChanged.as_json)
    )
    blank_rows: int = 0
    rows_before_header: int = 0
    rows_short: int = 0
    rows_hidden: int = 0
    rows_hidden_left_out: int = 0
    rows_not_taken: int = 0
    cells_cleaned: int = 0
    cells_unguarded: int = 0
    cells_doubled: int = 0
    date_orders: tuple[DateOrder, ...] = field(
        default=(),
        metadata=stored(
            lambda data: tuple(map(DateOrder.from_json, data or ())), lambda orders: [each.as_json() for each in orders]
        ),
    )
    rows_by_outcome: Mapping[str, int] = field(default_factory=dict, metadata=stored(dict, dict))
    doubles: DoublesFound | None = field(default=None, metadata=stored(DoublesFound.from_json, DoublesFound.as_json))
    spares_from: int | None = None
    compared: ListDifference | None = field(
        default=None, metadata=stored(ListDifference.from_json, ListDifference.as_json)
    )
    scrub: Scrubbed | None = field(default=None, metadata=stored(Scrubbed.from_json, Scrubbed.as_json))
    seconds: float = 0.0
    rows_per_second: int = 0

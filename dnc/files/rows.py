"""The check of a file of keys row by row: columns joined, days read, rows chosen, additions parted from removals.

Sits on the staging of all uploads (`uploads.checking.staging`) and on the rules of keys (`dnc.keys`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from itertools import compress
from typing import Any

import orjson

from bpadmin.jobs.files.spool import SpoolWriter
from bpadmin.platforms.record_rules.dates import calendar_of
from bpadmin.platforms.record_rules.rules import Checked, Fault, Problem
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.encoding.decoding import Texts
from bpadmin.tabular.marks import NOT_TAKEN
from bpadmin.tabular.types import Block
from bpadmin.uploads.checking.report import DOUBLED, ENTITIES, LOST_LETTERS, SAMPLES, TAKEN_FOR_US, WITHOUT_ONE
from bpadmin.uploads.checking.second_look import SecondLook
from bpadmin.uploads.checking.staging import Plan, Staging
from dnc.entries.ledger import batch_make, staged_add, staged_forget, staged_pairs
from dnc.files.columns import ACTION, AREA, CHANGE, EXCHANGE, EXPIRES, SOURCE
from dnc.keys.countries import Country
from dnc.keys.normalisation import COMMENT, COMMENT_LENGTH, KEY, US_LENGTH, Column, KeyCheck, KeyRules, lacks_one
from dnc.keys.number_table import NumberTable
from dnc.keys.one_number import ADDS, REMOVES, action_apart
from dnc.models import DncKind

_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T ].*)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?:[T ].*)?", re.ASCII)
_LOCAL_LENGTH, _AREA_LENGTH, _WHOLE_LENGTH = 7, 3, 10
# What a spreadsheet puts behind whole numbers.
_WHOLE = re.compile(r"(?<=\d)\.0+\Z")
_ACTION_FIX = "Write A to add the number, or D to remove it."
_DAY_FIX = "Write the day as 2027-01-31, or leave the cell empty to block for good."


class RowCheck(KeyCheck):
    """The check of keys with what else a file says of them; `today` is the day of the tenant."""

    def __init__(
        self,
        fields: Sequence[FieldSpec],
        rules: KeyRules,
        *,
        today: date,
        unguard: Callable[[str, bool], str] | None = None,
        is_parted: bool = False,
    ) -> None:
        super().__init__(fields, rules, unguard=unguard)
        self.today, self.is_parted = today, is_parted
        self.at = {spec.name: at for at, spec in enumerate(fields)}

    def check(self, columns: Sequence[Column]) -> Checked:
        """Check a block; see `KeyCheck.check`."""
        given = list(columns)
        if self.is_parted:
            apart = [action_apart(cell) for cell in columns[self.at[KEY]]]
            given[self.at[KEY]] = [number for _, number in apart]
            given[self.at[ACTION]] = [action for action, _ in apart]
        if AREA in self.at:
            area, key = self.at[AREA], self.at[KEY]
            home = self.rules.home if self.rules.home is not None and self.rules.home.code != "1" else None
            numbers = columns[key]
            if EXCHANGE in self.at:
                parts = zip(columns[self.at[EXCHANGE]], numbers, strict=True)
                numbers = [f"{_WHOLE.sub('', exchange)}{_WHOLE.sub('', line)}" for exchange, line in parts]
            given[key] = [_joined(*pair, home) for pair in zip(columns[area], numbers, strict=True)]
        checked = super().check(given)
        if AREA in self.at:
            for name in (AREA, EXCHANGE):
                if name in self.at:
                    checked.absent[self.at[name]] = range(len(given[0]))
        for name, read in ((ACTION, self._actions), (EXPIRES, self._days)):
            if name in self.at:
                read(checked, self.at[name], given[self.at[name]])
        return checked

    def _actions(self, checked: Checked, at: int, column: Column) -> None:
        found = [_action(cell) for cell in column]
        checked.values[at], checked.absent[at] = found, ()
        for row, action in enumerate(found):
            if not action:
                detail = "it says neither that the number is added nor that it is removed"
                checked.problems.append(Problem(row, Fault.CODE_INVALID, at, column[row], detail, _ACTION_FIX))

    def _days(self, checked: Checked, at: int, column: Column) -> None:
        days: dict[str, tuple[date | None, str]] = {cell: day_read(cell) for cell in set(column) if cell}
        checked.values[at] = [day.isoformat() if cell and (day := days[cell][0]) else "" for cell in column]
        checked.absent[at] = [row for row, cell in enumerate(column) if not cell]
        for row, cell in enumerate(column):
            if not cell:
                continue
            day, fault = days[cell]
            if day is not None and day <= self.today:
                fault = "that day is over, so the entry would be taken out at once"
            if fault:
                checked.problems.append(Problem(row, Fault.DATE_INVALID, at, cell, fault, _DAY_FIX))


def columns_parted(columns: Sequence[tuple[int, FieldSpec]]) -> Iterator[tuple[int, FieldSpec]]:
    """Return the columns with that of numbers and what is done beside them as two, which `RowCheck` takes apart."""
    for at, spec in columns:
        if spec.name != CHANGE:
            yield at, spec
            continue
        yield at, FieldSpec(KEY, FieldType.PHONE)
        yield at, FieldSpec(ACTION, FieldType.ACCOUNT)


def day_read(text: str) -> tuple[date | None, str]:
    """Read a day; None and why it is none, or why it is not certain which."""
    year_first, year_last = _YEAR_FIRST.fullmatch(text), _YEAR_LAST.fullmatch(text)
    if year_first:
        year, month, day = map(int, year_first.groups())
    elif year_last:
        day, month, year = int(year_last[1]), int(year_last[3]), int(year_last[4])
        if year_last[2] != "." and day <= 12 and month <= 12 and day != month:
            return None, "which of its numbers is the day and which the month is not certain"
        if month > 12 and year_last[2] != ".":
            day, month = month, day
    else:
        return None, "it is no day"
    if calendar := calendar_of(year):
        return None, f"the year {year} is one of the {calendar} calendar"
    try:
        return date(year, month, day), ""
    except ValueError:
        return None, "there is no such day"


def _joined(area: str, number: str, home: Country | None = None) -> str:
    """Put an area code before a number of seven digits; a number that is whole already stays.

    In numbers of a `home` other than the US or Canada, they have other lengths, and what is dialled before an area code
    within the country may stand in the file or not.
    """
    code = _WHOLE.sub("", area.strip("() "))
    number = _WHOLE.sub("", number)
    digits = re.sub(r"[- .]", "", number)
    if home is not None and home.trunk and code.isdecimal() and digits.isdecimal():
        if digits[0] == "0" or len(digits) >= _WHOLE_LENGTH:
            return number
        is_bare = not code.startswith(home.trunk) or len(code) + len(digits) == home.length
        return f"{home.trunk if is_bare else ''}{code} {number}"
    is_local = len(digits) == _LOCAL_LENGTH and digits.isdecimal()
    if is_local and len(code) == _AREA_LENGTH and code.isdecimal():
        return code + digits
    return f"{area} {number}".strip() if len(digits) < _WHOLE_LENGTH and (code or is_local) else number


def _action(cell: str) -> str:
    said = cell.casefold()
    return "A" if said in ADDS else "D" if said in REMOVES else ""


class CommentLook(SecondLook):
    """Looks at the letters of comments; what else stands out in a calling list is no harm in a list of keys."""

    def take(self, block: Block, checked: Checked) -> None:
        """Look at one block that has been checked."""
        self.take_letters(block, checked)

    def take_keys(self, *args: Any, **said: Any) -> None:
        """Look at no keys: those that are written in two ways become one."""

    def finish(self) -> None:
        """Say which of what was found needs a yes."""
        for _, spec in self.columns:
            for code in (LOST_LETTERS, DOUBLED, ENTITIES, WITHOUT_ONE):
                self.warnings.ask(code, field=spec.name)


class KeyStaging(Staging):
    """Writes the keys of a file to the spool; those that a change list removes go behind all that it adds.

    `is_large`: a file of millions of numbers, of which is not remembered in which row each stood. `take_by` is the
    column and the values (without case) by which rows are taken; the others are no rows of the job.
    `comment` is for rows without one of their own. `held` begins the transaction in which keys are staged.
    """

    def __init__(
        self,
        plan: Plan,
        writer: SpoolWriter,
        *,
        rules: RowCheck,
        kept: Callable[[list[dict[str, Any]]], None],
        held: Callable[[], AbstractContextManager[None]],
        take_by: tuple[int, frozenset[str]] | None = None,
        is_large: bool = False,
    ) -> None:
        super().__init__(plan, writer, rules=rules, kept=kept)
        if is_large and rules.rules.kind is DncKind.INTERNAL:
            self.keys = NumberTable()
        self.key_rules, self.key_at = rules.rules, rules.at[KEY]
        self.look = CommentLook(plan.columns, plan.header, self.warnings)
        self.take_by, self.held = take_by, held
        self.has_actions, self.is_parted = ACTION in rules.at, rules.is_parted
        self.removals = batch_make() if self.has_actions else 0
        self.delete_from: int | None = None

    def take(self, block: Block, checked: Checked | None = None) -> None:
        """Take the rows of a block that are wanted."""
        if self.take_by is not None and block.numbers:
            self._choose(block, *self.take_by)
        super().take(block, checked)

    def _choose(self, block: Block, at: int, values: frozenset[str]) -> None:
        keep = bytearray(cell.strip().casefold() in values for cell in block.columns[at])
        if 0 not in keep:
            return
        left = [row for row, is_kept in enumerate(keep) if not is_kept]
        for row in left[:SAMPLES]:
            value = block.columns[at][row]
            self.warnings.add(NOT_TAKEN, row=block.numbers[row], value=value, column=self.plan.header[at])
        self.warnings.count(NOT_TAKEN, len(left[SAMPLES:]), column=self.plan.header[at])
        block.columns = tuple(Texts(list(compress(column, keep))) for column in block.columns)
        block.numbers = list(compress(block.numbers, keep))

    def _note_phones(
        self, checked: Checked, columns: Sequence[Sequence[str]], numbers: Sequence[int], keep: bytearray
    ) -> None:
        super()._note_phones(checked, columns, numbers, keep)
        if self.key_rules.is_us_likely and not self.is_parted:
            cells = columns[self.key_at]
            for row, cell in enumerate(cells):
                if cell[:1] == "+" and keep[row] and checked.normal[self.key_at][row] and lacks_one(cell):
                    self._warning(WITHOUT_ONE, numbers[row], self.key_at, cell)
        if self.key_rules.is_open and AREA not in self.names:
            cells = columns[self.key_at]
            for row, key in enumerate(checked.normal[self.key_at]):
                if keep[row] and key and is_taken_for_us(cells[row], key):
                    self._warning(TAKEN_FOR_US, numbers[row], self.key_at, cells[row])

    def _flush(self, *, at_least: int) -> None:
        if self.has_actions:
            self._part()
        super()._flush(at_least=at_least)

    def _part(self) -> None:
        """Put aside what is to be removed, with the number of its row."""
        gone = [record.pop(ACTION) == "D" if ACTION in record else False for record in self._records]
        if not any(gone):
            return
        pairs = zip(compress(self._records, gone), compress(self._numbers, gone), strict=True)
        with self.held():
            staged_add(self.removals, [(record[KEY], str(number)) for record, number in pairs])
        stays = [not each for each in gone]
        self._records[:] = compress(self._records, stays)
        self._numbers[:] = compress(self._numbers, stays)

    def removals_spool(self) -> None:
        """Append to the spool what a change list removes."""
        if not self.removals:
            return
        self.finish()
        before, first, size = len(self.writer.chunks), self.writer.next_number, self.plan.chunk_size
        for staged in staged_pairs(self.removals):
            rows = sorted((int(row), key) for key, row in staged)
            for start in range(0, len(rows), size):
                part = rows[start : start + size]
                self.writer.add(orjson.dumps([{KEY: key} for _, key in part]), [row for row, _ in part])
        if len(self.writer.chunks) > before:
            self.delete_from = first
            self.more["delete_from"] = self.delete_from

    def forget(self) -> None:
        """Drop what was put aside."""
        if self.removals:
            staged_forget(self.removals)


def is_taken_for_us(cell: str, key: str) -> bool:
    """Return whether a number got the 1 of the US and Canada only because it has ten digits."""
    return len(key) == US_LENGTH and key[0] == "1" and cell[:1] not in "+1" and cell.lstrip("(")[:1] != "1"


def record_complete(record: dict[str, Any], comment: str) -> None:
    """Put a row's source before its comment; a row that has neither gets `comment`."""
    source = record.pop(SOURCE, "")
    own = record.get(COMMENT, "")
    said = ": ".join(filter(None, (source, own))) or comment
    if said:
        record[COMMENT] = said[:COMMENT_LENGTH]


def ends_of(body: bytes) -> tuple[bytes, dict[str, date]]:
    """Take the end dates out of a request's body: they are kept here, the platform is not told."""
    records, ends = orjson.loads(body), {}
    for record in records:
        if day := record.pop(EXPIRES, ""):
            ends[record[KEY]] = date.fromisoformat(day)
    return orjson.dumps(records), ends

"""Applies a conversion to blocks of rows, column by column; without Django, since another process may do it.

The file's own columns stay in the block as they are: what is shown of a row that is refused are its own cells. What was
converted or made follows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from bpadmin.cells import differing, is_error
from bpadmin.platforms.record_rules.rules import Checked, Fault, Problem, is_code
from bpadmin.platforms.types import FieldSpec
from bpadmin.tabular.encoding.decoding import Texts
from bpadmin.tabular.marks import APOSTROPHES, NOT_TAKEN, WHOLE_ROW
from bpadmin.tabular.marks import SAMPLES as ROWS_SHOWN
from bpadmin.tabular.types import Block, Mark
from bpadmin.uploads.conversion.cell_rules import (
    Unfit,
    cell_part,
    date_target,
    date_written,
    digits_only,
    number_written,
    value_key,
    value_mapped,
    with_country,
)
from bpadmin.uploads.conversion.rules import CLEAR, KEEP, LOWER, UPPER, ColumnRule, Conversion, MadeColumn, RowRule

MEMO_LIMIT = 50_000
_CASES: dict[str, Callable[[str], str]] = {UPPER: str.upper, LOWER: str.lower}


def cell_convert(
    cell: str, rule: ColumnRule, spec: FieldSpec | None = None, values: Mapping[str, str] | None = None
) -> str:
    """Return a trimmed cell as a rule makes it, for a field. Raises Unfit.

    `values` are those of the rule by what they are compared by, where the caller has many cells. Where a spreadsheet
    has failed the cell stays as it is: the check names it as that.
    """
    if is_error(cell):
        return cell
    text = cell
    if text and rule.part:
        text = cell_part(text, rule.separator, rule.part)
    if text:
        text = _changed(text, rule, spec, values_by_key(rule) if values is None else values)
    return text or rule.default


def values_by_key(rule: ColumnRule) -> dict[str, str]:
    """Return a rule's value map by what values are compared by."""
    return {value_key(name): value for name, value in rule.values.items()}


def _changed(text: str, rule: ColumnRule, spec: FieldSpec | None, values: Mapping[str, str]) -> str:
    if rule.tidy:
        text = " ".join(text.split())
    if rule.values:
        text = value_mapped(text, values, keeps_others=rule.others == KEEP)
        if not text:
            return ""
    if rule.case:
        text = _CASES.get(rule.case, _titled)(text)
    if rule.digits:
        text = digits_only(text)
    if rule.decimal:
        text = number_written(text, rule.decimal)
    if rule.date:
        text = date_written(text, rule.date, date_target(spec))
    if rule.country:
        text = with_country(text, rule.country)
    if rule.prefix and not text.startswith(rule.prefix):
        text = f"{rule.prefix}{text}"
    return text.strip()


def _titled(text: str) -> str:
    return " ".join(f"{word[:1].upper()}{word[1:].lower()}" for word in text.split(" "))


def joined(cells: Sequence[str], joint: str) -> str:
    """Join the cells of a row that are not blank; one in which a spreadsheet has failed is the whole."""
    return next(filter(is_error, cells), "") or joint.join(filter(None, cells))


def row_is_taken(rule: RowRule) -> Callable[[str], bool]:
    """Return what tells by a cell whether its row is taken."""
    wanted = frozenset(map(value_key, rule.values))
    return lambda cell: (value_key(cell) in wanted) is not rule.leaves_out


@dataclass(frozen=True, slots=True)
class Output:
    """A column that follows the file's own: made of `sources` or of a text, by `rule`, for the field `spec`.

    `number` is that of the field among those of the rules.
    """

    number: int
    spec: FieldSpec
    rule: ColumnRule
    sources: tuple[int, ...]
    joint: str = ""
    text: str = ""


class _Memo(dict[str, str | None]):
    """What each text of a column becomes: texts repeat. None where it cannot be converted."""

    def __init__(self, rule: ColumnRule, spec: FieldSpec) -> None:
        super().__init__()
        self.rule, self.spec, self.values_by_key = rule, spec, values_by_key(rule)

    def __missing__(self, text: str) -> str | None:
        try:
            made: str | None = cell_convert(text, self.rule, self.spec, self.values_by_key)
        except Unfit:
            made = None
        self[text] = made
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _Memo, (self.rule, self.spec)


@dataclass(slots=True)
class Converter:
    """A conversion made ready for a file of `width` columns whose fields are fed as `columns` say.

    `header` and `columns` are those of the block after the conversion; `sources` gives, for a column of it that feeds a
    field, the file's column that it comes from. `clears` are the fields that a blank cell clears. `unguard` takes off
    the cells what a spreadsheet has put around them, before anything is done to them.
    """

    width: int
    header: tuple[str, ...]
    columns: tuple[tuple[int, FieldSpec], ...]
    outputs: tuple[Output, ...]
    rows: tuple[RowRule, ...]
    clears: tuple[int, ...] = ()
    sources: dict[int, int] = field(default_factory=dict)
    unguard: Callable[[str, bool], str] | None = None
    _memos: list[_Memo] = field(default_factory=list)

    def convert(self, block: Block) -> list[Problem]:
        """Take out of a trimmed block the rows that are not taken, and add the columns; returns what cannot be done."""
        columns = self._unguarded(block)
        self._take_rows(block, columns)
        if not self._memos:
            self._memos = [_Memo(output.rule, output.spec) for output in self.outputs]
        problems: list[Problem] = []
        added: list[Sequence[str]] = []
        for output, memo in zip(self.outputs, self._memos, strict=True):
            cells = self._cells(output, block, columns)
            if len(memo) > MEMO_LIMIT:
                memo.clear()
            found: list[Any] = list(map(memo.__getitem__, cells))
            if None in found:
                for row, text in enumerate(found):
                    if text is None:
                        found[row] = cells[row]
                        problems.append(_problem(row, output, cells[row]))
            added.append(Texts(found))
        block.columns = [*block.columns, *added]
        return problems

    def settle(self, checked: Checked, problems: Sequence[Problem]) -> None:
        """Put into what the rules have found what could not be converted, and what blank cells clear."""
        if problems:
            failed = {(one.row, one.field) for one in problems}
            kept = [one for one in checked.problems if (one.row, one.field) not in failed]
            checked.problems = [*kept, *problems]
        for at in self.clears:
            if checked.absent[at]:
                checked.values[at] = [None if value in ("", None) else value for value in checked.values[at]]
                checked.absent[at] = ()

    def _unguarded(self, block: Block) -> dict[int, Sequence[str]]:
        """Return the columns that something is done to and whose cells had marks around them, without these."""
        found: dict[int, Sequence[str]] = {}
        if self.unguard is None:
            return found
        codes = {at: is_code(output.spec) for output in self.outputs for at in output.sources}
        for at in {*codes, *(rule.column for rule in self.rows)}:
            column = block.columns[at]
            if not any(cell[:1] in ("'", "=") for cell in column if cell):
                continue
            bare = [self.unguard(cell, codes.get(at, True)) for cell in column]
            if rows := differing(column, bare):
                found[at] = bare
                told = tuple((block.numbers[row], column[row]) for row in rows[:ROWS_SHOWN])
                block.marks.append(Mark(APOSTROPHES, at, len(rows), told))
        return found

    def _cells(self, output: Output, block: Block, columns: Mapping[int, Sequence[str]]) -> Sequence[str]:
        if not output.sources:
            return [output.text] * len(block.numbers)
        cells = [columns.get(at) or block.columns[at] for at in output.sources]
        return cells[0] if len(cells) == 1 else [joined(row, output.joint) for row in zip(*cells, strict=True)]

    def _take_rows(self, block: Block, columns: dict[int, Sequence[str]]) -> None:
        for rule in self.rows:
            is_taken = row_is_taken(rule)
            column = columns.get(rule.column) or block.columns[rule.column]
            keep = bytearray(map(is_taken, column))
            if 0 not in keep:
                continue
            gone = [(block.numbers[row], cell) for row, cell in enumerate(column) if not keep[row]]
            block.marks.append(Mark(NOT_TAKEN, WHOLE_ROW, len(gone), tuple(gone[:ROWS_SHOWN])))
            block.columns = [Texts(list(compress(each, keep))) for each in block.columns]
            columns.update({at: list(compress(each, keep)) for at, each in columns.items()})
            block.numbers = list(compress(block.numbers, keep))
            block.origins = list(compress(block.origins, keep))


def _problem(row: int, output: Output, cell: str) -> Problem:
    words, fix = "", ""
    try:
        cell_convert(cell, output.rule, output.spec)
    except Unfit as unfit:
        words, fix = str(unfit), unfit.fix
    return Problem(row, Fault.NOT_CONVERTED, output.number, cell, words, fix)


def converter_of(
    conversion: Conversion,
    *,
    header: Sequence[str],
    columns: Sequence[tuple[int, FieldSpec]],
    unguard: Callable[[str, bool], str] | None = None,
) -> Converter | None:
    """Make a conversion ready for the columns that are sent; None where it changes nothing."""
    if conversion.is_empty:
        return None
    width = len(header)
    outputs: list[Output] = []
    fed: list[tuple[int, FieldSpec]] = []
    titles, sources, clears = list(header), {}, []
    for number, (at, spec) in enumerate(columns):
        made = conversion.made[at - width] if at >= width else None
        rule = made.rule if made else conversion.rule(at)
        if (rule.blank or conversion.blank) == CLEAR and not spec.key:
            clears.append(number)
        if made is None and rule.is_empty:
            fed.append((at, spec))
            continue
        titles.append(made.title if made else header[at])
        fed.append((width + len(outputs), spec))
        if made is None:
            sources[width + len(outputs)] = at
        outputs.append(_output(number, spec, rule, made, at))
    return Converter(
        width,
        tuple(titles),
        tuple(fed),
        tuple(outputs),
        conversion.rows,
        clears=tuple(clears),
        sources=sources,
        unguard=unguard,
    )


def _output(number: int, spec: FieldSpec, rule: ColumnRule, made: MadeColumn | None, at: int) -> Output:
    if made is None:
        return Output(number, spec, rule, (at,))
    return Output(number, spec, rule, made.columns, made.joint, made.text)


@dataclass(frozen=True, slots=True)
class Change:
    """A cell before and after; `problem` says why it cannot be converted."""

    before: str
    after: str
    problem: str = ""


def changes_shown(cells: Sequence[str], rule: ColumnRule, spec: FieldSpec | None, *, first: int = 3) -> list[Change]:
    """Return the first different cells of a column and its oddest ones, each with what becomes of it.

    Odd are those that cannot be converted, then those whose shape is the rarest: a letter among digits, another length.
    """
    different = list(dict.fromkeys(cell.strip() for cell in cells))
    shapes: dict[str, int] = {}
    for cell in different:
        shapes[_shape(cell)] = shapes.get(_shape(cell), 0) + 1
    changes = [_change(cell, rule, spec) for cell in different]
    rest = changes[first:]
    rest.sort(key=lambda change: (not change.problem, shapes[_shape(change.before)]))
    return changes[:first] + rest[:first]


def _change(cell: str, rule: ColumnRule, spec: FieldSpec | None) -> Change:
    try:
        return Change(cell, cell_convert(cell, rule, spec))
    except Unfit as unfit:
        return Change(cell, "", str(unfit))


def _shape(cell: str) -> str:
    return "".join("9" if sign.isdecimal() else "a" if sign.isalpha() else sign for sign in cell)

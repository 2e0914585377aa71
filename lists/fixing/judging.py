"""What the list's rules say of refused rows as they stand now, and which value each rule itself would put there.

What was said of the file's columns (dates written otherwise, a country code, columns joined) is done to the cells
first, as the check does it: what one types is a cell of the file, not what is sent of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bpadmin.jobs.models import Job, RefusedRow
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.info import RulesFactory
from bpadmin.platforms.record_rules.rules import Checked, Fault, Problem, RecordRules
from bpadmin.platforms.types import FieldSpec
from bpadmin.tabular.types import Block
from bpadmin.uploads.checking.preparation import unguard_of
from bpadmin.uploads.conversion.cell_rules import Unfit
from bpadmin.uploads.conversion.converter import Converter, cell_convert, converter_of
from bpadmin.uploads.conversion.rules import ColumnRule, Conversion
from bpadmin.uploads.files import conversion_of
from bpadmin.uploads.models import UploadMode
from lists.uploads.modes import job_mode
from lists.uploads.options import UploadOptions, upload_options

# Of these faults the rule knows a value to put in place; all others are told in words.
_WITH_VALUE = (Fault.PHONE_INVALID, Fault.PHONE_DAMAGED, Fault.INTEGER_INVALID, Fault.DATE_INVALID, Fault.CODE_INVALID)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file that is sent: its index and name there, and the field that it feeds.

    `spec` is None for one that feeds no field itself, but others are made of it. `rule` is done to its cells.
    """

    index: int
    name: str
    spec: FieldSpec | None
    rule: ColumnRule = field(default_factory=ColumnRule)

    @property
    def rule_words(self) -> str:
        """Say what is done to its cells before they are sent, "" where nothing is."""
        return "; ".join(self.rule.told())


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell; `suggestion` is a value that the same rule takes, "" where it knows none."""

    column: Column
    fault: Fault
    value: str
    words: str
    suggestion: str = ""

    @property
    def kind(self) -> str:
        """Name faults of the same kind in the same column, for a button that mends them all."""
        return f"{self.column.index}:{self.fault}"


@dataclass(frozen=True, slots=True)
class _Outlet:
    """A field that is fed: by the column that its faults are shown at, `title` where it is one that is made.

    `rules` makes the rules that the platform's records keep.
    """

    column: Column
    spec: FieldSpec
    rules: RulesFactory
    title: str = ""


def columns_sent(job: Job) -> tuple[Column, ...]:
    """Return the columns of a job's file that go into fields, or of which some is made that does, in their order."""
    options = upload_options(job)
    conversion, header = conversion_of(options), options.header
    fed = dict(_pairs(options))
    sources = {at for index in fed if index >= len(header) for at in conversion.made[index - len(header)].columns}
    return tuple(
        Column(at, header[at] or f"Column {at + 1}", fed.get(at), conversion.rule(at))
        for at in sorted({*fed, *sources})
        if at < len(header)
    )


def rows_judge(job: Job, columns: Sequence[Column], rows: Sequence[RefusedRow]) -> dict[int, list[CellFault]]:
    """Apply the list's rules to rows as they stand; returns what is wrong by the rows' numbers, all rows in one go."""
    found: dict[int, list[CellFault]] = {}
    if not rows or not columns:
        return found
    options, mode = upload_options(job), job_mode(job)
    factory = REGISTRY[job.tenant.platform].record_rules
    # Which rows are taken was decided when the file came; here it is about their cells.
    conversion = replace(conversion_of(options), rows=())
    pairs, outlets = _pairs(options), _outlets(options, conversion, columns, factory)
    takes_off = unguard_of(job, options)
    converter = converter_of(conversion, header=options.header, columns=pairs, unguard=takes_off)
    texts = [row.texts for row in rows]
    table = [[_cell(cells, at) for cells in texts] for at in range(len(options.header))]
    rules = factory(
        [spec for _, spec in pairs],
        is_partial=mode is UploadMode.UPDATE,
        keeps_empty=mode in (UploadMode.UPDATE, UploadMode.UPSERT),
        unguard=takes_off,
    )
    for problem in _checked(rules, table, [at for at, _ in pairs], converter).problems:
        outlet = outlets[problem.field]
        if outlet is None:
            continue
        value = _cell(texts[problem.row], outlet.column.index)
        fault = CellFault(outlet.column, problem.fault, value, *_words(problem, outlet))
        found.setdefault(rows[problem.row].number, []).append(fault)
    return found


def _pairs(options: UploadOptions) -> list[tuple[int, FieldSpec]]:
    by_name = {spec.name: spec for spec in options.fields}
    pairs = sorted((int(index), name) for index, name in options.mapping.items())
    return [(index, by_name[name]) for index, name in pairs if name in by_name and not by_name[name].skip]


def _outlets(
    options: UploadOptions, conversion: Conversion, columns: Sequence[Column], factory: RulesFactory
) -> list[_Outlet | None]:
    """Return for each field that is fed where its faults are shown; None where no column of the file feeds it."""
    by_index, width = {column.index: column for column in columns}, len(options.header)
    found: list[_Outlet | None] = []
    for at, spec in _pairs(options):
        made = conversion.made[at - width] if at >= width else None
        column = by_index.get(at if made is None else next(iter(made.columns), -1))
        found.append(None if column is None else _Outlet(column, spec, factory, made.title if made else ""))
    return found


def _checked(
    rules: RecordRules, table: Sequence[Sequence[str]], fed: Sequence[int], converter: Converter | None
) -> Checked:
    if converter is None:
        return rules.check([table[at] for at in fed])
    block = Block(columns=list(table), numbers=range(len(table[0])), is_trimmed=True)
    unfit = converter.convert(block)
    checked = rules.check([block.columns[at] for at, _ in converter.columns])
    converter.settle(checked, unfit)
    return checked


def _words(problem: Problem, outlet: _Outlet) -> tuple[str, str]:
    """Return what is wrong in words, and the value to write into the file's cell, "" where none is known."""
    is_value = problem.fault in _WITH_VALUE and (" " not in problem.fix or problem.fault is Fault.DATE_INVALID)
    suggestion = problem.fix if is_value and not outlet.title and _is_taken(problem.fix, outlet) else ""
    words = problem.detail or problem.fix
    if problem.detail and problem.fix and not suggestion:
        words = f"{problem.detail}. {problem.fix}"
    return (f"{outlet.title}, which is made of it: {words}" if outlet.title else words), suggestion


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _is_taken(value: str, outlet: _Outlet) -> bool:
    """Return whether the list takes a value that is written into a cell of the file, after what is done to it."""
    try:
        sent = cell_convert(value, outlet.column.rule, outlet.spec) if value else ""
    except Unfit:
        return False
    return bool(sent) and not outlet.rules([outlet.spec], is_partial=True).check([[sent]]).problems

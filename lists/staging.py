"""The check of a whole file: rows in, request bodies and refusals out, in blocks and without the database.

Everything is done column by column on blocks of a few thousand rows; only rows with a problem are looked at singly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from types import CodeType, FunctionType
from typing import Any

import orjson

from bpadmin.jobs.spool import Refusal, SpoolWriter
from bpadmin.platforms.brightpattern.dates import excel_date
from bpadmin.platforms.brightpattern.phone import SCIENTIFIC, US_CANADA, digits_of
from bpadmin.platforms.brightpattern.rules import Checked, Fault, Problem, RecordRules
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.headers import looks_like_header
from bpadmin.tabular.types import Block, Dialect, Kind
from lists.checking import BlockCheck, Rules
from lists.duplicates import KeyTable
from lists.models import UploadMode
from lists.report import PHONE_SAMPLES, CheckReport, PhoneChanges, ProblemList, Scrubbed

DUPLICATE = "duplicate_in_file"
# No published limit on a request's length exists; what one holds of very wide rows is kept to a few megabytes.
MAX_EXPECTED = 10_000_000
MAX_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make of the file: `columns` are (column index, field) pairs, skipped fields left out."""

    dialect: Dialect
    header: tuple[str, ...]
    columns: tuple[tuple[int, FieldSpec], ...]
    mode: UploadMode
    chunk_size: int


class Staging:
    """Takes blocks of rows and writes the spool; totals and findings are in its attributes.

    `rules` check the rows where they are not records of a calling list; `kept` is given the records of each block
    that go into the spool, and may complete them. `more` joins the report.
    """

    def __init__(
        self,
        plan: Plan,
        writer: SpoolWriter,
        *,
        rules: Rules | None = None,
        kept: Callable[[list[dict[str, Any]]], None] | None = None,
    ) -> None:
        self.plan = plan
        self.writer = writer
        self.fields = [spec for _, spec in plan.columns]
        self.names = tuple(spec.name for spec in self.fields)
        updates = plan.mode in (UploadMode.UPDATE, UploadMode.UPSERT)
        self.kept = kept
        self.more: dict[str, Any] = {}
        self.scrub: Scrubbed | None = None
        self.rules: Rules = rules or RecordRules(
            self.fields,
            is_partial=plan.mode == UploadMode.UPDATE,
            keeps_empty=updates,
            takes_iso_dates=plan.dialect.kind is not Kind.CSV,
        )
        self._check = BlockCheck(self.rules, tuple(at for at, _ in plan.columns))
        # What may be done ahead of `take`, in another process; rules of others may need more than that one has.
        self.work = None if rules else self._check
        self.keys = KeyTable() if self.rules.keys else None
        self.rows_total = self.rows_blank = self.rows_skipped = self.rows_refused = 0
        self.problems, self.warnings, self.phones = ProblemList(), ProblemList(), PhoneChanges()
        self._make_records = record_maker(self.names)
        self._records: list[dict[str, Any]] = []
        self._numbers: list[int] = []
        self._zip_fields = [at for at, spec in enumerate(self.fields) if spec.type is FieldType.ZIP_CODE]
        self._text_fields = [
            at for at, spec in enumerate(self.fields) if spec.type not in (FieldType.PHONE, FieldType.INTEGER)
        ]

    def take(self, block: Block, checked: Checked | None = None) -> None:
        """Check one block and append what is good to the spool; `checked` is what `work` has made of it."""
        self.rows_total += len(block.numbers) + len(block.broken)
        self.rows_blank += block.blanks
        self.rows_skipped += block.skipped
        refusals: list[Refusal] = []
        for broken in block.broken:
            words = _printable(broken.detail)
            self.problems.add(broken.fault, row=broken.number, value=_printable(" ".join(broken.cells)), detail=words)
            refusals.append(Refusal(broken.number, broken.fault, "", words))
        if block.numbers:
            self._take_rows(block, checked or self._check(block), refusals)
        if refusals:
            refusals.sort(key=lambda refusal: refusal.row)
            self.rows_refused += len(refusals)
            self.writer.refuse(refusals)

    def expect_rows(self, rows: int) -> None:
        """Make room for the keys of so many rows, told from the file's length; a wrong guess costs only time."""
        if self.keys is not None:
            self.keys.expect(min(rows, MAX_EXPECTED))

    def finish(self) -> None:
        """Write the last, shorter chunk."""
        self._flush(at_least=1)

    def report(self) -> CheckReport:
        """Give the findings as kept in `job.report`."""
        return CheckReport(
            problems=self.problems.findings(),
            warnings=self.warnings.findings(),
            phones_changed=self.phones.counted(),
            blank_rows=self.rows_blank,
            rows_before_header=self.rows_skipped,
            rows_by_outcome={"ready": self.writer.count, "rejected": self.rows_refused},
            scrub=self.scrub,
            more=self.more,
        )

    def _take_rows(self, block: Block, checked: Checked, refusals: list[Refusal]) -> None:
        numbers = block.numbers
        columns = [block.columns[at] for at, _ in self.plan.columns]
        self._warn(block, columns, checked)
        bad = self._judge(checked.problems, numbers, refusals)
        keep = bytearray(b"\1") * len(numbers)
        for row in bad:
            keep[row] = 0
        self._refuse_duplicates(checked, numbers, keep, refusals)
        self._scrub(checked, numbers, keep, refusals)
        self._note_phones(checked, columns, numbers, keep)
        records = self._make_records(checked.values)
        for name, rows in zip(self.names, checked.absent, strict=True):
            for row in rows:
                del records[row][name]
        if 0 in keep:
            records = list(compress(records, keep))
            numbers = list(compress(numbers, keep))
        if self.kept is not None:
            self.kept(records)
        self._records += records
        self._numbers += numbers
        self._flush(at_least=self.plan.chunk_size)

    def _judge(self, problems: Sequence[Problem], numbers: Sequence[int], refusals: list[Refusal]) -> set[int]:
        """Turn problems into one refusal per row: the first decides, the others are told along with it."""
        by_row: dict[int, list[Problem]] = {}
        for problem in problems:
            by_row.setdefault(problem.row, []).append(problem)
        for row, found in by_row.items():
            found.sort(key=_severity)
            first = found[0]
            spec, column = self._place(first.field)
            self.problems.add(
                first.fault, row=numbers[row], value=first.value, detail=first.detail,
                column=column, field=spec.name, fix=first.fix,
            )  # fmt: skip
            detail = "; ".join(self._told(problem, is_first=problem is first) for problem in found)
            fixes = list(dict.fromkeys(self._advice(problem, single=len(found) == 1) for problem in found))
            refusals.append(Refusal(numbers[row], first.fault, detail, " ".join(filter(None, fixes))))
        return set(by_row)

    def _told(self, problem: Problem, *, is_first: bool) -> str:
        _, column = self._place(problem.field)
        words = f"{column}: {problem.detail}" if problem.detail else column
        if problem.value and problem.detail:
            words = f"{column} “{problem.value[:60]}”: {problem.detail}"
        return words if is_first or problem.detail else f"{column} is empty"

    def _advice(self, problem: Problem, *, single: bool) -> str:
        is_value = " " not in problem.fix or problem.fault is Fault.DATE_INVALID
        if single or not is_value or not problem.fix:
            return problem.fix
        return f"{self._place(problem.field)[1]}: {problem.fix}"

    def _place(self, field: int) -> tuple[FieldSpec, str]:
        at, spec = self.plan.columns[field]
        return spec, self.plan.header[at]

    def _refuse_duplicates(
        self, checked: Checked, numbers: Sequence[int], keep: bytearray, refusals: list[Refusal]
    ) -> None:
        if self.keys is None:
            return
        identities: list[Sequence[Any]] = checked.identities
        good: Sequence[int] = range(len(numbers))
        if 0 in keep:
            identities = [list(compress(column, keep)) for column in identities]
            good = list(compress(good, keep))
        if not good:
            return
        seen = self.keys.add(identities, list(compress(numbers, keep)))
        spec, column = self._place(self.rules.keys[0])
        for index, earlier in seen.items():
            row = good[index]
            keep[row] = 0
            value = ", ".join(str(part[index]) for part in identities)
            detail = f"same key as row {earlier}"
            self.problems.add(DUPLICATE, row=numbers[row], value=value, detail=detail, column=column, field=spec.name)
            refusals.append(Refusal(numbers[row], DUPLICATE, detail, f"Keep this row or row {earlier}, not both."))

    def _scrub(self, checked: Checked, numbers: Sequence[int], keep: bytearray, refusals: list[Refusal]) -> None:
        """Take rows out that must not be called; see `lists.scrubbing`."""

    def _note_phones(
        self, checked: Checked, columns: Sequence[Sequence[str]], numbers: Sequence[int], keep: bytearray
    ) -> None:
        for at, is_changed in checked.changed.items():
            count = sum(compress(is_changed, keep))
            self.phones.count += count
            if count and self.phones.wants_more:
                rows = (row for row, changes in enumerate(is_changed) if changes and keep[row])
                for row in islice(rows, PHONE_SAMPLES):
                    self.phones.add(numbers[row], self._place(at)[1], columns[at][row], checked.normal[at][row])

    def _warn(self, block: Block, columns: Sequence[Sequence[str]], checked: Checked) -> None:
        for problem in checked.problems:
            if problem.fault is Fault.PHONE_DAMAGED and SCIENTIFIC.fullmatch(problem.value):
                self._warning("scientific_notation", block.numbers[problem.row], problem.field, problem.value)
            elif problem.fault is Fault.DATE_INVALID and excel_date(problem.value):
                self._warning("excel_dates", block.numbers[problem.row], problem.field, problem.value)
            elif (
                problem.fault is Fault.PHONE_INVALID
                and self.fields[problem.field].phone_type == US_CANADA
                and len(digits_of([problem.value])[0]) == 9
            ):
                self._warning("lost_leading_zeros", block.numbers[problem.row], problem.field, problem.value)
        for at in self._text_fields if block.has_exponents else ():
            for row, cell in enumerate(columns[at]):
                if "+" in cell and SCIENTIFIC.fullmatch(cell):
                    self._warning("scientific_notation", block.numbers[row], at, cell)
        for at in self._zip_fields:
            for row, cell in enumerate(columns[at]):
                if len(cell) == 4 and cell.isdecimal():
                    self._warning("lost_leading_zeros", block.numbers[row], at, cell)
        self._warn_of_headers(block, columns)

    def _warn_of_headers(self, block: Block, columns: Sequence[Sequence[str]]) -> None:
        is_first = self.rows_total == len(block.numbers) + len(block.broken)
        if is_first and not self.plan.dialect.has_header and looks_like_header(block.row(0)):
            self.warnings.add("header_used_as_data", row=block.numbers[0], value=" ".join(block.row(0)))
        first = self.plan.columns[0][0]
        name = self.plan.header[first]
        if not self.plan.dialect.has_header or name not in columns[0]:
            return
        for row, cell in enumerate(columns[0]):
            if cell == name and [" ".join(one.split()) for one in block.row(row)] == list(self.plan.header):
                self.warnings.add("header_in_data", row=block.numbers[row], value=" ".join(block.row(row)))

    def _warning(self, code: str, row: int, field: int, value: str) -> None:
        spec, column = self._place(field)
        self.warnings.add(code, row=row, value=value, column=column, field=spec.name)

    def _flush(self, *, at_least: int) -> None:
        size, done = self.plan.chunk_size, 0
        while len(self._records) - done >= at_least:
            self._write(self._records[done : done + size], self._numbers[done : done + size])
            done += size
        del self._records[:done]
        del self._numbers[:done]

    def _write(self, records: list[dict[str, Any]], numbers: list[int]) -> None:
        body = orjson.dumps(records)
        if len(body) > MAX_BODY and len(records) > 1:
            half = len(records) // 2
            self._write(records[:half], numbers[:half])
            self._write(records[half:], numbers[half:])
        else:
            self.writer.add(body, numbers)


def record_maker(names: Sequence[str]) -> Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]:
    """Make a function that turns columns, one per name, into records.

    A dict display with the names as constants is three times as fast as `dict(zip(names, values))`, which was a fifth
    of the whole check; only a compiled expression can have the names of this very list as constants.
    """
    variables = [f"v{at}" for at in range(len(names))]
    display = ", ".join(f"{name!r}: {variable}" for name, variable in zip(names, variables, strict=True))
    source = f"[{{{display}}} for {', '.join(variables)}, in zip(*columns, strict=True)]"
    code = compile(f"lambda columns: {source}", "<records>", "eval")
    inner = next(part for part in code.co_consts if isinstance(part, CodeType))
    return FunctionType(inner, {"zip": zip})


_ORDER = list(Fault)


def _severity(problem: Problem) -> tuple[int, int]:
    return _ORDER.index(problem.fault), problem.field


def _printable(text: str) -> str:
    return text[:200].encode("utf-8", "replace").decode()

"""The check of a whole file: rows in, request bodies and refusals out, in blocks and without the database.

Everything is done column by column on blocks of a few thousand rows; only rows with a problem are looked at singly.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from types import CodeType, FunctionType
from typing import Any

import orjson

from bpadmin.cells import BYTE_ORDER_MARK, seen, signs_named, without_marks
from bpadmin.jobs.files.blocks import body_in_blocks
from bpadmin.jobs.files.spool import Kept, Refusal, SpoolWriter
from bpadmin.jobs.options import ONCE
from bpadmin.jobs.reasons import DOUBLE, IDENTICAL
from bpadmin.platforms.info import RulesFactory
from bpadmin.platforms.record_rules.dates import excel_date
from bpadmin.platforms.record_rules.phone import SCIENTIFIC, US_CANADA
from bpadmin.platforms.record_rules.rules import Checked, Fault, Problem, RecordRules
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.headers import looks_like_header
from bpadmin.tabular.marks import APOSTROPHES, HIDDEN, LEFT_OUT, NOT_TAKEN, SHORT, WHOLE_ROW
from bpadmin.tabular.types import Block, Dialect, Kind, RowFault
from bpadmin.uploads.checking.comparison import Comparison
from bpadmin.uploads.checking.doubles import Doubles, DoublesFound, doubles_how
from bpadmin.uploads.checking.key_index import KeysSeen, KeyTable
from bpadmin.uploads.checking.report import (
    DOUBLED,
    PHONE_SAMPLES,
    SAMPLES,
    CheckReport,
    PhoneChanges,
    ProblemList,
    Scrubbed,
)
from bpadmin.uploads.checking.row_check import BlockCheck, Rules
from bpadmin.uploads.checking.second_look import SecondLook
from bpadmin.uploads.conversion.converter import Converter
from bpadmin.uploads.models import UploadMode

SIGNS = "invisible_signs"
# A number of the US that lacks a digit; with letters in it something else is wrong.
_NINE_DIGITS = re.compile(r"\W*(?:\d\W*){9}", re.ASCII)
# No published limit on a request's length exists; what one holds of very wide rows is kept to a few megabytes.
MAX_EXPECTED = 10_000_000
MAX_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make of the file: `columns` are (column index, field) pairs, skipped fields left out.

    With a `converter` they, and `header`, are those of the blocks after it.
    `doubles` is what a person said of rows of one key, or of identical ones (`bpadmin.uploads.checking.doubles`).
    `unguard` takes off cells what a spreadsheet has put around them. `record_rules` makes the platform's own rules.
    """

    dialect: Dialect
    header: tuple[str, ...]
    columns: tuple[tuple[int, FieldSpec], ...]
    mode: UploadMode
    chunk_size: int
    doubles: str = ""
    date_order: str = ""
    unguard: Callable[[str, bool], str] | None = None
    converter: Converter | None = None
    record_rules: RulesFactory = RecordRules

    @property
    def width(self) -> int:
        """Return how many columns the file has."""
        return self.converter.width if self.converter else len(self.header)


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
        self.rules: Rules = rules or plan.record_rules(
            self.fields,
            is_partial=plan.mode == UploadMode.UPDATE,
            keeps_empty=updates,
            takes_iso_dates=plan.dialect.kind is not Kind.CSV,
            date_order=plan.date_order,
            unguard=plan.unguard,
        )
        self._check = BlockCheck(self.rules, tuple(at for at, _ in plan.columns), plan.converter)
        # What may be done ahead of `take`, in another process; rules of others may need more than that one has.
        self.work = None if rules else self._check
        self.is_of_list = rules is None
        # In a list without key only rows that are the same in everything are told apart.
        self.keys: KeysSeen | None = KeyTable() if self.rules.keys or self.is_of_list else None
        self.doubles = Doubles(doubles_how(plan.doubles, plan.mode, has_key=bool(self.rules.keys)))
        self.rows_identical = 0
        self.spares_from: int | None = None
        # Of a file of corrections, which rows of the corrected file its rows were.
        self.origins: dict[int, int] = {}
        self.rows_total = self.rows_blank = self.rows_skipped = self.rows_refused = self.cells_cleaned = 0
        self._field_at = {at: (number, spec) for number, (at, spec) in enumerate(plan.columns)}
        for at, source in plan.converter.sources.items() if plan.converter else ():
            self._field_at[source] = self._field_at[at]
        self.problems, self.warnings, self.phones = ProblemList(), ProblemList(), PhoneChanges()
        self.comparison: Comparison | None = None
        self.look = SecondLook(plan.columns, plan.header, self.warnings, self._named) if rules is None else None
        self._make_records = record_maker(self.names)
        self._records: list[dict[str, Any]] = []
        self._numbers: list[int] = []
        self._zip_fields = [at for at, spec in enumerate(self.fields) if spec.type is FieldType.ZIP_CODE]
        self._text_fields = [
            at for at, spec in enumerate(self.fields) if spec.type not in (FieldType.PHONE, FieldType.INTEGER)
        ]

    def take(self, block: Block, checked: Checked | None = None) -> None:
        """Check one block and append what is good to the spool; `checked` is what `work` has made of it."""
        if checked is None and block.numbers:
            checked = self._check(block)
        self.rows_total += len(block.numbers) + len(block.broken)
        self.rows_blank += block.blanks
        self.rows_skipped += block.skipped
        self._note_marks(block)
        refusals: list[Refusal] = []
        for broken in block.broken:
            words = _printable(broken.detail)
            self.problems.add(broken.fault, row=broken.number, value=_printable(" ".join(broken.cells)), detail=words)
            refusals.append(Refusal(broken.number, broken.fault, "", words))
        self._note_origins(block)
        if block.place is not None and (block.numbers or block.broken):
            self.writer.note_place(block.place)
        if block.numbers and checked is not None:
            self._take_rows(block, checked, refusals)
        if refusals:
            refusals.sort(key=lambda refusal: refusal.row)
            self.rows_refused += len(refusals)
            self.writer.refuse(refusals)
            self.writer.keep(self._kept(block, refusals))

    def _kept(self, block: Block, refusals: Sequence[Refusal]) -> Iterator[Kept]:
        """Yield the cells of refused rows, so that they can be shown without another reading of the file."""
        broken = {each.number: each.cells for each in block.broken}
        places = [bisect_left(block.numbers, refusal.row) for refusal in refusals if refusal.row not in broken]
        given = zip(places, block.given(places, self.plan.width), strict=True)
        for refusal in refusals:
            cells = broken.get(refusal.row)
            if cells is not None:
                yield Kept(refusal.row, "", cells)
                continue
            at, cells = next(given)
            if cells is not None:
                yield Kept(refusal.row, block.origins[at] if block.origins else "", cells)

    def _note_origins(self, block: Block) -> None:
        """Keep which rows of the corrected file the rows of a file of corrections were."""
        told = zip(block.numbers, map(str.strip, block.origins), strict=True) if block.origins else ()
        found = {row: int(text) for row, text in told if text.isascii() and text.isdecimal() and len(text) < 10}
        if found:
            self.origins |= found
            self.writer.note_origins(found)

    def _named(self, row: int) -> int:
        """Return the number by which people know a row: that in the file which it corrects, where it does."""
        return self.origins.get(row, row)

    def _note_marks(self, block: Block) -> None:
        """Return what the reader has noticed of rows, and of cells that are sent."""
        for mark in block.marks:
            if mark.column == WHOLE_ROW:
                self.warnings.add_mark(mark)
            elif mark.column in self._field_at:
                number, spec = self._field_at[mark.column]
                self.warnings.add_mark(mark, column=self._place(number)[1], field=spec.name)

    def expect_rows(self, rows: int) -> None:
        """Make room for the keys of so many rows, told from the file's length; a wrong guess costs only time."""
        if self.keys is not None:
            self.keys.expect(min(rows, MAX_EXPECTED))

    def finish(self) -> None:
        """Write the last, shorter chunk, put rows of one key in order, and look at columns as a whole."""
        self._flush(at_least=1)
        if self.doubles.groups:
            refusals, start = self.doubles.arrange(self.writer, chunk_size=self.plan.chunk_size, named=self._named)
            self.rows_refused += len(refusals)
            self.spares_from = start if self.doubles.n_spare else None
            spec, column = self._place(self.rules.keys[0])
            for refusal in refusals:
                where = {"column": column, "field": spec.name}
                self.problems.add(refusal.code, row=refusal.row, detail=refusal.detail, **where)
        if self.look is not None:
            self.look.finish()

    @property
    def rows_not_taken(self) -> int:
        """Count the rows that a rule leaves out; they are no rows of the job."""
        return self.warnings.total(NOT_TAKEN)

    def report(self) -> CheckReport:
        """Return the findings as kept in `job.report`."""
        return CheckReport(
            problems=self.problems.findings(self._named),
            warnings=self.warnings.findings(self._named),
            phones_changed=self.phones.counted(self._named),
            blank_rows=self.rows_blank,
            rows_before_header=self.rows_skipped,
            rows_short=self.warnings.total(SHORT) + self.problems.total(RowFault.TOO_FEW),
            rows_hidden=self.warnings.total(HIDDEN),
            rows_hidden_left_out=self.warnings.total(LEFT_OUT),
            rows_not_taken=self.rows_not_taken,
            cells_cleaned=self.cells_cleaned,
            cells_unguarded=self.warnings.total(APOSTROPHES),
            cells_doubled=self.warnings.total(DOUBLED),
            date_orders=self.look.orders() if self.look else (),
            rows_by_outcome={"ready": self.writer.count, "rejected": self.rows_refused},
            compared=self.comparison.found(self._named) if self.comparison else None,
            scrub=self.scrub,
            doubles=self._doubles_found(),
            spares_from=self.spares_from,
            more=self.more,
        )

    def _take_rows(self, block: Block, checked: Checked, refusals: list[Refusal]) -> None:
        numbers = block.numbers
        columns = [block.columns[at] for at, _ in self.plan.columns]
        self._warn(block, columns, checked)
        if self.look is not None:
            self.look.take(block, checked)
        bad = self._judge(checked.problems, numbers, refusals)
        keep = bytearray(b"\1") * len(numbers)
        for row in bad:
            keep[row] = 0
        if self.comparison is not None:
            for row in self.comparison.rows_same(checked, numbers, keep):
                keep[row] = 0
        self._scrub(checked, numbers, keep, refusals)
        spares = self._note_doubles(checked, numbers, keep, refusals)
        self._note_phones(checked, columns, numbers, keep)
        if 1 not in keep:
            return
        records = self._make_records(checked.values)
        for name, rows in zip(self.names, checked.absent, strict=True):
            for row in rows:
                del records[row][name]
        for row in spares:
            self.doubles.put_aside(self.writer, numbers[row], records[row])
            keep[row] = 0
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
            is_single = len(found) == 1
            if not is_single:
                found.sort(key=_severity)
            first = found[0]
            spec, column = self._place(first.field)
            self.problems.add(
                first.fault, row=numbers[row], value=first.value, detail=first.detail,
                column=column, field=spec.name, fix=first.fix,
            )  # fmt: skip
            if is_single:
                refusals.append(Refusal(numbers[row], first.fault, self._told(first, is_first=True), first.fix))
                continue
            detail = "; ".join(self._told(problem, is_first=problem is first) for problem in found)
            fixes = list(dict.fromkeys(self._advice(problem) for problem in found))
            refusals.append(Refusal(numbers[row], first.fault, detail, " ".join(filter(None, fixes))))
        return set(by_row)

    def _told(self, problem: Problem, *, is_first: bool) -> str:
        _, column = self._place(problem.field)
        words = f"{column}: {problem.detail}" if problem.detail else column
        if problem.value and problem.detail:
            words = f"{column} “{problem.value[:60]}”: {problem.detail}"
        return words if is_first or problem.detail else f"{column} is empty"

    def _advice(self, problem: Problem) -> str:
        is_value = " " not in problem.fix or problem.fault is Fault.DATE_INVALID
        if not is_value or not problem.fix:
            return problem.fix
        return f"{self._place(problem.field)[1]}: {problem.fix}"

    def _place(self, field: int) -> tuple[FieldSpec, str]:
        at, spec = self.plan.columns[field]
        return spec, self.plan.header[at]

    def _note_doubles(
        self, checked: Checked, numbers: Sequence[int], keep: bytearray, refusals: list[Refusal]
    ) -> Sequence[int]:
        """Find the rows whose key, or in a list without one whose everything, came before.

        Which row of a key is sent is decided when all are known, unless it is the first: then those that are to be kept
        back are returned. Other kinds of files, and identical rows that are to be sent once, have theirs refused at
        once.
        """
        spares: list[int] = []
        if self.keys is None:
            return spares
        identities: list[Sequence[Any]] = checked.identities or checked.values
        good: Sequence[int] = range(len(numbers))
        if 0 in keep:
            identities = [list(compress(column, keep)) for column in identities]
            good = list(compress(good, keep))
        if not good:
            return spares
        rows = list(compress(numbers, keep))
        seen = self.keys.add(identities, rows)
        if not self.rules.keys:
            self._note_identical(seen, good, numbers, keep, refusals)
            return spares
        if self.look is not None and isinstance(self.keys, KeyTable):
            self.look.take_keys(identities, rows, self.rules.keys[0], doubles=seen, known=self.keys)
        spec, column = self._place(self.rules.keys[0])
        for index, earlier in seen.items():
            row = good[index]
            value = ", ".join(str(part[index]) for part in identities)
            if self.is_of_list:
                is_spare = self.doubles.note(earlier, numbers[row], value)
                if self.doubles.are_known_at_once and is_spare:
                    spares.append(row)
                elif self.doubles.are_known_at_once:
                    keep[row] = 0
                continue
            keep[row] = 0
            # Of very large files it may not be remembered which row it was.
            which = f"row {self._named(earlier)}" if earlier else "an earlier row"
            detail = f"same key as {which}"
            self.problems.add(DOUBLE, row=numbers[row], value=value, detail=detail, column=column, field=spec.name)
            refusals.append(Refusal(numbers[row], DOUBLE, detail, f"Leave it out: {which} has the same key."))
        return spares

    def _note_identical(
        self,
        seen: Mapping[int, int],
        good: Sequence[int],
        numbers: Sequence[int],
        keep: bytearray,
        refusals: list[Refusal],
    ) -> None:
        self.rows_identical += len(seen)
        for index, earlier in seen.items():
            row = numbers[good[index]]
            if len(self.doubles.samples) < SAMPLES:
                self.doubles.samples.append({"row": row, "first": earlier, "value": ""})
            if self.doubles.how == ONCE:
                keep[good[index]] = 0
                detail = f"the same as row {self._named(earlier)}"
                self.problems.add(IDENTICAL, row=row, detail=detail)
                refusals.append(Refusal(row, IDENTICAL, detail, ""))

    def _doubles_found(self) -> DoublesFound | None:
        if self.doubles.groups:
            return self.doubles.found(self._named)
        if not self.rows_identical:
            return None
        samples = self.doubles.samples_named(self._named)
        return DoublesFound(self.rows_identical, 0, self.doubles.how, is_identical=True, samples=samples)

    def _scrub(self, checked: Checked, numbers: Sequence[int], keep: bytearray, refusals: list[Refusal]) -> None:
        """Take rows out that must not be called; see `bpadmin.uploads.checking.block_check`."""

    def _note_phones(
        self, checked: Checked, columns: Sequence[Sequence[str]], numbers: Sequence[int], keep: bytearray
    ) -> None:
        for at, is_changed in checked.changed.items():
            count = sum(compress(is_changed, keep))
            self.phones.count += count
            if count and self.phones.wants_more:
                # One of each way in which they are written, then the first of the others.
                odd = [row for row in checked.phone_samples.get(at, ()) if is_changed[row] and keep[row]]
                more = (row for row, changes in enumerate(is_changed) if changes and keep[row] and row not in odd)
                for row in [*odd, *(islice(more, PHONE_SAMPLES) if not self.phones.count - count else ())]:
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
                and _NINE_DIGITS.fullmatch(problem.value)
            ):
                self._warning("lost_leading_zeros", block.numbers[problem.row], problem.field, problem.value)
        for at in self._text_fields if block.has_exponents else ():
            for row, cell in enumerate(columns[at]):
                if "+" in cell and SCIENTIFIC.fullmatch(cell):
                    self._warning("scientific_notation", block.numbers[row], at, cell)
        for at in self._zip_fields:
            # Beside codes of five digits, three are what is left of 00601 in Puerto Rico.
            has_five = any(len(cell) == 5 and cell.isdecimal() for cell in columns[at])
            for row, cell in enumerate(columns[at]):
                if (len(cell) == 4 or (has_five and len(cell) == 3)) and cell.isdecimal():
                    self._warning("lost_leading_zeros", block.numbers[row], at, cell)
        for at, rows in checked.cleaned.items():
            self._warn_of_signs(at, rows, block.numbers, columns[at])
        for at, rows in checked.unguarded.items():
            for row in rows[:SAMPLES]:
                self._warning(APOSTROPHES, block.numbers[row], at, columns[at][row])
            spec, column = self._place(at)
            self.warnings.count(APOSTROPHES, len(rows[SAMPLES:]), column=column, field=spec.name)
        self._warn_of_headers(block, columns)

    def _warn_of_signs(self, at: int, rows: Sequence[int], numbers: Sequence[int], column: Sequence[str]) -> None:
        spec, name = self._place(at)
        self.cells_cleaned += len(rows)
        for row in rows[:SAMPLES]:
            detail = signs_named(column[row])
            self.warnings.add(SIGNS, row=numbers[row], value=column[row], detail=detail, column=name, field=spec.name)
        self.warnings.count(SIGNS, len(rows[SAMPLES:]), column=name, field=spec.name)

    def _warn_of_headers(self, block: Block, columns: Sequence[Sequence[str]]) -> None:
        is_first = self.rows_total == len(block.numbers) + len(block.broken)
        if is_first and not self.plan.dialect.has_header and looks_like_header(block.row(0)[: self.plan.width]):
            self.warnings.add(
                "header_used_as_data", row=block.numbers[0], value=" ".join(block.row(0)[: self.plan.width])
            )
        first, width = self.plan.columns[0][0], self.plan.width
        name = self.plan.header[first]
        if not self.plan.dialect.has_header or (
            name not in columns[0] and f"{BYTE_ORDER_MARK}{name}" not in columns[0]
        ):
            return
        for row, cell in enumerate(columns[0]):
            if without_marks(cell) == name and [" ".join(seen(one).split()) for one in block.row(row)[:width]] == list(
                self.plan.header[:width]
            ):
                self.warnings.add("header_in_data", row=block.numbers[row], value=" ".join(block.row(row)[:width]))

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
        body, blocks = body_in_blocks(records, numbers) if self.is_of_list else (orjson.dumps(records), "")
        if len(body) > MAX_BODY and len(records) > 1:
            half = len(records) // 2
            self._write(records[:half], numbers[:half])
            self._write(records[half:], numbers[half:])
        else:
            self.writer.add(body, numbers, blocks)


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

"""The grid of refused rows as a page shows it: one part of them, what is wrong in each, and what mends many at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count
from django.http import QueryDict

from bpadmin.jobs.models import Job, RefusedRow
from bpadmin.jobs.reasons import reason_of
from lists.fixing.judging import CellFault, Column, columns_sent, rows_judge
from lists.fixing.services import rows_beyond

PER_PAGE = 25
_CELL = re.compile(r"c-([0-9]{1,6})-([0-9]{1,4})", re.ASCII)
_ROW = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the grid."""

    column: Column
    name: str
    value: str
    fault: CellFault | None = None
    is_edited: bool = False


@dataclass(slots=True)
class GridRow:
    """One row of the grid, with what the rules say of it now."""

    row: RefusedRow
    columns: Sequence[Column]
    faults: Sequence[CellFault] = ()

    @property
    def cells(self) -> list[Cell]:
        """Return the cells that are sent."""
        by_column = {fault.column.index: fault for fault in reversed(self.faults)}
        texts, edited = self.row.texts, self.row.edited
        return [
            Cell(
                column,
                f"c-{self.row.number}-{column.index}",
                texts[column.index] if column.index < len(texts) else "",
                by_column.get(column.index),
                str(column.index) in edited,
            )
            for column in self.columns
        ]

    @property
    def reason(self) -> str:
        """Say why the row was refused."""
        label = reason_of(self.row.code).label
        return f"{label}: {self.row.detail}" if self.row.detail else label

    @property
    def is_good(self) -> bool:
        """Return whether it has been changed and the rules take it as it stands."""
        return bool(self.row.edited) and not self.faults


@dataclass(slots=True)
class Kind:
    """Faults of one kind in one column that can all be mended by their suggestions, with the first as a sample."""

    first: CellFault
    count: int = 0

    @property
    def label(self) -> str:
        """Say what is wrong."""
        return reason_of(self.first.fault).label


@dataclass
class Grid:
    """A page of a job's refused rows: those of one `reason`, or of all."""

    job: Job
    reason: str = ""
    number: int = 1
    columns: Sequence[Column] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = columns_sent(self.job)

    @cached_property
    def reasons(self) -> list[tuple[str, str, int]]:
        """Return the reasons as (code, words, count), the most frequent first."""
        counts = self.job.refused_rows.order_by().values_list("code").annotate(count=Count("pk")).order_by("-count")
        return [(code, reason_of(code).label, count) for code, count in counts]

    @cached_property
    def rows(self) -> list[GridRow]:
        """Return the rows of the page."""
        found = self.job.refused_rows.all()
        if self.reason:
            found = found.filter(code=self.reason)
        rows = list(found[(self.number - 1) * PER_PAGE : self.number * PER_PAGE + 1])
        self.has_next = len(rows) > PER_PAGE
        rows = rows[:PER_PAGE]
        return [GridRow(row, self.columns, self._faults.get(row.number, ())) for row in rows]

    @cached_property
    def _faults(self) -> Mapping[int, Sequence[CellFault]]:
        return rows_judge(self.job, self.columns, list(self.job.refused_rows.filter(is_dropped=False)))

    @property
    def is_after(self) -> bool:
        """Return whether there is another page."""
        return bool(self.rows) and self.has_next

    @cached_property
    def kinds(self) -> list[Kind]:
        """Return what can be mended at once, the most frequent first."""
        kinds: dict[str, Kind] = {}
        counts: Counter[str] = Counter()
        for faults in self._faults.values():
            for fault in faults:
                if fault.suggestion:
                    kinds.setdefault(fault.kind, Kind(fault))
                    counts[fault.kind] += 1
        for kind, count in counts.items():
            kinds[kind].count = count
        return sorted(kinds.values(), key=lambda kind: -kind.count)

    @cached_property
    def n_rows(self) -> int:
        """Count the rows on all pages."""
        return sum(count for _, _, count in self.reasons)

    @cached_property
    def n_dropped(self) -> int:
        """Count the rows that are left out."""
        return self.job.refused_rows.filter(is_dropped=True).count()

    @property
    def n_sent(self) -> int:
        """Count the rows that are sent again from this page."""
        return self.n_rows - self.n_dropped

    @property
    def n_wrong(self) -> int:
        """Count the rows that are sent again and that the rules still refuse."""
        return len(self._faults)

    @property
    def n_beyond(self) -> int:
        """Count the refused rows that are too many for the page."""
        return rows_beyond(self.job)


def grid_row(job: Job, number: int) -> GridRow | None:
    """Return one row as it stands; None where there is none of this number."""
    row = job.refused_rows.filter(number=number).first()
    if row is None:
        return None
    columns = columns_sent(job)
    return GridRow(row, columns, rows_judge(job, columns, [row]).get(row.number, ()))


def cells_said(data: QueryDict) -> dict[tuple[int, int], str]:
    """Read the cells that a form carries."""
    found = ((_CELL.fullmatch(name), data[name]) for name in data)
    return {(int(name[1]), int(name[2])): str(text) for name, text in found if name}


def rows_said(data: QueryDict) -> tuple[set[int], set[int]]:
    """Read which rows a form is about: those that are left out, and those that are not."""
    about = {int(text) for text in data.getlist("only" if "only" in data else "row") if _ROW.fullmatch(text)}
    if "whole" in data:
        return set(), set()
    dropped = {number for number in about if f"drop-{number}" in data}
    return dropped, about - dropped


def row_number(data: QueryDict) -> int:
    """Read which single row a request is about, 0 where it is none."""
    text = data.get("only", "")
    return int(text) if _ROW.fullmatch(text) else 0


def page_said(text: str) -> int:
    """Read the number of a page; what makes no sense is the first."""
    return max(1, int(text)) if _ROW.fullmatch(text) else 1

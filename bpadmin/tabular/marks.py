"""What a reader notices on its way: counted, with the first rows of each kind, and handed on block by block."""

from __future__ import annotations

from dataclasses import dataclass, field

from bpadmin.tabular.records import Records
from bpadmin.tabular.types import Mark

SAMPLES = 5
HIDDEN, LEFT_OUT, SHORT = "hidden_rows", "hidden_left_out", "short_rows"
TOO_LONG, PERCENT, MERGED = "long_numbers", "percentages", "merged_cells"
NOT_TAKEN, APOSTROPHES = "rows_not_taken", "apostrophes"
CONTROLS, UNDONE = "control_characters", "double_encoding_undone"
WHOLE_ROW = -1


class Marks:
    """Counts marks by their code and column."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], tuple[int, list[tuple[int, str]]]] = {}

    def add(self, code: str, row: int, text: str = "", column: int = WHOLE_ROW) -> None:
        """Count one more, in the record of this number."""
        count, samples = self._found.get((code, column), (0, []))
        if count < SAMPLES:
            samples.append((row, text))
        self._found[code, column] = count + 1, samples

    def taken(self) -> list[Mark]:
        """Return what was counted and begin anew."""
        found, self._found = self._found, {}
        return [Mark(code, column, count, tuple(some)) for (code, column), (count, some) in found.items()]


@dataclass(slots=True)
class SheetRecords(Records):
    """Records of a workbook: `hidden` are indices of rows that it does not show, `marks` what is odd in their cells."""

    hidden: list[int] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

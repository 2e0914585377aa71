"""What the readers of this package give and take: a dialect in, blocks of rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from bpadmin.tabular.texts import Texts


class TabularError(Exception):
    """The file cannot be read as a table; the message is a sentence for a person, with what to do."""


class Kind(StrEnum):
    """Families of files: delimited text, a zipped-XML workbook, or one of the older workbook formats."""

    CSV = "csv"
    XLSX = "xlsx"
    WORKBOOK = "workbook"


class RowFault(StrEnum):
    """Why a record of the file is not a row of the table."""

    UNDECODABLE = "undecodable"
    UNCLOSED_QUOTE = "unclosed_quote"
    CELL_TOO_LONG = "cell_too_long"
    NUL = "nul_character"
    TOO_FEW = "too_few_cells"
    TOO_MANY = "too_many_cells"
    ELSEWHERE = "settled_elsewhere"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is to be read.

    `member` names the file inside a zip archive, `sheet` the sheet of a workbook. `encoding` is a Python codec name.
    `quote` is one character or "" (quotes mean nothing). `header_row` is the record that holds the column names
    (records before it are skipped); without `has_header` it is the first record of data. `is_rejects` marks a file
    that this product wrote: its formula guard is undone and its last four columns are left out; rows that the job in
    question has not settled are no rows.
    """

    kind: Kind = Kind.CSV
    member: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip_space: bool = False
    has_header: bool = True
    header_row: int = 1
    sheet: str = ""
    is_rejects: bool = False

    def as_json(self) -> dict[str, Any]:
        """Give a plain dict for storage; `from_json` takes it back."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Dialect:
        """Take a dict as `as_json` wrote it; unknown members are ignored, missing ones get their defaults."""
        known = {item.name: data[item.name] for item in fields(cls) if item.name in data}
        if "kind" in known:
            known["kind"] = Kind(known["kind"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A record that is no row: its number, why, its cells as well as they can be told, and more on it in words."""

    number: int
    fault: RowFault
    cells: list[str]
    detail: str = ""


@dataclass(slots=True)
class Block:
    """Some rows on end, column by column: `columns[c][i]` is a cell of the row whose record number is `numbers[i]`.

    There are as many columns as the table has, whatever the rows. `has_exponents` is False when no cell holds a number
    in scientific notation, `is_trimmed` True when no cell has white space around it.
    """

    columns: Sequence[Sequence[str]]
    numbers: Sequence[int]
    broken: list[BrokenRow] = field(default_factory=list)
    blanks: int = 0
    skipped: int = 0
    has_exponents: bool = True
    is_trimmed: bool = False

    def row(self, index: int) -> list[str]:
        """Give the cells of one row."""
        return [column[index] for column in self.columns]

    def trim(self) -> None:
        """Take away the white space around every cell."""
        if not self.is_trimmed:
            self.columns = [Texts(list(map(str.strip, column))) for column in self.columns]
            self.is_trimmed = True

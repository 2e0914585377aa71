"""What the readers of this package give and take: a dialect in, blocks of rows out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from bpadmin.tabular.encoding.decoding import Texts

# Of a block whose rows have white space around cells, one in this many is kept as it was; of more, none.
MOST_PADDED = 8


# Members of a dialect that depend on what is done with the rows.
_OF_ROWS = frozenset({"fills_short", "leaves_out_hidden", "undoes_double_encoding"})


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
    STRAY_QUOTE = "stray_quote"
    SWALLOWED = "lines_in_one_cell"
    CELL_TOO_LONG = "cell_too_long"
    NUL = "nul_character"
    TOO_FEW = "too_few_cells"
    TOO_MANY = "too_many_cells"
    ELSEWHERE = "settled_elsewhere"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is to be read.

    `member` names the file inside a zip archive, `sheet` the sheet of a workbook. `encoding` is a Python codec name.
    `quote` is one character or "" (quotes mean nothing); a quote within a cell is written twice, or after a backslash
    where `escape` is one. It may be one that opens a pair (“, «), see `dialects.quotes`. `wraps_lines`: each line is
    quoted as a whole. `header_row` is the record that holds the column names
    (records before it are skipped); without `has_header` it is the first record of data. `is_rejects` marks a file
    that this product wrote: its formula guard is undone and its last four columns are left out; rows that the job in
    question has not settled are no rows. `fills_short`: cells that a row lacks at its end are blank ones, otherwise it
    is broken. `leaves_out_hidden`: rows that a workbook hides are no rows. `undoes_double_encoding`: texts that were
    encoded twice are put right.
    """

    kind: Kind = Kind.CSV
    member: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    wraps_lines: bool = False
    skip_space: bool = False
    has_header: bool = True
    header_row: int = 1
    sheet: str = ""
    is_rejects: bool = False
    fills_short: bool = False
    leaves_out_hidden: bool = False
    undoes_double_encoding: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for storage; `from_json` takes it back.

        What depends on what is done with the rows is none of it: that is decided when they are read.
        """
        kept = (item.name for item in fields(self) if item.name not in _OF_ROWS)
        return {name: getattr(self, name) for name in kept}

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


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to be told of cells that are none the worse for it, or of rows (`column` -1).

    `samples` are the first (record number, text) pairs of `count`.
    """

    code: str
    column: int
    count: int
    samples: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block of a text begins: whoever starts there reads what a reading of all before it would have read.

    `record` is the number of its first record, `at` how many unpacked bytes were read before. The others are what a
    reading carries along: text that is no whole record yet, half an escape, the decoder's state, the usual width, and
    whether nothing was seen of the file yet or the rest of a line is left out.
    """

    record: int
    at: int
    carry: str = ""
    escape: str = ""
    decoder: tuple[bytes, int] = (b"", 0)
    usual: int = 0
    is_first: bool = False
    is_skipping: bool = False

    def as_json(self) -> list[Any]:
        """Return a list for storage; `from_json` takes it back."""
        given, flags = self.decoder
        return [self.record, self.at, self.carry, self.escape, given.hex(), flags, self.usual, self.is_first,
                self.is_skipping]  # fmt: skip

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Place:
        """Take a list as `as_json` wrote it."""
        record, at, carry, escape, given, flags, *rest = data
        return cls(record, at, carry, escape, (bytes.fromhex(given), flags), *rest)


@dataclass(slots=True)
class Block:
    """Some rows on end, column by column: `columns[c][i]` is a cell of the row whose record number is `numbers[i]`.

    There are as many columns as the table has, whatever the rows. `has_exponents` is False when no cell holds a number
    in scientific notation, `is_trimmed` True when no cell has white space around it. `marks` tell of odd cells.
    `origins` says of the rows of a rejects file which rows of its first file they were, as it is written there.
    `place` is where the block begins, where that is known. `padded` holds the cells of the rows (by number) that `trim`
    has changed, as they were; None where it has changed so many that they are not kept.
    """

    columns: Sequence[Sequence[str]]
    numbers: Sequence[int]
    broken: list[BrokenRow] = field(default_factory=list)
    blanks: int = 0
    skipped: int = 0
    has_exponents: bool = True
    is_trimmed: bool = False
    marks: list[Mark] = field(default_factory=list)
    origins: Sequence[str] = ()
    place: Place | None = None
    padded: dict[int, list[str]] | None = field(default_factory=dict)

    def row(self, index: int) -> list[str]:
        """Return the cells of one row."""
        return [column[index] for column in self.columns]

    def trim(self) -> None:
        """Take away the white space around every cell."""
        if self.is_trimmed:
            return
        trimmed = [list(map(str.strip, column)) for column in self.columns]
        changed: set[int] = set()
        for cells, column in zip(trimmed, self.columns, strict=True):
            # What has no white space around it is the very same object, so that this costs next to nothing.
            if cells != (column if isinstance(column, list) else list(column)):
                changed.update(at for at, (cell, given) in enumerate(zip(cells, column, strict=True)) if cell != given)
        if len(changed) * MOST_PADDED > len(self.numbers):
            self.padded = None
        else:
            self.padded = {self.numbers[at]: self.row(at) for at in changed}
        self.columns = [Texts(cells) for cells in trimmed]
        self.is_trimmed = True

    def given(self, indices: Iterable[int], width: int) -> Iterator[list[str] | None]:
        """Yield the first `width` cells of rows as the file has them, None where they are no longer known."""
        # Asked for cell by cell, what holds texts costs several times what a list does.
        columns = [column.cells if isinstance(column, Texts) else column for column in self.columns[:width]]
        for index in indices:
            if self.padded is None:
                yield None
            else:
                yield self.padded.get(self.numbers[index]) or [column[index] for column in columns]

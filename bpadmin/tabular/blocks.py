"""Records to rows: every row has the table's width, everything else is set apart with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from operator import itemgetter

from bpadmin.double_encoding import may_be_double, mended
from bpadmin.tabular.formula import unguard
from bpadmin.tabular.marks import CONTROLS, HIDDEN, LEFT_OUT, SHORT, UNDONE, Marks, SheetRecords
from bpadmin.tabular.records import Records
from bpadmin.tabular.types import Block, BrokenRow, Dialect, RowFault

REJECTS_COLUMNS = ("row", "reason_code", "reason", "suggested_fix")
# Codes of rows that may be in the list, or that their own job sends: another job would send them a second time.
SETTLED_ELSEWHERE = frozenset({"uncertain", "not_sent", "found", "missing", "unclear", RowFault.ELSEWHERE.value})
_FIRST = itemgetter(0)
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Breaks of lines and pages, and what divides parts, become blanks; the others go.
_WITHOUT_CONTROLS = {code: " " if chr(code).isspace() else None for code in (*range(1, 9), 11, 12, *range(14, 32), 127)}
_PICTURES = {code: 0x2421 if code == 127 else 0x2400 + code for code in _WITHOUT_CONTROLS}
_SURROGATE = re.compile("[\ud800-\udfff]")


def sift(parts: Iterable[Records], dialect: Dialect, width: int, *, first: int = 1) -> Iterator[Block]:
    """Number the records, skip what stands before the data, and set blank and broken ones apart.

    `width` is the number of columns of the table, `first` the number of the first record. Longer rows are fine while
    their surplus cells are empty.
    """
    for part in parts:
        skip = _records_before_data(dialect, first, len(part.rows))
        yield _sift_one(part, first, skip, dialect, width)
        first += len(part.rows)


def _records_before_data(dialect: Dialect, first: int, count: int) -> int:
    data_row = dialect.header_row + 1 if dialect.has_header else dialect.header_row
    return min(max(data_row - first, 0), count)


def _sift_one(part: Records, first: int, skip: int, dialect: Dialect, width: int) -> Block:
    rows = part.rows
    keep = bytearray(b"\1") * len(rows)
    keep[:skip] = bytes(skip)
    block = Block((), (), skipped=skip, has_exponents=part.has_exponents, place=part.place)
    marks = Marks()
    if part.has_controls:
        _take_controls_out(rows, first, keep, marks)
    if dialect.undoes_double_encoding:
        _undo_double_encoding(rows, first, keep, marks)
    faults = _faults(part)
    file_width = width + len(REJECTS_COLUMNS) if dialect.is_rejects else width
    if isinstance(part, SheetRecords):
        block.marks += part.marks
        _mark_hidden(part, first, keep, dialect, marks)
    for index, fault in faults.items():
        if keep[index]:
            keep[index] = 0
            block.broken.append(BrokenRow(first + index, fault, rows[index], _lines_in_words(part, first, index)))
    for index in _odd_rows(rows, file_width):
        row = rows[index]
        if not keep[index]:
            continue
        if not any(map(str.strip, row)):
            keep[index] = 0
            block.blanks += 1
        elif len(row) < file_width and dialect.fills_short and not dialect.is_rejects:
            marks.add(SHORT, first + index, dialect.delimiter.join(row))
            rows[index] = row + [""] * (file_width - len(row))
        elif len(row) < file_width:
            keep[index] = 0
            block.broken.append(BrokenRow(first + index, RowFault.TOO_FEW, row))
        elif len(row) > file_width:
            if any(map(str.strip, row[file_width:])):
                keep[index] = 0
                block.broken.append(BrokenRow(first + index, RowFault.TOO_MANY, row))
            else:
                rows[index] = row[:file_width]
    numbers: Sequence[int] = range(first, first + len(rows))
    if 0 in keep:
        rows, numbers = list(compress(rows, keep)), list(compress(numbers, keep))
    block.columns, block.numbers = tuple(zip(*rows, strict=True)) or ((),) * file_width, numbers
    if dialect.is_rejects:
        _undo_rejects_file(block, width)
    block.broken.sort(key=lambda item: item.number)
    block.marks += marks.taken()
    return block


def _lines_in_words(part: Records, first: int, index: int) -> str:
    """Name the rows that stray quotes make one cell; "" for other faults."""
    if index not in part.spans:
        return ""
    begin, end = (first + at for at in part.spans[index])
    return f"A quotation mark in row {begin:,} is closed in row {end:,} only, and each row between looks like its own"


def _mark_hidden(part: SheetRecords, first: int, keep: bytearray, dialect: Dialect, marks: Marks) -> None:
    """Tell of rows that the workbook hides, and set them apart where they are to be left out."""
    for index in part.hidden:
        if keep[index] and any(map(str.strip, part.rows[index])):
            marks.add(LEFT_OUT if dialect.leaves_out_hidden else HIDDEN, first + index, " ".join(part.rows[index]))
            keep[index] = not dialect.leaves_out_hidden


def _take_controls_out(rows: list[list[str]], first: int, keep: bytearray, marks: Marks) -> None:
    """Take control characters out of cells, and tell of them; what breaks lines and pages becomes a blank."""
    for index, row in enumerate(rows):
        if keep[index] and _CONTROLS.search("".join(row)):
            rows[index] = [cell.translate(_WITHOUT_CONTROLS) for cell in row]
            for column, (cell, clean) in enumerate(zip(row, rows[index], strict=True)):
                if cell != clean:
                    marks.add(CONTROLS, first + index, cell.translate(_PICTURES), column)


def _undo_double_encoding(rows: list[list[str]], first: int, keep: bytearray, marks: Marks) -> None:
    """Put cells right that were encoded twice, and tell of them."""
    for index, row in enumerate(rows):
        if keep[index] and may_be_double("\n".join(row)):
            rows[index] = list(map(mended, row))
            for column, (cell, right) in enumerate(zip(row, rows[index], strict=True)):
                if cell != right:
                    marks.add(UNDONE, first + index, f"{cell} → {right}", column)


def _odd_rows(rows: Sequence[Sequence[str]], width: int) -> Sequence[int]:
    """Find the rows of another width and those that may be blank, which are rare, without a look at each."""
    widths = list(map(len, rows))
    if widths and 0 not in widths and min(map(_FIRST, rows)) >= "!":
        return list(compress(range(len(rows)), map(width.__ne__, widths)))
    return [index for index, row in enumerate(rows) if len(row) != width or row[0] < "!"]


def _faults(part: Records) -> dict[int, RowFault]:
    """Return the faults of a part, those of bytes and NULs included."""
    if not (part.has_bad_bytes or part.has_nuls):
        return part.faults
    faults = dict(part.faults)
    for index, row in enumerate(part.rows):
        text = "\n".join(row)
        if _SURROGATE.search(text):
            faults[index] = RowFault.UNDECODABLE
        elif "\0" in text:
            faults.setdefault(index, RowFault.NUL)
    return faults


def _undo_rejects_file(block: Block, width: int) -> None:
    _leave_to_their_job(block, width)
    block.origins = tuple(block.columns[width])
    block.columns = [list(map(unguard, column)) for column in block.columns[:width]]
    for at, item in enumerate(block.broken):
        kept = item.cells if item.fault is RowFault.TOO_MANY else item.cells[:width]
        block.broken[at] = BrokenRow(item.number, item.fault, [unguard(cell) for cell in kept], item.detail)


def _leave_to_their_job(block: Block, width: int) -> None:
    """Set the rows apart that another job has not settled; what to do about them stands beside each."""
    codes, fixes = block.columns[width + 1], block.columns[width + 3]
    keep = bytearray(code.strip() not in SETTLED_ELSEWHERE for code in codes)
    if 0 not in keep:
        return
    for at, is_row in enumerate(keep):
        if not is_row:
            cells = [str(column[at]) for column in block.columns]
            block.broken.append(BrokenRow(block.numbers[at], RowFault.ELSEWHERE, cells, unguard(fixes[at])))
    block.columns = tuple(list(compress(column, keep)) for column in block.columns)
    block.numbers = list(compress(block.numbers, keep))

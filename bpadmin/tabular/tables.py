"""The package's front: look into a file, then read its rows in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO

from bpadmin.tabular import headers, workbooks
from bpadmin.tabular.blocks import REJECTS_COLUMNS, sift
from bpadmin.tabular.delimiters import DelimiterScore, guess_delimiter
from bpadmin.tabular.encodings import EncodingGuess, detect_encoding
from bpadmin.tabular.formula import unguard
from bpadmin.tabular.records import BAD_BYTE, Records, read_records
from bpadmin.tabular.sources import open_text, packing_of
from bpadmin.tabular.types import Block, Dialect, Kind, TabularError
from bpadmin.tabular.xlsx import Workbook

SAMPLE_BYTES = 256 * 1024
SAMPLE_RECORDS = 500
SHEETS_TRIED = 20
# Form feed, Ctrl-Z and escape are found in old text files; the separators 28 to 31 divide cells in some.
_CONTROLS = bytes({*range(28), 127} - {*b"\t\n\v\f\r\x1a\x1b"})


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file found: how it reads, what it could be else, and its first records.

    `records` start at record 1 of the file, blank ones included. `encoding` and `delimiters` are empty for workbooks.
    """

    dialect: Dialect
    header: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]
    members: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    encoding: EncodingGuess | None = None
    delimiters: tuple[DelimiterScore, ...] = ()
    header_guess: headers.HeaderGuess | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A block of rows with the progress made: `done` of `total` bytes."""

    block: Block
    done: int
    total: int


def look_at(
    file: BinaryIO, choices: Mapping[str, Any] | None = None, *, limit: int = 0, known: EncodingGuess | None = None
) -> Look:
    """Find out how a file reads. `choices` are members of the dialect that a person set: they overrule the guess.

    Reads the whole file once (its encoding must be proven) unless that is `known` from an earlier look, and keeps only
    a sample. TabularError when it is no table.
    """
    choices = dict(choices or {})
    packing = packing_of(file)
    if packing.kind is Kind.CSV:
        return _look_at_text(file, packing.members, choices, limit, known)
    wanted = str(choices.get("sheet", ""))
    if packing.kind is Kind.XLSX:
        book = Workbook(file, limit)
        names = tuple(sheet.name for sheet in book.sheets)
        usual = [sheet.name for sheet in book.sheets if not sheet.is_hidden] or names
        chosen, records = _chosen_sheet(wanted, names, usual, lambda name: book.records(book.sheet(name)))
    else:
        with workbooks.open_workbook(file) as old:
            names = workbooks.sheet_names(old)
            chosen, records = _chosen_sheet(wanted, names, names, lambda name: workbooks.sheet_records(old, name))
    dialect = Dialect(kind=packing.kind, sheet=chosen)
    return _with_header(Look(dialect, (), tuple(records), sheets=names), choices)


def _chosen_sheet(
    wanted: str, names: Sequence[str], usual: Sequence[str], read: Callable[[str], Iterator[Records]]
) -> tuple[str, list[tuple[str, ...]]]:
    """Give the sheet and its first records: the wanted one, else the first that holds a table, else the first."""
    if wanted in names:
        return wanted, _first_records(read(wanted))
    first = _first_records(read(usual[0]))
    if not headers.looks_like_table(first):
        # The first sheet is often a cover with a title or a few words of explanation.
        for name in usual[1 : SHEETS_TRIED + 1]:
            records = _first_records(read(name))
            if headers.looks_like_table(records):
                return name, records
    return usual[0], first


def read_blocks(file: BinaryIO, dialect: Dialect, width: int, *, limit: int = 0) -> Iterator[Part]:
    """Read all rows of a file in blocks; `width` is the number of columns (the length of the header)."""
    if dialect.kind is Kind.CSV:
        with open_text(file, member=dialect.member, limit=limit) as source:
            for block in sift(read_records(source.stream, dialect), dialect, width):
                yield Part(block, source.done(), source.total)
    elif dialect.kind is Kind.XLSX:
        book = Workbook(file, limit)
        sheet = book.sheet(dialect.sheet)
        progress = [0]
        records = book.records(sheet, lambda count: progress.__setitem__(0, count))
        for block in sift(_padded(records, dialect, width), dialect, width):
            yield Part(block, progress[0], book.size(sheet))
    else:
        with workbooks.open_workbook(file) as old:
            for block in sift(_padded(workbooks.sheet_records(old, dialect.sheet), dialect, width), dialect, width):
                yield Part(block, 0, 0)


def _look_at_text(
    file: BinaryIO, members: tuple[str, ...], choices: dict[str, Any], limit: int, known: EncodingGuess | None
) -> Look:
    member = choices.get("member", "")
    member = member if member in members else (members[0] if members else "")
    with open_text(file, member=member, limit=limit) as source:
        guess = known or detect_encoding(source.stream)
    encoding = choices.get("encoding") or guess.encoding
    with open_text(file, member=member, limit=limit) as source:
        raw = source.stream.read(SAMPLE_BYTES)
    text = raw.decode(encoding, BAD_BYTE).removeprefix("\ufeff")
    if not text.strip("\0\r\n\t \x1a"):
        raise TabularError("The file holds no text. Choose a file with at least one row.")
    _refuse_binary(raw, encoding)
    if len(raw) == SAMPLE_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    dialect, scores = guess_delimiter(text, Dialect(encoding=encoding, member=member))
    for name in ("delimiter", "quote"):
        if name in choices:
            dialect = replace(dialect, **{name: choices[name]})
    with open_text(file, member=member, limit=limit) as source, closing(read_records(source.stream, dialect)) as parts:
        records = _first_records(parts)
    return _with_header(
        Look(dialect, (), tuple(records), members=members, encoding=guess, delimiters=scores), choices
    )  # fmt: skip


def _refuse_binary(raw: bytes, encoding: str) -> None:
    """Refuse pictures, documents and the like: text has tabs and line ends, and hardly any other control character."""
    head = raw[:4096]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if not encoding.startswith(("utf-16", "utf-32")) and controls > len(head) // 20:
        raise TabularError("This is not a text file. Upload a CSV file or an Excel workbook.")


def _first_records(parts: Iterator[Records]) -> list[tuple[str, ...]]:
    records = (tuple(row) for part in parts for row in part.rows)
    return list(islice(records, SAMPLE_RECORDS))


def _with_header(look: Look, choices: Mapping[str, Any]) -> Look:
    """Add column names to a look, and know our own rejects file by its last four."""
    guess = headers.guess_header(look.records)
    has_header = bool(choices.get("has_header", guess.has_header))
    row = int(choices.get("header_row") or guess.row)
    head = look.records[row - 1] if has_header and row <= len(look.records) else ()
    data: Sequence[Sequence[str]] = look.records[row if has_header else row - 1 :]
    names = headers.column_names(head, headers.usual_width(data or [head], head))
    dialect = replace(look.dialect, has_header=has_header, header_row=row)
    records = look.records
    if has_header and tuple(name.strip().lower() for name in names[-4:]) == REJECTS_COLUMNS:
        names = [unguard(name) for name in names[:-4]]
        dialect = replace(dialect, is_rejects=True)
    return replace(look, dialect=dialect, header=tuple(names), records=records, header_guess=guess)


def _padded(parts: Iterator[Records], dialect: Dialect, width: int) -> Iterator[Records]:
    """Give workbook rows their width: a workbook leaves out empty cells at the end of a row."""
    width += len(REJECTS_COLUMNS) if dialect.is_rejects else 0
    for part in parts:
        part.rows = [row + [""] * (width - len(row)) if 0 < len(row) < width else row for row in part.rows]
        yield part

"""The package's front: look into a file, then read its rows in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from bpadmin.tabular import headers, limits
from bpadmin.tabular.blocks import REJECTS_COLUMNS, sift
from bpadmin.tabular.dialects.delimiters import DelimiterScore, guess_delimiter
from bpadmin.tabular.encoding.codepages import Hints, read_word
from bpadmin.tabular.encoding.guess import EncodingGuess, detect_encoding
from bpadmin.tabular.formula import unguard
from bpadmin.tabular.marks import SheetRecords
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.tabular.records import BAD_BYTE, Records, read_records
from bpadmin.tabular.sources import open_text, packing_of
from bpadmin.tabular.types import Block, Dialect, Kind, Place, TabularError
from bpadmin.tabular.workbooks import calamine as workbooks
from bpadmin.tabular.workbooks.xlsx import Workbook

SAMPLE_BYTES = 256 * 1024
SAMPLE_RECORDS = 500
SHEETS_TRIED = 20
# Form feed, Ctrl-Z and escape are found in old text files; 1 and the separators 28 to 31 divide cells in some.
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_CONTROLS = bytes({*range(28), 127} - {*b"\x01\t\n\v\f\r\x1a\x1b"})


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file found: how it reads, what it could be else, and its first records.

    `records` start at record 1 of the file, blank ones included. `encoding` and `delimiters` are empty for workbooks.
    `has_quotes`: double quotes occur in the sample of a text.
    `hidden` are the indices of those of them that the workbook does not show. `tables` are the shown sheets that hold a
    table where several do and none was named, `alike` those of them whose first record is that of the one that is read.
    """

    dialect: Dialect
    header: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]
    members: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    encoding: EncodingGuess | None = None
    delimiters: tuple[DelimiterScore, ...] = ()
    header_guess: headers.HeaderGuess | None = None
    has_quotes: bool = False
    hidden: tuple[int, ...] = ()
    tables: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A block of rows with the progress made: `done` of `total` bytes."""

    block: Block
    done: int
    total: int


def look_at(
    file: BinaryIO,
    choices: Mapping[str, Any] | None = None,
    *,
    limit: int = 0,
    known: EncodingGuess | None = None,
    hints: Hints | None = None,
) -> Look:
    """Find out how a file reads. `choices` are members of the dialect that a person set: they overrule the guess.

    Reads the whole file once (its encoding must be proven) unless that is `known` from an earlier look, and keeps only
    a sample. `hints` help where its encoding has to be guessed. TabularError when it is no table.
    """
    choices = dict(choices or {})
    packing = packing_of(file)
    if packing.kind is Kind.CSV:
        return _look_at_text(file, packing.members, choices, limit, known or hints)
    wanted = str(choices.get("sheet", ""))
    if packing.kind is Kind.XLSX:
        book = Workbook(file, limit)
        names = tuple(sheet.name for sheet in book.sheets)
        usual = [sheet.name for sheet in book.sheets if not sheet.is_hidden] or names
        chosen, first = _chosen_sheet(wanted, names, usual, lambda name: book.records(book.sheet(name)))
        told = _tables(wanted, names, usual, (chosen, first), lambda name: book.records(book.sheet(name)))
    else:
        with workbooks.open_workbook(file) as old:
            names = workbooks.sheet_names(old)
            usual = workbooks.shown_names(old) or names
            chosen, first = _chosen_sheet(wanted, names, usual, lambda name: workbooks.sheet_records(old, name))
            told = _tables(wanted, names, usual, (chosen, first), lambda name: workbooks.sheet_records(old, name))
    dialect = Dialect(kind=packing.kind, sheet=chosen)
    look = Look(dialect, (), first.records, sheets=names, hidden=first.hidden, tables=told[0], alike=told[1])
    return _with_header(look, choices)


@dataclass(frozen=True, slots=True)
class _First:
    """The first records of a file, and which of them are hidden."""

    records: tuple[tuple[str, ...], ...]
    hidden: tuple[int, ...] = ()


def _chosen_sheet(
    wanted: str, names: Sequence[str], usual: Sequence[str], read: Callable[[str], Iterator[Records]]
) -> tuple[str, _First]:
    """Return the sheet and its first records: the wanted one, else the first that holds a table, else the first."""
    if wanted in names:
        return wanted, _first_records(read(wanted))
    first = _first_records(read(usual[0]))
    if not headers.looks_like_table(first.records):
        # The first sheet is often a cover with a title or a few words of explanation.
        for name in usual[1 : SHEETS_TRIED + 1]:
            found = _first_records(read(name))
            if headers.looks_like_table(found.records):
                return name, found
    return usual[0], first


def _tables(
    wanted: str,
    names: Sequence[str],
    usual: Sequence[str],
    chosen: tuple[str, _First],
    read: Callable[[str], Iterator[Records]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the shown sheets that hold tables, and those that begin as the chosen one does; () for one alone."""
    if wanted in names or len(usual) < 2:
        return (), ()
    found = {
        name: chosen[1].records if name == chosen[0] else _first_records(read(name)).records
        for name in usual[:SHEETS_TRIED]
    }
    tables = tuple(
        name
        for name, records in found.items()
        if name == chosen[0] or headers.looks_like_table(records) or headers.holds_numbers(records)
    )
    heads = {name: next((record for record in found[name] if any(record)), ()) for name in tables}
    alike = tuple(name for name in tables if heads[name] == heads.get(chosen[0]))
    return (tables if len(tables) > 1 else ()), (alike if len(alike) > 1 else ())


def read_blocks(
    file: BinaryIO,
    dialect: Dialect,
    width: int,
    *,
    limit: int = 0,
    skip: Callable[[], Place | None] = lambda: None,
) -> Iterator[Part]:
    """Read all rows of a file in blocks; `width` is the number of columns (the length of the header).

    Of a text, `skip` is asked before each block and may give a place further on, where an earlier reading of the same
    file has noted that a block begins: what lies before it is left out.
    """
    if dialect.kind is Kind.CSV:
        with open_text(file, member=dialect.member, limit=limit) as source:
            stream = _Forward(source.stream)
            begin = skip()
            while True:
                if begin is not None:
                    stream.go(begin.at)
                first = begin.record if begin else 1
                records = read_records(cast(BinaryIO, stream), dialect, begin=begin)
                for block in sift(records, dialect, width, first=first):
                    yield Part(block, source.done(), source.total)
                    if (begin := skip()) is not None:
                        break
                else:
                    return
    elif dialect.kind is Kind.XLSX:
        book = Workbook(file, limit)
        sheet = book.sheet(dialect.sheet)
        progress = [0]
        first_row = dialect.header_row + 1 if dialect.has_header else dialect.header_row
        rows = book.records(sheet, lambda count: progress.__setitem__(0, count), first_row=first_row)
        for block in sift(_padded(rows, dialect, width), dialect, width):
            yield Part(block, progress[0], book.size(sheet))
    else:
        with workbooks.open_workbook(file) as old:
            for block in sift(_padded(workbooks.sheet_records(old, dialect.sheet), dialect, width), dialect, width):
                yield Part(block, 0, 0)


class _Forward:
    """A stream of which parts may be passed over: by a seek where it can, else by reading them."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.at = stream, 0

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.at += len(data)
        return data

    def go(self, at: int) -> None:
        """Go forward to where so many bytes were read."""
        if self.stream.seekable():
            self.at = self.stream.seek(at)
        while self.at < at and self.read(min(at - self.at, SAMPLE_BYTES)):
            pass


def _look_at_text(
    file: BinaryIO,
    members: tuple[str, ...],
    choices: dict[str, Any],
    limit: int,
    known: EncodingGuess | Hints | None,
) -> Look:
    member = choices.get("member", "")
    is_known = member in members or (member == ALL_MEMBERS and len(members) > 1)
    member = member if is_known else (members[0] if members else "")
    with open_text(file, member=member, limit=limit) as source:
        guess = known if isinstance(known, EncodingGuess) else detect_encoding(source.stream, known)
    encoding = choices.get("encoding") or guess.encoding
    with open_text(file, member=member, limit=limit) as source:
        raw = source.stream.read(SAMPLE_BYTES)
    text = read_word(raw, encoding, BAD_BYTE).removeprefix("\ufeff")
    if not text.strip("\0\r\n\t \x1a"):
        raise TabularError("The file holds no text. Choose a file with at least one row.")
    _refuse_binary(raw, encoding)
    if len(raw) == SAMPLE_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    dialect, scores = guess_delimiter(text, Dialect(encoding=encoding, member=member))
    for name in ("delimiter", "quote", "escape", "wraps_lines"):
        if name in choices:
            dialect = replace(dialect, **{name: choices[name]})
    with open_text(file, member=member, limit=limit) as source, closing(read_records(source.stream, dialect)) as parts:
        records = _first_records(parts).records
    return _with_header(
        Look(
            dialect,
            (),
            records,
            members=members,
            encoding=guess,
            delimiters=scores,
            has_quotes='"' in text,
        ),
        choices,
    )


def _refuse_binary(raw: bytes, encoding: str) -> None:
    """Refuse pictures, documents and the like: text has tabs and line ends, and hardly any other control character."""
    head = raw[:4096]
    if head.rstrip(b"\0").endswith((b"\n", b"\r", b"\x1a")) and not head.startswith(_PICTURES):
        head = head.rstrip(b"\0")  # old programs fill a text up with zeros
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if not encoding.startswith(("utf-16", "utf-32")) and controls > len(head) // 20:
        raise TabularError("This is not a text file. Upload a CSV file or an Excel workbook.")


def _first_records(parts: Iterator[Records]) -> _First:
    records: list[tuple[str, ...]] = []
    hidden: list[int] = []
    for part in parts:
        if isinstance(part, SheetRecords):
            hidden += [len(records) + index for index in part.hidden]
        records += map(tuple, part.rows)
        if (widest := max(map(len, part.rows), default=0)) > limits.COLUMNS:
            limits.columns_refuse(widest)
        if len(records) >= SAMPLE_RECORDS:
            break
    return _First(tuple(records[:SAMPLE_RECORDS]), tuple(index for index in hidden if index < SAMPLE_RECORDS))


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
    """Return workbook rows their width: a workbook leaves out empty cells at the end of a row."""
    width += len(REJECTS_COLUMNS) if dialect.is_rejects else 0
    for part in parts:
        part.rows = [row + [""] * (width - len(row)) if 0 < len(row) < width else row for row in part.rows]
        yield part

"""Where the column names are, and whether there are any."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_WORD_LIST = """
id key account acct number no nr num phone telephone tel mobile cell fax name first last firstname lastname
surname company organisation organization date time datetime created callback email mail address street city
state region zip zipcode postcode postal country code amount balance age status note notes comment comments
priority agent login title gender language source type value score customer client contact home work caller
vorname nachname telefon firma datum prenom nom nombre apellido telefono empresa fecha
"""
NAME_WORDS = frozenset(_WORD_LIST.split())
_NUMBER = re.compile(r"[-+]?[\d.,  ]*\d[\d.,  ]*%?")
_PHONE = re.compile(r"\+?[\d\s().\-/]{6,}")
_DATE = re.compile(r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_WORDS = re.compile(r"[A-Za-zÀ-ɏ]+")


@dataclass(frozen=True, slots=True)
class HeaderGuess:
    """Whether there are column names, in which record, and why we think so."""

    has_header: bool
    row: int
    why: str


def guess_header(records: Sequence[Sequence[str]]) -> HeaderGuess:
    """Find the header among the first records of a file (blank ones included, so that numbers stay right)."""
    first = _first_full_record(records)
    head = records[first] if first < len(records) else []
    below = [row for row in records[first + 1 : first + 200] if any(cell.strip() for cell in row)]
    if not head:
        return HeaderGuess(True, 1, "The file shows no rows.")
    filled = [cell for cell in head if cell.strip()]
    named = sum(map(is_name_like, filled))
    data_like = sum(_kind(cell) != "text" for cell in filled)
    if data_like and not (named >= 2 * data_like and named * 2 >= len(filled)):
        return HeaderGuess(False, first + 1, "The first row holds numbers, dates or addresses: it looks like data.")
    if named * 2 >= len(filled):
        return HeaderGuess(True, first + 1, "The first row holds usual column names.")
    if any(_differs(cell, [row[at] for row in below if at < len(row)]) for at, cell in enumerate(head)):
        return HeaderGuess(True, first + 1, "The first row differs in kind from the rows below it.")
    if any(cell.strip() and any(row[at : at + 1] == [cell] for row in below) for at, cell in enumerate(head)):
        return HeaderGuess(False, first + 1, "Cells of the first row come again below it: it looks like data.")
    return HeaderGuess(True, first + 1, "Most files have one.")


def looks_like_header(row: Sequence[str]) -> bool:
    """Tell whether a row looks like column names and not like data."""
    filled = [cell for cell in row if cell.strip()]
    named = sum(map(is_name_like, filled))
    return bool(filled) and all(_kind(cell) == "text" for cell in filled) and named * 2 >= len(filled)


def looks_like_table(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether records are rows of a table and not a title or some sentences.

    A single column is a table when most of its cells are numbers, dates or addresses.
    """
    rows = [[cell for cell in row if cell.strip()] for row in records]
    full = [cells for cells in rows if cells]
    if sum(len(cells) > 1 for cells in full) >= 2:
        return True
    return len(full) > 1 and sum(_kind(cells[0]) != "text" for cells in full) * 2 > len(full)


def is_name_like(cell: str) -> bool:
    """Tell whether a cell reads like a column name: made of usual words for columns."""
    words = _WORDS.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", cell))
    return 0 < len(words) <= 5 and any(word.lower() in NAME_WORDS for word in words)


def column_names(head: Sequence[str], width: int) -> list[str]:
    """Name `width` columns: the header's cells, `Column 3` where it is empty or too short.

    Names are shown, stored and compared, so what could not be decoded reads as � in them.
    """
    cells = [_UNREADABLE.sub("\ufffd", cell.replace("\ufeff", "")).strip() for cell in head[:width]]
    cells += [""] * (width - len(cells))
    return [" ".join(cell.split()) or f"Column {at}" for at, cell in enumerate(cells, 1)]


def usual_width(records: Sequence[Sequence[str]], head: Sequence[str]) -> int:
    """Give the number of columns of the table: those that the header names, unless most rows fill more.

    Without a header: the cells of most rows, without columns that are empty in all of them.
    """
    named = _filled_width(head)
    full = [row for row in records if any(cell.strip() for cell in row)]
    filled = [_filled_width(row) for row in full]
    if not full or (named and sum(width > named for width in filled) * 2 <= len(full)):
        return named or len(head)
    sizes = Counter(map(len, full))
    most = max(sizes, key=lambda size: (sizes[size], size))
    return max(named, max(width for row, width in zip(full, filled, strict=True) if len(row) <= most))


def _filled_width(row: Sequence[str]) -> int:
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return width


def _first_full_record(records: Sequence[Sequence[str]]) -> int:
    """Skip what stands above the table: blank lines, and titles that fill few of its columns."""
    filled = [sum(1 for cell in row if cell.strip()) for row in records[:200]]
    usual = max(
        Counter(count for count in filled if count).items(), key=lambda item: (item[1], item[0]), default=(1, 0)
    )[0]
    for at, count in enumerate(filled):
        if count and count * 2 > usual:
            return at
    return 0


def _differs(cell: str, column: Sequence[str]) -> bool:
    kinds = Counter(_kind(value) for value in column)
    del kinds["empty"]
    return _kind(cell) == "text" and bool(kinds) and kinds.most_common(1)[0][0] != "text"


def _kind(cell: str) -> str:
    text = cell.strip()
    if not text:
        return "empty"
    for kind, pattern in (("number", _NUMBER), ("phone", _PHONE), ("date", _DATE), ("mail", _MAIL)):
        if pattern.fullmatch(text):
            return kind
    return "text"

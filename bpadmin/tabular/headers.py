"""Where the column names are, and whether there are any."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bpadmin.cells import seen
from bpadmin.tabular.formula import without_formula

_WORD_LIST = """
id key account acct number no nr num phone telephone tel mobile cell fax name first last firstname lastname
surname company organisation organization date time datetime created callback email mail address street city
state region zip zipcode postcode postal country code amount balance age status note notes comment comments
priority agent login title gender language source type value score customer client contact home work caller
due day year month code type owner lead order record fields campaign account balance region county number1
vorname nachname telefon telefonnummer handy mobil firma datum plz ort strasse straße kunde kundennummer betrag notiz
prenom prénom nom société societe téléphone portable adresse ville postal client montant civilité
nombre apellido apellidos telefono teléfono móvil movil empresa fecha cliente código ciudad provincia importe dirección
nome cognome azienda cellulare indirizzo città cap importo data sobrenome apelido telefone celular cidade estado valor
imię imie nazwisko firma telefon miasto kod kwota ulica województwo komórka
naam voornaam achternaam bedrijf telefoon mobiel adres plaats bedrag klant datum
"""
NAME_WORDS = frozenset(_WORD_LIST.split())
_NUMBER = re.compile(r"[-+]?[\d.,  ]*\d[\d.,  ]*%?")
_PHONE = re.compile(r"\+?[\d\s().\-/]{6,}")
_DATE = re.compile(r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Years, quarters and months are honest names of columns.
_PERIOD = re.compile(
    r"(?:FY ?)?(?:19|20)\d\d(?:[-/ ]?(?:Q[1-4]|0?[1-9]|1[0-2]))?|(?:0?[1-9]|1[0-2])[-/. ](?:19|20)\d\d"
)
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_WORDS = re.compile(r"[A-Za-zÀ-ɏ]+")
_NAMELESS = re.compile(r"(?:Column \d+)?")
ROWS_LOOKED_AT = 200
# A cover block is not longer than this.
COVER_ROWS = 50
# Digits of what is taken for a telephone number or an account, not for a year or a count.
LONG_NUMBER = 7
# So many digits, and more of them than letters, are a number whatever stands beside it: 6505550101A, tel:6505550101.
WHOLE_NUMBER = 10
# As many digits as a year has, without letters, are no name but where they are a period: 650555*.
YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class HeaderGuess:
    """Whether there are column names, in which record, and why we think so."""

    has_header: bool
    row: int
    why: str


def guess_header(records: Sequence[Sequence[str]]) -> HeaderGuess:
    """Find the header among the first records of a file (blank ones included, so that numbers stay right)."""
    first = _named_record(records)
    first = _first_full_record(records) if first is None else first
    head = records[first] if first < len(records) else []
    below = [row for row in records[first + 1 : first + 200] if any(cell.strip() for cell in row)]
    if not head:
        return HeaderGuess(True, 1, "The file shows no rows.")
    filled = [cell for cell in head if cell.strip()]
    named = sum(map(is_name_like, filled))
    data_like = sum(_kind(cell) != "text" for cell in filled)
    if named and all(_kind(cell) == "text" or _PERIOD.fullmatch(cell.strip()) for cell in filled):
        named += data_like  # years are honest names of columns
        data_like = 0
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
    """Return whether a row looks like column names and not like data."""
    filled = [cell for cell in row if cell.strip()]
    named = sum(map(is_name_like, filled))
    words = [cell for cell in filled if not _PERIOD.fullmatch(cell.strip())]
    return bool(words) and all(_kind(cell) == "text" for cell in words) and named * 2 >= len(words)


def looks_like_table(records: Sequence[Sequence[str]]) -> bool:
    """Return whether records are rows of a table and not a title or some sentences.

    A single column is a table when most of its cells are numbers, dates or addresses.
    """
    rows = [[cell for cell in row if cell.strip()] for row in records]
    full = [cells for cells in rows if cells]
    if sum(len(cells) > 1 for cells in full) >= 2:
        return True
    return len(full) > 1 and sum(_kind(cells[0]) != "text" for cells in full) * 2 > len(full)


def holds_numbers(records: Sequence[Sequence[str]]) -> bool:
    """Return whether a record below the first holds telephone or other long numbers and nothing else."""
    return any(any(map(str.strip, record)) and _is_only_numbers(record) for record in records[1:])


def is_name_like(cell: str) -> bool:
    """Return whether a cell reads like a column name: made of usual words for columns."""
    words = _WORDS.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", cell))
    return 0 < len(words) <= 5 and any(word.lower() in NAME_WORDS for word in words)


def is_nameless(name: str) -> bool:
    """Return whether a column was named by `column_names`, for want of a name of its own."""
    return _NAMELESS.fullmatch(name) is not None


def column_names(head: Sequence[str], width: int) -> list[str]:
    """Name `width` columns: the header's cells, `Column 3` where it is empty or too short.

    Names are shown, stored and compared, so what could not be decoded reads as � in them.
    """
    cells = [_UNREADABLE.sub("\ufffd", seen(without_formula(cell.strip()))).strip() for cell in head[:width]]
    cells += [""] * (width - len(cells))
    return [" ".join(cell.split()) or f"Column {at}" for at, cell in enumerate(cells, 1)]


def usual_width(records: Sequence[Sequence[str]], head: Sequence[str]) -> int:
    """Return the number of columns of the table: those that the header names, unless most rows fill more.

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


def _named_record(records: Sequence[Sequence[str]]) -> int | None:
    """Find a row of names below a cover block: names in every cell of it, and rows as wide as it below.

    None where there is none, or where the first row with cells is as wide as the table.
    """
    found: int | None = None
    widths = [sum(1 for cell in row if cell.strip()) for row in records[:ROWS_LOOKED_AT]]
    filled = [at for at, width in enumerate(widths) if width]
    for at in filled[1:COVER_ROWS]:
        above = [widths[other] for other in filled if other < at]
        below = [records[other] for other in filled if other > at]
        row = [cell for cell in records[at] if cell.strip()]
        if len(row) < 2 or max(above) >= len(row) or not below or not looks_like_header(records[at]):
            continue
        is_wide = sum(len(_places(other) & _places(records[at])) * 2 >= len(row) for other in below)
        if is_wide * 2 > len(below) and not looks_like_header(below[0]):
            found = at  # a wider one may follow: a cover block may have rows of two cells
    return found


def _places(row: Sequence[str]) -> set[int]:
    return {at for at, cell in enumerate(row) if cell.strip()}


def _first_full_record(records: Sequence[Sequence[str]]) -> int:
    """Skip what stands above the table: blank lines, and titles that fill few of its columns."""
    filled = [sum(1 for cell in row if cell.strip()) for row in records[:ROWS_LOOKED_AT]]
    usual = max(
        Counter(count for count in filled if count).items(), key=lambda item: (item[1], item[0]), default=(1, 0)
    )[0]
    for at, count in enumerate(filled):
        if count and (count * 2 > usual or _is_only_numbers(records[at])):
            return at
    return 0


def _is_only_numbers(row: Sequence[str]) -> bool:
    """Return whether a row holds telephone or other long numbers and nothing else, as no title does."""
    return all(
        _kind(cell) in ("number", "phone") and sum(map(str.isdigit, cell)) >= LONG_NUMBER
        for cell in row
        if cell.strip()
    )


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
    digits, letters = sum(map(str.isdecimal, text)), sum(map(str.isalpha, text))
    is_long = digits > letters and (digits >= WHOLE_NUMBER or (digits >= LONG_NUMBER and not is_name_like(text)))
    if is_long or (digits >= YEAR_DIGITS and not letters and not _PERIOD.fullmatch(text)):
        return "phone"
    return "text"

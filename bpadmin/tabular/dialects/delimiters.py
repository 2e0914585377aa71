"""Which character parts the cells: the one that gives the most rows the same number of them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bpadmin.tabular.dialects.quotes import pair_guess, straightened, unwrapped, wraps_lines
from bpadmin.tabular.records import csv_format, read_records, without_preamble
from bpadmin.tabular.types import Dialect, RowFault

USUAL = (",", ";", "\t", "|")
UNUSUAL = (":", "^", "~", "\x1f", "\x01", "§", "¦")
LABELS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar", ":": "Colon", " ": "Space"}
SAMPLE_RECORDS = 2_000
# Rows that show a habit, and the share of a sample that has to have one width.
SEVERAL, HALF, MOST = 2, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class DelimiterScore:
    """How well a delimiter fits: `columns` is the usual width, `share` the part of rows that have it."""

    delimiter: str
    columns: int
    share: float
    header_fits: bool

    @property
    def label(self) -> str:
        """Name the delimiter in words."""
        return LABELS.get(self.delimiter, self.delimiter if self.delimiter.isprintable() else repr(self.delimiter))

    @property
    def rank(self) -> tuple[bool, bool, float, int, int]:
        """Order of candidates: several columns in the header and most rows, most rows of one width, usual signs."""
        usual = USUAL.index(self.delimiter) if self.delimiter in USUAL else len(USUAL)
        # A colon stands in times and addresses, too: such signs need more than half of the rows.
        is_told_by_header = self.header_fits and self.share > (HALF if self.delimiter in USUAL else MOST)
        return (self.columns > 1, is_told_by_header, round(self.share, 2), self.columns, -usual)


def guess_delimiter(text: str, dialect: Dialect) -> tuple[Dialect, tuple[DelimiterScore, ...]]:
    """Return the dialect with delimiter and quoting found in a sample of text, and all scores, best first.

    The sample should end at a line end. A `sep=` line decides without any counting.
    """
    text, named = without_preamble(text)
    if wraps_lines(text):
        inside, scores = _guess(unwrapped(text), named, dialect)
        if scores and scores[0].columns > 1:
            return replace(inside, wraps_lines=True), scores
    if pair := pair_guess(text):
        inside, scores = _guess(straightened(text, pair), named, dialect)
        if inside.quote == '"' and scores and scores[0].columns > 1:
            return replace(inside, quote=pair), scores
    return _guess(text, named, dialect)


def _guess(text: str, named: str, dialect: Dialect) -> tuple[Dialect, tuple[DelimiterScore, ...]]:
    quote = _guess_quote(text)
    plain, text = text, text.replace('\\"', '""') if _has_escapes(text) else text
    tries = [replace(dialect, delimiter=character, quote=quote) for character in _candidates(text)]
    scores = sorted((score_delimiter(text, one) for one in tries), key=lambda item: item.rank, reverse=True)
    if named:
        scores.sort(key=lambda item: item.delimiter != named)
        best = named
    else:
        # One column is no table with another delimiter: a file of phone numbers alone is a good file.
        best = scores[0].delimiter if scores and scores[0].columns > 1 else ","
    chosen = replace(dialect, delimiter=best, quote=quote)
    chosen = replace(chosen, skip_space=_wants_skip_space(text, chosen))
    return _with_quoting(plain, chosen), tuple(scores)


def _has_escapes(text: str) -> bool:
    """Return whether a quote after a backslash stands where no cell can end: `\\"` and then more of the cell."""
    return bool(re.search(r'\\"[^,;\t|\r\n"]', text))


def _with_quoting(text: str, dialect: Dialect) -> Dialect:
    """Return how quotes within cells are written: twice, after a backslash, or as they are where cells have none.

    Another way than the usual one is taken where it leaves fewer rows in doubt: at least half of them, and of inch
    signs and the like also several.
    """
    if not dialect.quote or dialect.quote not in text:
        return dialect
    faults = _faults(text, dialect)
    if not faults:
        return dialect
    if dialect.quote == '"' and _has_escapes(text):
        escaped = replace(dialect, escape="\\")
        if len(_faults(text, escaped)) < len(faults):
            return escaped
    stray = faults.count(RowFault.STRAY_QUOTE)
    quoted = sum(dialect.quote in line for line in text.splitlines())
    # Where quotes wrap other cells well, they mean something: taken as text they would come into every one of those.
    mark, part = re.escape(dialect.quote), re.escape(dialect.delimiter)
    wrapped = len(re.findall(rf"(?:^|{part}){mark}[^{mark}\r\n]*{mark}(?={part}|\r|$)", text, re.MULTILINE))
    plain = replace(dialect, quote="")
    is_text = (
        wrapped < stray and stray >= SEVERAL and stray > quoted * HALF and score_delimiter(text, plain).share > MOST
    )
    return plain if is_text else dialect


def _faults(text: str, dialect: Dialect) -> list[RowFault]:
    """Return what is wrong with the rows of a sample whose quotes are not well written."""
    parts = read_records(io.BytesIO(text.encode("utf-8", "replace")), replace(dialect, encoding="utf-8"))
    quotes = (RowFault.STRAY_QUOTE, RowFault.UNCLOSED_QUOTE, RowFault.SWALLOWED)
    return [fault for part in parts for fault in part.faults.values() if fault in quotes]


def score_delimiter(text: str, dialect: Dialect) -> DelimiterScore:
    """Read a sample with one delimiter and weigh the result."""
    widths = _widths(text, dialect)
    if not widths:
        return DelimiterScore(dialect.delimiter, 0, 0.0, header_fits=False)
    columns, rows = max(Counter(widths).items(), key=lambda item: (item[1], item[0]))
    return DelimiterScore(dialect.delimiter, columns, rows / len(widths), header_fits=widths[0] == columns)


def _widths(text: str, dialect: Dialect) -> list[int]:
    widths: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), **csv_format(dialect))
    try:
        for row in reader:
            if row:
                widths.append(len(row))
            if len(widths) == SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    return widths


def _candidates(text: str) -> Sequence[str]:
    lines = text.splitlines()[:200]
    enough = max(1, len(lines) // 2)
    unusual = [one for one in UNUSUAL if sum(one in line for line in lines) >= enough]
    return (*USUAL, *unusual)


def _guess_quote(text: str) -> str:
    """Take single quotes for quotes only where they wrap cells and double quotes never do."""
    if re.search(r'(?:^|[,;\t|])\s?"', text, re.MULTILINE):
        return '"'
    wrapped = len(re.findall(r"(?:^|[,;\t|])'[^'\r\n]*'(?=[,;\t|\r\n]|$)", text, re.MULTILINE))
    return "'" if wrapped > max(2, text.count("\n") // 2) else '"'


def _wants_skip_space(text: str, dialect: Dialect) -> bool:
    """Return whether quotes stand after `delimiter, blank`, as people write by hand."""
    if dialect.delimiter == " " or not dialect.quote or f"{dialect.delimiter} {dialect.quote}" not in text:
        return False
    plain = score_delimiter(text, replace(dialect, skip_space=False))
    skipping = score_delimiter(text, replace(dialect, skip_space=True))
    return skipping.share > plain.share

"""Which character parts the cells: the one that gives the most rows the same number of them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bpadmin.tabular.records import csv_format, without_preamble
from bpadmin.tabular.types import Dialect

USUAL = (",", ";", "\t", "|")
UNUSUAL = (":", "^", "~", "\x1f", "\x01", "§", "¦")
LABELS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar", ":": "Colon", " ": "Space"}
SAMPLE_RECORDS = 2_000


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
    def rank(self) -> tuple[bool, float, int, int]:
        """Order of candidates: several columns, most rows of one width, header of that width, usual characters."""
        usual = USUAL.index(self.delimiter) if self.delimiter in USUAL else len(USUAL)
        return (self.columns > 1, round(self.share, 2) + (0.05 if self.header_fits else 0.0), self.columns, -usual)


def guess_delimiter(text: str, dialect: Dialect) -> tuple[Dialect, tuple[DelimiterScore, ...]]:
    """Give the dialect with delimiter and quoting found in a sample of text, and all scores, best first.

    The sample should end at a line end. A `sep=` line decides without any counting.
    """
    text, named = without_preamble(text)
    quote = _guess_quote(text)
    tries = [replace(dialect, delimiter=character, quote=quote) for character in _candidates(text)]
    scores = sorted((score_delimiter(text, one) for one in tries), key=lambda item: item.rank, reverse=True)
    if named:
        scores.sort(key=lambda item: item.delimiter != named)
        best = named
    else:
        # One column is no table with another delimiter: a file of phone numbers alone is a good file.
        best = scores[0].delimiter if scores and scores[0].columns > 1 else ","
    chosen = replace(dialect, delimiter=best, quote=quote)
    return replace(chosen, skip_space=_wants_skip_space(text, chosen)), tuple(scores)


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
    """Tell whether quotes stand after `delimiter, blank`, as people write by hand."""
    if dialect.delimiter == " " or not dialect.quote or f"{dialect.delimiter} {dialect.quote}" not in text:
        return False
    plain = score_delimiter(text, replace(dialect, skip_space=False))
    skipping = score_delimiter(text, replace(dialect, skip_space=True))
    return skipping.share > plain.share

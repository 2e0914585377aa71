"""Delimited text to records: bytes in, lists of cells out, however quotes, line ends and bytes are broken.

The fast path hands a block of text to `csv.reader` in one call. A sentinel line after it proves that no quoted cell
was left open, and as many records as lines prove that no cell spans lines; then nothing else has to be looked at.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, BinaryIO

from bpadmin.tabular.types import Dialect, RowFault

# Some 650 rows of ordinary width: all that is made of them still fits into a processor's own cache.
BLOCK_BYTES = 1 << 16
# No record that is still open after this many characters is meant: somebody forgot a quote. It equals the csv
# module's own limit for one cell.
OPEN_LIMIT = 131_072
LINE_LIMIT = 4 * 1024 * 1024
SENTINEL = "\x02end of block\x03"
_EXPONENTS = ("e", "E")
BAD_BYTE = "bpadmin.tabular.bad_byte"
_SEP_LINE = re.compile(r'"?sep=([^\r\n])"?[ \t]*(?:\r\n|\n|\r|$)', re.IGNORECASE)


def _mark_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    """Replace undecodable bytes by lone surrogates that keep their value, so that the row can be found and shown."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in bad), error.end


codecs.register_error(BAD_BYTE, _mark_bad_bytes)


@dataclass(slots=True)
class Records:
    """Consecutive records; `faults` maps an index in `rows` to what is wrong. Blank lines are [] and count.

    The flags tell what the text may hold, so that nobody has to search every cell for it.
    """

    rows: list[list[str]]
    faults: dict[int, RowFault] = field(default_factory=dict)
    has_bad_bytes: bool = False
    has_nuls: bool = False
    has_exponents: bool = True


def csv_format(dialect: Dialect) -> dict[str, Any]:
    """Give a dialect as arguments of `csv.reader`."""
    quoting = {"quotechar": dialect.quote} if dialect.quote else {"quoting": csv.QUOTE_NONE}
    return {"delimiter": dialect.delimiter, "skipinitialspace": dialect.skip_space, **quoting}


def read_records(
    stream: BinaryIO, dialect: Dialect, *, block_bytes: int = BLOCK_BYTES
) -> Generator[Records, None, None]:
    """Read all records of a decompressed stream, a block at a time."""
    parser = _Parser(dialect)
    decoder = codecs.getincrementaldecoder(dialect.encoding)(BAD_BYTE)
    carry, is_first, is_skipping = "", True, False
    while True:
        data = stream.read(block_bytes)
        piece = decoder.decode(data, final=not data)
        if is_first and piece:
            piece, is_first = without_preamble(piece)[0], False
        if is_skipping:
            piece, is_skipping = _after_line_end(piece)
        # Old DOS programs end a text with Ctrl-Z.
        text = carry + piece if data else (carry + piece).rstrip("\x1a")
        cut = _last_line_end(text) if data else len(text)
        records, carry = parser.parse(text[:cut], is_end=not data)
        carry += text[cut:]
        if len(carry) > LINE_LIMIT:
            records.faults[len(records.rows)] = RowFault.CELL_TOO_LONG
            records.rows.append(carry[:OPEN_LIMIT].split(dialect.delimiter))
            carry, is_skipping = "", True
        yield records
        if not data:
            return


def without_preamble(text: str) -> tuple[str, str]:
    """Drop a byte-order mark and a `sep=` line (spreadsheets show neither); give the rest and the separator named."""
    text = text.removeprefix("\ufeff")
    named = _SEP_LINE.match(text)
    return (text[named.end() :], named[1]) if named else (text, "")


def _last_line_end(text: str) -> int:
    # A carriage return at the very end may be the first half of a line end whose second half is still to come.
    return max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1


def _after_line_end(text: str) -> tuple[str, bool]:
    ends = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]
    return (text[min(ends) + 1 :], False) if ends else ("", True)


class _Parser:
    """Cells out of whole lines, resynchronising after quotes that are never closed."""

    def __init__(self, dialect: Dialect) -> None:
        self.format = csv_format(dialect)
        self.delimiter, self.quote = dialect.delimiter, dialect.quote
        self.is_plain = not dialect.skip_space
        self.end = next(csv.reader([SENTINEL], **self.format))

    def parse(self, text: str, *, is_end: bool) -> tuple[Records, str]:
        """Parse lines; give the records and the text of a record that is still open (to be continued)."""
        if not text:
            return Records([]), ""
        if text[-1] not in "\r\n":
            text += "\n"
        rows = self._parse_quickly(text)
        records, rest = self._parse_carefully(text, is_end=is_end) if rows is None else (Records(rows), "")
        records.has_nuls = "\0" in text
        # Far quicker than looking for "e+", since texts are full of the letter.
        records.has_exponents = any(before[-1:] in _EXPONENTS for before in text.split("+")[:-1])
        records.has_bad_bytes = not text.isascii() and _has_surrogates(text)
        return records, rest

    def _parse_quickly(self, text: str) -> list[list[str]] | None:
        """Parse lines that hold one record each; None when some do not, or when a lone carriage return ends lines.

        Without any quote there is nothing to parse: splitting does in half the time.
        """
        line_end = "\n"
        if returns := text.count("\r"):
            if returns != text.count("\r\n"):
                return None
            line_end = "\r\n" if returns == text.count("\n") else ""
        # Splitting loses the line ends, which only cells over several lines would miss.
        lines = text.split(line_end) if line_end else text.replace("\r\n", "\n").split("\n")
        if self.is_plain and len(text) <= OPEN_LIMIT and not (self.quote and self.quote in text):
            lines.pop()
            return [line.split(self.delimiter) if line else [] for line in lines]
        lines[-1] = SENTINEL
        reader = csv.reader(lines, **self.format)
        try:
            rows = list(reader)
        except csv.Error:
            return None
        return rows if reader.line_num == len(rows) and rows.pop() == self.end else None

    def _parse_carefully(self, text: str, *, is_end: bool) -> tuple[Records, str]:
        lines = list(io.StringIO(text, newline=""))
        records = Records([])
        at = 0
        while at < len(lines):
            good, fault = self._read_from(lines, at, records.rows)
            at += good
            if fault is None:
                break
            if fault is RowFault.UNCLOSED_QUOTE and not is_end:
                rest = "".join(lines[at:])
                if len(rest) <= OPEN_LIMIT and self._is_open(lines, at):
                    return records, rest
            records.faults[len(records.rows)] = fault
            records.rows.append(lines[at].rstrip("\r\n").split(self.delimiter))
            at += 1
        return records, ""

    def _read_from(self, lines: list[str], at: int, rows: list[list[str]]) -> tuple[int, RowFault | None]:
        """Append records from line `at` on; give the number of lines used and why it stopped (None: all is read)."""
        reader = csv.reader(chain(islice(lines, at, None), [SENTINEL]), **self.format)
        before = 0
        try:
            for row in reader:
                after = reader.line_num
                if at + after > len(lines):
                    is_closed = after - before == 1 and row == self.end
                    return before, None if is_closed else RowFault.UNCLOSED_QUOTE
                if after - before > 1 and not self._is_sound(lines[at + before : at + after]):
                    return before, RowFault.UNCLOSED_QUOTE
                rows.append(row)
                before = after
        except csv.Error:
            is_one_line = reader.line_num - before <= 1
            return before, RowFault.CELL_TOO_LONG if is_one_line else RowFault.UNCLOSED_QUOTE
        return before, None

    def _is_sound(self, lines: list[str]) -> bool:
        """Tell whether a record over several lines is well quoted; a stray quote meets text after the next quote."""
        try:
            return len(list(csv.reader(lines, strict=True, **self.format))) == 1
        except csv.Error:
            return False

    def _is_open(self, lines: list[str], at: int) -> bool:
        """Tell whether the record at line `at` reaches past the last line."""
        try:
            first = next(csv.reader(chain(islice(lines, at, None), [SENTINEL]), **self.format))
        except csv.Error:
            return False
        return any(SENTINEL in cell for cell in first[-1:])


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False

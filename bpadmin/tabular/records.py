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
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, BinaryIO

from bpadmin.tabular.dialects.quotes import PAIRS, straightened, unwrapped
from bpadmin.tabular.encoding.codepages import composed
from bpadmin.tabular.types import Dialect, Place, RowFault

# Some 650 rows of ordinary width: all that is made of them still fits into a processor's own cache.
BLOCK_BYTES = 1 << 16
# No record that is still open after this many characters is meant: somebody forgot a quote. It equals the csv
# module's own limit for one cell.
OPEN_LIMIT = 131_072
LINE_LIMIT = 4 * 1024 * 1024
# Where more than this much text is carried along, no place is noted: one starts at the place before.
PLACE_LIMIT = 16 * 1024
SENTINEL = "\x02end of block\x03"
_EXPONENTS = ("e", "E")
# Control characters, but for tabs, line ends, and NUL, which is a fault of its row.
CONTROL_BYTES = bytes({*range(1, 32), 127} - {*b"\t\n\r"})
# Tables of no more columns than this.
NARROW = 3
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

    `spans` gives, for lines that stray quotes make one cell, the indices of the first and the last of them.
    `place` is where they begin, where one can start there.
    The flags tell what the text may hold, so that nobody has to search every cell for it.
    """

    rows: list[list[str]]
    faults: dict[int, RowFault] = field(default_factory=dict)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    place: Place | None = None
    has_bad_bytes: bool = False
    has_nuls: bool = False
    has_exponents: bool = True
    has_controls: bool = True


def csv_format(dialect: Dialect) -> dict[str, Any]:
    """Return a dialect as arguments of `csv.reader`."""
    quote = '"' if dialect.quote in PAIRS else dialect.quote
    quoting = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    return {"delimiter": dialect.delimiter, "skipinitialspace": dialect.skip_space, **quoting}


def read_records(
    stream: BinaryIO, dialect: Dialect, *, block_bytes: int = BLOCK_BYTES, begin: Place | None = None
) -> Generator[Records, None, None]:
    """Read all records of a decompressed stream, a block at a time, from its start or from a place where it stands."""
    parser = _Parser(dialect)
    decoder = codecs.getincrementaldecoder(dialect.encoding)(BAD_BYTE)
    begin = begin or Place(record=1, at=0, decoder=decoder.getstate(), is_first=True)
    decoder.setstate(begin.decoder)
    parser.usual = begin.usual
    carry, escape, is_first, is_skipping = begin.carry, begin.escape, begin.is_first, begin.is_skipping
    record, at = begin.record, begin.at
    is_wide = dialect.encoding.startswith(("utf-16", "utf-32"))
    while True:
        place = None
        if len(carry) <= PLACE_LIMIT:
            place = Place(record, at, carry, escape, decoder.getstate(), parser.usual, is_first, is_skipping)
        data = stream.read(block_bytes)
        at += len(data)
        piece = decoder.decode(data, final=not data)
        if dialect.escape:
            piece, escape = _halved(escape + piece) if data else (escape + piece, "")
            piece = without_escapes(piece, dialect.quote)
        if is_first and piece:
            piece, is_first = without_preamble(piece)[0], False
        if is_skipping:
            piece, is_skipping = _after_line_end(piece)
        # Old DOS programs end a text with Ctrl-Z, others fill it up with zeros.
        text = carry + piece if data else (carry + piece).rstrip("\x1a\0")
        cut = _last_line_end(text) if data else len(text)
        whole = _straight(composed(text[:cut], dialect.encoding), dialect)
        # Where a line is quoted as a whole, no record goes on in the next one.
        records, carry = parser.parse(whole, is_end=not data or dialect.wraps_lines)
        carry += text[cut:]
        if len(carry) > LINE_LIMIT:
            records.faults[len(records.rows)] = RowFault.CELL_TOO_LONG
            records.rows.append(carry[:OPEN_LIMIT].split(dialect.delimiter))
            carry, is_skipping = "", True
        records.place = place
        records.has_controls = is_wide or len(data.translate(None, CONTROL_BYTES)) != len(data)
        record += len(records.rows)
        yield records
        if not data:
            return


def _straight(text: str, dialect: Dialect) -> str:
    """Return a text with quotes as the csv module knows them."""
    if dialect.wraps_lines:
        text = unwrapped(text)
    return straightened(text, dialect.quote, dialect.delimiter) if dialect.quote in PAIRS else text


def without_preamble(text: str) -> tuple[str, str]:
    """Drop a byte-order mark and a `sep=` line (spreadsheets show neither); give the rest and the separator named."""
    text = text.removeprefix("\ufeff")
    named = _SEP_LINE.match(text)
    return (text[named.end() :], named[1]) if named else (text, "")


def without_escapes(text: str, quote: str) -> str:
    """Write quotes after a backslash as doubled ones, and a doubled backslash as one."""
    if "\\" not in text:
        return text
    marks = f"[\\\\{re.escape(quote)}]" if quote else r"\\"
    return re.sub(rf"\\({marks})", lambda found: "\\" if found[1] == "\\" else quote * 2, text)


def _halved(text: str) -> tuple[str, str]:
    """Part a text from a backslash at its end that belongs to what is still to come."""
    count = len(text) - len(text.rstrip("\\"))
    return (text[:-1], "\\") if count % 2 else (text, "")


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
        self.delimiter, self.quote = dialect.delimiter, self.format.get("quotechar", "")
        self.strict = {**self.format, "strict": True}
        self.usual = 0
        self._was_odd = False
        blanks = "" if dialect.delimiter == " " else " " if dialect.delimiter == "\t" else " \t"
        self.after_quote = (
            re.compile(f"{re.escape(self.quote)}[{blanks}]++(?={re.escape(dialect.delimiter)}|\\s*$)")
            if (self.quote and blanks)
            else None
        )
        self.is_plain = not dialect.skip_space
        self.end = next(csv.reader([SENTINEL], **self.format))

    def parse(self, text: str, *, is_end: bool) -> tuple[Records, str]:
        """Parse lines; give the records and the text of a record that is still open (to be continued)."""
        if not text:
            return Records([]), ""
        if text[-1] not in "\r\n":
            text += "\n"
        # Where the last block had cells over several lines this one has some as well, and would be parsed twice.
        rows = None if self._was_odd and self.quote in text else self._parse_quickly(text)
        if rows is None:
            records, rest = self._parse_carefully(text, is_end=is_end)
        else:
            records, rest = Records(rows), ""
            self.usual = next((len(row) for row in reversed(rows) if row), self.usual)
        records.has_nuls = "\0" in text
        # Far quicker than looking for "e+", since texts are full of the letter.
        records.has_exponents = any(before[-1:] in _EXPONENTS for before in text.split("+")[:-1])
        records.has_bad_bytes = not text.isascii() and _has_surrogates(text)
        return records, rest

    def _parse_quickly(self, text: str) -> list[list[str]] | None:
        """Parse lines that hold one record each; None when some do not, or when a lone carriage return ends lines.

        Without any quote there is nothing to parse: splitting does in half the time.
        """
        if "\r" in text:
            text = text.replace("\r\n", "\n")
            if "\r" in text:
                return None
        # Splitting loses the line ends, which only cells over several lines would miss.
        lines = text.split("\n")
        if self.is_plain and len(text) <= OPEN_LIMIT and not (self.quote and self.quote in text):
            lines.pop()
            return [line.split(self.delimiter) if line else [] for line in lines]
        lines[-1] = SENTINEL
        reader = csv.reader(lines, **self.strict)
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
            if fault is RowFault.SWALLOWED:
                at += self._refuse_together(lines[at:], records)
                continue
            records.faults[len(records.rows)] = fault
            records.rows.append(self._cut(lines[at]))
            at += 1
        self._was_odd = len(records.rows) < len(lines)
        return records, ""

    def _refuse_together(self, lines: list[str], records: Records) -> int:
        """Refuse each of the lines that the first record takes up; give their number."""
        reader = csv.reader(lines, **self.format)
        next(reader)
        first, count = len(records.rows), reader.line_num
        for line in lines[:count]:
            records.faults[len(records.rows)] = RowFault.SWALLOWED
            records.spans[len(records.rows)] = (first, first + count - 1)
            records.rows.append(self._cut(line))
        return count

    def _cut(self, line: str) -> list[str]:
        return line.rstrip("\r\n").split(self.delimiter)

    def _read_from(self, lines: list[str], at: int, rows: list[list[str]]) -> tuple[int, RowFault | None]:
        """Append records from line `at` on; give the number of lines used and why it stopped (None: all is read)."""
        used = 0
        while True:
            reader = csv.reader(chain(islice(lines, at + used, None), [SENTINEL]), **self.strict)
            before = 0
            with suppress(csv.Error):  # what is wrong with the record at which it stopped is told below
                for row in reader:
                    after = reader.line_num
                    if at + used + after > len(lines):
                        return used + before, None if row == self.end else RowFault.UNCLOSED_QUOTE
                    if after - before > 1:
                        if self._looks_swallowed(lines[at + used + before : at + used + after]):
                            return used + before, RowFault.SWALLOWED
                    elif row:
                        self.usual = len(row)
                    rows.append(row)
                    before = after
            used += before
            count, fault = self._read_one(lines, at + used, rows)
            if fault is not None:
                return used, fault
            used += count

    def _read_one(self, lines: list[str], at: int, rows: list[list[str]]) -> tuple[int, RowFault | None]:
        """Append the one record at line `at`, which is not strictly well written, if it can be told what it says."""
        reader = csv.reader(chain(islice(lines, at, None), [SENTINEL]), **self.format)
        try:
            next(reader)
        except csv.Error:
            return 0, RowFault.CELL_TOO_LONG if reader.line_num <= 1 else RowFault.UNCLOSED_QUOTE
        count = reader.line_num
        if at + count > len(lines):
            return 0, RowFault.UNCLOSED_QUOTE
        taken = lines[at : at + count]
        if (row := self._sound(taken)) is None:
            return 0, RowFault.UNCLOSED_QUOTE if count > 1 else RowFault.STRAY_QUOTE
        if count > 1 and self._looks_swallowed(taken):
            return 0, RowFault.SWALLOWED
        rows.append(row)
        return count, None

    def _sound(self, lines: list[str]) -> list[str] | None:
        """Return a record's cells if after each closing quote nothing but blanks comes in its cell, else None."""
        text = "".join(lines)
        if self.after_quote is not None:
            text = self.after_quote.sub(self.quote, text)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), **self.strict))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None

    def _looks_swallowed(self, lines: list[str]) -> bool:
        """Return whether each of the lines of one record looks like a row: as many cells, and the first of its kind.

        In narrow tables a text over several lines may happen to have as many separators, so that there the first
        cells have to be numbers throughout.
        """
        rows = [self._cut(line) for line in lines]
        if self.usual < 2 or any(len(row) != self.usual for row in rows):
            return False
        numbered = [any(map(str.isdigit, row[0])) for row in rows]
        return all(numbered) or (self.usual > NARROW and not any(numbered))

    def _is_open(self, lines: list[str], at: int) -> bool:
        """Return whether the record at line `at` reaches past the last line."""
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

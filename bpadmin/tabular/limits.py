"""How much of each thing a table may have: bytes alone bound nothing, where a kilobyte can stand for gigabytes."""

from __future__ import annotations

import errno
import gzip
import lzma
import zipfile
import zlib
from typing import Never

from bpadmin.tabular.types import TabularError

COLUMNS = 500
# Excel's own limit, which is the longest text that a cell of a workbook can have.
CELL = 32_767
# As it is written: characters that XML forbids take seven each.
CELL_WRITTEN = 8 * CELL
# As many rows as a sheet of Excel has may be blank between two others.
GAP = 1_048_576
# Digits of a row's or a shared text's number.
DIGITS = 10
# Bytes of one mark of XML with its attributes.
MARK = 256 * 1024
# Files in an archive.
MEMBERS = 1_000
# What the libraries raise for a packed file that is damaged, cut, or packed in a way of its own.
UNPACKING = (
    *(zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError),
    *(EOFError, RuntimeError, NotImplementedError, OSError, ValueError),
)


def is_number(text: str) -> bool:
    """Return whether a text is a number that can count something here."""
    return text.isdecimal() and len(text) <= DIGITS


def reraise_disk(error: Exception) -> None:
    """Let the machine's own errors through: those of damaged data have no number.

    But for one: a damaged archive may name a place before its beginning, which a file of the system refuses so.
    """
    is_of_machine = isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)
    if isinstance(error, TabularError) or is_of_machine:
        raise error


def columns_refuse(count: int) -> Never:
    """Say that there are too many columns."""
    raise TabularError(
        f"A row has {count:,} columns; {COLUMNS} are taken at most. Keep the columns that are needed, and upload those."
    )


def cell_refuse() -> Never:
    """Say that a cell is too long."""
    raise TabularError(f"A cell has more than {CELL:,} characters, the most that a workbook can hold. Shorten it.")


def gap_refuse(count: int) -> Never:
    """Say that too many rows are blank."""
    raise TabularError(
        f"{count:,} rows are blank between two others. Delete what stands far below the table, and upload it again."
    )


def members_refuse(count: int) -> Never:
    """Say that an archive has too many files."""
    raise TabularError(f"The archive holds {count:,} files; {MEMBERS:,} are taken at most. Put one .csv file in.")

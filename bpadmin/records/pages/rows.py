"""Records as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bpadmin.platforms.types import Record
from bpadmin.records.columns import RecordColumn


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record as a row; `url` leads to its page, "" where it has none."""

    record: Record
    url: str
    cells: tuple[tuple[RecordColumn, Any], ...]


def record_row(record: Record, columns: Sequence[RecordColumn], url: str) -> RecordRow:
    """Return a record as a row of a table."""
    return RecordRow(record, url, tuple((column, column.value(record)) for column in columns))

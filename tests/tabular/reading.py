"""Reads a whole file in one go, as tests want it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from bpadmin.tabular.tables import Look, look_at, read_blocks


@dataclass
class Table:
    look: Look
    rows: dict[int, list[str]] = field(default_factory=dict)
    broken: dict[int, tuple[str, list[str]]] = field(default_factory=dict)
    blanks: int = 0
    skipped: int = 0


def read(data: bytes, **choices: Any) -> Table:
    file = io.BytesIO(data)
    table = Table(look_at(file, choices))
    for part in read_blocks(file, table.look.dialect, len(table.look.header)):
        table.rows.update((number, part.block.row(at)) for at, number in enumerate(part.block.numbers))
        table.broken.update({item.number: (item.fault.value, item.cells) for item in part.block.broken})
        table.blanks += part.block.blanks
        table.skipped += part.block.skipped
    return table

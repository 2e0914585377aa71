"""The part of a file's check that looks at nothing but the rows: it may happen in another process, without Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bpadmin.platforms.brightpattern.rules import Checked
from bpadmin.tabular.texts import Texts
from bpadmin.tabular.types import Block


class Rules(Protocol):
    """What checks a block's columns; `keys` are the indices of the key fields."""

    keys: list[int]

    def check(self, columns: Sequence[Sequence[str]]) -> Checked:
        """Check the trimmed cells of each field."""


@dataclass(frozen=True, slots=True)
class BlockCheck:
    """Applies rules to blocks: field i is in the table's column `columns[i]`."""

    rules: Rules
    columns: tuple[int, ...]

    def __call__(self, block: Block) -> Checked:
        """Check a block; its cells are trimmed by that."""
        block.trim()
        checked = self.rules.check([block.columns[at] for at in self.columns])
        # One list may be several things at once, and shall stay one.
        texts = {
            id(cells): Texts(cells) for cells in (*checked.values, *checked.normal.values()) if isinstance(cells, list)
        }
        checked.values = [texts.get(id(cells), cells) for cells in checked.values]
        checked.identities = [texts.get(id(cells), cells) for cells in checked.identities]
        checked.normal = {at: texts.get(id(cells), cells) for at, cells in checked.normal.items()}
        return checked

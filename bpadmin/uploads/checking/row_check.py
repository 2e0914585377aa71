"""The part of a file's check that looks at nothing but the rows: it may happen in another process, without Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bpadmin.platforms.record_rules.rules import Checked
from bpadmin.tabular.encoding.decoding import Texts
from bpadmin.tabular.types import Block

if TYPE_CHECKING:
    from bpadmin.uploads.conversion.converter import Converter


class Rules(Protocol):
    """What checks a block's columns; `keys` are the indices of the key fields."""

    keys: list[int]

    def check(self, columns: Sequence[Sequence[str]]) -> Checked:
        """Check the trimmed cells of each field."""


@dataclass(frozen=True, slots=True)
class BlockCheck:
    """Applies rules to blocks: field i is in the column `columns[i]`, once `converter` has added its columns."""

    rules: Rules
    columns: tuple[int, ...]
    converter: Converter | None = None

    def __call__(self, block: Block) -> Checked:
        """Check a block; its cells are trimmed by that, and rows that are not taken are no longer in it."""
        block.trim()
        unfit = self.converter.convert(block) if self.converter else ()
        if not block.numbers:
            return Checked([])
        checked = self.rules.check([block.columns[at] for at in self.columns])
        if self.converter:
            self.converter.settle(checked, unfit)
        # One list may be several things at once, and shall stay one.
        texts = {
            id(cells): Texts(cells) for cells in (*checked.values, *checked.normal.values()) if isinstance(cells, list)
        }
        checked.values = [texts.get(id(cells), cells) for cells in checked.values]
        checked.identities = [texts.get(id(cells), cells) for cells in checked.identities]
        checked.normal = {at: texts.get(id(cells), cells) for at, cells in checked.normal.items()}
        return checked

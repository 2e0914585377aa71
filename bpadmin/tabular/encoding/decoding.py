"""A column of cells that is cheap to hand to another process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

# Control characters of ASCII, made for this, which next to no cell holds.
_SEPARATOR, _NOTHING = "\x1f", "\x1e"


class Texts(Sequence[Any]):
    """A column of texts (None for those that are missing), pickled as one text and cut up when first looked at.

    That costs half of pickling each, and less where a column is never looked at. Cells that are no texts are pickled
    as they are.
    """

    __slots__ = ("_cells", "_joined")

    def __init__(self, cells: list[Any] | None, joined: str = "") -> None:
        self._cells, self._joined = cells, joined

    @property
    def cells(self) -> list[Any]:
        """The texts as a list."""
        if self._cells is None:
            cells: list[Any] = self._joined.split(_SEPARATOR)
            if _NOTHING in self._joined:
                cells = [None if cell == _NOTHING else cell for cell in cells]
            self._cells, self._joined = cells, ""
        return self._cells

    def __reduce__(self) -> tuple[Any, ...]:
        cells = self.cells
        texts = [_NOTHING if cell is None else cell for cell in cells] if None in cells else cells
        try:
            joined = _SEPARATOR.join(texts)
        except TypeError:
            return Texts, (cells,)
        is_clean = joined.count(_SEPARATOR) == len(cells) - 1 and joined.count(_NOTHING) == cells.count(None)
        return Texts, ((None, joined) if is_clean else (cells,))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.cells[index]

    def __contains__(self, cell: object) -> bool:
        return cell in self.cells

"""A compact store of rows: sealed in small JSON blocks, opened on demand, so that millions fit in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

Value = str | int
Row = Sequence[Value]

# Small blocks keep an update of a row anywhere cheap; larger ones would save little memory.
BLOCK = 16
OPEN_BLOCKS = 256


class RowStore:
    """Rows by position, from 0. Positions never move; a row can be replaced but not taken out."""

    def __init__(self) -> None:
        self._sealed: list[bytes] = []
        self._tail: list[Row] = []
        self._open: dict[int, list[Row]] = {}
        self._changed: set[int] = set()

    def __len__(self) -> int:
        return len(self._sealed) * BLOCK + len(self._tail)

    def extend(self, rows: Sequence[Row]) -> None:
        """Append rows in order."""
        tail = self._tail
        tail.extend(rows)
        full = len(tail) // BLOCK * BLOCK
        if full:
            dumps = orjson.dumps
            self._sealed.extend([dumps(tail[at : at + BLOCK]) for at in range(0, full, BLOCK)])
            del tail[:full]

    def get(self, at: int) -> Row:
        """Return the row at a position."""
        block, place = divmod(at, BLOCK)
        return self._block(block)[place]

    def put(self, at: int, row: Row) -> None:
        """Replace the row at a position."""
        block, place = divmod(at, BLOCK)
        self._block(block)[place] = row
        if block < len(self._sealed):
            self._changed.add(block)

    def walk(self, start: int, stop: int) -> Iterator[tuple[int, Row]]:
        """Return (position, row) from `start` to before `stop`."""
        at, stop = max(0, start), min(stop, len(self))
        while at < stop:
            block, place = divmod(at, BLOCK)
            for row in self._peek(block)[place:]:
                if at >= stop:
                    return
                yield at, row
                at += 1

    def _peek(self, block: int) -> list[Row]:
        """Open a block for reading without keeping it open: a walk must not push out what updates work on."""
        if block >= len(self._sealed):
            return self._tail
        opened = self._open.get(block)
        rows: list[Row] = orjson.loads(self._sealed[block]) if opened is None else opened
        return rows

    def _block(self, block: int) -> list[Row]:
        if block >= len(self._sealed):
            return self._tail
        opened = self._open.get(block)
        if opened is None:
            if len(self._open) >= OPEN_BLOCKS:
                self._close(next(iter(self._open)))
            opened = self._open[block] = orjson.loads(self._sealed[block])
        return opened

    def _close(self, block: int) -> None:
        rows = self._open.pop(block)
        if block in self._changed:
            self._changed.discard(block)
            self._sealed[block] = orjson.dumps(rows)

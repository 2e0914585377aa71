"""Charts as plain shapes that a template draws as SVG: each has a table behind it, and says nothing that is not there.

The drawing has no text: words stand beside it in HTML, where they keep their size on every screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from bpadmin.results.figures.events import Slot
from bpadmin.results.figures.stock import Stock
from bpadmin.results.models import DispositionGroup

# Units of the drawing, whatever its size on the page.
WIDTH, HEIGHT = 1000.0, 200.0
# The gap between two parts, so that they are told apart without their colours.
SEAM = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: what it is called and counts, its look by name, and where it is drawn."""

    key: str
    words: str
    count: int
    percent: float
    x: float = 0.0
    width: float = 0.0

    @property
    def of(self) -> str:
        """Return the figure that a part of a stock is, as addresses name it."""
        group = self.key.removeprefix("done-")
        return self.key if group == self.key else f"completed&group={group}"


@dataclass(frozen=True, slots=True)
class StockBar:
    """The stock as one bar from left to right, with its legend."""

    parts: tuple[Part, ...]
    total: int

    @property
    def words(self) -> str:
        """Say the whole bar in a sentence, for those who do not see it."""
        return ", ".join(f"{each.words} {each.count:,}" for each in self.parts)


def stock_bar(stock: Stock) -> StockBar:
    """Lay out a stock: never attempted, open, completed by group, and what is left over as a difference."""
    found: list[tuple[str, str, int]] = [
        (f"done-{group.value or 'none'}", f"Completed: {group.label.lower()}", n) for group, n in stock.by_group
    ]
    found.append(("open", "Attempted, open", stock.open))
    if stock.never is not None:
        found.append(("never", "Never attempted", stock.never))
    if stock.difference > 0:
        found.append(("difference", "Not read yet", stock.difference))
    whole = sum(n for _, _, n in found)
    parts, x = [], 0.0
    for key, words, n in found:
        width = WIDTH * n / whole if whole else 0.0
        drawn = max(0.0, width - SEAM) if n else 0.0
        parts.append(Part(key, words, n, 100 * n / whole if whole else 0.0, round(x, 1), round(drawn, 1)))
        x += width
    return StockBar(tuple(parts), whole)


@dataclass(frozen=True, slots=True)
class Column:
    """One hour or day: what it is called, its parts from the bottom up, how many calls it has, and where it stands.

    `label` is what stands below it, "" below most; where there is little room those that are `is_spare` are left out.
    """

    words: str
    parts: tuple[Part, ...]
    count: int
    x: float
    width: float
    label: str = ""
    is_spare: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Calls over time as columns; `top` is the round number at the upper edge, `groups` those that came at all.

    `paths` has for each group its look by name and all its parts as one outline: a rectangle for each part of each
    column was a quarter of the page.
    """

    columns: tuple[Column, ...]
    groups: tuple[DispositionGroup, ...]
    top: int
    paths: tuple[tuple[str, str], ...] = ()
    lines: tuple[float, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to draw."""
        return not any(each.count for each in self.columns)


def columns_of(slots: Sequence[Slot]) -> Columns:
    """Lay out hours or days, the groups of each one upon another in the order of the dictionary."""
    totals: Counter[str] = Counter()
    for slot in slots:
        totals.update(slot.groups)
    groups = tuple(group for group in DispositionGroup if totals[group.value])
    top = round_up(max((slot.count for slot in slots), default=0))
    step = WIDTH / len(slots) if slots else WIDTH
    every = max(1, ceil(len(slots) / 8))
    columns = []
    outlines: dict[str, str] = {group.value or "none": "" for group in groups}
    width = round(step * 0.8, 1)
    for place, slot in enumerate(slots):
        x, y, parts = round(place * step + step * 0.1, 1), HEIGHT, []
        for group in groups:
            n = slot.groups[group.value]
            if n:
                height = HEIGHT * n / top
                y -= height
                key = group.value or "none"
                parts.append(Part(key, group.label, n, 100 * n / slot.count))
                outlines[key] += f"M{x:g} {y:.1f}h{width:g}v{max(0.5, height - SEAM / 2):.1f}h-{width:g}z"
        label = slot.words if place % every == 0 else ""
        is_spare = place // every % 2 == 1
        columns.append(Column(slot.words, tuple(parts), slot.count, x, width, label, is_spare))
    return Columns(tuple(columns), groups, top, tuple(outlines.items()), (0.0, HEIGHT / 2))


def round_up(most: int) -> int:
    """Return the next number of the kind 1, 2 or 5 with noughts, so that the edge of a chart can be read."""
    if most <= 1:
        return 1
    size = 10 ** int(log10(most))
    return next(
        int(factor * size) for factor in (1, 2, 2.5, 5, 10) if factor * size >= most and (factor * size) % 1 == 0
    )

"""A guard against cells that a spreadsheet would run as formulas, and its exact undoing.

Every cell that begins with a character from GUARDED gets one apostrophe in front. The apostrophe itself is guarded
too, so that undoing needs no guess: `unguard(guard(cell)) == cell` for every cell.
"""

from __future__ import annotations

GUARDED = frozenset("=+-@\t\r\n'＝＋－＠")


def guard(cell: str) -> str:
    """Make a cell harmless in a spreadsheet."""
    return f"'{cell}" if cell[:1] in GUARDED and cell else cell


def unguard(cell: str) -> str:
    """Give back what `guard` was given; a cell that it would not have written stays as it is."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in GUARDED else cell

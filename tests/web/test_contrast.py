"""Text and marks can be told from what they stand on, in both themes (WCAG 2.2: 4.5 for text, 3 for marks)."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS)
}
GROUNDS = ("ground", "paper", "surface", "sunken", "raised")
TEXT = [(ink, ground) for ink in ("ink", "ink-soft", "ink-faint", "accent") for ground in GROUNDS]
TEXT += [(ink, f"{ink}-soft") for ink in ("ok", "warn", "bad")]
TEXT += [("ink", f"{kind}-soft") for kind in ("accent", "ok", "warn", "bad", "neutral")]
TEXT += [("bad", ground) for ground in GROUNDS]
TEXT += [("accent-strong", "accent-soft"), ("ink-soft", "neutral-soft"), ("ink-faint", "neutral-soft")]
TEXT += [("on-accent", "accent"), ("on-bad", "bad-fill")]
MARKS = [("line-strong", ground) for ground in ("paper", "surface", "raised")]
MARKS += [("accent", ground) for ground in GROUNDS] + [("accent", "neutral-soft")]


def luminance(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def too_faint(pairs: list[tuple[str, str]], least: float) -> dict[str, float]:
    """Return the pairs that cannot be told apart, with their contrast."""
    found = {
        f"{one} on {other}, {theme}": contrast(COLOURS[one][number], COLOURS[other][number])
        for one, other in pairs
        for number, theme in enumerate(("light", "dark"))
    }
    return {pair: value for pair, value in found.items() if value < least}


def test_text_can_be_read() -> None:
    assert len(TEXT) > 30
    assert too_faint(TEXT, 4.5) == {}


def test_marks_can_be_seen() -> None:
    assert len(MARKS) > 8
    assert too_faint(MARKS, 3) == {}

"""Counts and shares in words: “1 row”, “1,653 rows are”, “40.3 %”. One rule for pages, commands and messages."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_PLURAL_VERBS = {
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "holds": "hold",
    "shares": "share",
    "stands": "stand",
}


def counted(count: int, noun: str, verb: str = "") -> str:
    """Return a count with its noun in the number that fits, as in “1 entry” and “2,000 entries”.

    With a `verb`, said in its singular form, it follows in the number that fits as well.
    """
    words = f"{count:,} {noun if count == 1 else plural(noun)}"
    return f"{words} {verb if count == 1 else _PLURAL_VERBS[verb]}" if verb else words


def plural(noun: str) -> str:
    """Return the plural of a regular noun."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def part_of(count: int, total: int, noun: str, verb: str = "") -> str:
    """Return a part of a total in words: “1 of 3 rows is”, “0 of 1 row is”; the verb goes with the part."""
    words = f"{count:,} of {counted(total, noun)}"
    return f"{words} {verb if count == 1 or total == 1 else _PLURAL_VERBS[verb]}" if verb else words


def decimal_words(value: float, places: int) -> str:
    """Return a number with so many places, thousands apart; halves go up, as Django's `floatformat` rounds.

    A format such as “.1f” rounds halves to the even digit: 40.25 would be 40.2 here and 40.3 on a page.
    """
    return f"{Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def percent_words(value: float | None, places: int = 1) -> str:
    """Return a share in percent, as in “40.3 %”; a dash for one that is not known."""
    return "–" if value is None else f"{decimal_words(value, places)} %"

"""The rows of a chunk in words. Those of a correction lie apart in the file that it corrects: named, or counted."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 6


def ranges_in_words(numbers: Sequence[int]) -> str:
    """Return such as "rows 1 to 100", "row 7", "rows 3, 9 and 12", "40 rows between 3 and 918"."""
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return span_in_words(numbers[0], numbers[-1])
    if len(numbers) <= MOST_NAMED:
        named = [f"{number:,}" for number in numbers]
        return f"rows {', '.join(named[:-1])} and {named[-1]}"
    return f"{len(numbers):,} rows between {numbers[0]:,} and {numbers[-1]:,}"


def span_in_words(first: int, last: int) -> str:
    """Return the words for all rows from one to another."""
    return f"row {first:,}" if first == last else f"rows {first:,} to {last:,}"

"""How values of records are written: in a cell of a table, as a link, as yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template

from bpadmin.platforms.sources import OWN_CLOCK
from bpadmin.platforms.types import Attempt
from bpadmin.records.fields import code_words, plain_text, value_of

register = template.Library()

CELL = 120
YES, NO = ("true", "1", "yes"), ("false", "0", "no")


@register.filter
def in_a_cell(value: Any) -> str:
    """Write a value in a line; what is nested in it becomes words, and what is long is cut."""
    text = value_of(value).words if isinstance(value, dict | list | tuple | bool) else plain_text(value)
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"


@register.filter
def yes_no(value: Any) -> str:
    """Write a flag as a word, whatever the platform writes; what is none stays as it is."""
    word = str(value).casefold()
    return "yes" if word in YES else "no" if word in NO else str(value)


@register.filter
def moment_in(value: Any, zone: str) -> datetime | None:
    """Return the moment that a platform's text names by the clock of a zone; None where it names none."""
    if not zone or zone == OWN_CLOCK:
        return None
    try:
        found = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))


@register.filter
def is_own_clock(zone: str) -> bool:
    """Return whether times are on a platform's own clock, of which nobody is told."""
    return zone == OWN_CLOCK


@register.filter
def in_words(value: Any, words: Sequence[tuple[str, str]]) -> Any:
    """Write a code as words; see `code_words`."""
    return code_words(value, words)


@register.filter
def result_words(attempt: Attempt) -> str:
    """Return what came of an attempt; where the platform has only a code for it, that is written as words."""
    return str(code_words(attempt.disposition)) if _has_codes(attempt) else attempt.disposition


def _has_codes(attempt: Attempt) -> bool:
    return bool(attempt.disposition) and attempt.disposition == attempt.disposition_code


@register.filter
def told_besides(attempt: Attempt) -> list[tuple[str, Any]]:
    """Return what an attempt tells besides what is shown of every one; the same told twice is left out."""
    shown = {attempt.disposition, attempt.phone, attempt.agent, attempt.call_notes}
    return [
        (name, code_words(value) if _has_codes(attempt) else value)
        for name, value in attempt.extra.items()
        if value not in ("", None) and str(value) not in shown and name != "date"
    ]


@register.filter
def is_web_address(value: Any) -> bool:
    """Return whether it may be followed: a page on the web, and nothing that a browser would run."""
    return isinstance(value, str) and value.casefold().startswith(("https://", "http://"))

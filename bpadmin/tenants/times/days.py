"""Days that people name in forms and addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
WORDS = f"Enter a day between {FIRST.year} and {LAST.year}."


class Day(forms.DateField):
    """A day that can be reckoned with: the day after it, and its beginning in any time zone, exist as well."""

    def __init__(self, **options: Any) -> None:
        limits = [MinValueValidator(FIRST, message=WORDS), MaxValueValidator(LAST, message=WORDS)]
        super().__init__(validators=limits, **options)


class Moment(forms.DateTimeField):
    """A moment of such a day."""

    def __init__(self, **options: Any) -> None:
        first, last = (datetime.combine(day, time(), UTC) for day in (FIRST, LAST))
        limits = [MinValueValidator(first, message=WORDS), MaxValueValidator(last, message=WORDS)]
        super().__init__(validators=limits, **options)

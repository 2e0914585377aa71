"""A form's field for a time on the clock of a tenant."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from django import forms

from bpadmin.tenants.times.days import FIRST, LAST, WORDS
from bpadmin.tenants.times.local_times import TimeUnclear, moment_said


class MomentField(forms.Field):
    """A time on the clock of `zone`, which the form sets; one with an offset says its zone itself.

    A time that the clock shows twice becomes a choice of the two.
    """

    zone: tzinfo

    def __init__(self, *, label: str, help_text: str = "") -> None:
        picker = forms.DateTimeInput(attrs={"type": "datetime-local"})
        super().__init__(required=False, label=label, help_text=help_text, widget=picker)

    def clean(self, value: Any) -> datetime | None:
        """Return the moment, None where nothing was said."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            moment = moment_said(text, self.zone)
        except TimeUnclear as unclear:
            if unclear.choices:
                self.widget = turn_choice(unclear)
            raise forms.ValidationError(str(unclear)) from unclear
        except ValueError:
            raise forms.ValidationError("This is no time. Pick it, or write it like 2026-03-01T09:00.") from None
        if not FIRST <= moment.date() <= LAST:
            raise forms.ValidationError(WORDS)
        return moment


def turn_choice(unclear: TimeUnclear) -> forms.Select:
    """Return the box in which one of two times is chosen."""
    names = ("the first", "the second")
    times = [
        (moment.isoformat(timespec="minutes"), f"{moment:%-d %b %Y, %H:%M} {moment.tzname()}, {name}")
        for moment, name in zip(unclear.choices, names, strict=True)
    ]
    return forms.Select(choices=[("", "Which of the two?"), *times])

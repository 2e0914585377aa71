"""The form of how results are read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from bpadmin.results.models import ResultsSettings


class ReadingForm(forms.Form):
    """How a tenant's results are read."""

    is_reading = forms.BooleanField(
        required=False, label="Read results", help_text="Without it nothing new is read; what was read stays."
    )
    calls_a_minute = forms.IntegerField(
        min_value=1,
        max_value=600,
        label="Calls a minute",
        help_text="For results alone: other pages and jobs have their own.",
    )
    whole_every_minutes = forms.IntegerField(
        min_value=5,
        max_value=1440,
        label="Minutes between whole readings",
        help_text="Where the platform does not tell what has changed: jtel, Conpeek and the first Bright Pattern API.",
    )
    keeps_agents = forms.BooleanField(
        required=False,
        label="Keep agents' logins",
        help_text="They are data about employees. Taken away again, they are removed from what was read.",
    )

    def __init__(self, data: QueryDict | None, *, settings: ResultsSettings) -> None:
        names = ("is_reading", "calls_a_minute", "whole_every_minutes", "keeps_agents")
        super().__init__(data, initial={name: getattr(settings, name) for name in names})

    def values(self) -> dict[str, Any]:
        """Return what was said, as the service takes it."""
        return dict(self.cleaned_data)

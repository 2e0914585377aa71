"""Forms of the pages about a person's data."""

from __future__ import annotations

from django import forms


class PersonForm(forms.Form):
    """By what a person is known."""

    known_by = forms.CharField(
        label="Telephone numbers, name, ids: one a line",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Numbers are found however they are written. Names are found as whole words.",
    )

    def lines(self) -> list[str]:
        """Return what was typed, line by line."""
        return str(self.cleaned_data["known_by"]).splitlines()

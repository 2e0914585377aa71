"""Forms that add a request and put one back into dialling."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from bpadmin.records.requesting import PRIORITY_CHANGES, recall_terms


class RequestForm(forms.Form):
    """Whom to call, and what the consultant should know."""

    name = forms.CharField(max_length=200, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    contact_number = forms.CharField(
        max_length=40,
        label="Number to call",
        help_text="With the country code, as the platform stores its numbers.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    contact_identifier = forms.CharField(
        max_length=200, required=False, label="Contact identifier", help_text="By which other systems know the person."
    )
    note = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_contact_number(self) -> str:
        """Refuse what has no digits to dial."""
        number = str(self.cleaned_data["contact_number"]).strip()
        if sum(sign.isdecimal() for sign in number) < 3 or not set(number) <= set("+0123456789 ()-./"):
            raise forms.ValidationError("That is no number to call: digits, spaces and a leading + only.")
        return number


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


def _time() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"})


class RecallForm(forms.Form):
    """On which terms a request goes back into dialling; what is left empty stays as it is."""

    not_before = forms.DateTimeField(
        required=False,
        label="Not before",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    from_date = forms.DateField(required=False, label="From day", widget=_date())
    to_date = forms.DateField(required=False, label="To day", widget=_date())
    from_time = forms.TimeField(required=False, label="From time of day", widget=_time())
    to_time = forms.TimeField(required=False, label="To time of day", widget=_time())
    assign_to = forms.CharField(
        max_length=100, required=False, label="Consultant", help_text="Id or name of a user; empty for anybody."
    )
    priority_change = forms.ChoiceField(choices=PRIORITY_CHANGES, required=False, label="Priority")
    priority = forms.IntegerField(
        min_value=0, max_value=1_000_000, required=False, label="Value", help_text="200 is usual."
    )

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(time_zone)
        self.fields["not_before"].help_text = f"In the time of {time_zone}."

    def clean_not_before(self) -> datetime | None:
        """Take the time as the tenant's own."""
        moment: datetime | None = self.cleaned_data["not_before"]
        return moment and timezone.make_naive(moment).replace(tzinfo=self.zone)

    def clean(self) -> dict[str, Any]:
        """Refuse half a span, and one that ends before it begins."""
        cleaned: dict[str, Any] = super().clean() or {}
        for first, last, what in (("from_date", "to_date", "day"), ("from_time", "to_time", "time")):
            begin, end = cleaned.get(first), cleaned.get(last)
            if (begin is None) != (end is None):
                self.add_error(last if end is None else first, f"Give both the first and the last {what}, or neither.")
            elif begin is not None and end is not None and begin > end:
                self.add_error(last, f"The last {what} must not lie before the first.")
        return cleaned

    def terms(self) -> dict[str, Any]:
        """Give the terms as the service takes them."""
        return recall_terms(**self.cleaned_data)

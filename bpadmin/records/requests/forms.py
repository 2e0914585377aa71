"""Forms that add a request and put one back into dialling."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from bpadmin.records.many.forms import KeysForm
from bpadmin.records.requests.recalls import MOST_AT_ONCE
from bpadmin.records.requests.services import PRIORITY_CHANGES, recall_days, recall_terms
from bpadmin.tenants.times.days import Day
from bpadmin.web.moments import MomentField


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

    not_before = MomentField(label="Not before")
    from_date = Day(required=False, label="From day", widget=_date())
    to_date = Day(required=False, label="To day", widget=_date())
    from_time = forms.TimeField(required=False, label="From time of day", widget=_time())
    to_time = forms.TimeField(required=False, label="To time of day", widget=_time())
    days = forms.CharField(
        max_length=200,
        required=False,
        label="Days of the week",
        help_text="As the platform writes them in a request, with commas between. Its document does not say how.",
    )
    assign_to = forms.CharField(
        max_length=100, required=False, label="Consultant", help_text="Id or name of a user; empty for anybody."
    )
    priority_change = forms.ChoiceField(choices=PRIORITY_CHANGES, required=False, label="Priority")
    priority = forms.IntegerField(
        min_value=0, max_value=1_000_000, required=False, label="Value", help_text="200 is usual."
    )

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["not_before"].zone = ZoneInfo(time_zone)  # type: ignore[attr-defined]
        self.fields["not_before"].help_text = f"In the time of {time_zone}."

    def clean_days(self) -> list[int | str]:
        """Return the days, numbers as numbers."""
        return recall_days(str(self.cleaned_data["days"]))

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
        """Return the terms as the service takes them."""
        return recall_terms(**self.cleaned_data)


class RequestIdsForm(KeysForm):
    """Which requests go back into dialling, by their ids."""

    keys_field = "ids"

    ids = forms.CharField(
        required=False,
        label="IDs of requests, one a line",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        max_length=20_000,
        help_text=f"More than {MOST_AT_ONCE} lines become a job.",
    )
    field_order = ("ids", "file")

"""The filter of the activity page."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from bpadmin.audit.services import audit_people
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.limits import limit_now
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.times.days import Day

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ActivityFilter(forms.Form):
    """Narrow the log by person, verb, object and time, on the clock of the tenant (UTC without one).

    Days are both included; an hour without a day is one of today.
    """

    target = forms.CharField(
        required=False,
        label="Object",
        max_length=300,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name or ID"}),
    )
    person = forms.ChoiceField(required=False)
    verb = forms.ChoiceField(required=False, label="What")
    since = Day(required=False, label="From", widget=DATE)
    since_time = forms.TimeField(required=False, label="at", widget=TIME)
    until = Day(required=False, label="To", widget=DATE)
    until_time = forms.TimeField(required=False, label="before", widget=TIME)

    def __init__(self, *args: Any, tenant: Tenant | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        people = [(name, name) for name in (audit_people(tenant=tenant) if limit_now() is None else ())]
        self.fields["person"].widget = forms.Select(choices=[("", "Everybody"), *people])
        self.fields["person"].choices = [("", "Everybody"), *people]  # type: ignore[attr-defined]
        verbs = [(verb.value, verb.label.capitalize()) for verb in Verb]
        self.fields["verb"].choices = [("", "Everything"), *verbs]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """Return the arguments of `audit_entries`; fields that make no sense narrow nothing."""
        self.is_valid()
        data = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        zone = ZoneInfo(self.tenant.time_zone if self.tenant else "UTC")
        today = datetime.now(zone).date()
        since_time, until_time = data.pop("since_time", None), data.pop("until_time", None)
        if "since" in data or since_time is not None:
            data["since"] = datetime.combine(data.get("since", today), since_time or time.min, zone)
        if until_time is not None:
            # Of an hour that comes twice the end of the second is meant: nothing that happened is left out.
            data["until"] = datetime.combine(data.get("until", today), until_time, zone).replace(fold=1)
        elif "until" in data:
            data["until"] = datetime.combine(data["until"] + timedelta(days=1), time.min, zone)
        return data


class UndoForm(forms.Form):
    """What some undos need: the reason, and of several entries the list's name."""

    reason = forms.CharField(label="Reason", max_length=300, required=False, help_text="Kept in the evidence.")
    typed_name = forms.CharField(
        label="Type the list's name",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
        help_text="Needed for more than one entry.",
    )

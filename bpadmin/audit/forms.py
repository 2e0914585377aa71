"""The filter of the activity page."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from bpadmin.audit.services import audit_people
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Tenant

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ActivityFilter(forms.Form):
    """Narrow the log by person, verb, object and days (of the tenant's time zone, both included)."""

    target = forms.CharField(
        required=False,
        label="Object",
        max_length=300,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name or ID"}),
    )
    person = forms.ChoiceField(required=False)
    verb = forms.ChoiceField(required=False, label="What")
    since = forms.DateField(required=False, label="From", widget=DATE)
    until = forms.DateField(required=False, label="To", widget=DATE)

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        people = [(name, name) for name in audit_people(tenant=tenant)]
        self.fields["person"].widget = forms.Select(choices=[("", "Everybody"), *people])
        self.fields["person"].choices = [("", "Everybody"), *people]  # type: ignore[attr-defined]
        verbs = [(verb.value, verb.label.capitalize()) for verb in Verb]
        self.fields["verb"].choices = [("", "Everything"), *verbs]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """Give the arguments of `audit_entries`; fields that make no sense narrow nothing."""
        self.is_valid()
        data = {name: value for name, value in self.cleaned_data.items() if value}
        zone = ZoneInfo(self.tenant.time_zone)
        if "since" in data:
            data["since"] = datetime.combine(data["since"], time.min, zone)
        if "until" in data:
            data["until"] = datetime.combine(data["until"] + timedelta(days=1), time.min, zone)
        return data

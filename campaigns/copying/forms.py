"""Forms that copy and delete a campaign."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from bpadmin.platforms.types import Campaign
from bpadmin.tenants.times.days import Moment
from bpadmin.typed_names import is_typed

NAME_LENGTH = 64


class CloneForm(forms.Form):
    """What the copy of a campaign is to be called, and when it is active."""

    destination = forms.CharField(max_length=NAME_LENGTH, label="Name of the copy")
    user_data = forms.CharField(
        max_length=255, required=False, label="User data", help_text="A text that other systems find the copy by."
    )
    start = Moment(
        required=False,
        label="Active from",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="In the dialler's own time. Left empty, the copy has what the original has.",
    )
    end = Moment(
        required=False,
        label="Active until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None, *, has_times: bool = True) -> None:
        super().__init__(data)
        if not has_times:
            for name in ("user_data", "start", "end"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins; times are kept as they were typed, without a zone."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "start" not in self.fields:
            return cleaned
        for name in ("start", "end"):
            moment = cleaned.get(name)
            cleaned[name] = moment.replace(tzinfo=None) if isinstance(moment, datetime) else None
        if cleaned["start"] and cleaned["end"] and cleaned["start"] >= cleaned["end"]:
            self.add_error("end", "The end must lie after the beginning.")
        return cleaned


class DeleteCampaignForm(forms.Form):
    """Have the campaign's name typed."""

    typed_name = forms.CharField(
        label="Type its name to go on",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )

    reason = forms.CharField(label="Reason", max_length=300, help_text="Kept in the activity log.")

    def __init__(self, *args: Any, campaign: Campaign, has_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        if not has_reason:
            del self.fields["reason"]
        self.fields["typed_name"].help_text = f"The name is: {campaign.name}"

    def clean_typed_name(self) -> str:
        """Refuse anything but the name."""
        typed = str(self.cleaned_data["typed_name"])
        if not is_typed(typed, self.campaign.name):
            raise forms.ValidationError("That is not its name.")
        return typed

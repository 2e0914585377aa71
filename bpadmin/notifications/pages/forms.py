"""Forms of notifications."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.http import QueryDict

from bpadmin.notifications.models import Delivery, WebhookForm
from bpadmin.notifications.topics import OF_TENANTS, Topic


def _time(label: str, help_text: str) -> forms.TimeField:
    return forms.TimeField(
        required=False, label=label, help_text=help_text, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


class DeliveryForm(forms.Form):
    """When somebody may be disturbed."""

    quiet_from = _time("Quiet from", "E-mail waits until the end of the quiet hours; what is critical does not.")
    quiet_until = _time("Quiet until", "By the tenant's clock. Empty: no quiet hours.")
    digest_at = _time("Digest at", "One e-mail each morning about the day before. Empty: none.")

    def __init__(self, data: QueryDict | None, *, delivery: Delivery | None) -> None:
        names = ("quiet_from", "quiet_until", "digest_at")
        super().__init__(data, initial={name: getattr(delivery, name) for name in names} if delivery else {})

    def clean(self) -> dict[str, Any] | None:
        """Refuse half of a span."""
        data = super().clean() or {}
        if bool(data.get("quiet_from")) != bool(data.get("quiet_until")):
            raise forms.ValidationError("Quiet hours have a beginning and an end: give both, or neither.")
        return data

    def values(self) -> dict[str, Any]:
        """Return what was said, as the service takes it."""
        data = self.cleaned_data
        quiet: tuple[time, time] | None = (data["quiet_from"], data["quiet_until"]) if data["quiet_from"] else None
        return {"quiet": quiet, "digest_at": data["digest_at"]}


class WebhookAddForm(forms.Form):
    """A new webhook."""

    name = forms.CharField(max_length=80, help_text="By which people here know it, for example Duty channel.")
    url = forms.CharField(
        max_length=2000,
        label="Address",
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Kept encrypted and shown to nobody. Redirects are not followed.",
    )
    form = forms.ChoiceField(
        choices=WebhookForm.choices,
        help_text="Standard Webhooks are signed, so that the receiver knows who writes. The others are only the shape "
        "that those services take: whoever has their address can write there.",
    )
    topics = forms.MultipleChoiceField(
        choices=[(each.value, each.label) for each in OF_TENANTS if each != Topic.CHANNEL],
        initial=[each.value for each in OF_TENANTS if each != Topic.CHANNEL],
        widget=forms.CheckboxSelectMultiple,
    )
    tells_names = forms.BooleanField(
        required=False,
        label="Tell names of people and files as well",
        help_text="Without it nothing that leaves here names a person.",
    )


def rules_said(data: QueryDict) -> dict[Topic, tuple[bool, bool] | None]:
    """Return what a form of rules says: (page, e-mail) by topic, or None for all where they are to be forgotten."""
    if data.get("do") == "forget":
        return dict.fromkeys(OF_TENANTS)
    return {each: (f"page-{each.value}" in data, f"email-{each.value}" in data) for each in OF_TENANTS}

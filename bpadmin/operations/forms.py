"""Forms of the operator's page."""

from __future__ import annotations

from django import forms


class HoldForm(forms.Form):
    """Why sending is held."""

    reason = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}))

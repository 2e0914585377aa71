"""The forms of deleting contacts."""

from __future__ import annotations

from django import forms

from bpadmin.records.contacts.services import MOST_AT_ONCE
from bpadmin.records.many.forms import KeysForm


class UserDataForm(KeysForm):
    """Whom to delete, by user data, one a line."""

    keys_field = "user_data"

    user_data = forms.CharField(
        required=False,
        label="User data, one a line",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        max_length=20_000,
        help_text=f"Exactly as it is stored. More than {MOST_AT_ONCE} lines become a job.",
    )
    sure = forms.BooleanField(
        label="Delete them for good",
        error_messages={"required": "Tick it if they are to be deleted: it cannot be taken back."},
    )
    field_order = ("user_data", "file", "sure")

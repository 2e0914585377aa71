"""The forms of the Do Not Call pages."""

from __future__ import annotations

from typing import Any

from django import forms

from bpadmin.tenants.times.days import Day
from dnc.keys.normalisation import COMMENT_LENGTH
from dnc.models import DncKind, PhoneRule, Purpose

DATE = forms.DateInput(attrs={"type": "date"})
TYPED = {"autocomplete": "off", "spellcheck": "false"}
TYPE_CHOICES = [(kind.value, kind.label) for kind in DncKind]


class AddForm(forms.Form):
    """What is added to one list."""

    text = forms.CharField(label="Entries", widget=forms.Textarea(attrs={"rows": 6, **TYPED}))
    comment = forms.CharField(label="Comment", required=False, max_length=COMMENT_LENGTH)
    expires_on = Day(
        label="Ends on",
        required=False,
        widget=DATE,
        help_text="Leave it empty to block for good. On this day the entries are taken out of the list again.",
    )


class RemoveForm(forms.Form):
    """What is taken out of one list, and why."""

    text = forms.CharField(label="Entries to remove", widget=forms.Textarea(attrs={"rows": 6, **TYPED}))
    reason = forms.CharField(
        label="Reason", max_length=COMMENT_LENGTH, help_text="Kept in the evidence, with your name and the time."
    )
    typed_name = forms.CharField(
        label="Type the list's name",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=TYPED),
        help_text="Needed for more than one entry.",
    )


class EverywhereForm(forms.Form):
    """A number that nobody is to call."""

    number = forms.CharField(
        label="Do not call",
        max_length=200,
        widget=forms.TextInput(attrs={"inputmode": "tel", "placeholder": "650-555-0100", **TYPED}),
    )
    comment = forms.CharField(label="Comment", required=False, max_length=COMMENT_LENGTH)


class UndoForm(forms.Form):
    """Why an act is taken back, and of several entries the list's name."""

    reason = forms.CharField(label="Reason", max_length=COMMENT_LENGTH, help_text="Kept in the evidence.")
    typed_name = forms.CharField(
        label="Type the list's name",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=TYPED),
        help_text="Needed for more than one entry.",
    )


class WhyForm(forms.Form):
    """What is asked about: a number or any value, and what else of its record is known."""

    q = forms.CharField(
        label="Number or value",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "650-555-0100", **TYPED}),
    )
    postal_code = forms.CharField(label="Postal code of the record", max_length=20, required=False)
    value = forms.CharField(label="Excluded value of the record", max_length=200, required=False)


class TypeInForm(forms.Form):
    """A list that no campaign names, taken by its id, or by its name alone on a platform that knows it by that."""

    remote_id = forms.CharField(
        label="Id of the list",
        max_length=120,
        widget=forms.TextInput(attrs=TYPED),
        help_text="It stands in the address of the list's page in the Contact Center Administrator.",
    )
    name = forms.CharField(label="Name", max_length=300)
    type = forms.ChoiceField(label="What it holds", choices=TYPE_CHOICES, initial=DncKind.INTERNAL)
    country = forms.CharField(
        label="Country", max_length=40, required=False, help_text="For area codes and postal codes: US, CA, UK…"
    )

    def __init__(self, *args: Any, by_name: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if by_name:
            del self.fields["remote_id"]


class ClearForm(forms.Form):
    """The list's name, typed, and why it is emptied."""

    typed_name = forms.CharField(
        label="Type the list's name to empty it", max_length=300, widget=forms.TextInput(attrs=TYPED)
    )
    reason = forms.CharField(label="Reason", max_length=COMMENT_LENGTH, help_text="Kept in the evidence.")


class RequestForm(forms.Form):
    """An opt-out request as it came in."""

    number = forms.CharField(
        label="Number", max_length=200, widget=forms.TextInput(attrs={"inputmode": "tel", **TYPED})
    )
    received_on = Day(label="Received on", widget=DATE)
    due_on = Day(label="Due on", required=False, widget=DATE, help_text="Left empty, ten days after it was received.")
    comment = forms.CharField(label="Comment", required=False, max_length=COMMENT_LENGTH)
    is_now = forms.BooleanField(label="Block the number everywhere at once", required=False, initial=True)


class SettingsForm(forms.Form):
    """What people say about a list."""

    type = forms.ChoiceField(label="What it holds", choices=TYPE_CHOICES)
    phone_rule = forms.ChoiceField(
        label="Numbers are written as",
        choices=PhoneRule.choices,
        help_text="The same way as in the calling lists that it protects.",
    )
    purpose = forms.ChoiceField(
        label="What it is for",
        choices=Purpose.choices,
        help_text="“Block everywhere” goes into the lists of own opt-outs that fit the number, and into lists of which "
        "nobody has said it.",
    )
    country = forms.CharField(
        label="Country of its numbers",
        max_length=40,
        required=False,
        help_text="US, GB, DE…; left empty, numbers of every country go in.",
    )
    data_as_of = Day(
        label="Data as of", required=False, widget=DATE, help_text="The day to which the registry's data are true."
    )
    fresh_days = forms.IntegerField(
        label="Too old after (days)", min_value=1, max_value=366, help_text="31 in the US, 28 in the UK."
    )
    max_shrink = forms.IntegerField(
        label="A replacement may remove (%)",
        min_value=0,
        max_value=100,
        help_text="A file that would remove more needs the list's name typed.",
    )


class LogForm(forms.Form):
    """A signed log that was downloaded before."""

    file = forms.FileField(label="A signed log that was downloaded before")


class PeriodForm(forms.Form):
    """The days that evidence is wanted of, both included."""

    since = Day(label="From", widget=DATE)
    until = Day(label="To", widget=DATE)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        said = super().clean() or self.cleaned_data
        if said.get("since") and said.get("until") and said["until"] < said["since"]:
            raise forms.ValidationError("The period ends before it begins.")
        return said

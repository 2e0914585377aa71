"""The forms in which a list is made: like another one, or with fields of its own; and the one that deletes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from django import forms

from bpadmin.platforms.types import CallingList, FieldSpec, FieldType
from bpadmin.typed_names import is_typed
from lists.formats.forms import MAX_FIELDS, BaseFieldFormSet, FieldForm
from lists.formats.rules import DATE_TYPES

ORDERS = (("", "As the platform does"), ("FIFO", "First in, first out"), ("LIFO", "Last in, first out"))


# More of them in one choice are found by nobody, and make the page larger than 60 kB.
MOST_LISTS = 200


class CreateForm(forms.Form):
    """Name of the new list, and the list whose format it takes."""

    name = forms.CharField(max_length=255, label="Name of the new list")
    like = forms.ChoiceField(label="Same fields as", required=False)

    def __init__(self, *args: Any, lists: Iterable[CallingList], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted((each for each in lists if each.format_id), key=lambda each: each.name.casefold())
        self.lists = {each.id: each for each in named}
        shown = named
        if len(named) > MOST_LISTS:  # then one of each format, which is what matters, and the one that is chosen
            shown = list({each.format_id: each for each in reversed(named)}.values())[::-1][:MOST_LISTS]
            self.fields["like"].help_text = "One list of each format."
            if chosen := self.lists.get(self["like"].value() or ""):
                shown = [chosen, *(each for each in shown if each.id != chosen.id)]
        choices = [(each.id, f"{each.name} — {each.format_name}") for each in shown]
        self.fields["like"].choices = [("", "Choose a list"), *choices]  # type: ignore[attr-defined]

    def clean_like(self) -> CallingList:
        """Return the list that was chosen."""
        if found := self.lists.get(self.cleaned_data["like"]):
            return found
        raise forms.ValidationError("Choose the list whose fields the new one gets.")


class BuildForm(forms.Form):
    """Names of the new list and of its format."""

    name = forms.CharField(max_length=255, label="Name of the new list")
    format_name = forms.CharField(max_length=255, label="Name of the format")


class NewFieldForm(FieldForm):
    """One field of a new format: everything that the platform lets one say when a format is made."""

    is_searchable = forms.BooleanField(required=False, label="Searchable")
    is_skipped = forms.BooleanField(required=False, label="Skip")
    time_zone = forms.CharField(max_length=60, required=False, label="Time zone")
    priority_order = forms.ChoiceField(choices=ORDERS, required=False, label="Order")
    expires_after = forms.CharField(max_length=40, required=False, label="Priority ends after")

    def spec(self, known: Mapping[str, FieldSpec]) -> FieldSpec:
        """Return the field as said."""
        said = self.cleaned_data
        spec = super().spec(known)
        is_date, is_priority = spec.type in DATE_TYPES, spec.type == FieldType.PRIORITY
        return replace(
            spec,
            searchable=said["is_searchable"],
            skip=said["is_skipped"],
            time_zone=said["time_zone"].strip() if is_date else "",
            priority_order=said["priority_order"] if is_priority else "",
            expires_after=said["expires_after"].strip() if is_priority else "",
        )


def new_field_formset(
    fields: Sequence[FieldSpec], data: Mapping[str, Any] | None = None, *, blank_rows: int = 3
) -> BaseFieldFormSet:
    """Return the format builder over these fields, with some blank rows below them."""
    made = forms.formset_factory(
        NewFieldForm,
        formset=BaseFieldFormSet,
        extra=blank_rows,
        can_delete=True,
        max_num=MAX_FIELDS,
        absolute_max=MAX_FIELDS + 1,
        validate_max=True,
    )
    initial = [
        {
            "name": field.name,
            "type": field.type.value,
            "is_required": field.required,
            "is_key": field.key,
            "is_searchable": field.searchable,
            "is_skipped": field.skip,
            "phone_type": field.phone_type,
            "remove_prefix": field.remove_prefix,
            "default_country_code": field.default_country_code,
            "date_format": field.date_format,
            "time_zone": field.time_zone,
            "priority_order": field.priority_order,
            "expires_after": field.expires_after,
        }
        for field in fields
    ]
    return cast("BaseFieldFormSet", made(data, initial=initial, prefix="field"))


class HeaderForm(forms.Form):
    """A file whose header (and a few rows) a new format is started from."""

    file = forms.FileField(label="Start from the header of a file")


class DeleteListForm(forms.Form):
    """The list's name, typed: the one act of which nothing can be taken back."""

    typed_name = forms.CharField(label="Type the list's name to delete it", max_length=300, strip=True)

    def __init__(self, *args: Any, list_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.list_name = list_name

    def clean_typed_name(self) -> str:
        """Compare with the name."""
        typed = str(self.cleaned_data["typed_name"])
        if not is_typed(typed, self.list_name):
            raise forms.ValidationError(f"This is not the list's name. Type: {self.list_name}")
        return typed

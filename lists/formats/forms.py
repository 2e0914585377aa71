"""The form in which a supervisor says what fields a list has, since the API cannot tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.http import QueryDict

from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.mapping.field_labels import TYPE_WORDS
from lists.formats.rules import DATE_TYPES, format_problems

PHONE_TYPES = (("OTHER", "International"), ("US_CANADA", "United States and Canada"))
DATE_FORMATS = (
    ("", "The platform's usual one"),
    ("MM/dd/yyyy hh:mm a", "03/31/2026 02:30 PM"),
    ("dd.MM.yyyy HH:mm", "31.03.2026 14:30"),
    ("yyyy-MM-dd HH:mm", "2026-03-31 14:30"),
    ("yyyy-MM-dd", "2026-03-31"),
    ("dd-MM-yyyy", "31-03-2026"),
    ("MM-dd-yyyy", "03-31-2026"),
    ("MM/dd/yyyy HH:mm:ss", "03/31/2026 14:30:00"),
)
MAX_FIELDS = 200
BLANK_ROWS = 3
MORE_ROWS = 5


class FieldForm(forms.Form):
    """One field of a list; a row whose name is empty counts as not there."""

    name = forms.CharField(max_length=200, required=False, label="Name")
    type = forms.ChoiceField(
        choices=[(kind.value, words) for kind, words in TYPE_WORDS.items()], initial=FieldType.OTHER.value, label="Type"
    )
    is_required = forms.BooleanField(required=False, label="Required")
    is_key = forms.BooleanField(required=False, label="Key")
    phone_type = forms.ChoiceField(choices=PHONE_TYPES, required=False, label="Numbers of")
    remove_prefix = forms.CharField(max_length=20, required=False, label="Remove prefix")
    default_country_code = forms.CharField(max_length=10, required=False, label="Country code to add")
    date_format = forms.ChoiceField(choices=DATE_FORMATS, required=False, label="Written as")

    def clean_name(self) -> str:
        """Keep the name without the spaces around it."""
        return str(self.cleaned_data["name"]).strip()

    def spec(self, known: Mapping[str, FieldSpec]) -> FieldSpec:
        """Return the field as said; what this form does not ask for stays as it is known, by the field's name."""
        said = self.cleaned_data
        kind = FieldType(said["type"])
        is_phone = kind == FieldType.PHONE
        is_other_phone = is_phone and said["phone_type"] != "US_CANADA"
        return replace(
            known.get(said["name"].casefold(), FieldSpec(name="")),
            name=said["name"],
            type=kind,
            required=said["is_required"],
            key=said["is_key"],
            phone_type=said["phone_type"] or "OTHER" if is_phone else "OTHER",
            remove_prefix=said["remove_prefix"].strip() if is_other_phone else "",
            default_country_code=said["default_country_code"].strip() if is_other_phone else "",
            date_format=said["date_format"] if kind in DATE_TYPES else "",
        )


if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet[FieldForm]
else:  # generic in the type stubs only
    _FormSet = forms.BaseFormSet


class BaseFieldFormSet(_FormSet):
    """All fields of a list, held to the platform's rules for formats."""

    def clean(self) -> None:
        """Refuse what no list can be."""
        if any(self.errors):
            return
        if problems := format_problems(self.specs(()), is_new=False):
            raise forms.ValidationError(problems)

    @property
    def said_forms(self) -> list[FieldForm]:
        """Return the rows that name a field and are not to be removed."""
        return [
            form
            for form in self.forms
            if form.cleaned_data.get("name") and not form.cleaned_data.get(forms.formsets.DELETION_FIELD_NAME)
        ]

    def specs(self, known: Iterable[FieldSpec]) -> list[FieldSpec]:
        """Return the fields as said."""
        by_name = {field.name.casefold(): field for field in known}
        return [form.spec(by_name) for form in self.said_forms]


def more_rows(said: QueryDict) -> QueryDict:
    """Return what a form of fields said, with more blank rows asked for below it."""
    grown = said.copy()
    total = said.get("field-TOTAL_FORMS", "")
    rows = int(total) if total.isdecimal() and len(total) < 5 else 0
    grown["field-TOTAL_FORMS"] = str(min(rows + MORE_ROWS, MAX_FIELDS))
    return grown


def field_formset(
    fields: Sequence[FieldSpec], data: Mapping[str, Any] | None = None, *, blank_rows: int = BLANK_ROWS
) -> BaseFieldFormSet:
    """Return the form over these fields, with some blank rows below them."""
    made = forms.formset_factory(
        FieldForm,
        formset=BaseFieldFormSet,
        extra=blank_rows,
        can_delete=True,
        max_num=MAX_FIELDS,
        # Django would make up to a thousand more before it refuses them, which keeps a request busy for many seconds.
        absolute_max=MAX_FIELDS + blank_rows,
        validate_max=True,
    )
    initial = [
        {
            "name": field.name,
            "type": field.type.value,
            "is_required": field.required,
            "is_key": field.key,
            "phone_type": field.phone_type,
            "remove_prefix": field.remove_prefix,
            "default_country_code": field.default_country_code,
            "date_format": field.date_format,
        }
        for field in fields
    ]
    return cast("BaseFieldFormSet", made(data, initial=initial, prefix="field"))

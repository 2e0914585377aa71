"""Forms made from a list's format: look a record up, add one, change one, erase one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from bpadmin.platforms.record_rules.rules import DATE_TYPES
from bpadmin.platforms.types import FieldSpec, FieldType, ListUse
from bpadmin.uploads.mapping.field_labels import TYPE_WORDS
from lists.records.fields import NO_FIELD, RecordFields, date_sample
from lists.records.keys import KEY

VALUE = "v."
FREE_KEYS = 2
LONGEST = 4000
# Other types say no more than the names that lists give their fields.
HINTED = (FieldType.INTEGER, FieldType.PRIORITY, FieldType.AGENT_LOGIN_ID, FieldType.CALLING_NUMBER)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a record's form, as the template shows it."""

    bound: forms.BoundField
    spec: FieldSpec
    control: str
    first_value: str = ""

    @property
    def is_optional(self) -> bool:
        """Return whether it may be left empty."""
        return not (self.spec.key or self.spec.required)

    @property
    def hint(self) -> str:
        """Say what goes in, where the name of the type helps."""
        if self.spec.type in DATE_TYPES:
            return f"As in {date_sample(self.spec)}"
        return TYPE_WORDS[self.spec.type] if self.spec.type in HINTED else ""


class CheckedForm(forms.Form):
    """Base of the forms over a list's fields: every value is checked by the platform's rules while it is typed."""

    def __init__(self, *args: Any, check_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check_url = check_url
        self.specs: dict[str, FieldSpec] = {}

    def add_spec(self, prefix: str, spec: FieldSpec, initial: str = "", *, is_hidden_kept: bool = False) -> None:
        """Add the field for a spec; `is_hidden_kept` sends along what was shown, so that only changes are saved."""
        name = f"{prefix}{spec.name}"
        element = f"r-{prefix[0]}-{len(self.specs)}"
        attributes = {
            "id": element,
            "autocomplete": "off",
            "spellcheck": "false",
            "hx-post": self.check_url,
            "hx-trigger": "input changed delay:350ms, change",
            "hx-target": f"#{element}-verdict",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
            "hx-vals": json.dumps({"check": name, "of": prefix}),
            "aria-describedby": f"{element}-verdict",
            "data-quiet": "",
        }
        if spec.type is FieldType.PHONE:
            attributes["inputmode"] = "tel"
        elif spec.type is FieldType.INTEGER:
            attributes["inputmode"] = "numeric"
        self.fields[name] = forms.CharField(
            required=False,
            max_length=LONGEST,
            label=spec.name,
            initial=initial,
            widget=forms.TextInput(attrs=attributes),
            show_hidden_initial=is_hidden_kept,
        )
        self.specs[name] = spec

    @property
    def rows(self) -> list[FieldRow]:
        """Return the fields in the list's order."""
        rows = []
        for name, spec in self.specs.items():
            bound = self[name]
            attributes: dict[str, str | bool] = {"aria-invalid": "true"} if bound.errors else {}
            control = bound.as_widget(attrs=attributes)
            if bound.field.show_hidden_initial:
                control += bound.as_hidden(only_initial=True)
            rows.append(FieldRow(bound, spec, control))
        return rows

    def add_problems(self, problems: Mapping[str, str]) -> None:
        """Show what a service said about a record, each at its field."""
        names = {spec.name: name for name, spec in self.specs.items()}
        for name, words in problems.items():
            self.add_error(names.get(name) if name != NO_FIELD else None, words)


class LookupForm(CheckedForm):
    """The key of the record that is looked for; where the keys are not known, fields to name it in."""

    def __init__(self, *args: Any, fields: RecordFields, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_free = not fields.keys
        for spec in fields.keys:
            self.add_spec(KEY, spec)
        names = [("", "Choose a field"), *((spec.name, spec.name) for spec in fields.specs)]
        for number in range(1, FREE_KEYS + 1) if self.is_free else ():
            label = "Key field" if number == 1 else "Second key field, if it has one"
            self.fields[f"name_{number}"] = (
                forms.ChoiceField(choices=names, required=False, label=label)
                if fields.specs
                else forms.CharField(max_length=200, required=False, label=label)
            )
            self.fields[f"value_{number}"] = forms.CharField(max_length=LONGEST, required=False, label="Value")

    @property
    def free_rows(self) -> list[tuple[Any, Any]]:
        """Return the pairs of name and value."""
        return [(self[f"name_{n}"], self[f"value_{n}"]) for n in range(1, FREE_KEYS + 1)] if self.is_free else []

    def key(self) -> dict[str, str]:
        """Return the key as said, {} when it is not complete."""
        said = self.cleaned_data
        if not self.is_free:
            key = {spec.name: str(said[name]).strip() for name, spec in self.specs.items()}
            return key if all(key.values()) else {}
        pairs = [(said[f"name_{n}"].strip(), said[f"value_{n}"].strip()) for n in range(1, FREE_KEYS + 1)]
        return {name: value for name, value in pairs if name and value}


class SearchForm(forms.Form):
    """A field that is no key, the value it should have, and the campaign through which the records are read."""

    name = forms.ChoiceField(label="Field")
    value = forms.CharField(max_length=LONGEST, label="Is")
    instance = forms.ChoiceField(required=False, label="Read through")

    def __init__(self, *args: Any, fields: RecordFields, places: Sequence[tuple[ListUse, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uses = {use.instance_id: use for use, _ in places}
        specs = fields.others
        self.fields["name"].choices = [(spec.name, spec.name) for spec in specs]  # type: ignore[attr-defined]
        self.fields["instance"].choices = [(use.instance_id, place) for use, place in places]  # type: ignore[attr-defined]

    def use(self) -> ListUse:
        """Return the place chosen, the first when none was."""
        return self.uses[self.cleaned_data["instance"] or next(iter(self.uses))]


class RecordForm(CheckedForm):
    """The fields of a record: all of them for a new one; those that are no key for one that is there."""

    def __init__(
        self,
        *args: Any,
        fields: RecordFields,
        entry: Mapping[str, Any] | None = None,
        key: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fixed = {name.casefold() for name in key}
        values = {name.casefold(): value for name, value in (entry or {}).items()}
        specs = list(fields.specs)
        specs += [FieldSpec(name) for name in entry or {} if fields.named(name) is None]
        for spec in specs:
            if spec.name.casefold() not in fixed:
                value = values.get(spec.name.casefold())
                shown = "" if value is None else str(value)
                self.add_spec(VALUE, spec, shown, is_hidden_kept=entry is not None)

    def values(self) -> dict[str, str]:
        """Return everything that was filled in, by field name."""
        return {spec.name: str(self.cleaned_data[name]) for name, spec in self.specs.items()}

    def changes(self) -> dict[str, str]:
        """Return only what differs from what the form showed, by field name."""
        return {self.specs[name].name: str(self.cleaned_data[name]) for name in self.changed_data if name in self.specs}


class EraseForm(forms.Form):
    """Why a record is erased; for the last record of a list also that its effect is known."""

    reason = forms.CharField(
        max_length=500,
        label="Reason",
        help_text="The dialler demands one and keeps it in its log.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say why the record is erased: the dialler keeps the reason in its log."},
    )
    is_known_last = forms.BooleanField(
        label="It is the last record: erase it and drop the calls",
        error_messages={"required": "Tick this to erase the last record of the list."},
    )

    def __init__(self, *args: Any, is_last: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_last:
            del self.fields["is_known_last"]

"""The form that filters a source's records, made of the source's own filters; what it says stands in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from bpadmin.platforms.sources import Condition, FilterKind, SourceFilter
from bpadmin.records.conditions import (
    FILTER,
    KEY,
    OPERATOR,
    VALUE,
    YES,
    ConditionRefused,
    condition_made,
    conditions_query,
    conditions_told,
)
from bpadmin.tenants.times.local_times import TimeUnclear
from bpadmin.web.moments import turn_choice

ROWS = 40
# As many filters as this are all shown at once, where each is a single question.
SIMPLE = 4
NUMBERED = re.compile(rf"{FILTER}(\d{{1,4}})")
OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
ATTEMPTS = "attempts"
SEVERAL_HELP = "One a line, or with commas between."


@dataclass(frozen=True, slots=True)
class Said:
    """One condition as the address has it."""

    name: str
    operator: str = ""
    key: str = ""
    values: tuple[str, ...] = ()


def said_in(given: QueryDict) -> list[Said]:
    """Read the conditions out of an address, in the order of their numbers."""
    numbers = sorted(int(match[1]) for name in given if (match := NUMBERED.fullmatch(name)))
    return [
        Said(
            str(given[f"{FILTER}{number}"]),
            given.get(f"{OPERATOR}{number}", ""),
            given.get(f"{KEY}{number}", ""),
            tuple(given.getlist(f"{VALUE}{number}")),
        )
        for number in numbers
        if given.get(f"{FILTER}{number}")
    ][:ROWS]


def said_query(said: Sequence[Said], **more: str) -> str:
    """Write conditions into an address as they were said, sensible or not; "" or "?…"."""
    parts: list[tuple[str, str]] = []
    for number, each in enumerate(said, 1):
        parts.append((f"{FILTER}{number}", each.name))
        parts += [(f"{letter}{number}", text) for letter, text in ((OPERATOR, each.operator), (KEY, each.key)) if text]
        parts += [(f"{VALUE}{number}", value) for value in each.values if value.strip()]
    parts += [(name, value) for name, value in more.items() if value]
    return f"?{urlencode(parts)}" if parts else ""


class Lines(forms.Textarea):
    """Several values in one box; an address may also name them one by one."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """Put the values under each other."""
        return "\n".join(data.getlist(name))


class ConditionForm(forms.Form):
    """One condition: how, with which key, and which value. `condition` is None until a value is given."""

    def __init__(self, said: Said, *, found: SourceFilter, number: int, zone: ZoneInfo) -> None:
        self.found, self.number, self.zone = found, number, zone
        self.condition: Condition | None = None
        data = {OPERATOR: [said.operator], KEY: [said.key], VALUE: list(said.values)}
        super().__init__(MultiValueDict({self.add_prefix(name): texts for name, texts in data.items()}))
        if found.operators:
            operators = forms.Select(choices=found.operators)
            self.fields[OPERATOR] = forms.CharField(required=False, label=f"How {found.label}", widget=operators)
        if found.key_label:
            box = forms.TextInput(attrs={"placeholder": found.key_label, "autocomplete": "off", "spellcheck": "false"})
            self.fields[KEY] = forms.CharField(required=False, label=found.key_label, max_length=300, widget=box)
        self.fields[VALUE] = forms.Field(
            required=False, label=found.label, widget=_widget(found, said), help_text=found.help or _help(found)
        )

    def add_prefix(self, field_name: str) -> str:
        """Number the fields as the address has them."""
        return f"{field_name}{self.number}"

    @property
    def filter_name(self) -> str:
        """Name the hidden field that says what is filtered by."""
        return f"{FILTER}{self.number}"

    @property
    def value(self) -> forms.BoundField:
        """Return the value's field."""
        return self[VALUE]

    @property
    def operator(self) -> forms.BoundField | None:
        """Return the operator's field, None where there is only one."""
        return self[OPERATOR] if OPERATOR in self.fields else None

    @property
    def key(self) -> forms.BoundField | None:
        """Return the key's field, None where the filter needs none."""
        return self[KEY] if KEY in self.fields else None

    @property
    def is_choices(self) -> bool:
        """Return whether the value is a group of boxes."""
        return self.found.kind is FilterKind.CHOICES

    def clean(self) -> dict[str, Any]:
        """Make the condition."""
        said = super().clean() or {}
        value = said.get(VALUE) or ""
        values = value if isinstance(value, list) else [YES] if value is True else [str(value)]
        try:
            self.condition = condition_made(
                self.found,
                values=values,
                operator=said.get(OPERATOR, ""),
                key=said.get(KEY, ""),
                zone=self.zone,
            )
        except ConditionRefused as refused:
            if isinstance(refused.__cause__, TimeUnclear) and refused.__cause__.choices:
                self.fields[VALUE].widget = turn_choice(refused.__cause__)
            self.add_error(refused.part, str(refused))
        return said


def _widget(found: SourceFilter, said: Said) -> forms.Widget:
    kind = found.kind
    # A picker shows no offset, which a time has only in the hour that comes twice, or where an address says so.
    has_offset = any(OFFSET.search(text.partition("T")[2]) for text in said.values)
    if kind is FilterKind.TIME and not has_offset:
        return forms.DateTimeInput(attrs={"type": "datetime-local"})
    if kind is FilterKind.FLAG:
        return forms.CheckboxInput()
    if kind in (FilterKind.CHOICE, FilterKind.CHOICES) and found.choices:
        several = kind is FilterKind.CHOICES
        return (forms.CheckboxSelectMultiple if several else forms.Select)(choices=found.choices)
    if kind in (FilterKind.TEXTS, FilterKind.NUMBERS):
        return Lines(attrs={"rows": 2})
    numeric = {"inputmode": "decimal"} if kind is FilterKind.NUMBER else {}
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **numeric})


def _help(found: SourceFilter) -> str:
    return SEVERAL_HELP if found.kind in (FilterKind.TEXTS, FilterKind.NUMBERS) else ""


class FilterForm:
    """All conditions that an address names. With few plain filters each is always there to be filled in."""

    def __init__(self, given: QueryDict, *, filters: Sequence[SourceFilter], time_zone: str) -> None:
        self.filters, self.zone = tuple(filters), ZoneInfo(time_zone)
        self.with_history = bool(given.get(ATTEMPTS))
        known = {each.name: each for each in self.filters}
        said = said_in(given)
        self.unknown = [each.name for each in said if each.name not in known]
        self.said = [each for each in said if each.name in known]
        names = [each.name for each in self.said]
        are_plain = not any(each.operators or each.key_label or each.is_repeatable for each in self.filters)
        self.is_simple = len(self.filters) <= SIMPLE and are_plain and len(set(names)) == len(names)
        shown = self.said
        if self.is_simple:
            by_name = {each.name: each for each in self.said}
            shown = [by_name.get(each.name) or _first_said(each) for each in self.filters]
        self.rows = [
            ConditionForm(each, found=known[each.name], number=number, zone=self.zone)
            for number, each in enumerate(shown, 1)
        ]
        # Every row is looked at, so that each shows what is wrong with it.
        wrong = [row for row in self.rows if not row.is_valid()]
        self.is_valid = not self.unknown and not wrong
        made = [row.condition for row in self.rows if row.found.name in names]
        self.conditions = tuple(each for each in made if each) if self.is_valid else ()

    @property
    def problems(self) -> list[str]:
        """Return what is wrong with the address itself."""
        return [
            f"These records cannot be filtered by “{name}”. Press “Show” to go on without it." for name in self.unknown
        ]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return the filters that may be added now."""
        names = {each.name for each in self.said}
        return [(each.name, each.label) for each in self.filters if each.is_repeatable or each.name not in names]

    @property
    def has_times(self) -> bool:
        """Return whether a time is asked for, so that its zone has to be said."""
        return any(row.found.kind is FilterKind.TIME for row in self.rows)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Read the conditions back."""
        return conditions_told(self.conditions, self.filters, zone=self.zone)

    @property
    def query(self) -> str:
        """Return the conditions as an address has them, "" or "?…"."""
        return self.query_of(self.conditions, **self.more)

    @property
    def more(self) -> dict[str, str]:
        """Return what else stands in the address."""
        return {ATTEMPTS: "on"} if self.with_history else {}

    def query_of(self, conditions: Sequence[Condition], **more: str) -> str:
        """Return other conditions on the same source as an address has them."""
        parts = [*conditions_query(conditions, self.filters, zone=self.zone), *more.items()]
        return f"?{urlencode(parts)}" if parts else ""

    def changed(self, given: Mapping[str, str]) -> str | None:
        """Return the address after a filter was added or removed by a button, None where neither was asked for."""
        said = list(self.said)
        added = next((each for each in self.filters if each.name == given.get("add")), None)
        if added is not None:
            values = (YES,) if added.kind is FilterKind.FLAG else ()
            return said_query([*said, Said(added.name, values=values)][:ROWS], **self.more)
        at = given.get("remove", "")
        if at.isascii() and at.isdecimal() and 0 < int(at) <= len(said):
            return said_query(said[: int(at) - 1] + said[int(at) :], **self.more)
        return said_query(said, **self.more) if "add" in given or "remove" in given else None


def _first_said(found: SourceFilter) -> Said:
    """Return what a question that is always there shows before it is answered: the usual choice."""
    is_choice = found.kind is FilterKind.CHOICE and bool(found.choices)
    return Said(found.name, values=(found.choices[0][0],) if is_choice else ())


class NamedSourceForm(forms.Form):
    """What a person says of a source that the platform cannot list, and the name it gets here."""

    def __init__(self, *args: Any, source_fields: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [item.name for item in source_fields]
        for item in source_fields:
            label, note = item.label, item.help
            if item.choices:
                self.fields[item.name] = forms.ChoiceField(
                    choices=item.choices, initial=item.default, label=label, help_text=note, required=False
                )
            else:
                box = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
                self.fields[item.name] = forms.CharField(
                    max_length=300, label=label, help_text=note, widget=box, required=False
                )
        self.fields["name"] = forms.CharField(
            max_length=120, required=False, label="Name here", help_text="As people here call it. It can be changed."
        )

    def values(self) -> dict[str, str]:
        """Return what was said of the source."""
        return {name: str(self.cleaned_data.get(name) or "") for name in self.names}

    def add_refusal(self, field: str, message: str) -> None:
        """Show why it was not kept, at the field at fault where there is one."""
        self.add_error(field if field in self.fields else None, message)


class RenameForm(forms.Form):
    """Another name for a source."""

    name = forms.CharField(max_length=120, label="Name here")

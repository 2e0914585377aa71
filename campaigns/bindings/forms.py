"""The forms in which a list is bound to a campaign, changed there and unbound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django import forms

from bpadmin.counts import counted
from bpadmin.platforms.types import CallingList, ListBinding, Sorting, SortingField, SortingType, SortOrder

SORTING_FIELDS = 3  # rows at least; a binding that is sorted by more shows them all
MOST_SORTING_FIELDS = 50
SORTINGS = (
    (SortingType.NATURAL.value, "As loaded"),
    (SortingType.RANDOM.value, "Random"),
    (SortingType.CUSTOM.value, "By fields"),
)
DIRECTIONS = ((SortOrder.ASC.value, "Lowest first"), (SortOrder.DESC.value, "Highest first"))


class BindingForm(forms.Form):
    """Every property of a list instance; all of them are sent, so that none falls back to the platform's default."""

    instance_name = forms.CharField(max_length=255, required=False, label="Name of this binding")
    enabled = forms.BooleanField(
        required=False,
        label="Enabled: it is dialled while the campaign runs",
        help_text="A disabled binding is not dialled.",
    )
    order = forms.IntegerField(min_value=1, initial=1, label="Order", help_text="Lower is dialled first.")
    dialing_ratio = forms.IntegerField(
        min_value=1, initial=1, label="Dialing ratio", help_text="Lists of the same order share the calls by it."
    )
    sorting = forms.ChoiceField(choices=SORTINGS, initial=SortingType.NATURAL.value, label="Sorting")

    def __init__(
        self, *args: Any, binding: ListBinding | None = None, names: Sequence[str] = (), **kwargs: Any
    ) -> None:
        if binding is not None:
            kwargs["initial"] = _initial(binding)
        super().__init__(*args, **kwargs)
        self.sorting_numbers = range(1, max(SORTING_FIELDS, _sorted_by(binding) + 1) + 1)
        for number in self.sorting_numbers:
            label = "Sort by" if number == 1 else "then by"
            said = self.initial.get(f"sort_{number}", "")
            choices = [("", "–"), *((name, name) for name in dict.fromkeys([*names, *([said] if said else [])]))]
            self.fields[f"sort_{number}"] = (
                forms.ChoiceField(choices=choices, required=False, label=label)
                if names
                else forms.CharField(max_length=255, required=False, label=label)
            )
            self.fields[f"direction_{number}"] = forms.ChoiceField(
                choices=DIRECTIONS, required=False, label="Direction"
            )

    @property
    def sorting_rows(self) -> list[tuple[Any, Any]]:
        """Return the rows of the sorting: field and direction."""
        return [(self[f"sort_{n}"], self[f"direction_{n}"]) for n in self.sorting_numbers]

    def wish(self, binding: ListBinding) -> ListBinding:
        """Return `binding` with everything that was said."""
        said = self.cleaned_data
        fields = tuple(
            SortingField(said[f"sort_{n}"].strip(), SortOrder(said[f"direction_{n}"] or SortOrder.ASC))
            for n in self.sorting_numbers
            if said.get(f"sort_{n}", "").strip()
        )
        return replace(
            binding,
            instance_name=said["instance_name"],
            enabled=said["enabled"],
            order=said["order"],
            dialing_ratio=said["dialing_ratio"],
            sorting=Sorting(SortingType(said["sorting"]), fields),
        )


def _sorted_by(binding: ListBinding | None) -> int:
    return min(len(binding.sorting.fields), MOST_SORTING_FIELDS) if binding else 0


def _initial(binding: ListBinding) -> dict[str, Any]:
    initial: dict[str, Any] = {
        "instance_name": binding.instance_name,
        "enabled": binding.enabled,
        "order": binding.order,
        "dialing_ratio": binding.dialing_ratio,
        "sorting": binding.sorting.type.value,
    }
    for number, field in enumerate(binding.sorting.fields[:MOST_SORTING_FIELDS], start=1):
        initial |= {f"sort_{number}": field.field_name, f"direction_{number}": field.sort_order.value}
    return initial


# More of them in one choice are found by nobody, and make the page larger than 60 kB.
MOST_LISTS = 100


class PickForm(forms.Form):
    """The list that is to be bound."""

    list = forms.ChoiceField(label="Calling list")

    def __init__(self, *args: Any, lists: Sequence[CallingList], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = {each.id: each for each in lists}
        if len(lists) > MOST_LISTS:
            self.fields["list"].help_text = f"The first {MOST_LISTS} of {len(lists):,}: search for part of the name."
        wanted = self["list"].value()
        chosen = [self.lists[wanted]] if wanted in self.lists else []
        shown = {each.id: _label(each) for each in [*chosen, *lists[:MOST_LISTS]]}
        self.fields["list"].choices = [("", "Choose a list"), *shown.items()]  # type: ignore[attr-defined]

    def clean_list(self) -> CallingList:
        """Return the list that was chosen."""
        return self.lists[self.cleaned_data["list"]]


def lists_found(lists: Iterable[CallingList], text: str) -> list[CallingList]:
    """Return the lists whose name or id holds `text`, by name."""
    wanted = text.strip().casefold()
    found = [each for each in lists if wanted in each.name.casefold() or wanted in each.id.casefold()]
    return sorted(found, key=lambda each: each.name.casefold())


def _label(each: CallingList) -> str:
    return each.name if each.total_records is None else f"{each.name} ({counted(each.total_records, 'record')})"

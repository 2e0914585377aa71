"""The upload wizard's forms for files of keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from dnc.forms import DATE
from dnc.models import DncKind, DncList
from dnc.normalising import COMMENT, COMMENT_LENGTH, KEY
from dnc.replacing import EMPTYING_RISK
from dnc.wizard import KINDS, key_words
from lists.mapping import Suggestion

# What each choice does, in a supervisor's words; the last one is dangerous.
CHOICES = {
    "add": ("Add", "Every row goes into the list. What is in it already stays as it is."),
    "delete": ("Remove", "Every row is taken out of the list and may be dialled again."),
    "replace": (
        "Replace without a gap",
        "What is new goes in first; only then goes out what is not in the file. Nothing in both is ever unblocked.",
    ),
    "empty": ("Empty, then fill", EMPTYING_RISK),
}
DANGEROUS = ("empty",)


@dataclass(frozen=True, slots=True)
class Column:
    """One line of the mapping table; `chosen` is what it holds now."""

    index: int
    title: str
    name: str
    samples: list[str]
    why: str
    chosen: str

    @property
    def field(self) -> str:
        """Name its control."""
        return f"c{self.index}"


class WhatForm(forms.Form):
    """What is done with the rows, and what is said of each."""

    what = forms.ChoiceField(
        choices=[(what, words[0]) for what, words in CHOICES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Say what is to be done with the rows.", "invalid_choice": "Choose one of these."},
    )
    comment = forms.CharField(
        label="Comment",
        required=False,
        max_length=COMMENT_LENGTH,
        help_text="For rows without a comment of their own.",
    )
    expires_on = forms.DateField(
        label="Ends on",
        required=False,
        widget=DATE,
        help_text="Leave it empty to block for good. It counts only where rows are added.",
    )

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Give the choices with their words, for the template."""
        chosen = self["what"].value()
        return [
            {
                "value": what,
                "label": CHOICES[what][0],
                "help": CHOICES[what][1],
                "is_chosen": what == chosen,
                "is_danger": what in DANGEROUS,
            }
            for what in KINDS
        ]


class KeyMapping:
    """Which column holds the keys and which the comments."""

    def __init__(self, *, dnc_list: DncList, suggestions: Sequence[Suggestion], data: QueryDict | None = None) -> None:
        label = key_words(dnc_list).capitalize()
        self.choices = [("", "Do not send"), (KEY, label)]
        if dnc_list.type != DncKind.EXCLUSION:
            self.choices.append((COMMENT, "Comment"))
        self.columns = [self._column(each, data) for each in suggestions]

    def mapping(self) -> dict[str, str]:
        """Give {column index as text: "key" or "comment"} of the columns that are sent."""
        return {str(column.index): column.chosen for column in self.columns if column.chosen}

    def _column(self, suggestion: Suggestion, data: QueryDict | None) -> Column:
        at = suggestion.index
        said = data.get(f"c{at}", "") if data is not None else suggestion.field
        return Column(
            index=at,
            title=suggestion.column or f"Column {at + 1}",
            name=suggestion.column,
            samples=[sample for sample in suggestion.samples if sample.strip()][:3],
            why=suggestion.why,
            chosen=said if said in dict(self.choices) else "",
        )


class ConfirmForm(forms.Form):
    """The list's name, typed, where a question must be answered before rows are sent."""

    typed = forms.CharField(required=False, max_length=300)

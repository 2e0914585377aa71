"""The upload wizard's forms for files of keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from bpadmin.jobs.models import Job, JobState
from bpadmin.tenants.times.days import Day
from bpadmin.uploads.checking.questions import questions_of
from bpadmin.uploads.mapping.suggestions import Suggestion
from dnc.files.columns import LABELS, UNDECIDED, kind_fields
from dnc.files.replace import EMPTYING_RISK
from dnc.files.wizard import EMPTYING, KINDS, key_words
from dnc.forms import DATE
from dnc.keys.countries import COUNTRIES
from dnc.keys.normalisation import COMMENT_LENGTH, KEY, key_fields
from dnc.kinds import DNC_ADD
from dnc.models import DncList

# What each choice does, in a supervisor's words; the last one is dangerous.
CHOICES = {
    "add": ("Add", "Every row goes into the list. What is in it already stays as it is."),
    "delete": ("Remove", "Every row is taken out of the list and may be dialled again."),
    "replace": (
        "Replace without a gap",
        "What is new goes in first; only then goes out what is not in the file. Nothing in both is ever unblocked.",
    ),
    EMPTYING: ("Empty, then fill", EMPTYING_RISK),
}
DANGEROUS = (EMPTYING,)
HOMES = dict(sorted(COUNTRIES.items()))


def take_read(text: str) -> list[str]:
    """Cut the values by which rows are taken, each once."""
    return list(dict.fromkeys(value.strip() for value in text.split(",") if value.strip()))


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
    def is_open(self) -> bool:
        """Return whether a person has to say first what it holds."""
        return self.chosen == UNDECIDED

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
        label="Comment or reason",
        required=False,
        max_length=COMMENT_LENGTH,
        help_text="For rows without a comment of their own; where numbers are taken out, the reason for it.",
    )
    expires_on = Day(
        label="Ends on",
        required=False,
        widget=DATE,
        help_text="Leave it empty to block for good. It counts only where rows are added.",
    )
    home = forms.ChoiceField(
        label="Numbers without a country's code are of",
        required=False,
        choices=[
            ("", "Nothing said: those of other countries are refused"),
            *((name, f"{name} (+{its.code})") for name, its in HOMES.items()),
        ],
        help_text="For files that write numbers as they are dialled at home, such as 020 7946 0958.",
    )
    take = forms.CharField(
        label="Values by which rows are taken",
        required=False,
        max_length=300,
        help_text="For a column of codes: D, L. Rows with another value are left out.",
    )

    def clean_take(self) -> list[str]:
        """Return the values, each once."""
        return take_read(self.cleaned_data["take"])

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where rows are taken out."""
        said = super().clean() or self.cleaned_data
        if said.get("what") in ("delete", EMPTYING) and not said.get("comment"):
            self.add_error("comment", "Give the reason why the numbers are taken out: it is kept in the evidence.")
        return said

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Return the choices with their words, for the template."""
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
        names = [spec.name for spec in kind_fields(DNC_ADD, key_fields(dnc_list))]
        self.choices = [("", "Do not send"), *((name, label if name == KEY else LABELS[name]) for name in names)]
        self.columns = [self._column(each, data) for each in suggestions]

    def mapping(self) -> dict[str, str]:
        """Return {column index as text: "key" or "comment"} of the columns that are sent."""
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
            chosen=said if said in {UNDECIDED, *dict(self.choices)} else "",
        )


class ConfirmForm(forms.Form):
    """The last word before rows are sent: the list's name where entries go out, and a tick for each question."""

    typed = forms.CharField(required=False, max_length=300)
    accept = forms.MultipleChoiceField(required=False)

    def __init__(self, job: Job, data: QueryDict | None = None) -> None:
        super().__init__(data, prefix="confirm")
        self.ticks = questions_of(job) if job.state == JobState.READY else []
        accept = self.fields["accept"]
        assert isinstance(accept, forms.MultipleChoiceField)  # noqa: S101
        accept.choices = [(each.name, each.yes) for each in self.ticks]

    @property
    def said_yes(self) -> list[str]:
        """Return the names of the questions that are ticked."""
        return list(self["accept"].value() or [])

    def clean_accept(self) -> list[str]:
        """See that nothing is sent while a question is open."""
        accepted = list(self.cleaned_data["accept"])
        if any(each.name not in accepted for each in self.ticks):
            raise forms.ValidationError("Tick what stands out if it is right, or correct it in the file.")
        return accepted

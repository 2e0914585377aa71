"""The form that says which records of a list are to be deleted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from bpadmin.jobs.files.rejects import expansion_limit
from bpadmin.platforms.types import CallingList, DeletePolicy
from bpadmin.tabular.readers import READ_SECONDS, looked_at, rows_read
from bpadmin.tabular.types import TabularError
from bpadmin.typed_names import is_typed
from bpadmin.web.moments import MomentField
from lists.deletions.options import RecordFilter
from lists.deletions.question import Question

CRITERIA = 2
MAX_VALUES = 100_000
POLICIES = (
    (DeletePolicy.ALL.value, "All records of the campaign"),
    (DeletePolicy.ONLY_COMPLETED.value, "Only completed or expired ones"),
    (DeletePolicy.ONLY_NEVER_ATTEMPTED.value, "Only those never attempted"),
)


class DeleteRecordsForm(forms.Form):
    """A filter: up to two fields with their values, the state in a campaign, and a creation window."""

    campaign = forms.ChoiceField(required=False, label="In campaign")
    policy = forms.ChoiceField(choices=POLICIES, required=False, label="Records")
    created_from = MomentField(label="Created at or after")
    created_to = MomentField(label="Created before")

    def __init__(
        self, *args: Any, usable: Sequence[str], calling_list: CallingList | None, time_zone: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("created_from", "created_to"):
            self.fields[name].zone = ZoneInfo(time_zone)  # type: ignore[attr-defined]
        uses = (calling_list.campaigns or ()) if calling_list else ()
        self.campaigns = {use.campaign_id: use.campaign_name for use in uses}
        self.fields["campaign"].choices = [("", "Any campaign, or none"), *self.campaigns.items()]  # type: ignore[attr-defined]
        for number in range(1, CRITERIA + 1):
            self.fields[f"field_{number}"] = (
                forms.ChoiceField(
                    choices=[("", "No field"), *((name, name) for name in usable)], required=False, label="Field"
                )
                if usable
                else forms.CharField(required=False, max_length=200, label="Key or searchable field")
            )
            self.fields[f"values_{number}"] = forms.CharField(
                required=False,
                strip=False,
                label="Values, one a line",
                widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
            )
            self.fields[f"file_{number}"] = forms.FileField(
                required=False, label="…or a file", help_text="The first column, or the one named like the field."
            )

    @property
    def criteria_rows(self) -> list[tuple[Any, Any, Any]]:
        """Return the rows of the form: field, values, file."""
        return [(self[f"field_{n}"], self[f"values_{n}"], self[f"file_{n}"]) for n in range(1, CRITERIA + 1)]

    def clean(self) -> dict[str, Any]:
        """Gather the values of each field, typed, pasted or from a file."""
        said = super().clean() or {}
        for number in range(1, CRITERIA + 1):
            values = [line.strip() for line in re.split(r"[\r\n]+", said.get(f"values_{number}") or "")]
            if upload := said.get(f"file_{number}"):
                try:
                    values += column_values(upload.file, said.get(f"field_{number}") or "")
                except TabularError as error:
                    self.add_error(f"file_{number}", str(error))
            said[f"gathered_{number}"] = tuple(value for value in values if value)
            if len(said[f"gathered_{number}"]) > MAX_VALUES:
                self.add_error(f"values_{number}", f"At most {MAX_VALUES:,} values can be given at once.")
            if said[f"gathered_{number}"] and not said.get(f"field_{number}"):
                self.add_error(f"field_{number}", "Choose the field that has these values.")
        return said

    def criteria(self) -> RecordFilter:
        """Return the filter as said; the service checks it."""
        said = self.cleaned_data
        fields = tuple(
            (said[f"field_{number}"], said[f"gathered_{number}"])
            for number in range(1, CRITERIA + 1)
            if said.get(f"field_{number}")
        )
        return RecordFilter(
            fields=fields,
            campaign_id=said["campaign"],
            campaign_name=self.campaigns.get(said["campaign"], ""),
            policy=DeletePolicy(said["policy"] or DeletePolicy.ALL),
            created_from=said["created_from"],
            created_to=said["created_to"],
        )


class ConfirmDeletionForm(forms.Form):
    """A person's word on a filter that was read back to them; where much would go, the list's name is typed first."""

    typed_name = forms.CharField(
        label="Type the list's name to go on",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question

    def clean_typed_name(self) -> str:
        """Compare with the list's name."""
        typed = str(self.cleaned_data["typed_name"])
        if self.question.wants_name and not is_typed(typed, self.question.list_name):
            raise forms.ValidationError(f"This is not the list's name. Type: {self.question.list_name}")
        return typed


def column_values(file: Any, name: str) -> list[str]:
    """Return the values of a file's column: the one named like `name`, else the first. Raises TabularError.

    A file of one column whose first line is not the field's name is a bare list of values: it has no header.
    """
    how: dict[str, Any] = {"limit": expansion_limit(), "seconds": READ_SECONDS}
    look = looked_at(file, **how)
    names = [each.strip().casefold() for each in look.header]
    if len(names) == 1 and names[0] != name.strip().casefold():
        file.seek(0)
        look = looked_at(file, {"has_header": False}, **how)
    column = names.index(name.strip().casefold()) if name.strip().casefold() in names else 0
    file.seek(0)
    values: list[str] = []
    with closing(rows_read(file, look.dialect, len(look.header), **how)) as parts:
        for part, _ in parts:
            values += part.block.columns[column]
            if len(values) > MAX_VALUES:
                break
    return values

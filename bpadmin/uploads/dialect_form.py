"""How a file is to be read: the form in which a person corrects what was guessed, whatever the file is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from bpadmin.jobs.choices import StaleForm, revision_said
from bpadmin.jobs.models import Job
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.uploads.files import UploadRefused, reading_keep
from bpadmin.uploads.inspection import QUOTING, Choice, Inspection
from bpadmin.uploads.wizard import file_read

OTHER = "other"


class ReadingForm(forms.Form):
    """How the file is to be read; only what can differ for this kind of file is asked.

    `will_say_delimiter`: the person has chosen to name a separator of their own and not named it yet.
    """

    member = forms.ChoiceField(label="File in the archive", required=False)
    sheet = forms.ChoiceField(label="Sheet", required=False)
    encoding = forms.ChoiceField(label="Characters", required=False)
    encoding_answer = forms.ChoiceField(label="How are these words meant?", required=False)
    delimiter = forms.ChoiceField(label="Cells are separated by", required=False)
    part_asked = forms.CharField(required=False, widget=forms.HiddenInput)
    delimiter_other = forms.CharField(label="Separator", required=False, max_length=1, strip=False)
    quoting = forms.ChoiceField(label="Quotation marks", required=False)
    has_header = forms.BooleanField(label="One row holds the column names", required=False)
    header_row = forms.IntegerField(label="It is row", required=False, min_value=1, max_value=500)

    def __init__(
        self, inspection: Inspection, data: QueryDict | None = None, *, will_say_delimiter: bool = False
    ) -> None:
        self.inspection = inspection
        dialect = inspection.dialect
        names = ("member", "sheet", "encoding", "delimiter", "has_header", "header_row")
        initial = {name: dialect.get(name) for name in names}
        if inspection.part is not None:
            initial |= {inspection.part.part: "", "part_asked": inspection.part.part}
        initial["quoting"] = next((choice.value for choice in inspection.quotings if choice.is_chosen), "")
        if will_say_delimiter:
            initial["delimiter"] = OTHER
        super().__init__(data, initial=initial, prefix="read", label_suffix="")
        files = [choice for choice in inspection.members if choice.value != ALL_MEMBERS]
        is_all = dialect.get("member") == ALL_MEMBERS
        words = "They are read one behind the other." if is_all else "Only this one is read."
        self._offer_part("member", inspection.members, f"The archive holds {len(files)} files. {words}")
        self._offer_part("sheet", inspection.sheets, "The workbook has {count} sheets; only this one is read.")
        if inspection.part is None and data is None:
            del self.fields["part_asked"]
        self._offer("encoding", inspection.encodings)
        self._offer("encoding_answer", inspection.question.readings if inspection.question else ())
        self._offer("delimiter", inspection.delimiters, (OTHER, "Another sign…"))
        self._offer("quoting", inspection.quotings)
        if "delimiter" not in self.fields:
            del self.fields["delimiter_other"]

    def _offer_part(self, name: str, choices: Sequence[Choice], words: str) -> None:
        """Let one of several parts be chosen, and say that the others are left out."""
        part = self.inspection.part
        if part is None or part.part != name or len(choices) < 2:
            self._offer(name, choices, at_least=2, help_text=words.format(count=len(choices)))
            return
        shown = [("", "Choose…"), *((choice.value, choice.label) for choice in choices)]
        label = self.fields[name].label
        self.fields[name] = forms.ChoiceField(label=label, required=False, choices=shown, help_text=part.for_page)

    def _offer(
        self, name: str, choices: Sequence[Choice], *more: tuple[str, str], at_least: int = 1, help_text: str = ""
    ) -> None:
        label = self.fields[name].label
        if len(choices) < at_least:
            del self.fields[name]
            return
        self.fields[name] = forms.ChoiceField(
            label=label,
            required=False,
            choices=[*((choice.value, choice.label) for choice in choices), *more],
            help_text=next((choice.why for choice in choices if choice.is_chosen), "") or help_text,
        )

    def choices(self) -> dict[str, Any]:
        """Return what the person said, as `upload_inspect` takes it; call after `is_valid()`."""
        said = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        if answer := said.pop("encoding_answer", ""):
            said |= {"encoding": answer, "encoding_said": True}
        if quoting := said.pop("quoting", ""):
            said |= QUOTING[quoting][0]
        part, asked = self.inspection.part, said.pop("part_asked", "")
        if (part is not None and said.get(part.part)) or (asked in ("member", "sheet") and said.get(asked)):
            said["part_said"] = True
        for name in ("member", "sheet"):
            if said.get(name) and said[name] != self.inspection.dialect.get(name):
                said["part_said"] = True
        other = said.pop("delimiter_other", "")
        if said.get("delimiter") == OTHER:
            said.pop("delimiter")
            if other:
                said["delimiter"] = other
        return said

    def is_changed(self) -> bool:
        """Return whether the person reads the file otherwise than it was read last."""
        dialect = self.inspection.dialect
        return any(
            name in ("encoding_said", "part_said") or dialect.get(name, "") != value
            for name, value in self.choices().items()
        )


def will_say_delimiter(data: QueryDict | None) -> bool:
    """Return whether the person has chosen to name a separator and not named it yet."""
    return data is not None and data.get("read-delimiter") == OTHER and not data.get("read-delimiter_other")


def file_reread(job: Job, data: QueryDict | None, *, actor_name: str = "") -> tuple[Inspection, bool, list[str]]:
    """Return the file as it reads, whether the person asked to read it anew, and why that was not possible.

    Another way to read it is stored, if the choices are still those that the form was made from. Raises IllegalMove.
    """
    last = file_read(job=job)
    if data is None:
        return last, False, []
    asked = ReadingForm(last, data)
    if not asked.is_valid():
        return last, True, [str(message) for messages in asked.errors.values() for message in messages]
    if not asked.is_changed():
        return last, "reread" in data, []
    try:
        inspection = file_read(job=job, choices=asked.choices())
        reading_keep(job=job, inspection=inspection, revision=revision_said(data), actor_name=actor_name)
    except UploadRefused as refused:
        return last, True, list(refused.problems)
    except StaleForm as stale:
        return last, True, [str(stale)]
    return inspection, True, []

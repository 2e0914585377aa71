"""The upload wizard's forms: how the file reads, which column feeds which field, what is done with the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict

from bpadmin.jobs.choices import revision_said
from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.info import UploadTerms
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.headers import is_nameless
from bpadmin.typed_names import is_typed
from bpadmin.uploads.checking.questions import Question, questions_of
from bpadmin.uploads.mapping.field_labels import TYPE_WORDS
from bpadmin.uploads.mapping.suggestions import Suggestion
from bpadmin.uploads.models import UploadMode
from lists.formats.forms import FieldForm
from lists.uploads.options import upload_options
from lists.uploads.pages.rule_forms import ColumnRules

OTHER_NAME = ":other"
NOT_SENT = ("", "Do not send")
NAMES_BUTTON = "names_take"

# What each way of sending does, in a supervisor's words.
MODE_WORDS: Mapping[str, tuple[str, str]] = {
    UploadMode.ADD: (
        "Add",
        "Every row becomes a new record. Where its key is in the list already, the record there stays as it is.",
    ),
    UploadMode.UPDATE: (
        "Update",
        "Records found by their key get the values of the file. Rows whose key is not in the list are reported.",
    ),
    UploadMode.UPSERT: (
        "Add or update",
        "New rows are added; a row whose key is in the list already updates that record.",
    ),
    UploadMode.REPLACE: (
        "Replace everything",
        "All records of the list are deleted first; then the rows of the file are added.",
    ),
}
NEEDS_KEY = (UploadMode.UPDATE, UploadMode.UPSERT)


class KnownColumnForm(forms.Form):
    """Where a column goes, in a list whose fields are known."""

    def __init__(self, *args: Any, known: Sequence[FieldSpec], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [NOT_SENT, *((spec.name, _described(spec)) for spec in known)]
        self.fields["name"] = forms.ChoiceField(label="Field", required=False, choices=choices)


class LearntColumnForm(FieldForm):
    """Where a column goes, in a list of which only the names of its fields are known: types and keys are asked."""

    other_name = forms.CharField(label="Name of the field", required=False, max_length=200)

    def __init__(self, *args: Any, known: Sequence[FieldSpec], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [NOT_SENT, *((spec.name, spec.name) for spec in known), (OTHER_NAME, "Another field…")]
        self.fields["name"] = forms.ChoiceField(label="Field", required=False, choices=choices)

    def clean(self) -> dict[str, Any]:
        """Take the name that was typed where another field was wanted."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("name") == OTHER_NAME:
            cleaned["name"] = str(cleaned.get("other_name") or "").strip()
            if not cleaned["name"]:
                self.add_error("other_name", "Type the name of the field, exactly as it is in the list.")
        return cleaned


class Column:
    """One line of the mapping table: a column of the file, what was suggested for it, and its form."""

    def __init__(self, suggestion: Suggestion, form: forms.Form) -> None:
        self.suggestion = suggestion
        self.form = form
        self.index = suggestion.index
        self.title = suggestion.column or f"Column {suggestion.index + 1}"
        self.rules: ColumnRules | None = None
        self.samples = [sample for sample in suggestion.samples if sample.strip()][:3]


class MappingForm:
    """Which column feeds which field, and the mode. `is_sure`: the fields are known, only the names are asked.

    Otherwise the person also says each field's type, whether it is the key or required, and how phones and dates are
    written; `known` then holds what was learnt, `looks` a guess for each column.
    """

    def __init__(
        self,
        *,
        suggestions: Sequence[Suggestion],
        known: Sequence[FieldSpec],
        looks: Sequence[FieldSpec],
        is_sure: bool,
        mode: str,
        terms: UploadTerms,
        may_reset: bool = False,
        reset: bool = False,
        data: QueryDict | None = None,
    ) -> None:
        self.terms = terms
        self.is_sure, self.known, self.looks = is_sure, known, looks
        self.has_known_key = any(field.key for field in known)
        initial = {"mode": mode, "reset": reset}
        self.mode = ModeForm(data, initial=initial, prefix="send", terms=terms, may_reset=may_reset)
        self.columns = [Column(each, self._form(each, data)) for each in suggestions]
        self.errors: list[str] = []

    @property
    def key_names(self) -> str:
        """Name the key fields that are known, for the words of the modes."""
        return ", ".join(field.name for field in self.known if field.key)

    @property
    def missing(self) -> list[FieldSpec]:
        """Return the known fields that no column feeds and that matter: keys and required ones."""
        way = str(self.mode["mode"].value() or "")
        unfed = {field.name for field in self.unfed}
        counting = self.terms.fields_for(self.known, way)
        return [field for field in counting if field.name in unfed and (field.key or field.required)]

    @property
    def unfed(self) -> list[FieldSpec]:
        """Return the known fields that no column feeds."""
        used = {str(column.form["name"].value() or "").casefold() for column in self.columns}
        return [field for field in self.known if field.name.casefold() not in used]

    def is_valid(self) -> bool:
        """Check every line; `errors` says in words what is wrong."""
        self.errors = []
        for column in self.columns:
            for messages in column.form.errors.values():
                self.errors += [f"{column.title}: {message}" for message in messages]
        self.errors += [str(message) for messages in self.mode.errors.values() for message in messages]
        if self.errors:
            return False
        titles: dict[str, list[str]] = {}
        for column in self.columns:
            if name := _name(column.form).casefold():
                titles.setdefault(name, []).append(f"“{column.title}”")
        self.errors = [
            f"{' and '.join(same)} go into the same field. Choose another field, or do not send one of them."
            for same in titles.values()
            if len(same) > 1
        ]
        return not self.errors

    def mapping(self) -> dict[str, str]:
        """Return {column index as text: field name} of the columns that are sent."""
        return {str(column.index): _name(column.form) for column in self.columns if _name(column.form)}

    def field_of(self, column: Column) -> FieldSpec | None:
        """Return the field that a column goes into, as far as it can be told yet."""
        form = column.form
        name = _name(form) if form.is_bound and form.is_valid() else str(form["name"].value() or "").strip()
        found = next((field for field in self.known if field.name.casefold() == name.casefold()), None)
        if self.is_sure or not name or not isinstance(form, FieldForm):
            return found
        if form.is_bound and form.is_valid():
            return form.spec({field.name.casefold(): field for field in self.known})
        return found or (self._guess(column.suggestion) if not form.is_bound else None)

    def fields(self) -> list[FieldSpec]:
        """Return all fields of the list: as known, or as the person said them, with the known ones no column feeds."""
        if self.is_sure:
            return list(self.known)
        by_name = {field.name.casefold(): field for field in self.known}
        forms_said = [column.form for column in self.columns if _name(column.form)]
        said = [form.spec(by_name) for form in forms_said if isinstance(form, FieldForm)]
        named = {field.name.casefold() for field in said}
        return [*said, *(field for field in self.known if field.name.casefold() not in named)]

    def _form(self, suggestion: Suggestion, data: QueryDict | None) -> forms.Form:
        prefix = f"c{suggestion.index}"
        if self.is_sure:
            return KnownColumnForm(data, prefix=prefix, initial={"name": suggestion.field}, known=self.known)
        initial = field_initial(self._guess(suggestion))
        if self.known:
            return LearntColumnForm(data, prefix=prefix, initial=initial, known=self.known)
        return FieldForm(data, prefix=prefix, initial=initial)

    def _guess(self, suggestion: Suggestion) -> FieldSpec:
        """Return the field as it is learnt; where its type is not, take the one the column looks like."""
        learnt = next((f for f in self.known if f.name.casefold() == suggestion.field.casefold()), None)
        looks = self.looks[suggestion.index]
        if learnt is None:
            # What a column is called says nothing of a list whose fields nobody knows: a person says it, once.
            return FieldSpec(name=suggestion.field) if self.known else replace(looks, name="")
        if learnt.type != FieldType.OTHER:
            return learnt
        return replace(looks, name=learnt.name, key=learnt.key, required=learnt.required)


def names_taken(data: QueryDict, titles: Sequence[str]) -> QueryDict:
    """Return a form's data with every column that names no field going into one of its own name, as its button says."""
    if NAMES_BUTTON not in data:
        return data
    taken = data.copy()
    for at, title in enumerate(titles):
        if not taken.get(f"c{at}-name", "").strip() and not is_nameless(title):
            taken[f"c{at}-name"] = title
    return taken


class ModeForm(forms.Form):
    """What is to be done with the rows: what the platform offers, in its words where it has its own."""

    mode = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": "Say what is to be done with the rows: add, update, add or update, or replace."},
    )
    reset = forms.BooleanField(required=False)

    def __init__(self, *args: Any, terms: UploadTerms, may_reset: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = {UploadMode(name): words for name, words in terms.ways.items()} or MODE_WORDS
        self.words = {mode: ways[mode] for mode in UploadMode if mode in ways}
        self.may_reset = may_reset
        self.may_replace = UploadMode.REPLACE in self.words
        field = self.fields["mode"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(mode.value, label) for mode, (label, _) in self.words.items()]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Return the modes with their words, for the template."""
        chosen = self["mode"].value()
        return [
            {
                "value": mode.value,
                "label": label,
                "help": help_,
                "is_chosen": chosen == mode.value or len(self.words) == 1,
                "needs_key": mode in NEEDS_KEY,
                "is_danger": mode == UploadMode.REPLACE,
            }
            for mode, (label, help_) in self.words.items()
        ]

    @property
    def may_blank(self) -> bool:
        """Return whether any of the modes changes records that are there."""
        return any(mode in NEEDS_KEY for mode in self.words)


class ConfirmForm(forms.Form):
    """The last word before rows are sent; replacing a list needs its name typed, each of `questions` a tick."""

    typed = forms.CharField(required=False, max_length=300)
    accept = forms.MultipleChoiceField(required=False)

    def __init__(self, job: Job, data: QueryDict | None = None) -> None:
        super().__init__(data, prefix="confirm")
        self.job = job
        self.questions = questions_of(job) if job.state == JobState.READY else []
        accept = self.fields["accept"]
        assert isinstance(accept, forms.MultipleChoiceField)  # noqa: S101
        accept.choices = [(each.name, each.yes) for each in self.questions if not each.is_choice]
        self.is_stale = data is not None and revision_said(data) != job.revision
        mode = upload_options(job).mode
        self.is_replacing = mode == UploadMode.REPLACE
        self.is_updating = mode in NEEDS_KEY

    @property
    def said_yes(self) -> list[str]:
        """Return the names of the questions that are ticked."""
        return list(self["accept"].value() or [])

    @property
    def orders_open(self) -> list[Question]:
        """Return the columns of which the order of day and month has to be chosen first."""
        return [each for each in self.questions if each.is_choice]

    @property
    def ticks(self) -> list[Question]:
        """Return the questions that a tick answers."""
        return [each for each in self.questions if not each.is_choice]

    def clean_accept(self) -> list[str]:
        """See that nothing is sent while a question is open."""
        accepted = list(self.cleaned_data["accept"])
        if self.orders_open:
            raise forms.ValidationError("Choose first in which order the day and the month are written.")
        if any(each.name not in accepted for each in self.ticks):
            raise forms.ValidationError("Tick what stands out above if it is right, or correct it in the file.")
        return accepted

    def clean_typed(self) -> str:
        """Compare what was typed with the list's name."""
        typed = str(self.cleaned_data["typed"]).strip()
        if self.is_replacing and not is_typed(typed, self.job.target_name):
            raise forms.ValidationError(f"Type the name of the list, {self.job.target_name}, to replace its records.")
        return typed


def field_initial(field: FieldSpec) -> dict[str, Any]:
    """Return a field as FieldForm's initial values."""
    return {
        "name": field.name,
        "type": field.type.value,
        "is_required": field.required,
        "is_key": field.key,
        "phone_type": field.phone_type,
        "remove_prefix": field.remove_prefix,
        "default_country_code": field.default_country_code,
        "date_format": field.date_format,
    }


def _described(spec: FieldSpec) -> str:
    marks = [TYPE_WORDS[spec.type].lower()] if spec.type != FieldType.OTHER else []
    marks += ["key"] if spec.key else ["required"] if spec.required else []
    return f"{spec.name} · {', '.join(marks)}" if marks else spec.name


def _name(form: forms.Form) -> str:
    cleaned = getattr(form, "cleaned_data", None)
    return str(cleaned.get("name") or "").strip() if cleaned else ""

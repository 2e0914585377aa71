"""What the wizard's second page shows: the file as it reads, the mapping, and what the dialler says of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from bpadmin.dialler.catalogue import list_read
from bpadmin.dialler.live import Snapshot
from bpadmin.jobs.choices import StaleForm, revision_said
from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList, FieldSpec
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.uploads.conversion.recipe_store import RecipeRefused, recipe_keep, recipes_of
from bpadmin.uploads.conversion.recipes import Applied, recipe_apply
from bpadmin.uploads.conversion.rules import Conversion, RuleRefused
from bpadmin.uploads.dialect_form import ReadingForm, file_reread, will_say_delimiter
from bpadmin.uploads.files import UploadRefused
from bpadmin.uploads.inspection import Inspection
from bpadmin.uploads.mapping.number_parts import NumberParts, number_parts
from bpadmin.uploads.mapping.phone_columns import PhoneColumns, phone_columns
from bpadmin.uploads.mapping.suggestions import Suggestion, mapping_suggest
from bpadmin.uploads.models import Recipe
from bpadmin.uploads.same_file import same_file_before, same_file_words
from bpadmin.uploads.wizard import file_read
from lists.formats.services import format_fields, format_get
from lists.models import ListFormat
from lists.uploads.modes import job_terms
from lists.uploads.options import upload_options
from lists.uploads.pages.column_rules import rules_show
from lists.uploads.pages.forms import NAMES_BUTTON, MappingForm, names_taken
from lists.uploads.pages.rule_forms import BUTTONS, ColumnRules, ConversionForm, made_removed
from lists.uploads.wizard import check_begin, column_looks, format_known, mode_before, rules_before

DOUBTS_SHOWN = 4
SURE = (ListFormat.Source.CREATED, ListFormat.Source.SAID)


@dataclass(slots=True)
class MappingStep:
    """One showing of the page; `problems` are sentences about what keeps the file from being checked.

    `phones` are columns of telephone numbers where there are several. `same_file` is the last job that sent the very
    same file to this list, `is_again` that the person knows of it.
    """

    job: Job
    inspection: Inspection
    reading: ReadingForm
    mapping: MappingForm
    rules: ConversionForm
    known: ListFormat | None
    snapshot: Snapshot[CallingList | None]
    phones: PhoneColumns | None = None
    revision: int | None = None
    actor_name: str = ""
    is_reread: bool = False
    recipes: list[Recipe] = field(default_factory=list)
    recipe_name: str = ""
    is_again: bool = False
    same_file: Job | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def same_file_words(self) -> str:
        """Say that the same file was sent before, "" where it was not."""
        return same_file_words(self.same_file) if self.same_file else ""

    @property
    def may_edit_fields(self) -> bool:
        """Return whether the person can say here that the known fields are otherwise."""
        return self.mapping.is_sure and self.known is not None and self.known.source == ListFormat.Source.SAID

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Return cells in which a wrong encoding shows, as they read now."""
        chosen = next((choice for choice in self.inspection.encodings if choice.is_chosen), None)
        return chosen.samples[:DOUBTS_SHOWN] if chosen else ()

    def check(self) -> bool:
        """Have the file checked as the person said; False, with `problems`, when that cannot be. Raises IllegalMove.

        Also where somebody has changed the choices since the form was made: what it says is shown again, beside that.
        """
        if self.is_reread:
            return False
        is_valid = self.mapping.is_valid()
        if not (self.rules.is_valid() and is_valid):
            self.problems += [*self.mapping.errors, *self.rules.errors]
            return False
        try:
            check_begin(
                job=self.job,
                dialect=self.inspection.dialect,
                mapping=self.mapping.mapping(),
                fields=self.mapping.fields(),
                mode=self.mapping.mode.cleaned_data["mode"],
                conversion=self.rules.conversion(),
                again=self.is_again,
                reset_dialling=self.mapping.mode.cleaned_data["reset"],
                revision=self.revision,
                actor_name=self.actor_name,
            )
        except UploadRefused as refused:
            self.problems += refused.problems
            return False
        except StaleForm as stale:
            self.problems.append(str(stale))
            return False
        return self._recipe_keep()

    def _recipe_keep(self) -> bool:
        """Keep what was said under the name that was typed, if one was."""
        if self.recipe_name:
            try:
                recipe_keep(
                    tenant=self.job.tenant,
                    list_id=self.job.target_id,
                    name=self.recipe_name,
                    header=self.inspection.header,
                    mapping=self.mapping.mapping(),
                    conversion=self.rules.conversion(),
                    list_name=self.job.target_name,
                    actor_name=self.actor_name,
                )
            except RecipeRefused as refused:
                self.problems.append(str(refused))
                return False
        return True


def mapping_step(
    *, job: Job, data: QueryDict | None = None, wants_fields: bool = False, actor_name: str = ""
) -> MappingStep:
    """Read the file as it was read last, or as `data` says, and put the page together. UploadRefused, IllegalMove."""
    inspection, is_reread, problems = file_reread(job, data, actor_name=actor_name)
    header = inspection.header
    is_same_table = header == tuple(data.getlist("column")) if data is not None else True
    said = data if is_same_table else None
    before = rules_before(job=job, header=header)
    recipes = recipes_of(tenant=job.tenant, list_id=job.target_id)
    if said is not None and "recipe_use" in said:
        try:
            before, said = _recipe_taken(recipes, said, header), None
        except RuleRefused as refused:
            problems.append(str(refused))
    if said is not None:
        is_reread = is_reread or any(name in said for name in (*BUTTONS, NAMES_BUTTON))
        said = made_removed(said, len(header))
    snapshot = list_read(job.tenant, job.target_id)
    known = format_known(tenant=job.tenant, list_id=job.target_id, calling_list=snapshot.value)
    fields: tuple[FieldSpec, ...] = format_fields(known)
    parts = None if said is not None or before.mapping else _parts(header, fields, inspection)
    conversion = replace(before.conversion, made=(parts.made,)) if parts else before.conversion
    rules = ConversionForm(header, conversion, said)
    if said is not None:
        said = names_taken(said, rules.titles)
    made = tuple(FieldSpec(name=title) for title in rules.titles[len(header) :])
    suggestions = mapping_suggest(
        header=rules.titles, fields=fields, saved=before.mapping, rows=inspection.rows, by_values=True
    )
    if parts is not None:
        suggestions = parts.taken(suggestions)
    phones = phone_columns(fields=fields, suggestions=suggestions, rows=inspection.rows)
    if phones is not None and phones.is_open:
        suggestions = phones.without_unsure(suggestions)
    mapping = MappingForm(
        suggestions=suggestions,
        known=fields,
        looks=(*column_looks(inspection), *made),
        is_sure=known is not None and known.source in SURE and not wants_fields,
        mode=data.get("send-mode", "") if data is not None else mode_before(job),
        terms=job_terms(job),
        may_reset=Capability.RECORDS_RESET in capabilities_known(job.tenant),
        reset=upload_options(job).reset_dialling,
        data=said,
    )
    rules_show(mapping, rules, inspection)
    return MappingStep(
        job=job,
        inspection=inspection,
        reading=ReadingForm(inspection, will_say_delimiter=will_say_delimiter(data)),
        mapping=mapping,
        rules=rules,
        recipes=recipes,
        recipe_name=data.get("recipe-name", "").strip() if data is not None else "",
        known=known,
        snapshot=snapshot,
        phones=phones,
        revision=revision_said(data) if data is not None else None,
        actor_name=actor_name,
        is_reread=is_reread or said is None,
        is_again="again" in data if data is not None else upload_options(job).again,
        same_file=same_file_before(job),
        problems=problems,
    )


def _parts(header: Sequence[str], fields: Sequence[FieldSpec], inspection: Inspection) -> NumberParts | None:
    """Find columns that hold one number in parts, where nobody has said yet which column goes where."""
    suggestions = mapping_suggest(header=header, fields=fields, rows=inspection.rows)
    return number_parts(fields=fields, suggestions=suggestions, rows=inspection.rows)


def changes_of(*, job: Job, data: QueryDict, index: int) -> ColumnRules | None:
    """Return what a column's rule does as the form stands; None when there is no such column. UploadRefused."""
    inspection = file_read(job=job)
    if inspection.header != tuple(data.getlist("column")):
        return None
    rules = ConversionForm(inspection.header, Conversion(), data)
    found = list_read(job.tenant, job.target_id).value
    known = format_get(tenant=job.tenant, list_id=job.target_id, format_id=found.format_id if found else "")
    mapping = MappingForm(
        suggestions=[Suggestion(at, title) for at, title in enumerate(rules.titles)],
        known=format_fields(known),
        looks=[FieldSpec(name=title) for title in rules.titles],
        is_sure="fields" not in data and f"c{index}-type" not in data,
        mode="",
        terms=job_terms(job),
        data=data,
    )
    rules_show(mapping, rules, inspection)
    return mapping.columns[index].rules if index < len(mapping.columns) else None


def _recipe_taken(recipes: list[Recipe], data: QueryDict, header: tuple[str, ...]) -> Applied:
    """Take the recipe that was chosen to the columns of this file. Raises RuleRefused."""
    chosen = next((each for each in recipes if str(each.pk) == data.get("recipe")), None)
    if chosen is None:
        raise RuleRefused("Choose one of the recipes of this list.")
    return recipe_apply(chosen.content, header)

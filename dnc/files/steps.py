"""What the wizard's second page shows of a file of keys: how it reads, which column is which, what is to be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from bpadmin.jobs.choices import StaleForm, revision_said
from bpadmin.jobs.models import Job
from bpadmin.uploads.conversion.recipe_store import RecipeRefused, recipes_of
from bpadmin.uploads.conversion.rules import RuleRefused
from bpadmin.uploads.dialect_form import ReadingForm, file_reread, will_say_delimiter
from bpadmin.uploads.files import UploadRefused
from bpadmin.uploads.inspection import Inspection, all_asked
from bpadmin.uploads.models import Recipe
from bpadmin.uploads.same_file import same_file_before, same_file_words
from dnc.files.forms import KeyMapping, WhatForm
from dnc.files.options import keys_options
from dnc.files.recipes import dnc_recipe_apply, dnc_recipe_keep, recipe_place
from dnc.files.services import dnc_mapping_suggest
from dnc.files.wizard import check_begin, what_of
from dnc.models import DncList

DOUBTS_SHOWN = 4


@dataclass(slots=True)
class KeyStep:
    """One showing of the page; `problems` are sentences about what keeps the file from being checked."""

    job: Job
    inspection: Inspection
    reading: ReadingForm
    mapping: KeyMapping
    what: WhatForm
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
        if not self.what.is_valid():
            self.problems += [str(message) for messages in self.what.errors.values() for message in messages]
            return False
        try:
            check_begin(
                job=self.job,
                dialect=self.inspection.dialect,
                mapping=self.mapping.mapping(),
                **self.what.cleaned_data,
                again=self.is_again,
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
                dnc_recipe_keep(job=self.job, name=self.recipe_name, actor_name=self.actor_name)
            except RecipeRefused as refused:
                self.problems.append(str(refused))
                return False
        return True


def key_step(*, job: Job, dnc_list: DncList, data: QueryDict | None = None, actor_name: str = "") -> KeyStep:
    """Read the file as it was read last, or as `data` says, and put the page together. UploadRefused, IllegalMove."""
    inspection, is_reread, problems = file_reread(job, data, actor_name=actor_name)
    if (data.get("send-what", what_of(job)) if data is not None else what_of(job)) == "delete":
        inspection = all_asked(inspection)
    is_same_table = inspection.header == tuple(data.getlist("column")) if data is not None else True
    recipes = recipes_of(tenant=job.tenant, list_id=recipe_place(job))
    if data is not None and "recipe_use" in data:
        is_reread = True
        try:
            data = _recipe_taken(recipes, data, inspection.header)
        except RuleRefused as refused:
            problems.append(str(refused))
    suggestions = dnc_mapping_suggest(job=job, inspection=inspection)
    return KeyStep(
        job=job,
        inspection=inspection,
        reading=ReadingForm(inspection, will_say_delimiter=will_say_delimiter(data)),
        mapping=KeyMapping(dnc_list=dnc_list, suggestions=suggestions, data=data if is_same_table else None),
        what=WhatForm(data, initial=_said_before(job), prefix="send"),
        revision=revision_said(data) if data is not None else None,
        actor_name=actor_name,
        is_reread=is_reread or not is_same_table,
        is_again="again" in data if data is not None else keys_options(job).again,
        recipes=recipes,
        recipe_name=data.get("recipe-name", "").strip() if data is not None else "",
        same_file=same_file_before(job),
        problems=problems,
    )


def _recipe_taken(recipes: list[Recipe], data: QueryDict, header: tuple[str, ...]) -> QueryDict:
    """Return the form's data with what the chosen recipe says. Raises RuleRefused."""
    chosen = next((each for each in recipes if str(each.pk) == data.get("recipe")), None)
    if chosen is None:
        raise RuleRefused("Choose one of the recipes of this list.")
    choices, taken = dnc_recipe_apply(chosen.content, header), data.copy()
    for at in range(len(header)):
        taken[f"c{at}"] = choices.mapping.get(str(at), "")
    taken["send-take"], taken["send-home"] = ", ".join(choices.take), choices.home
    return taken


def _said_before(job: Job) -> dict[str, Any]:
    options = keys_options(job)
    return {
        "what": what_of(job),
        "comment": options.comment,
        "expires_on": options.dates.expires_on,
        "home": options.home,
        "take": ", ".join(options.take),
    }

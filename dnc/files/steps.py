"""What the wizard's second page shows of a file of keys: how it reads, which column is which, what is to be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from bpadmin.jobs.choices import StaleForm, revision_said
from bpadmin.jobs.models import Job
from dnc.file_options import keys_options
from dnc.models import DncList
from dnc.upload_forms import KeyMapping, WhatForm
from dnc.uploads import dnc_mapping_suggest
from dnc.wizard import check_begin, what_of
from lists.inspection import Inspection
from lists.reading_form import ReadingForm, file_reread, will_say_delimiter
from lists.uploads import UploadRefused

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
    problems: list[str] = field(default_factory=list)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Give cells in which a wrong encoding shows, as they read now."""
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
                revision=self.revision,
                actor_name=self.actor_name,
            )
        except UploadRefused as refused:
            self.problems += refused.problems
            return False
        except StaleForm as stale:
            self.problems.append(str(stale))
            return False
        return True


def key_step(*, job: Job, dnc_list: DncList, data: QueryDict | None = None, actor_name: str = "") -> KeyStep:
    """Read the file as it was read last, or as `data` says, and put the page together. UploadRefused, IllegalMove."""
    inspection, is_reread, problems = file_reread(job, data, actor_name=actor_name)
    is_same_table = inspection.header == tuple(data.getlist("column")) if data is not None else True
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
        problems=problems,
    )


def _said_before(job: Job) -> dict[str, Any]:
    options = keys_options(job)
    return {"what": what_of(job), "comment": options.comment, "expires_on": options.dates.expires_on}

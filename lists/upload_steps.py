"""What the wizard's second page shows: the file as it reads, the mapping, and what the dialler says of the list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.http import QueryDict

from bpadmin.jobs.choices import StaleForm, revision_said
from bpadmin.jobs.models import Job
from bpadmin.live import Snapshot
from bpadmin.platforms.types import CallingList
from lists.formats import format_fields
from lists.mapping import mapping_suggest
from lists.models import ListFormat
from lists.reading_form import ReadingForm, file_reread, will_say_delimiter
from lists.services import list_read
from lists.upload_forms import MappingForm
from lists.uploads import Inspection, UploadRefused
from lists.wizard import check_begin, column_looks, format_known, mapping_before, mode_before

if TYPE_CHECKING:
    from bpadmin.platforms.types import FieldSpec

DOUBTS_SHOWN = 4
SURE = (ListFormat.Source.CREATED, ListFormat.Source.SAID)


@dataclass(slots=True)
class MappingStep:
    """One showing of the page; `problems` are sentences about what keeps the file from being checked."""

    job: Job
    inspection: Inspection
    reading: ReadingForm
    mapping: MappingForm
    known: ListFormat | None
    snapshot: Snapshot[CallingList | None]
    revision: int | None = None
    actor_name: str = ""
    is_reread: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def may_edit_fields(self) -> bool:
        """Tell whether the person can say here that the known fields are otherwise."""
        return self.mapping.is_sure and self.known is not None and self.known.source == ListFormat.Source.SAID

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
        if not self.mapping.is_valid():
            self.problems += self.mapping.errors
            return False
        try:
            check_begin(
                job=self.job,
                dialect=self.inspection.dialect,
                mapping=self.mapping.mapping(),
                fields=self.mapping.fields(),
                mode=self.mapping.mode.cleaned_data["mode"],
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


def mapping_step(
    *, job: Job, data: QueryDict | None = None, wants_fields: bool = False, actor_name: str = ""
) -> MappingStep:
    """Read the file as it was read last, or as `data` says, and put the page together. UploadRefused, IllegalMove."""
    inspection, is_reread, problems = file_reread(job, data, actor_name=actor_name)
    is_same_table = inspection.header == tuple(data.getlist("column")) if data is not None else True
    snapshot = list_read(job.tenant, job.target_id)
    known = format_known(tenant=job.tenant, list_id=job.target_id, calling_list=snapshot.value)
    fields: tuple[FieldSpec, ...] = format_fields(known)
    suggestions = mapping_suggest(
        header=inspection.header,
        fields=fields,
        saved=mapping_before(job=job, header=inspection.header),
        rows=inspection.rows,
        by_values=True,
    )
    mapping = MappingForm(
        suggestions=suggestions,
        known=fields,
        looks=column_looks(inspection),
        is_sure=known is not None and known.source in SURE and not wants_fields,
        mode=data.get("send-mode", "") if data is not None else mode_before(job),
        data=data if is_same_table else None,
    )
    return MappingStep(
        job=job,
        inspection=inspection,
        reading=ReadingForm(inspection, will_say_delimiter=will_say_delimiter(data)),
        mapping=mapping,
        known=known,
        snapshot=snapshot,
        revision=revision_said(data) if data is not None else None,
        actor_name=actor_name,
        is_reread=is_reread or not is_same_table,
        problems=problems,
    )

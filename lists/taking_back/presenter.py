"""How pages show a taking back: its counts, the question it waits with, and the rows with what became of each."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import TaskView
from bpadmin.jobs.pages.outcome import Headline
from lists.taking_back.rows import KEPT, RowState
from lists.taking_back.services import is_asking, takes_many


class TakeBackView(TaskView):
    """A taking back of an upload."""

    @property
    def can_resume(self) -> bool:
        """The yes to the preview has a button of its own."""
        return super().can_resume and not self.is_asking

    @property
    def sentence(self) -> str:
        """Say what it waits for, or what it does."""
        return "Counted. Say whether the removable rows are to go." if self.is_asking else super().sentence

    @cached_property
    def is_asking(self) -> bool:
        """Return whether it waits for a yes."""
        return is_asking(self.job)

    @cached_property
    def takes_many(self) -> bool:
        """Return whether the rule of two people, where the tenant has it, asks for another one."""
        return takes_many(self.job)

    @property
    def counts_shown(self) -> list[dict[str, Any]]:
        """Return the four counts of the preview, and what else there is, with the words for each."""
        told = (self.result_report.result or {}).get("counts", {})
        by = {state: int(told.get(state.name.lower(), 0)) for state in RowState}
        removed = RowState.REMOVED if by[RowState.REMOVED] or self.job.is_final else RowState.REMOVABLE
        kept = sum(by[state] for state in KEPT)
        rows = [
            {"label": removed.words.capitalize(), "count": by[removed], "tone": "ok", "note": removed.reason},
            {"label": "Kept, attempted since", "count": by[RowState.ATTEMPTED], "note": RowState.ATTEMPTED.reason},
            {"label": "Kept, there before or in doubt", "count": kept, "note": "It may be somebody else's."},
            {"label": "Cannot tell", "count": by[RowState.UNTOLD], "note": RowState.UNTOLD.reason},
        ]
        others = [state for state in (RowState.OVER, RowState.STAYED, RowState.GONE, RowState.NEVER_IN) if by[state]]
        more = [{"label": each.words.capitalize(), "count": by[each], "note": each.reason} for each in others]
        return [*rows, *more]

    @property
    def go_url(self) -> str:
        """Return where the yes is said."""
        return reverse("lists:take_back_go", args=[self.job.tenant.slug, self.job.pk])

    @property
    def rows_url(self) -> str:
        """Return the file of all rows with what became of each."""
        return reverse("lists:take_back_rows", args=[self.job.tenant.slug, self.job.pk])


def take_back_headline(job: Job) -> Headline | None:
    """Return the headline of a taking back that has come to its end, None before."""
    if job.state != JobState.SUCCEEDED:
        return None
    told = (job.report.get("result") or {}).get("counts", {})
    removed, stayed = int(told.get("removed", 0)), int(told.get("stayed", 0))
    if not removed:
        return Headline("Nothing removed", "No row could be removed.", "warn", counts="none removed")
    words = f"{removed:,} row{' is' if removed == 1 else 's are'} removed again."
    if stayed:
        return Headline("Partly removed", f"{words} {stayed:,} are still in the list.", "warn", f"{removed:,} removed")
    return Headline("Taken back", words, counts=f"{removed:,} removed")

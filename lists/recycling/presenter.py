"""How pages show a recycling: its counts, the question it waits with, and the upload by which the rows went."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import TaskView
from bpadmin.jobs.pages.outcome import Headline
from lists.models import Recycling
from lists.recycling.services import is_asking

COUNTS = (
    ("matched", "Matched", "By the attempts that were read of them."),
    ("capped", "Left out, too many attempts", "Counted over all lists, by the same key."),
    ("contacted", "Left out, contacted since", "Somebody spoke with them in any list."),
    ("untold", "Cannot tell", "Nobody knows when they were called."),
    ("gone", "Not found any more", "They are not in the list any more."),
    ("blocked", "Blocked", "A Do Not Call list has them now."),
)


class RecycleView(TaskView):
    """A recycling of a list."""

    @property
    def can_resume(self) -> bool:
        """The yes to the counts has a button of its own."""
        return super().can_resume and not self.is_asking

    @property
    def sentence(self) -> str:
        """Say what it waits for, or what it does."""
        return "Counted. Say whether these records are to go." if self.is_asking else super().sentence

    @cached_property
    def is_asking(self) -> bool:
        """Return whether it waits for a yes."""
        return is_asking(self.job)

    @cached_property
    def recycling(self) -> Recycling | None:
        """Return from which list and into which."""
        return Recycling.objects.filter(job=self.job).select_related("upload", "rule").first()

    @property
    def counts_shown(self) -> list[dict[str, Any]]:
        """Return the counts of the preview, with the words for each."""
        told = (self.result_report.result or {}).get("counts", {})
        rows = [{"label": label, "count": int(told.get(name, 0)), "note": note} for name, label, note in COUNTS]
        can_go = int(told.get("found", 0)) - int(told.get("blocked", 0))
        return [*rows, {"label": "Can go", "count": can_go, "note": "They are checked once more before they are sent."}]

    @property
    def go_url(self) -> str:
        """Return where the yes is said."""
        return reverse("lists:recycle_go", args=[self.job.tenant.slug, self.job.pk])


def recycle_headline(job: Job) -> Headline | None:
    """Return the headline of a recycling that has come to its end, None before."""
    if job.state != JobState.SUCCEEDED:
        return None
    row = Recycling.objects.filter(job=job).select_related("upload").first()
    if row is None or row.upload is None:
        return Headline("Nothing to send", "No record can go.", "warn", counts="none")
    if row.upload.state == JobState.READY:
        return Headline("Waits for you", f"Upload {row.upload_id} has something to ask.", "warn")
    return Headline("Handed over", f"Upload {row.upload_id} sends them into “{row.target_name}”.")

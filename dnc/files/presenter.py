"""How pages show the jobs on Do Not Call lists: the same counts as an upload's, in the words of what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from django.urls import reverse

from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import ChunkState, JobPhase, JobState
from bpadmin.jobs.pages.presenters import JobView, Tile
from dnc.files.options import keys_options
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE

_SENTENCES = {
    DNC_ADD: ("Adding to {list}", "Every row is in {list}.", "Not every row is in {list}."),
    DNC_DELETE: ("Removing from {list}", "Every row is out of {list}.", "Not every row is out of {list}."),
    DNC_REPLACE: ("Replacing {list}", "{list} holds what the file holds.", "{list} was replaced only in part."),
}
_ENDED = {
    DNC_ADD: "in the list",
    DNC_DELETE: "out of the list",
    DNC_REPLACE: "as the file wants them",
}
_MODES = {
    DNC_ADD: "Add to the Do Not Call list",
    DNC_DELETE: "Remove from the Do Not Call list",
    DNC_REPLACE: "Replace without a gap",
}


class DncJobView(JobView):
    """A job on a Do Not Call list."""

    list_page = "dnc:detail"
    file_pages: ClassVar[Mapping[str, str]] = {
        "new": "dnc:upload",
        "map": "dnc:upload_map",
        "check": "dnc:upload_check",
        "again": "dnc:upload_again",
    }

    @property
    def list_id(self) -> int:
        """Return the number by which our own pages know the list."""
        return keys_options(self.job).dnc_list

    @property
    def release_url(self) -> str:
        """Return where a person says that what is gone is to be removed all the same."""
        job = self.job
        if job.kind != DNC_REPLACE or not job.is_final or job.state == JobState.CANCELLED:
            return ""
        is_held = job.chunks.filter(state=ChunkState.HELD).exists()
        return reverse("dnc:go_on", args=[job.tenant.slug, job.pk]) if is_held else ""

    @property
    def sentence(self) -> str:
        """Say what the job is doing, or what became of it."""
        job = self.job
        if (job.wanted and job.is_active) or (job.phase == JobPhase.BEGIN and job.state == JobState.RUNNING):
            return super().sentence
        running, done, partly = _SENTENCES[kind_of(job)]
        states = {JobState.RUNNING: running, JobState.SUCCEEDED: done, JobState.PARTIAL: partly}
        words = states.get(JobState(job.state))
        return words.format(list=job.target_name) if words else super().sentence

    @property
    def ended_words(self) -> str:
        """Say where the rows are that count as done; a replacement counts those that went out as well."""
        return _ENDED[kind_of(self.job)]

    @property
    def mode(self) -> str:
        """Say what is done with the rows."""
        return _MODES[kind_of(self.job)]

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Return the outcomes that add up to the job's rows."""
        job = self.job
        if job.kind == DNC_ADD:
            return super().tiles
        words = {
            "accepted": ("Removed", "removed", "The dialler took them out"),
            "already there": ("Not there before", "not there before", "They were in the list no more"),
        }
        if job.kind == DNC_REPLACE:
            words = {"accepted": ("Changed", "changed", f"{job.n_added:,} added, {job.n_updated:,} removed")}
        return tuple(_said(tile, words) for tile in super().tiles)


def _said(tile: Tile, words: dict[str, tuple[str, str, str]]) -> Tile:
    if tile.term not in words:
        return tile
    label, term, note = words[tile.term]
    # The first term of the sum is recognised by its name.
    return replace(tile, label=label, note=note, term=tile.term if tile.term == "accepted" else term)

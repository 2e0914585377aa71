"""How pages show the jobs on Do Not Call lists: the same counts as an upload's, in the words of what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from django.urls import reverse

from bpadmin.counts import counted, part_of
from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import ChunkState, JobPhase, JobState
from bpadmin.jobs.pages.presenters import JobView, Sum, Tile
from bpadmin.jobs.pages.unresolved import found_again_in
from dnc.entries.manual import FOUND_AGAIN, GONE_ALREADY
from dnc.files.counts import Outcomes, outcomes_apart
from dnc.files.options import keys_options
from dnc.files.replace import keys_report
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
# (label, term, note) of outcomes where rows go out, and of each unit of a replacement.
_OUT = {
    "accepted": ("Removed", "removed", "The dialler took them out"),
    "already there": ("Not there before", "not there before", "They were in the list no more"),
}
NOT_IN_FILE = "Entries that are not in the file"
_IN = {
    "accepted": ("Added", "added", "The dialler took them"),
    "already there": ("There before", "there before", "They were in the list already"),
}
_GONE = {
    **_OUT,
    "rejected": ("Stay", "stay", "Somebody has added them since, or the dialler keeps them"),
    "not sent": ("Not asked for", "not asked for", "They are in the list as before"),
    "unaccounted": ("Unaccounted", "unaccounted", "What became of them is not known"),
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
        if job.kind == DNC_REPLACE:
            return self.sums[0].tiles
        return tuple(_said(tile, _OUT) for tile in super().tiles)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Return the rows of the file, and of a replacement the entries that it takes out, apart from them."""
        if self.job.kind != DNC_REPLACE:
            return super().sums
        rows, entries = self._apart
        first = keys_report(self.job).delete_from or 1 << 62
        tiles, chunks = super().tiles, self.job.chunks
        again = found_again_in(chunks.filter(number__lt=first)) if rows.already else 0
        words = f"{counted(rows.total, 'row')} of the file"
        found = Sum(words, rows.total, _tiles(rows, tiles, _IN, f"{again:,} {FOUND_AGAIN}" if again else ""))
        if not entries.total:
            return (found,)
        again = found_again_in(chunks.filter(number__gte=first)) if entries.already else 0
        note = f"{again:,} {GONE_ALREADY}" if again else ""
        out = Sum(counted(entries.total, "entry"), entries.total, _tiles(entries, tiles, _GONE, note), NOT_IN_FILE)
        return (replace(found, title="Rows of the file"), out)

    @cached_property
    def _apart(self) -> tuple[Outcomes, Outcomes]:
        """Return what became of the rows of the file, and of the entries that are taken out besides."""
        return outcomes_apart(self.job)

    @property
    def done_words(self) -> str:
        """Say how many rows of the file are done, and apart from them how many entries were taken out."""
        if self.job.kind != DNC_REPLACE:
            return super().done_words
        rows, entries = self._apart
        is_final = self.job.is_final
        done = rows.done + rows.already if is_final else rows.total - rows.not_sent - rows.uncertain
        words = f"{part_of(done, rows.total, 'row')} of the file{' in the list' if is_final else ''}"
        out = f", {part_of(entries.removed + entries.already, entries.total, 'entry')} taken out"
        return f"{words}{out}" if entries.total else words

    @property
    def counts(self) -> str:
        """Return what a table tells, in the words of the kind; of a replacement each unit apart."""
        if self.job.kind != DNC_REPLACE or not self.is_checked:
            return super().counts
        if self.was_confirmed or self.job.is_final:
            return self.done_words
        rows, entries = self._apart
        words = f"{part_of(rows.not_sent, rows.total, 'row')} to send"
        return f"{words}, {counted(entries.total, 'entry')} to take out" if entries.total else words


def _tiles(
    outcomes: Outcomes, tiles: tuple[Tile, ...], words: Mapping[str, tuple[str, str, str]], again: str
) -> tuple[Tile, ...]:
    """Return tiles with the counts of one unit, in its words; `again` says what was found after a lost answer."""
    counts = {
        "accepted": outcomes.done,
        "already there": outcomes.already,
        "rejected": outcomes.rejected,
        "uncertain": outcomes.uncertain,
        "not sent": outcomes.not_sent,
        "unaccounted": outcomes.unaccounted,
    }
    made = []
    for tile in tiles:
        label, term, note = words.get(tile.term, (tile.label, tile.term, tile.note))
        note = again if again and tile.term == "already there" else note
        made.append(replace(tile, label=label, term=term, note=note, count=counts[tile.term]))
    return tuple(made)


def _said(tile: Tile, words: dict[str, tuple[str, str, str]]) -> Tile:
    if tile.term not in words:
        return tile
    label, term, note = words[tile.term]
    # The first term of the sum is recognised by its name.
    return replace(tile, label=label, note=note, term=tile.term if tile.term == "accepted" else term)

"""Reading the records of an export: turn by turn, part by part, each part stored with the place where it ends.

After every part the cursor, the counts and the parts' names are stored in the job, so that after a crash the next turn
goes on behind the last part that was stored: what was read and not stored is read again, and nothing is in the file
twice. A source that comes in one answer is one part: it is read in one go, and anew where that did not come to its end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import IO, TYPE_CHECKING

from bpadmin.jobs.engine.lease import LeaseLost, job_remember
from bpadmin.jobs.engine.outage import store_patiently
from bpadmin.jobs.engine.shutdown import is_shutting_down
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job
from bpadmin.platforms.errors import Broken, Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.types import Page, Record, RecordKind
from bpadmin.records.exports.columns import Gathered
from bpadmin.records.exports.options import Watch, export_places, export_remote
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.exports.parts import file_begin, file_drop, file_keep
from bpadmin.records.exports.positions import work_expected
from bpadmin.records.services import platform_of

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

TURN_SECONDS = 20.0
PART_SECONDS = 2.0
LOOK_SECONDS = 1.0
PAGE_RECORDS = 1000
CIRCLE = (
    "The platform leads in a circle: it gave the same place in “{name}” twice, so nobody can tell which {noun}s are "
    "left. Nothing was exported. Try again; if it happens again, tell your administrator."
)


class Halted(Exception):
    """The reading of a source that comes in one answer was broken off; the message says what follows."""


class Pages:
    """The pages of a walk, with a look at whether another one follows."""

    def __init__(self, walk: Iterator[Page[Record]]) -> None:
        self._walk = walk
        self._ahead: list[Page[Record]] = []

    def __iter__(self) -> Iterator[Page[Record]]:
        return self

    def __next__(self) -> Page[Record]:
        return self._ahead.pop() if self._ahead else next(self._walk)

    def have_ended(self) -> bool:
        """Return whether no page follows; one that does is kept for whoever asks for it."""
        if not self._ahead:
            self._ahead = [page for page in [next(self._walk, None)] if page is not None]
        return not self._ahead


class Turn:
    """One turn of reading."""

    def __init__(self, job: Job, order: ExportOrder, client: PlatformClient) -> None:
        self.job, self.order, self.client = job, order, client
        self.until = time.monotonic() + TURN_SECONDS
        self.words = f"Reading the {noun_of(job)}s."

    def is_over(self) -> bool:
        """Return whether time is up, or somebody wants the job to stop."""
        return time.monotonic() >= self.until or should_stop(self.job)

    def read(self, at: int) -> None:
        """Read on in a source, part after part, until it ends or the turn is over. Raises Halted."""
        place = export_places(self.job)[at]
        is_whole = place.is_whole
        pages = Pages(
            self.client.walk_source(
                place.source_id,
                conditions=self.order.conditions,
                limit=PAGE_RECORDS,
                cursor=export_remote(self.job).cursor,
                with_history=self.order.attempts,
            )
        )
        while True:
            part = _Part(self.job, self.order, at)
            try:
                is_end = part.fill_whole(pages) if is_whole else part.fill(pages)
            except (Conflict, NotFound) as error:
                if error.reason is Reason.URL_NOT_FOUND:
                    raise
                part.keep(problem=error.message)
                return
            except PlatformError as error:
                if isinstance(error, Broken) and error.reason is Reason.CURSOR_REPEATED:
                    raise JobRefused(f"“{place.list}” gave no end, so nothing was exported. {error.message}") from error
                if not is_whole:
                    part.keep()
                raise
            part.keep(is_end=is_end)
            self.words = part.words
            if is_end or self.is_over():
                return


class _Part:
    """A part being written, with the counts and the cursor as they will be stored with it."""

    def __init__(self, job: Job, order: ExportOrder, at: int) -> None:
        self.job, self.at = job, at
        remote = export_remote(job)
        self.place = export_places(job)[at]
        self.noun = noun_of(job)
        self.is_of_tried = order.kind == RecordKind.UPDATED
        self.gathered = gathered_of(job, order)
        self.began = datetime.fromisoformat(remote.began)
        self.file: IO[bytes] = file_begin(job)
        self.read = 0
        self.called_meanwhile = 0
        self.cursor = remote.cursor
        self.watch = remote.watch or Watch()

    @property
    def words(self) -> str:
        """Say how far the reading is."""
        where = f" in “{self.place.campaign}”" if self.place.campaign else ""
        return f"{self.gathered.records:,} {self.noun}s read, now “{self.place.list}”{where}."

    def fill(self, pages: Pages) -> bool:
        """Write pages for a part's time; True when they have ended."""
        until = time.monotonic() + min(PART_SECONDS, TURN_SECONDS)
        for page in pages:
            self._take(page)
            if not page.next_cursor:
                return True
            if time.monotonic() >= until:
                # After the last page there is no cursor from which another turn could go on: it has to be known now.
                return len(page.items) < PAGE_RECORDS and pages.have_ended()
        return True

    def fill_whole(self, pages: Pages) -> bool:
        """Write all pages, however long that takes, and tell of it meanwhile; True. Raises Halted."""
        looked = time.monotonic()
        before = self.job.work_done
        for page in pages:
            self._take(page)
            if time.monotonic() - looked < LOOK_SECONDS:
                continue
            looked = time.monotonic()
            if should_stop(self.job):
                job_remember(self.job, work_done=before)
                raise Halted(f"“{self.place.list}” comes in one answer, so it is read anew from its start.")
            job_remember(self.job, work_done=self.gathered.records, message=self.words)
        return True

    def _take(self, page: Page[Record]) -> None:
        self.file.write(self.gathered.lines(self.at, page.items))
        self.read += len(page.items)
        if self.is_of_tried:
            self.called_meanwhile += sum(
                1 for each in page.items if each.status and each.status.last_date and each.status.last_date > self.began
            )
        self.cursor = page.next_cursor or self.cursor
        if page.next_cursor:
            self._look_for_circle()

    def _look_for_circle(self) -> None:
        """Compare with one earlier cursor, which moves on at every power of two (Brent's way to find a cycle).

        The client remembers the cursors of one walk only; a walk goes on over many turns, with this much to store.
        """
        if self.cursor == self.watch.cursor:
            raise JobRefused(CIRCLE.format(name=self.place.list, noun=self.noun))
        self.watch = replace(self.watch, steps=self.watch.steps + 1)
        if self.watch.steps == self.watch.power:
            self.watch = Watch(self.cursor, 0, self.watch.power * 2)

    def keep(self, *, is_end: bool = False, problem: str = "") -> None:
        """Store what was read; from now on it is part of the export."""
        before = export_remote(self.job)
        places = list(before.places or ())
        with self.file:
            mine = [file_keep(self.job, self.file, ".part")] if self.read else []
        place = places[self.at]
        place = replace(place, read=place.read + self.read, is_complete=is_end, problem=problem)
        places[self.at] = place
        remote = replace(
            before,
            places=tuple(places),
            parts=(*before.parts, *mine),
            cursor="" if place.is_done else self.cursor,
            watch=None if place.is_done else self.watch,
            gathered=self.gathered.as_json(),
            called_meanwhile=before.called_meanwhile + self.called_meanwhile,
        )
        changes = {"remote": remote.as_json(), "work_done": self.gathered.records, "work_total": work_expected(places)}
        try:
            store_patiently(partial(job_remember, self.job, **changes))
        except LeaseLost:
            for name in mine:
                file_drop(name)  # whoever has taken over reads these records anew
            raise


def gathered_of(job: Job, order: ExportOrder) -> Gathered:
    """Return what has been met up to the last stored part."""
    by_completion = order.kind == RecordKind.COMPLETED
    return Gathered(export_remote(job).gathered, by_completion=by_completion, per_attempt=order.per_attempt)


def noun_of(job: Job) -> str:
    """Return the word that the job's platform has for a record."""
    return platform_of(job.tenant).record_noun


def should_stop(job: Job) -> bool:
    """Return whether a person or the operator wants the job to stop."""
    wanted = Job.objects.filter(pk=job.pk).values_list("wanted", flat=True).first()
    return bool(wanted) or is_shutting_down()

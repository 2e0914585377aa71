"""Reading the records of an export: turn by turn, part by part, each part stored with the place where it ends.

After every part the cursors, the counts and the parts' names are stored in the job, so that after a crash the next turn
goes on behind the last part that was stored: what was read and not stored is read again, and nothing is in the file
twice. Several sources are read at the same time, and the next page of each while the one before is written; files are
of one source each, so that they can be put in order. A source that comes in one answer is one part: it is read in one
go, and anew where that did not come to its end.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bpadmin.jobs.engine.dispatch import BULK, queue_of
from bpadmin.jobs.engine.driver import HURRIED_READ, PATIENT_READ
from bpadmin.jobs.engine.lease import LeaseLost, job_remember
from bpadmin.jobs.engine.outage import store_patiently
from bpadmin.jobs.engine.shutdown import is_shutting_down
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job
from bpadmin.platforms.errors import Broken, Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.types import Page, Record, RecordKind
from bpadmin.records.exports.columns import PLACE_NAMES, Column, Gathered, columns_of, lines_of
from bpadmin.records.exports.options import ExportRemote, PartFile, Place, Watch, export_places, export_remote
from bpadmin.records.exports.order import ExportFormat, ExportOrder
from bpadmin.records.exports.parts import LINES, ROWS, file_begin, file_drop, file_keep
from bpadmin.records.exports.positions import places_together, work_expected
from bpadmin.records.exports.walks import Walks
from bpadmin.records.exports.writer import columns_line, csv_rows
from bpadmin.records.services import platform_of
from bpadmin.tenants.services import tenant_client

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


class Turn:
    """One turn of reading."""

    def __init__(self, job: Job, order: ExportOrder, client: PlatformClient) -> None:
        self.job, self.order, self.client = job, order, client
        self.until = time.monotonic() + TURN_SECONDS
        self.words = f"Reading the {noun_of(job)}s."

    def is_over(self) -> bool:
        """Return whether time is up, or somebody wants the job to stop."""
        return time.monotonic() >= self.until or should_stop(self.job)

    def read(self) -> None:
        """Read on in the sources that are next, part after part, until they end or the turn is over. Raises Halted."""
        together = places_together(self.job)
        if export_places(self.job)[together[0]].is_whole:
            self._read_whole(together[0])
            return
        walks = Walks(self.client, self._client, self._walk)
        reading = _Reading(self.job, self.order, walks, together, until=self.until)
        try:
            while reading.part():
                self.words = reading.words
                if self.is_over():
                    reading.has_time = False
        finally:
            self.words = reading.words
            walks.close()

    def _read_whole(self, at: int) -> None:
        part = _Part(self.job, self.order)
        try:
            part.fill_whole(at, self._walk(self.client, at))
        except PlatformError as error:
            if not part.is_ended_by(at, error):
                part.refuse_circle(error)
                raise
        part.keep()
        self.words = part.words

    def _walk(self, client: PlatformClient, at: int) -> Iterator[Page[Record]]:
        place = self._places[at]
        return client.walk_source(
            place.source_id,
            conditions=self.order.conditions,
            limit=PAGE_RECORDS,
            cursor=place.cursor,
            with_history=self.order.attempts,
        )

    @cached_property
    def _places(self) -> Sequence[Place]:
        # Read in the threads of walks, which know no database: as they stand when the turn begins.
        return _own_cursors(export_remote(self.job)).places or ()

    def _client(self) -> PlatformClient:
        """Open another client, as patient as the first."""
        seconds = PATIENT_READ if queue_of(self.job) == BULK else HURRIED_READ
        return tenant_client(self.job.tenant, read_timeout=seconds)


class _Reading:
    """The sources that are read at the same time: at most as many as the tenant has lanes."""

    def __init__(self, job: Job, order: ExportOrder, walks: Walks, together: Sequence[int], *, until: float) -> None:
        self.job, self.order, self.walks, self.until = job, order, walks, until
        self.left = deque(together)
        self.has_begun = False
        # Without time nothing more is asked for; what is under way is taken.
        self.has_time = time.monotonic() < until
        self.words = ""

    def part(self) -> bool:
        """Read for a part's time and store what came; True while there is more under way."""
        part = _Part(self.job, self.order)
        ends = time.monotonic() + PART_SECONDS
        try:
            while self._begin():
                self._arrived(part)
                self.has_time = self.has_time and time.monotonic() < self.until
                if time.monotonic() >= ends and self.has_time:
                    break
        except PlatformError as error:
            part.refuse_circle(error)
            part.keep()
            raise
        part.keep()
        self.words = part.words
        return bool(self.walks) or (self.has_time and bool(self.left))

    def _begin(self) -> bool:
        """Begin as many walks as there is room for, at least one in a turn; False when nothing is under way."""
        while self.left and (not self.has_begun or (self.has_time and len(self.walks) < self.job.tenant.lanes)):
            self.walks.begin(self.left.popleft())
            self.has_begun = True
        return bool(self.walks)

    def _arrived(self, part: _Part) -> None:
        """Take what comes next, and ask for what follows."""
        at, page, error = self.walks.take()
        part.came_last = at
        if error is not None:
            if not part.is_ended_by(at, error):
                raise error
            self.walks.end(at)
        elif page is None:
            part.end(at)
            self.walks.end(at)
        else:
            is_asked = bool(page.next_cursor) and self.has_time and time.monotonic() < self.until
            if is_asked:
                self.walks.ask(at)  # it comes while this one is written
            part.take(at, page)
            if not page.next_cursor:
                part.end(at)
            elif not is_asked and len(page.items) < PAGE_RECORDS and self.walks.has_ended(at):
                # After the last page there is no cursor from which another turn could go on: it has to be known now.
                part.end(at)
            if not is_asked:
                self.walks.end(at)


class _Share:
    """What a part has read of one source."""

    def __init__(self, place: Place) -> None:
        self.cursor = place.cursor
        self.watch = place.watch or Watch()
        self.read = 0
        self.is_end = False
        self.problem = ""

    def place(self, before: Place) -> Place:
        """Return the source as it stands behind this part."""
        read = replace(before, read=before.read + self.read, is_complete=self.is_end, problem=self.problem)
        return (
            replace(read, cursor="", watch=None)
            if read.is_done
            else replace(read, cursor=self.cursor, watch=self.watch)
        )


class _File:
    """A file that is being written: rows of one source under the same columns (None where it has lines)."""

    def __init__(self, job: Job, at: int, columns: Sequence[Column] | None) -> None:
        self.at, self.columns = at, columns
        self.file: IO[bytes] = file_begin(job)
        self.rows = 0
        if columns is not None:
            self.file.write(columns_line(columns))

    def keep(self, job: Job) -> PartFile:
        """Put the file into storage."""
        size = self.file.tell()
        with self.file:
            name = file_keep(job, self.file, LINES if self.columns is None else ROWS)
        return PartFile(name, self.at, self.rows, size)


class _Part:
    """A part being written, with the counts and the cursors as they will be stored with it."""

    def __init__(self, job: Job, order: ExportOrder) -> None:
        self.job, self.order = job, order
        self.remote = _own_cursors(export_remote(job))
        self.places = self.remote.places or ()
        self.noun = noun_of(job)
        self.is_of_tried = order.kind == RecordKind.UPDATED
        self.is_csv = order.format is ExportFormat.CSV
        self.zone = ZoneInfo(order.time_zone)
        self.gathered = gathered_of(job, order)
        self.began = datetime.fromisoformat(self.remote.began)
        self.shares: dict[int, _Share] = {}
        self.files: list[_File] = []
        self.open: dict[int, _File] = {}
        self.columns: tuple[tuple[Any, ...], list[Column]] = ((), [])
        self.called_meanwhile = 0
        self.came_last = 0

    @property
    def name(self) -> str:
        """Return the name of the source of which something came last."""
        return self.places[self.came_last].list

    @property
    def words(self) -> str:
        """Say how far the reading is."""
        campaign = self.places[self.came_last].campaign
        where = f" in “{campaign}”" if campaign else ""
        return f"{self.gathered.records:,} {self.noun}s read, now “{self.name}”{where}."

    def share(self, at: int) -> _Share:
        """Return what is read of a source."""
        if at not in self.shares:
            self.shares[at] = _Share(self.places[at])
        return self.shares[at]

    def end(self, at: int) -> None:
        """Note that a source was read to its end."""
        self.share(at).is_end = True

    def is_ended_by(self, at: int, error: BaseException) -> bool:
        """Return whether an error tells that a source is gone, which is noted: no further page of it will ever come."""
        if not isinstance(error, Conflict | NotFound) or error.reason is Reason.URL_NOT_FOUND:
            return False
        self.share(at).problem = error.message
        return True

    def refuse_circle(self, error: PlatformError) -> None:
        """Raise JobRefused where the client was led in a circle."""
        if isinstance(error, Broken) and error.reason is Reason.CURSOR_REPEATED:
            raise JobRefused(f"“{self.name}” gave no end, so nothing was exported. {error.message}") from error

    def fill_whole(self, at: int, pages: Iterator[Page[Record]]) -> None:
        """Write all pages, however long that takes, and tell of it meanwhile. Raises Halted."""
        looked = time.monotonic()
        before = self.job.work_done
        self.came_last = at
        for page in pages:
            self.take(at, page)
            if time.monotonic() - looked < LOOK_SECONDS:
                continue
            looked = time.monotonic()
            if should_stop(self.job):
                job_remember(self.job, work_done=before)
                raise Halted(f"“{self.name}” comes in one answer, so it is read anew from its start.")
            job_remember(self.job, work_done=self.gathered.records, message=self.words)
        self.end(at)

    def take(self, at: int, page: Page[Record]) -> None:
        """Write a page of a source."""
        share = self.share(at)
        self.gathered.take(at, page.items)
        if page.items:
            self._write(self._file(at), at, page.items)
        share.read += len(page.items)
        if self.is_of_tried:
            self.called_meanwhile += sum(
                1 for each in page.items if each.status and each.status.last_date and each.status.last_date > self.began
            )
        share.cursor = page.next_cursor or share.cursor
        if page.next_cursor:
            self._look_for_circle(at, share)

    def _write(self, file: _File, at: int, records: Sequence[Record]) -> None:
        if file.columns is None:
            file.file.write(lines_of(at, records))
            return
        place, per_attempt = place_members(self.places[at]), self.order.per_attempt
        text, rows = csv_rows(file.columns, place, records, per_attempt=per_attempt, zone=self.zone)
        file.file.write(text)
        file.rows += rows

    def _file(self, at: int) -> _File:
        """Return the file of a source; another one where it needs other columns by now."""
        columns = self._columns() if self.is_csv else None
        if at not in self.open or self.open[at].columns != columns:
            self.open[at] = _File(self.job, at, columns)
            self.files.append(self.open[at])
        return self.open[at]

    def _columns(self) -> list[Column]:
        gathered = self.gathered
        seen = (len(gathered.entry), len(gathered.status), len(gathered.attempt), gathered.has_status)
        if self.columns[0] != seen:
            self.columns = seen, columns_ordered(self.order, gathered, many_places=len(self.places) > 1)
        return self.columns[1]

    def _look_for_circle(self, at: int, share: _Share) -> None:
        """Compare with one earlier cursor, which moves on at every power of two (Brent's way to find a cycle).

        The client remembers the cursors of one walk only; a walk goes on over many turns, with this much to store.
        """
        if share.cursor == share.watch.cursor:
            raise JobRefused(CIRCLE.format(name=self.places[at].list, noun=self.noun))
        share.watch = replace(share.watch, steps=share.watch.steps + 1)
        if share.watch.steps == share.watch.power:
            share.watch = Watch(share.cursor, 0, share.watch.power * 2)

    def keep(self) -> None:
        """Store what was read; from now on it is part of the export."""
        mine = [file.keep(self.job) for file in self.files]
        places = list(self.places)
        for at, share in self.shares.items():
            places[at] = share.place(places[at])
        remote = replace(
            self.remote,
            places=tuple(places),
            parts=(*self.remote.parts, *mine),
            gathered=self.gathered.as_json(),
            called_meanwhile=self.remote.called_meanwhile + self.called_meanwhile,
        )
        changes = {"remote": remote.as_json(), "work_done": self.gathered.records, "work_total": work_expected(places)}
        try:
            store_patiently(partial(job_remember, self.job, **changes))
        except LeaseLost:
            for part in mine:
                file_drop(part.name)  # whoever has taken over reads these records anew
            raise


def _own_cursors(remote: ExportRemote) -> ExportRemote:
    """Return what an export remembers, with the one cursor from before each place had its own at its place."""
    at = next((at for at, place in enumerate(remote.places or ()) if not place.is_done), None)
    if at is None or not remote.cursor:
        return remote
    places = list(remote.places or ())
    places[at] = replace(places[at], cursor=remote.cursor, watch=remote.watch)
    return replace(remote, places=tuple(places), cursor="", watch=None)


def place_members(place: Place) -> Mapping[str, str]:
    """Return what columns tell of a source."""
    return {name: getattr(place, name) for name in PLACE_NAMES}


def columns_ordered(order: ExportOrder, gathered: Gathered, *, many_places: bool) -> list[Column]:
    """Return the columns of an order's file, as far as the names of members are known."""
    return columns_of(
        gathered,
        chosen=order.columns,
        attempts=order.attempts,
        per_attempt=order.per_attempt,
        many_places=many_places,
    )


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

"""Exporting results: records are read page by page into part files, and the finished file is written from those.

After every part the cursor, the counts and the parts' names are stored in the job, so that after a crash the next turn
goes on behind the last part that was stored: what was read and not stored is read again, and nothing is in the file
twice. The file is written at the end, when all names of fields that occur are known.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any

from django.utils import timezone

from bpadmin.jobs.doorbell import SMALL_WORK
from bpadmin.jobs.lease import job_remember
from bpadmin.jobs.models import Chunk, Job
from bpadmin.jobs.registry import ChunkResult, JobRefused, Pending, Progress, ShouldStop, Verdict
from bpadmin.jobs.shutdown import is_shutting_down
from bpadmin.platforms.errors import Broken, Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.types import ListBinding, Page, Record, RecordKind
from campaigns.export_columns import PLACE_NAMES, Gathered, columns_of
from campaigns.export_order import ExportFormat, ExportOrder
from campaigns.export_pace import rarely_collected
from campaigns.export_parts import file_begin, file_keep, files_delete, folder_of, lines_read, work_folder
from campaigns.export_writing import (
    Sheetful,
    TooManyColumns,
    WritingStopped,
    Written,
    write_csv,
    write_ndjson,
    write_xlsx,
)

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

TURN_SECONDS = 20.0
PART_SECONDS = 2.0
LOOK_SECONDS = 1.0
PAGE_RECORDS = 1000
CIRCLE = (
    "The platform leads in a circle: it gave the same place in “{name}” twice, so nobody can tell which records are "
    "left. Nothing was exported. Try again; if it happens again, tell your administrator."
)


class ExportHandler:
    """The handler of JobKind.RESULTS_EXPORT. All its work is in `begin`: it has no chunks."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """There is no file to check."""

    def lanes(self, job: Job) -> int:
        """One page after the other: each names the next."""
        return 1

    def may_resend(self, job: Job) -> bool:
        """There are no chunks."""
        return True

    @rarely_collected()
    def begin(self, job: Job, *, client: PlatformClient) -> Pending | None:
        """Read for one turn's time, or write the file; None when it is written."""
        if job.report.get("result_path"):
            return None
        order = ExportOrder.from_json(job.options["export"])
        if "places" not in job.remote:
            _places_find(job, order, client)
            if job.work_total > SMALL_WORK:
                return Pending(0, "Reading the records.")
        turn = _Turn(job, order, client)
        while (at := _next_place(job)) is not None:
            turn.read(at)
            if _next_place(job) is not None and turn.is_over():
                return Pending(0, turn.words)
        if all(place["problem"] for place in job.remote["places"]):
            raise JobRefused(" ".join(dict.fromkeys(place["problem"] for place in job.remote["places"])))
        try:
            _file_write(job, order)
        except WritingStopped:
            return Pending(0, "Everything is read. The file is written.")
        except TooManyColumns as refused:
            raise JobRefused(str(refused)) from refused
        return None

    def send(self, job: Job, chunk: Chunk, *, client: PlatformClient, spool: Any) -> ChunkResult:
        """There are no chunks."""
        raise JobRefused("An export has no rows to send.")

    def settle(self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient) -> list[Verdict]:
        """There are no chunks."""
        return []

    def finish(self, job: Job) -> str:
        """Sum up in words what the file holds, and whether that is everything."""
        return export_sentence(job)


def export_sentence(job: Job) -> str:
    """Say what an export holds and whether it is complete, or how far it had come."""
    result = job.report.get("result")
    if not result:
        records = int(job.remote.get("gathered", {}).get("records", 0))
        return f"{records:,} records had been read; there is no file." if records else "Nothing was exported."
    rows, records = result["rows"], result["records"]
    words = f"{rows:,} row{'' if rows == 1 else 's'} of {records:,} record{'' if records == 1 else 's'}."
    left_out = [place for place in result["places"] if not place["complete"]]
    if left_out:
        words += f" NOT COMPLETE: {len(left_out)} of {len(result['places'])} lists could not be read to the end."
        words += "".join(f" {place['list']} in {place['campaign']}: {place['problem']}" for place in left_out)
    else:
        words += " Every list was read to its end."
    if result["called_meanwhile"]:
        words += (
            f" {result['called_meanwhile']:,} records were called while this ran; such a record can be in the file "
            "twice, with its results before and after. Give an end of the time window to avoid that."
        )
    if result["cells_cut"]:
        words += f" {result['cells_cut']:,} cells were longer than a sheet allows and were cut; CSV keeps them whole."
    return words


def _places_find(job: Job, order: ExportOrder, client: PlatformClient) -> None:
    """Ask which lists the campaigns have now, and remember those that are wanted."""
    places: list[dict[str, Any]] = []
    for campaign_id, campaign_name in order.campaigns:
        try:
            campaign = client.get_campaign(campaign_id)
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            gone = "The dialler does not know this campaign any more."
            places.append(_place(campaign_id, campaign_name, problem=gone))
            continue
        bindings = [each for each in campaign.lists or () if not order.instances or each.instance_id in order.instances]
        places += [_place(campaign_id, campaign.name or campaign_name, binding) for binding in bindings]
    if not places:
        raise JobRefused("There is nothing to export: no calling list is bound to what was chosen.")
    remote = {"places": places, "cursor": "", "parts": [], "gathered": {}, "began": timezone.now().isoformat()}
    total = sum(place["total"] for place in places)
    job_remember(job, remote=remote, work_done=0, work_total=total, spool_path=folder_of(job.pk))


def _place(
    campaign_id: str, campaign_name: str, binding: ListBinding | None = None, problem: str = ""
) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "campaign": campaign_name,
        "list": binding.list_name if binding else "",
        "instance": binding.instance_name if binding else "",
        "instance_id": binding.instance_id if binding else "",
        "total": (binding.total_records or 0) if binding else 0,
        "read": 0,
        "is_complete": False,
        "problem": problem,
    }


def _next_place(job: Job) -> int | None:
    """Give the number of the first list that is not done with."""
    places = enumerate(job.remote["places"])
    return next((at for at, place in places if not place["is_complete"] and not place["problem"]), None)


class _Turn:
    """One turn of reading."""

    def __init__(self, job: Job, order: ExportOrder, client: PlatformClient) -> None:
        self.job, self.order, self.client = job, order, client
        self.until = time.monotonic() + TURN_SECONDS
        self.words = "Reading the records."

    def is_over(self) -> bool:
        """Tell whether time is up, or somebody wants the job to stop."""
        return time.monotonic() >= self.until or _should_stop(self.job)

    def read(self, at: int) -> None:
        """Read on in a list, part after part, until it ends or the turn is over."""
        place = self.job.remote["places"][at]
        pages = self.client.walk_records(
            self.order.kind,
            place["campaign_id"],
            instance_id=place["instance_id"],
            start_time=self.order.start,
            end_time=self.order.end,
            extract_attempts=self.order.attempts,
            limit=PAGE_RECORDS,
            cursor=self.job.remote["cursor"],
        )
        while True:
            part = _Part(self.job, self.order, at)
            try:
                is_end = part.fill(pages)
            except (Conflict, NotFound) as error:
                if error.reason is Reason.URL_NOT_FOUND:
                    raise
                part.keep(problem=error.message)
                return
            except Broken as error:
                if error.reason is Reason.CURSOR_REPEATED:
                    name = place["list"]
                    raise JobRefused(f"“{name}” gave no end, so nothing was exported. {error.message}") from error
                part.keep()
                raise
            except PlatformError:
                part.keep()
                raise
            part.keep(is_end=is_end)
            self.words = f"{self.job.work_done:,} records read, now “{place['list']}” in “{place['campaign']}”."
            if is_end or self.is_over():
                return


class _Part:
    """A part being written, with the counts and the cursor as they will be stored with it."""

    def __init__(self, job: Job, order: ExportOrder, at: int) -> None:
        self.job, self.at, self.order = job, at, order
        self.gathered = gathered_of(job, order)
        self.began = datetime.fromisoformat(job.remote["began"])
        self.file: IO[bytes] = file_begin(job)
        self.read = 0
        self.called_meanwhile = 0
        self.cursor = str(job.remote["cursor"])
        self.watch = dict(job.remote.get("watch") or {"cursor": "", "steps": 0, "power": 1})

    def fill(self, pages: Any) -> bool:
        """Write pages for a part's time; True when they have ended."""
        until = time.monotonic() + min(PART_SECONDS, TURN_SECONDS)
        for page in pages:
            self._take(page)
            # Told from the page itself: after the last one there is no cursor from which another turn could go on.
            if not page.next_cursor:
                return True
            if time.monotonic() >= until:
                return False
        return True

    def _take(self, page: Page[Record]) -> None:
        self.file.write(self.gathered.lines(self.at, page.items))
        self.read += len(page.items)
        if self.order.kind is RecordKind.UPDATED:
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
        if self.cursor == self.watch["cursor"]:
            raise JobRefused(CIRCLE.format(name=self.job.remote["places"][self.at]["list"]))
        self.watch["steps"] += 1
        if self.watch["steps"] == self.watch["power"]:
            self.watch = {"cursor": self.cursor, "steps": 0, "power": self.watch["power"] * 2}

    def keep(self, *, is_end: bool = False, problem: str = "") -> None:
        """Store what was read; from now on it is part of the export."""
        parts = list(self.job.remote["parts"])
        with self.file:
            if self.read:
                parts.append(file_keep(self.job, self.file, ".part"))
        places = [dict(place) for place in self.job.remote["places"]]
        place = places[self.at]
        place["read"] += self.read
        place["is_complete"], place["problem"] = is_end, problem
        is_done = is_end or bool(problem)
        remote = {
            **self.job.remote,
            "places": places,
            "parts": parts,
            "cursor": "" if is_done else self.cursor,
            "watch": None if is_done else self.watch,
            "gathered": self.gathered.as_json(),
            "called_meanwhile": int(self.job.remote.get("called_meanwhile", 0)) + self.called_meanwhile,
        }
        # A list that is done with counts what it gave: fewer records may have been wanted than it holds.
        expected = [each["read"] if _is_done(each) else max(each["total"], each["read"]) for each in places]
        job_remember(self.job, remote=remote, work_done=self.gathered.records, work_total=sum(expected))


def _is_done(place: dict[str, Any]) -> bool:
    return bool(place["is_complete"] or place["problem"])


def gathered_of(job: Job, order: ExportOrder) -> Gathered:
    """Give what has been met up to the last stored part."""
    by_completion = order.kind is RecordKind.COMPLETED
    return Gathered(job.remote["gathered"], by_completion=by_completion, per_attempt=order.per_attempt)


def _should_stop(job: Job) -> bool:
    wanted = Job.objects.filter(pk=job.pk).values_list("wanted", flat=True).first()
    return bool(wanted) or is_shutting_down()


class _Stop:
    """Ask the database at most once a second whether somebody wants the job to stop, and say that it lives."""

    def __init__(self, job: Job) -> None:
        self.job, self.asked = job, time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() - self.asked < LOOK_SECONDS:
            return False
        self.asked = time.monotonic()
        return _should_stop(self.job)


def _file_write(job: Job, order: ExportOrder) -> None:
    job_remember(job, message="Everything is read. The file is written.")
    gathered = gathered_of(job, order)
    places = job.remote["places"]
    columns = columns_of(
        gathered,
        chosen=order.columns,
        attempts=order.attempts,
        per_attempt=order.per_attempt,
        many_places=len(places) > 1,
    )
    result = _result(job, order, gathered)
    sheetful = Sheetful(
        lines=lines_read(job.remote["parts"]),
        columns=columns,
        places=[{name: place[name] for name in PLACE_NAMES} for place in places],
        per_attempt=order.per_attempt,
        is_whole=not order.columns,
        summary=result,
        should_stop=_Stop(job),
    )
    with file_begin(job) as file:
        written = _write(job, order, file, sheetful)
        if written.rows != gathered.rows:
            raise RuntimeError(f"{gathered.rows} rows were read and {written.rows} written")
        size = file.seek(0, 2)
        path = file_keep(job, file, f".{order.format.value}")
    result |= {"cells_cut": written.cells_cut, "sheets": written.sheets, "bytes": size}
    complete = sum(place["is_complete"] for place in places)
    # Lists are counted where a job's rows are, so that an export that lacks some ends as one that is partly done.
    counts = {"rows_total": len(places), "n_added": complete, "n_rejected": len(places) - complete}
    report = {"result_path": path, "file_name": _file_name(job, order), "result": result}
    job_remember(job, report=report, work_total=gathered.records, **counts)
    files_delete(job.pk, but=path)


def _write(job: Job, order: ExportOrder, file: IO[bytes], sheetful: Sheetful) -> Written:
    if order.format is ExportFormat.XLSX:
        return write_xlsx(file, sheetful, folder=work_folder(job.pk))
    return (write_csv if order.format is ExportFormat.CSV else write_ndjson)(file, sheetful)


def _result(job: Job, order: ExportOrder, gathered: Gathered) -> dict[str, Any]:
    """Describe the export in a form that people and programs read; times are UTC."""
    places = [
        {
            "campaign": place["campaign"],
            "list": place["list"],
            "instance": place["instance"],
            "instance_id": place["instance_id"],
            "records": place["read"],
            "complete": place["is_complete"],
            "problem": place["problem"],
        }
        for place in job.remote["places"]
    ]
    return {
        "rows": gathered.rows,
        "records": gathered.records,
        "complete": all(place["complete"] for place in places),
        "first_time": gathered.first.isoformat() if gathered.first else None,
        "last_time": gathered.last.isoformat() if gathered.last else None,
        "time_means": "completion" if order.kind is RecordKind.COMPLETED else "last attempt",
        "kind": order.kind.value,
        "from": order.start.isoformat() if order.start else None,
        "to": order.end.isoformat() if order.end else None,
        "began": job.remote["began"],
        "written": timezone.now().isoformat(),
        "called_meanwhile": int(job.remote.get("called_meanwhile", 0)) if order.end is None else 0,
        "cells_cut": 0,
        "places": places,
    }


def _file_name(job: Job, order: ExportOrder) -> str:
    name = "".join(sign for sign in order.name if sign.isprintable() and sign not in '/\\:*?"<>|').strip(" .")
    return PurePath(f"{name[:120] or 'results'} - {order.kind.value} results, job {job.pk}.{order.format.value}").name

"""Exporting records: they are read page by page into part files, and the finished file is written from those.

The file is written at the end, when all names of fields that occur are known.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from bpadmin.counts import counted
from bpadmin.jobs.engine.lease import LeaseLost, job_remember
from bpadmin.jobs.engine.outage import store_patiently
from bpadmin.jobs.handlers import ChunkResult, JobRefused, Pending, Progress, ShouldStop, Verdict
from bpadmin.jobs.models import Chunk, Job
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.results import END, KIND, START
from bpadmin.platforms.types import RecordKind
from bpadmin.records.exports.columns import Gathered
from bpadmin.records.exports.garbage import rarely_collected
from bpadmin.records.exports.options import export_order, export_places, export_remote, export_report
from bpadmin.records.exports.order import UTC_NAME, ExportFormat, ExportOrder
from bpadmin.records.exports.parts import (
    LINES,
    ROWS,
    file_begin,
    file_drop,
    file_keep,
    files_delete,
    lines_read,
    work_folder,
)
from bpadmin.records.exports.positions import is_long, next_place, places_find
from bpadmin.records.exports.reader import (
    LOOK_SECONDS,
    Halted,
    Turn,
    columns_ordered,
    gathered_of,
    noun_of,
    place_members,
    should_stop,
)
from bpadmin.records.exports.writer import (
    Sheetful,
    TooManyColumns,
    WritingStopped,
    Written,
    write_csv,
    write_ndjson,
    write_own_csv,
    write_xlsx,
)

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient


class ExportHandler:
    """The handler of RESULTS_EXPORT. All its work is in `begin`: it has no chunks."""

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
        if export_report(job).result_path:
            return None
        order = export_order(job)
        if export_remote(job).places is None:
            places_find(job, order, client)
            if is_long(job):
                return Pending(0, f"Reading the {noun_of(job)}s.")
        turn = Turn(job, order, client)
        while next_place(job) is not None:
            try:
                turn.read()
            except Halted as halted:
                return Pending(0, str(halted))
            if next_place(job) is not None and turn.is_over():
                return Pending(0, turn.words)
        if all(place.problem for place in export_places(job)):
            raise JobRefused(" ".join(dict.fromkeys(place.problem for place in export_places(job))))
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

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """There are no chunks."""
        return []

    def finish(self, job: Job) -> str:
        """Sum up in words what the file holds, and whether that is everything."""
        return export_sentence(job)


def export_sentence(job: Job) -> str:
    """Say what an export holds and whether it is complete, or how far it had come."""
    result, what = export_report(job).result, noun_of(job)
    if not result:
        records = int(export_remote(job).gathered.get("records", 0))
        return f"{records:,} {what}s had been read; there is no file." if records else "Nothing was exported."
    rows, records = result["rows"], result["records"]
    words = f"{rows:,} row{'' if rows == 1 else 's'} of {records:,} {what}{'' if records == 1 else 's'}."
    left_out = [place for place in result["places"] if not place["complete"]]
    if left_out:
        noun = f"{result.get('noun', 'list')}s"
        words += f" NOT COMPLETE: {len(left_out)} of {len(result['places'])} {noun} could not be read to the end."
        words += "".join(f" {_place_words(place)}: {place['problem']}" for place in left_out)
    else:
        words += f" Every {result.get('noun', 'list')} was read to its end."
    words += "".join(map(_fewer_words, filter(_is_fewer, result["places"])))
    if result["called_meanwhile"]:
        words += (
            f" {result['called_meanwhile']:,} {what}s were called while this ran; such a {what} can be in the file "
            "twice, with its results before and after. Give an end of the time window to avoid that."
        )
    if result["cells_cut"]:
        words += (
            f" {counted(result['cells_cut'], 'cell', 'was')} longer than a sheet allows and cut; CSV keeps them whole."
        )
    return words


def _is_fewer(place: Mapping[str, Any]) -> bool:
    """Return whether fewer records came to the end of a place than it was said to hold: its pages may have ended early,
    since a short page is the last one.
    """
    return bool(place["complete"]) and place["records"] < (place.get("held") or 0)


def _fewer_words(place: Mapping[str, Any]) -> str:
    came, held = place["records"], place["held"]
    return (
        f" {_place_words(place)} gave {came:,} of the {held:,} records that were counted in it before; "
        "compare it with the dialler if that many have not gone since."
    )


def _place_words(place: Mapping[str, Any]) -> str:
    return f"{place['list']} in {place['campaign']}" if place["campaign"] else str(place["list"])


class _Stop:
    """Ask the database at most once a second whether somebody wants the job to stop, and say that it lives."""

    def __init__(self, job: Job) -> None:
        self.job, self.asked = job, time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() - self.asked < LOOK_SECONDS:
            return False
        self.asked = time.monotonic()
        return should_stop(self.job)


def _file_write(job: Job, order: ExportOrder) -> None:
    job_remember(job, message="Everything is read. The file is written.")
    gathered = gathered_of(job, order)
    places = export_places(job)
    columns = columns_ordered(order, gathered, many_places=len(places) > 1)
    # Sources are read at the same time; in the file they follow each other.
    parts = sorted(export_remote(job).parts, key=attrgetter("place"))
    result = _result(job, order, gathered)
    sheetful = Sheetful(
        lines=lines_read(part for part in parts if part.name.endswith(LINES)),
        parts=[part for part in parts if part.name.endswith(ROWS)],
        columns=columns,
        places=list(map(place_members, places)),
        per_attempt=order.per_attempt,
        is_whole=not order.columns,
        summary=result,
        should_stop=_Stop(job),
        zone=ZoneInfo(order.time_zone),
    )
    with file_begin(job) as file:
        written = _write(job, order, file, sheetful)
        if written.rows != gathered.rows:
            raise RuntimeError(f"{gathered.rows} rows were read and {written.rows} written")
        size = file.seek(0, 2)
        path = file_keep(job, file, f".{order.format.value}")
    result |= {"cells_cut": written.cells_cut, "sheets": written.sheets, "bytes": size}
    complete = sum(place.is_complete for place in places)
    # Lists are counted where a job's rows are, so that an export that lacks some ends as one that is partly done.
    counts = {"rows_total": len(places), "n_added": complete, "n_rejected": len(places) - complete}
    report = replace(export_report(job), result_path=path, file_name=_file_name(job, order), result=result)
    try:
        store_patiently(partial(job_remember, job, report=report.as_json(), work_total=gathered.records, **counts))
    except LeaseLost:
        file_drop(path)  # whoever has taken over writes a file of its own
        raise
    files_delete(job.pk, but=path)


def _write(job: Job, order: ExportOrder, file: IO[bytes], sheetful: Sheetful) -> Written:
    if order.format is ExportFormat.XLSX:
        return write_xlsx(file, sheetful, folder=work_folder(job.pk))
    form = REGISTRY[job.tenant.platform].csv_form
    if order.format is ExportFormat.OWN_CSV and form is not None:
        return write_own_csv(file, sheetful, form)
    return (write_ndjson if order.format is ExportFormat.NDJSON else write_csv)(file, sheetful)


def _result(job: Job, order: ExportOrder, gathered: Gathered) -> dict[str, Any]:
    """Describe the export in a form that people and programs read; times are UTC."""
    remote = export_remote(job)
    takes_all = order.kind == RecordKind.ALL and all(each.name == KIND for each in order.conditions)
    places = [
        {
            "campaign": place.campaign,
            "list": place.list,
            "instance": place.instance,
            "instance_id": place.instance_id,
            "source_id": place.source_id,
            "records": place.read,
            "held": place.total if takes_all else None,
            "complete": place.is_complete,
            "problem": place.problem,
        }
        for place in remote.places or ()
    ]
    return {
        "rows": gathered.rows,
        "records": gathered.records,
        "complete": all(place["complete"] for place in places),
        "first_time": gathered.first.isoformat() if gathered.first else None,
        "last_time": gathered.last.isoformat() if gathered.last else None,
        "time_means": "completion" if order.kind == RecordKind.COMPLETED else "last attempt",
        "noun": "list" if order.campaigns else "source",
        "kind": order.kind,
        "from": order.said(START) or None,
        "to": order.said(END) or None,
        "conditions": [condition.as_json() for condition in order.conditions],
        "time_zone": UTC_NAME if order.format is ExportFormat.NDJSON else order.time_zone,
        "began": remote.began,
        "written": timezone.now().isoformat(),
        "called_meanwhile": remote.called_meanwhile if not order.said(END) else 0,
        "cells_cut": 0,
        "places": places,
    }


def _file_name(job: Job, order: ExportOrder) -> str:
    name = "".join(sign for sign in order.name if sign.isprintable() and sign not in '/\\:*?"<>|').strip(" .")
    what = f"{order.kind} results" if order.campaigns else f"{noun_of(job)}s"
    return PurePath(f"{name[:120] or what} - {what}, job {job.pk}.{order.format.value}").name

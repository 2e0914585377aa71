"""What the commands that export share: the job is driven here and now, and its file written where it is wanted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.platforms.results import FILTERS
from bpadmin.platforms.sources import SourceFilter
from bpadmin.records.exports.options import export_report
from bpadmin.records.exports.order import ExportFormat, ExportOrder, ExportRefused
from bpadmin.records.exports.presets import PresetRefused
from bpadmin.records.exports.services import export_open, export_start
from bpadmin.tenants.management.base import FAILED, OK, SOME_REJECTED, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.web.downloads import FileGone, file_write

SHELL = Actor(name="shell")
EXIT_CODES = {JobState.SUCCEEDED: OK, JobState.PARTIAL: SOME_REJECTED}


class ExportCommand(TenantCommand):
    """Base of the commands that export: give the order to `export`."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        LookupRefused,
        ExportRefused,
        PresetRefused,
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which rows and columns the file has, and where it is written."""
        super().add_arguments(parser)
        parser.add_argument("--attempts", action="store_true", help="with all attempts of each record")
        parser.add_argument("--per-attempt", action="store_true", help="a row for each attempt")
        parser.add_argument("--columns", default="", metavar="C,C…", help="only these columns, as in the header")
        parser.add_argument("--format", default="", choices=["", *ExportFormat.values], help="else by FILE's ending")
        parser.add_argument("--zone", default="", metavar="Z", help="zone of times in CSV and XLSX, else the tenant's")
        parser.add_argument("-o", "--output", default="", metavar="FILE", help="else named after what is exported")

    def export(
        self, tenant: Tenant, order: ExportOrder, *, output: str, filters: Sequence[SourceFilter] = FILTERS
    ) -> Result:
        """Order the export, carry it out, and write the file and beside it what it says of itself."""
        if output and not Path(output).resolve().parent.is_dir():
            raise CommandRefused(f"There is no folder for {output}. Make it first.")
        job = export_start(tenant=tenant, order=order, actor=SHELL, filters=filters, ring=False)
        job_drive(job_id=job.pk, seconds=None, worker="shell")
        job.refresh_from_db()
        self.say(job.told_message)
        data = {"job": job.pk, "state": job.state, "message": job.told_message}
        report = export_report(job)
        if not report.result_path or not report.result:
            return Result(data, FAILED)
        path = Path(output or report.file_name)
        _write(job, path)
        self.say(f"Written: {path}, and beside it what it says of itself: {_beside(path)}")
        result = report.result
        data |= {"file": str(path), **{name: result[name] for name in ("rows", "records", "complete")}}
        data |= {"first_time": result["first_time"], "last_time": result["last_time"]}
        return Result(data, EXIT_CODES.get(JobState(job.state), FAILED))


def shape_of(options: dict[str, Any], tenant: Tenant) -> dict[str, Any]:
    """Return the parts of an order that these arguments say."""
    return {
        "attempts": options["attempts"],
        "per_attempt": options["per_attempt"],
        "columns": tuple(options["columns"].split(",")) if options["columns"] else (),
        "time_zone": options["zone"] or tenant.time_zone,
        "format": _format(options["format"], options["output"]),
    }


def _format(said: str, output: str) -> ExportFormat:
    if said:
        return ExportFormat(said)
    ending = Path(output).suffix.lower().removeprefix(".")
    return ExportFormat(ending) if ending in ExportFormat.values else ExportFormat.CSV


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.summary.json")


def _write(job: Job, path: Path) -> None:
    try:
        with export_open(job=job, actor=SHELL) as source:
            file_write(path, iter(partial(source.read, 1024 * 1024), b""))
        summary = json.dumps(export_report(job).result, indent=2, ensure_ascii=False) + "\n"
        file_write(_beside(path), [summary.encode()])
    except FileGone as gone:
        raise CommandRefused(str(gone)) from gone
    except OSError as error:
        raise CommandRefused(f"{path} cannot be written: {error}. The file is kept under job {job.pk}.") from error

"""manage.py list_upload TENANT LIST FILE: check a file and send its rows, in the foreground."""

from __future__ import annotations

import getpass
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from django.core.management.base import CommandParser

from bpadmin.downloads import FileGone, file_write
from bpadmin.jobs.figures import JobView
from bpadmin.jobs.foreground import job_check_here, job_send_here
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.registry import job_report
from bpadmin.jobs.rejects import rejects_lines
from bpadmin.jobs.services import IllegalMove, job_cancel
from bpadmin.jobs.terminal import ProgressLine, job_numbers, problem_line
from bpadmin.lookup import LookupRefused
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.commands import OK, SOME_REJECTED, CommandRefused, Result, TenantCommand, path_to_write
from bpadmin.tenants.models import Tenant
from lists.formats import format_fields
from lists.mapping import mapping_suggest
from lists.models import ListFormat, UploadMode
from lists.services import list_find, lists_forget
from lists.upload_arguments import (
    ArgumentRefused,
    choices_said,
    fields_check,
    fields_said,
    mapping_said,
    nothing_mapped,
    parts_check,
)
from lists.upload_forms import NEEDS_KEY
from lists.upload_options import upload_options
from lists.uploads import Inspection, UploadRefused, reading_keep, upload_configure, upload_create, upload_inspect
from lists.wizard import column_looks, format_known, mapping_before

ENDED_WELL = {JobState.SUCCEEDED: OK, JobState.PARTIAL: SOME_REJECTED}


class Command(TenantCommand):
    """Upload a file into a calling list; needs neither a worker nor a broker."""

    help = (
        "Check a CSV or Excel file and send its rows into a calling list. Exit code 0: every row is in the list; "
        "3: some rows were rejected; 1: it failed or was cancelled."
    )
    needs = Capability.RECORDS_ADD
    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        ArgumentRefused,
        IllegalMove,
        LookupRefused,
        UploadRefused,
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST, FILE and how the file is to be taken."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("list", metavar="LIST", help="name or id of the list")
        add("file", metavar="FILE", help="CSV, TSV or XLSX, also in a .zip or .gz; - reads standard input")
        add("--mode", choices=[mode.value for mode in UploadMode], default=UploadMode.ADD.value, help="default: add")
        add(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="COLUMN: name or number; empty FIELD: skip",
        )
        add("--key", action="append", default=[], metavar="FIELD", help="this field is a key of the list's format")
        add("--required", action="append", default=[], metavar="FIELD", help="this field is required")
        add(
            "--field",
            action="append",
            default=[],
            metavar="NAME:TYPE[:MORE]",
            help="a field's type, such as phone:PHONE:US_CANADA or due:DATETIME:yyyy-MM-dd",
        )
        add("--encoding", help="for example utf-8 or cp1252; found out when not given")
        add("--delimiter", help="one sign, or comma, semicolon, tab, pipe; found out when not given")
        add("--sheet", help="sheet of a workbook")
        add("--member", help="file inside a .zip")
        add("--header", action="store_true", dest="has_header", default=None, help="the first row holds column names")
        add("--no-header", action="store_false", dest="has_header", help="the first row is data")
        add("--rejects", metavar="FILE", help="write the rows that are not in the list to this CSV file")
        add("--yes", action="store_true", help="do not ask before --mode replace deletes all records")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Take the file in, check it, send it, and say what became of every row."""
        self.began = time.monotonic()
        self.who = f"{getpass.getuser()} (shell)"[:150]
        self.line = ProgressLine(sys.stderr)
        calling_list = list_find(tenant=tenant, name_or_id=options["list"])
        info = REGISTRY[tenant.platform]
        if options["mode"] in NEEDS_KEY and info.update_note:
            self.say(info.update_note)
        rejects = path_to_write(options["rejects"], option="--rejects")
        self._ask_to_replace(calling_list, options, info.delete_all_note)
        job = self._take(tenant, calling_list, options)
        try:
            self._configure(job, calling_list, options)
            self._check(job)
            job = job_send_here(job=job, show=self.line.show, actor_name=self.who)
        except (UploadRefused, ArgumentRefused):
            self._abandon(job)
            raise
        except KeyboardInterrupt:
            self._abandon(job)
            words = "What was on its way is uncertain; the job's page says which rows." if job.started_at else ""
            raise CommandRefused(f"Stopped at once. {words or 'Nothing was sent.'}", **self._data(job)) from None
        finally:
            self.line.end()
        lists_forget(tenant=tenant, list_id=job.target_id)
        return self._told(job, rejects)

    def _ask_to_replace(self, calling_list: CallingList, options: dict[str, Any], note: str) -> None:
        if options["mode"] != UploadMode.REPLACE or options["yes"]:
            return
        records = "All" if calling_list.total_records is None else f"All {calling_list.total_records:,}"
        self.say(
            f"{records} records of {calling_list.name} are deleted first. Live calls on this list are cut off where a "
            "campaign dials it in progressive, predictive or IVR mode. It cannot be taken back."
            f"{' ' if note else ''}{note}"
        )
        if not sys.stdin.isatty() or options["file"] == "-":
            raise CommandRefused("Replacing a list must be said twice where nobody can be asked: add --yes.")
        self.stderr.write("Type the name of the list to go on: ", self._plain, ending="")
        self.stderr.flush()
        if sys.stdin.readline().strip() != calling_list.name.strip():
            raise CommandRefused("That is not its name. Nothing was deleted, nothing was sent.")

    def _take(self, tenant: Tenant, calling_list: CallingList, options: dict[str, Any]) -> Job:
        path = options["file"]
        with ExitStack() as stack:
            try:
                stream: BinaryIO = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
            except OSError as exc:
                raise CommandRefused(f"{path} cannot be read: {exc.strerror}.") from exc
            return upload_create(
                tenant=tenant,
                list_id=calling_list.id,
                list_name=calling_list.name,
                file_name="standard input" if path == "-" else Path(path).name,
                stream=stream,
                owner_name=self.who,
            )

    def _configure(self, job: Job, calling_list: CallingList, options: dict[str, Any]) -> None:
        inspection = upload_inspect(job=job, choices=choices_said(options) or None)
        reading_keep(job=job, inspection=inspection, actor_name=self.who)
        parts_check(options, inspection)
        kept = format_known(tenant=job.tenant, list_id=job.target_id, calling_list=calling_list)
        known = format_fields(kept)
        looks = column_looks(inspection)
        suggestions = mapping_suggest(
            header=inspection.header,
            fields=known or looks,
            saved=mapping_before(job=job, header=inspection.header),
            rows=inspection.rows,
        )
        mapping = mapping_said(options["map"], header=inspection.header, suggestions=suggestions, fields=known or looks)
        if not mapping:
            raise ArgumentRefused(nothing_mapped(inspection.header, known))
        if kept is not None and kept.source == ListFormat.Source.CREATED:
            fields_check(mapping.values(), known, options["field"])
        fields = fields_said(
            fields=known,
            mapping=mapping,
            looks=looks,
            said=options["field"],
            keys=options["key"],
            required=options["required"],
        )
        upload_configure(
            job=job,
            dialect=inspection.dialect,
            mapping=mapping,
            fields=fields,
            mode=options["mode"],
            actor_name=self.who,
        )
        self._tell_reading(job, inspection, mapping)

    def _tell_reading(self, job: Job, inspection: Inspection, mapping: dict[str, str]) -> None:
        dialect = inspection.dialect
        names = ("member", "sheet") if dialect.get("sheet") else ("member", "encoding")
        ways = [str(dialect[name]) for name in names if dialect.get(name)]
        self.say(
            f"{job.file_name} → {job.target_name} (job {job.pk}), read as {', '.join(ways) or dialect.get('kind')}"
        )
        for index, name in enumerate(inspection.header):
            field = mapping.get(str(index))
            self.say(f"  {name or f'column {index + 1}'} → {field}" if field else f"  {name} is not sent")
        if len(inspection.sheets) > 1:
            self.say(f"  Note: The workbook has {len(inspection.sheets)} sheets. Only “{dialect['sheet']}” is read.")
        for warning in inspection.warnings:
            self.say(f"  Note: {warning.label}. {warning.fix}".rstrip())

    def _check(self, job: Job) -> None:
        job_check_here(job=job, show=self.line.show, actor_name=self.who)
        self.line.end()
        if job.state != JobState.READY:
            raise CommandRefused(job.message or "The check was cancelled. Nothing was sent.", **self._data(job))
        for problem in job_report(job).problems:
            self.say(problem_line(problem))
        self.say(f"{job.n_not_sent:,} of {job.rows_total:,} rows can be sent.")
        if not job.n_not_sent and upload_options(job).mode == UploadMode.REPLACE:
            job_cancel(job=job, actor_name=self.who)
            raise CommandRefused("No row can be sent, so the list was left as it is.", **self._data(job))

    def _abandon(self, job: Job) -> None:
        """Leave no half-made job behind when the file was refused or somebody pressed Ctrl-C twice."""
        with suppress(IllegalMove):
            job_cancel(job=job, actor_name=self.who)
        job.refresh_from_db()

    def _told(self, job: Job, rejects: Path | None) -> Result:
        view = JobView(job)
        self.say(f"{job.get_state_display()}: {job.rows_total:,} rows = {view.sum_in_words}")
        if job.message:
            self.say(job.message)
        if rejects is not None:
            self._write_rejects(job, rejects)
        return Result({**self._data(job), "message": job.message}, ENDED_WELL.get(JobState(job.state), 1))

    def _write_rejects(self, job: Job, path: Path) -> None:
        try:
            file_write(path, rejects_lines(job))
        except (OSError, FileGone) as exc:
            raise CommandRefused(f"The rejects could not be written: {exc}", **self._data(job)) from exc
        self.say(f"Rejected rows written to {path}: {JobView(job).rejects_count:,}")

    def _data(self, job: Job) -> dict[str, Any]:
        return {
            **job_numbers(job),
            "mode": upload_options(job).mode,
            "blank_lines": job.rows_blank,
            "seconds": round(time.monotonic() - self.began, 3),
            "seconds_sending": round(job.seconds_running, 3),
        }

"""manage.py list_upload TENANT LIST FILE: check a file and send its rows, in the foreground."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

from django.core.management.base import CommandParser

from bpadmin.counts import counted, part_of
from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.jobs.files.rejects import rejects_lines, there_lines
from bpadmin.jobs.handlers import job_report
from bpadmin.jobs.management.foreground import job_check_here, job_send_here
from bpadmin.jobs.management.progress import ProgressLine, job_numbers
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import (
    BLANK,
    DOUBLES_LABELS,
    GUARD_LABELS,
    HIDDEN_LABELS,
    ORDER_LABELS,
    UNDO,
    NotUnderstood,
)
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.services import IllegalMove, job_cancel, rejects_download_record
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result, TenantCommand, path_to_write
from bpadmin.tenants.models import Tenant
from bpadmin.typed_names import is_typed
from bpadmin.uploads.arguments import (
    AGAIN_HELP,
    DOUBLES_HELP,
    ENCODING_HELP,
    QUOTES_HELP,
    ArgumentRefused,
    choices_said,
    doubles_flag,
    encoding_check,
    encoding_told,
    parts_check,
)
from bpadmin.uploads.checking.questions import ACCEPT, questions_open, questions_words
from bpadmin.uploads.checking.report import CheckReport
from bpadmin.uploads.checking.report_lines import check_lines, check_told, reading_told
from bpadmin.uploads.conversion.recipe_files import recipe_named_or_read
from bpadmin.uploads.conversion.recipe_store import RecipeRefused
from bpadmin.uploads.conversion.recipes import Applied, recipe_apply
from bpadmin.uploads.conversion.rules import BLANKS, Conversion
from bpadmin.uploads.files import UploadRefused, reading_keep, upload_create, upload_forget, upload_inspect
from bpadmin.uploads.inspection import QUOTING, Inspection
from bpadmin.uploads.mapping.phone_columns import phone_columns
from bpadmin.uploads.mapping.suggestions import WITH_TYPE_SCORE, Suggestion
from bpadmin.uploads.models import UploadMode
from bpadmin.web.downloads import FileGone, file_write
from lists.kinds import LIST_UPLOAD
from lists.old_values.services import (
    KEEP_OLD_HELP,
    OldValuesRefused,
    old_values_cost,
    old_values_of,
    old_values_order,
    old_values_words,
)
from lists.uploads.already_there import reading_cost
from lists.uploads.options import upload_options
from lists.uploads.pages.forms import NEEDS_KEY
from lists.uploads.splitting import numbers_split, splits_offered
from lists.uploads.target.place import target_find, target_title
from lists.uploads.unattended import upload_configure_unattended
from lists.uploads.wizard import rules_before

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
        OldValuesRefused,
        LookupRefused,
        RecipeRefused,
        UploadRefused,
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST, FILE and how the file is to be taken."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("list", metavar="LIST", help="name or id of the list, or of the campaign where the dialler has no lists")
        add("file", metavar="FILE", help="CSV, TSV or XLSX, also in a .zip or .gz; - reads standard input")
        add("--mode", choices=[mode.value for mode in UploadMode], default=UploadMode.ADD.value, help="default: add")
        add(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="COLUMN: name or number; empty FIELD: skip",
        )
        add(
            "--key",
            action="append",
            default=[],
            dest="keys",
            metavar="FIELD",
            help="this field is a key of the list's format",
        )
        add("--required", action="append", default=[], metavar="FIELD", help="this field is required")
        add(
            "--field",
            action="append",
            default=[],
            metavar="NAME:TYPE[:MORE]",
            help="a field's type, such as phone:PHONE:US_CANADA or due:DATETIME:yyyy-MM-dd",
        )
        add("--encoding", metavar="NAME", help=ENCODING_HELP)
        add("--delimiter", help="one sign, or comma, semicolon, tab, pipe; found out when not given")
        add("--quotes", choices=list(QUOTING), help=QUOTES_HELP)
        add("--sheet", help="sheet of a workbook")
        add("--member", help="file inside a .zip")
        add("--header", action="store_true", dest="has_header", default=None, help="the first row holds column names")
        add("--no-header", action="store_false", dest="has_header", help="the first row is data")
        add(
            "--hidden-rows",
            choices=list(HIDDEN_LABELS),
            help="rows that a workbook hides or filters away (default: leave-out)",
        )
        add(
            "--blank-missing-cells",
            action="store_true",
            help="in update and upsert: cells that a row lacks at its end are blank, instead of a fault of the row",
        )
        add(
            "--recipe",
            metavar="NAME|FILE",
            help="take columns and rules from a recipe of the list, or from a file with one; - reads standard input",
        )
        add(
            "--without-rules",
            action="store_true",
            help="take cells as they are, whatever was said of such a file before",
        )
        add("--blank", choices=list(BLANKS), help="in update and upsert: what a blank cell does to its field")
        add(
            "--order",
            choices=list(ORDER_LABELS),
            dest="date_order",
            help="read dates day first (dmy) or month first (mdy), and write them as the list wants them",
        )
        add(
            "--apostrophes",
            choices=list(GUARD_LABELS),
            help='marks of a spreadsheet around cells, an apostrophe in front or ="007" (default: take-off)',
        )
        add(
            "--undo-double-encoding",
            action="store_true",
            help="put texts right that were encoded twice, such as MÃ¼ller for Müller",
        )
        add(
            "--reset-dialling",
            action="store_true",
            help="in upsert, where the dialler has it: what is overwritten is dialled anew, its attempts forgotten",
        )
        add(
            "--only-changed",
            action="store_true",
            help="in update and upsert: read the list first (up to 100,000 records), leave out rows that it holds so",
        )
        add("--keep-old", action="store_true", help=KEEP_OLD_HELP)
        add(
            "--split-numbers",
            action="store_true",
            help="split cells with several numbers into further telephone fields of the list that no column feeds",
        )
        add("--leave-out-blocked", action="store_true", help="do not send rows that are on a Do Not Call list")
        add("--send-blocked", action="store_true", help="send rows that are on a Do Not Call list all the same")
        add(
            "--accept",
            action="append",
            default=[],
            choices=list(ACCEPT.values()),
            help="say yes to what stands out in the check, one question each; the refusal names what is asked",
        )
        add("--dry-run", action="store_true", help="check and report; send nothing and leave no job behind")
        add("--doubles", choices=list(DOUBLES_LABELS), help=DOUBLES_HELP)
        add("--again", action="store_true", help=AGAIN_HELP)
        add("--rejects", metavar="FILE", help="write the rows that are not in the list to this CSV file")
        add("--already-there", metavar="FILE", help="write the rows whose key was in the list already to this CSV file")
        add("--yes", action="store_true", help="do not ask before --mode replace deletes all records")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Take the file in, check it, send it, and say what became of every row."""
        self.began = time.monotonic()
        self.not_sent: list[str] = []
        self.rules: list[str] = []
        self.found: dict[str, Any] = {}
        self.who = f"{getpass.getuser()} (shell)"[:150]
        self.line = ProgressLine(sys.stderr)
        calling_list = target_find(tenant=tenant, name_or_id=options["list"])
        info = REGISTRY[tenant.platform]
        if options["mode"] in NEEDS_KEY and info.update_note:
            self.say(info.update_note)
        if info.uploads.note:
            self.say(info.uploads.note)
        if options["reset_dialling"] and Capability.RECORDS_RESET not in capabilities_known(tenant):
            raise CommandRefused(f"--reset-dialling: {info.label}, or its release here, has nothing of the kind.")
        rejects = path_to_write(options["rejects"], option="--rejects")
        self.there = path_to_write(options["already_there"], option="--already-there")
        if options["recipe"] == options["file"] == "-":
            raise ArgumentRefused("--recipe -: standard input is the file already. Name a file for one of them.")
        if options["leave_out_blocked"] and options["send_blocked"]:
            raise CommandRefused(
                "Rows are either left out or sent: say --leave-out-blocked or --send-blocked, not both."
            )
        if options["keep_old"]:
            self.say(old_values_cost(tenant=tenant, list_id=calling_list.id).words)
        if options["only_changed"]:
            self.say(reading_cost(tenant=tenant, list_id=calling_list.id).words)
        if not options["dry_run"]:
            self._ask_to_replace(calling_list, options, info.delete_all_note)
        job = self._take(tenant, calling_list, options)
        try:
            self._configure(job, calling_list, options)
            self._check(job, options)
            self._split(job, options)
            if options["dry_run"]:
                return self._told_only(job, options, rejects)
            self._ask_questions(job, options)
            old_values_order(job=job, wanted=options["keep_old"])
            job = job_send_here(job=job, show=self.line.show, actor_name=self.who)
        except (UploadRefused, ArgumentRefused, RecipeRefused, OldValuesRefused):
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
        if not is_typed(sys.stdin.readline(), calling_list.name):
            raise CommandRefused("That is not its name. Nothing was deleted, nothing was sent.")

    def _take(self, tenant: Tenant, calling_list: CallingList, options: dict[str, Any]) -> Job:
        path = options["file"]
        with ExitStack() as stack:
            try:
                stream: BinaryIO = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
            except OSError as exc:
                raise CommandRefused(f"{path} cannot be read: {exc.strerror}.") from exc
            return upload_create(
                kind=LIST_UPLOAD,
                tenant=tenant,
                list_id=calling_list.id,
                list_name=target_title(tenant, calling_list.id, calling_list.name),
                file_name="standard input" if path == "-" else Path(path).name,
                stream=stream,
                owner_name=self.who,
            )

    def _configure(self, job: Job, calling_list: CallingList, options: dict[str, Any]) -> None:
        inspection = upload_inspect(job=job, choices=choices_said(options) or None)
        reading_keep(job=job, inspection=inspection, actor_name=self.who)
        parts_check(options, inspection)
        encoding_check(inspection)
        before = self._rules(job, inspection, options)
        mapping = upload_configure_unattended(
            job=job,
            calling_list=calling_list,
            inspection=inspection,
            before=before,
            columns=options["map"],
            types=options["field"],
            keys=options["keys"],
            required=options["required"],
            mode=options["mode"],
            hidden_rows=options["hidden_rows"],
            short_rows=BLANK if options["blank_missing_cells"] else None,
            apostrophes=options["apostrophes"],
            date_order=options["date_order"],
            double_encoding=UNDO if options["undo_double_encoding"] else None,
            leave_out_blocked=options["leave_out_blocked"],
            only_changed=options["only_changed"],
            doubles=options["doubles"],
            again=options["again"],
            reset_dialling=options["reset_dialling"],
            actor_name=self.who,
        )
        self._tell_reading(job, inspection, mapping)
        self.found = {"reading": reading_told(inspection), "mapping": dict(upload_options(job).columns)}
        self.rules = before.conversion.told(inspection.header)
        for words in self.rules:
            self.say(f"  Rule: {words}")

    def _rules(self, job: Job, inspection: Inspection, options: dict[str, Any]) -> Applied:
        """Return columns and rules to start from: those of the recipe that was named, or what was said last."""
        header, said = inspection.header, options["recipe"]
        try:
            content = recipe_named_or_read(tenant=job.tenant, list_id=job.target_id, said=said) if said else None
            found = rules_before(job=job, header=header) if content is None else recipe_apply(content, header)
        except NotUnderstood as error:
            raise ArgumentRefused(f"--recipe {said}: {error}") from error
        if options["without_rules"]:
            width = len(header)
            found = Applied({at: name for at, name in found.mapping.items() if int(at) < width}, Conversion())
        if options["blank"]:
            found = replace(found, conversion=replace(found.conversion, blank=options["blank"]))
        return found

    def _tell_reading(self, job: Job, inspection: Inspection, mapping: dict[str, str]) -> None:
        dialect = inspection.dialect
        parts = [str(dialect[name]) for name in ("member", "sheet") if dialect.get(name)]
        ways = [*parts, *filter(None, [encoding_told(inspection) if inspection.encodings else ""])]
        self.say(
            f"{job.file_name} → {job.target_name} (job {job.pk}), read as {', '.join(ways) or dialect.get('kind')}"
        )
        self.not_sent = [name for index, name in enumerate(inspection.header) if str(index) not in mapping]
        for index, name in enumerate(upload_options(job).titles):
            field = mapping.get(str(index))
            self.say(f"  {name} → {field}" if field else f"  {name} is not sent: no field is known for it")
        fed = [
            Suggestion(index, name, mapping.get(str(index), ""), WITH_TYPE_SCORE)
            for index, name in enumerate(inspection.header)
        ]
        phones = phone_columns(fields=upload_options(job).fields, suggestions=fed, rows=inspection.rows)
        if phones is not None and phones.left_words:
            self.say(f"  Note: {phones.left_words}")
        if len(inspection.sheets) > 1:
            self.say(f"  Note: The workbook has {len(inspection.sheets)} sheets. Only “{dialect['sheet']}” is read.")
        for warning in inspection.warnings:
            where = f" in {warning.column}" if warning.column else ""
            self.say(f"  Note: {warning.label}{where}. {warning.fix}".rstrip())

    def _check(self, job: Job, options: dict[str, Any]) -> None:
        job_check_here(job=job, show=self.line.show, actor_name=self.who)
        self.line.end()
        if job.state != JobState.READY:
            raise CommandRefused(job.told_message or "The check was cancelled. Nothing was sent.", **self._data(job))
        report = cast(CheckReport, job_report(job))
        self.found |= {"check": check_told(report)}
        for line in check_lines(report):
            self.say(line)
        if report.rows_hidden_left_out or report.rows_hidden:
            self.say("  Hidden rows are sent or left out with --hidden-rows send or --hidden-rows leave-out.")
        if report.rows_short and options["mode"] in NEEDS_KEY and not options["blank_missing_cells"]:
            self.say("  With --blank-missing-cells the cells that are missing leave their fields as they are.")
        if report.doubles is not None:
            self.say(f"  {report.doubles.words} ({doubles_flag(report.doubles)})")
        self.say(f"{part_of(JobView(job).n_to_send, job.rows_total, 'row')} can be sent.")
        if not job.n_not_sent and upload_options(job).mode == UploadMode.REPLACE:
            job_cancel(job=job, actor_name=self.who)
            raise CommandRefused("No row can be sent, so the list was left as it is.", **self._data(job))

    def _split(self, job: Job, options: dict[str, Any]) -> None:
        """Split cells with several numbers where that was said; else say that it can be done."""
        offers = splits_offered(job)
        for offer in offers:
            self.say(f"  {offer.words}{'' if options['split_numbers'] else ' Say --split-numbers to have them sent.'}")
        if offers and options["split_numbers"]:
            numbers_split(job=job, check=False, actor_name=self.who)
            self._check(job, options)

    def _ask_questions(self, job: Job, options: dict[str, Any]) -> None:
        """Send nothing while something that stands out has no yes."""
        accepted = [*options["accept"], *(["blocked"] if options["send_blocked"] else [])]
        if left := questions_open(job, accepted):
            self._abandon(job)
            words = " ".join(questions_words(left))
            raise CommandRefused(f"Nothing was sent. {words}", **self._data(job), questions=[one.name for one in left])

    def _told_only(self, job: Job, options: dict[str, Any], rejects: Path | None) -> Result:
        """Say how it would go, write the rejects, and leave no job behind."""
        accepted = [*options["accept"], *(["blocked"] if options["send_blocked"] else [])]
        left = questions_open(job, accepted)
        for line in questions_words(left):
            self.say(f"  To be answered: {line}")
        if rejects is not None:
            words = f"Rejected rows written to {rejects}: {JobView(job).rejects_count:,}"
            self._write(job, rejects, rejects_lines, words)
        data = {**self._data(job), "dry_run": True, "questions": [one.name for one in left]}
        code = 1 if left or not job.n_not_sent else SOME_REJECTED if job.n_rejected else OK
        upload_forget(job=job)
        self.say("Nothing was sent: this was a dry run.")
        return Result({**data, "job": None}, code)

    def _abandon(self, job: Job) -> None:
        """Leave no half-made job behind when the file was refused or somebody pressed Ctrl-C twice."""
        with suppress(IllegalMove):
            job_cancel(job=job, actor_name=self.who)
        job.refresh_from_db()

    def _told(self, job: Job, rejects: Path | None) -> Result:
        view = JobView(job)
        self.say(f"{view.badge}: {counted(job.rows_total, 'row')} = {view.sum_in_words}")
        if job.told_message:
            self.say(job.told_message)
        if (old := old_values_of(job)) is not None:
            self.say(old_values_words(old))
        if rejects is not None:
            self._write(job, rejects, rejects_lines, f"Rejected rows written to {rejects}: {view.rejects_count:,}")
        if self.there is not None:
            words = f"Rows that were there already written to {self.there}: {job.n_already_there:,}"
            self._write(job, self.there, there_lines, words)
        return Result({**self._data(job), "message": job.told_message}, ENDED_WELL.get(JobState(job.state), 1))

    def _write(self, job: Job, path: Path, lines: Callable[[Job], Iterator[bytes]], words: str) -> None:
        which = "rows that were there already" if lines is there_lines else ""
        if job.pk:
            rejects_download_record(job=job, actor=None, actor_name=self.who, which=which, to_file=path.name)
        try:
            file_write(path, lines(job))
        except (OSError, FileGone) as exc:
            raise CommandRefused(f"{path} could not be written: {exc}", **self._data(job)) from exc
        self.say(words)

    def _data(self, job: Job) -> dict[str, Any]:
        return {
            **job_numbers(job),
            "mode": upload_options(job).mode,
            "blank_lines": job.rows_blank,
            "columns_not_sent": self.not_sent,
            "doubles": job.report.get("doubles"),
            "rules": self.rules,
            **self.found,
            "warnings": self.found.get("check", {}).get("warnings", []),
            "seconds": round(time.monotonic() - self.began, 3),
            "seconds_sending": round(job.seconds_running, 3),
        }

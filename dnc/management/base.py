"""What the commands on Do Not Call lists share: finding a list, sending a file in the foreground, telling outcomes."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from django.core.management.base import CommandParser

from bpadmin.audit.models import Outcome
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.jobs.files.rejects import rejects_lines
from bpadmin.jobs.handlers import JobRefused, job_report
from bpadmin.jobs.kinds import JobKind, kind_of
from bpadmin.jobs.management.foreground import job_check_here
from bpadmin.jobs.management.progress import ProgressLine, problem_line, warning_line
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import HIDDEN_LABELS, UNDO, NotUnderstood
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.services import IllegalMove, job_cancel
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import FieldSpec
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.tenants.management.base import (
    FAILED,
    OK,
    SOME_REJECTED,
    CommandRefused,
    Result,
    TenantCommand,
    path_to_write,
)
from bpadmin.uploads.arguments import (
    AGAIN_HELP,
    ENCODING_HELP,
    MEMBER_HELP,
    QUOTES_HELP,
    ArgumentRefused,
    choices_said,
    column_named,
    encoding_check,
    mapping_said,
    parts_check,
    sheets_check,
)
from bpadmin.uploads.checking.questions import ACCEPT, questions_open, questions_words
from bpadmin.uploads.checking.report import DOUBLED, ENTITIES, LOST_LETTERS, WITHOUT_ONE
from bpadmin.uploads.conversion.recipe_files import recipe_named_or_read
from bpadmin.uploads.conversion.recipe_store import RecipeRefused
from bpadmin.uploads.files import reading_keep
from bpadmin.uploads.inspection import QUOTING, Inspection
from bpadmin.web.downloads import FileGone, file_write
from dnc.entries.manual import ListOutcome
from dnc.files.columns import CHANGE, LABELS, PICK, UNDECIDED, columns_told
from dnc.files.counts import Outcomes, outcomes_apart, outcomes_of
from dnc.files.forms import take_read
from dnc.files.options import Way
from dnc.files.recipes import KeyChoices, dnc_recipe_apply, dnc_recipe_keep, recipe_place
from dnc.files.services import (
    dnc_columns,
    dnc_upload_configure,
    dnc_upload_create,
    dnc_upload_inspect,
    job_fields,
    job_list,
)
from dnc.keys.normalisation import KEY
from dnc.kinds import DNC_REPLACE
from dnc.lists.sync import DncRefused, dnc_list_find, dnc_lists_refresh

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant
    from dnc.entries.ledger import Dates
    from dnc.models import DncList

SAMPLES_TOLD = 2
_OF_RECIPES = ("map", "take", "country", "key_column", "comment_column")
ENDED_WELL = {JobState.SUCCEEDED: OK, JobState.PARTIAL: SOME_REJECTED}


class DncCommand(TenantCommand):
    """Base of the commands on Do Not Call lists."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        LookupRefused,
        DncRefused,
        JobRefused,
        RecipeRefused,
        IllegalMove,
    )
    needs = Capability.DNC_WRITE

    @property
    def actor(self) -> Actor:
        """Return who acts: the person at the terminal."""
        return Actor(name=f"{getpass.getuser()} (shell)"[:150])

    def find(self, tenant: Tenant, name_or_id: str) -> DncList:
        """Find a list; where it is not known yet, the campaigns are asked."""
        with suppress(LookupRefused):
            return dnc_list_find(tenant=tenant, name_or_id=name_or_id)
        with suppress(PlatformError):
            dnc_lists_refresh(tenant=tenant)
        return dnc_list_find(tenant=tenant, name_or_id=name_or_id)

    def add_file_arguments(self, parser: CommandParser) -> None:
        """Add --file and how it is to be read."""
        parser.add_argument("--file", metavar="FILE", help="CSV, TSV or XLSX, also in a .zip or .gz; - reads stdin")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"what a column holds: {', '.join(name for name in LABELS if name != PICK)}; COLUMN= leaves it out",
        )
        parser.add_argument(
            "--take", metavar="COLUMN=VALUE,…", help="take only the rows with these values, such as ResultCode=D,L"
        )
        parser.add_argument(
            "--country",
            default="",
            metavar="CODE",
            help="numbers without a country's code are of this one: GB, DE, PL…",
        )
        parser.add_argument(
            "--recipe", metavar="NAME|FILE", help="take all this from a recipe of the list, or from a file with one"
        )
        parser.add_argument("--keep-recipe", metavar="NAME", help="keep what was said as a recipe of the list")
        parser.add_argument("--key-column", metavar="COLUMN", help="name or number of the column with the keys")
        parser.add_argument("--comment-column", metavar="COLUMN", help="name or number of the column with comments")
        parser.add_argument("--encoding", metavar="NAME", help=ENCODING_HELP)
        parser.add_argument("--delimiter", help="one sign, or comma, semicolon, tab, pipe; found out when not given")
        parser.add_argument("--quotes", choices=list(QUOTING), help=QUOTES_HELP)
        parser.add_argument("--sheet", help="sheet of a workbook")
        parser.add_argument("--member", help=MEMBER_HELP)
        parser.add_argument("--header", action="store_true", dest="has_header", default=None, help="first row is names")
        parser.add_argument("--no-header", action="store_false", dest="has_header", help="first row is data")
        parser.add_argument(
            "--hidden-rows",
            choices=list(HIDDEN_LABELS),
            help="rows that a workbook hides or filters away (default: send where numbers are added, else leave-out)",
        )
        parser.add_argument(
            "--undo-double-encoding",
            action="store_true",
            help="put comments right that were encoded twice, such as MÃ¼ller for Müller",
        )
        parser.add_argument(
            "--accept",
            action="append",
            default=[],
            choices=[ACCEPT[code] for code in (LOST_LETTERS, DOUBLED, ENTITIES, WITHOUT_ONE)],
            help="say yes to what stands out in numbers or comments, one each; the refusal names what is asked",
        )
        parser.add_argument("--again", action="store_true", help=AGAIN_HELP)
        parser.add_argument("--rejects", metavar="FILE", help="write the rows that were refused to this CSV file")
        parser.add_argument("--dry-run", action="store_true", help="only show what would change; nothing is sent")
        parser.add_argument("--yes", action="store_true", help="answer the question that is printed, and no other")

    def file_checked(
        self,
        dnc_list: DncList,
        kind: JobKind,
        options: dict[str, Any],
        *,
        dates: Dates | None = None,
        way: Way = Way.DIFFERENCE,
    ) -> Job:
        """Take the file in and have it checked; the job is READY then."""
        path_to_write(options["rejects"], option="--rejects")
        path = options["file"]
        if options["recipe"] and (given := [name for name in _OF_RECIPES if options[name]]):
            flag = f"--{given[0].replace('_', '-')}"
            raise CommandRefused(f"--recipe says what the columns hold, so {flag} cannot be said beside it.")
        if options["recipe"] == path == "-":
            raise CommandRefused("--recipe -: standard input is the file already. Name a file for one of them.")
        with ExitStack() as stack:
            try:
                stream: BinaryIO = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
            except OSError as exc:
                raise CommandRefused(f"{path} cannot be read: {exc.strerror}.") from exc
            job = dnc_upload_create(
                dnc_list=dnc_list,
                kind=kind,
                file_name="standard input" if path == "-" else Path(path).name,
                stream=stream,
                actor=self.actor,
                comment=options.get("comment") or "",
                dates=dates,
                way=way,
            )
        try:
            self._configure(job, options)
            line = ProgressLine(sys.stderr)
            job_check_here(job=job, show=line.show, actor_name=self.actor.name)
            line.end()
        except (JobRefused, CommandRefused, DncRefused, RecipeRefused):
            self.abandon(job)
            raise
        if job.state != JobState.READY:
            raise CommandRefused(job.message or "The check was cancelled. Nothing was sent.", **self.job_data(job))
        for problem in job_report(job).problems:
            self.say(problem_line(problem))
            for sample in problem.samples[:SAMPLES_TOLD]:
                told = ": ".join(filter(None, (sample["value"], sample["detail"])))
                words = f"{told}. {sample.get('fix', '')}" if told else sample.get("fix", "")
                self.say(f"    row {sample['row']:,}: {words}".rstrip())
        for warning in job_report(job).warnings:
            self.say(warning_line(warning))
        return job

    def _configure(self, job: Job, options: dict[str, Any]) -> None:
        try:
            inspection = dnc_upload_inspect(job=job, choices=choices_said(options) or None)
            reading_keep(job=job, inspection=inspection, actor_name=self.actor.name)
            parts_check(options, inspection)
            encoding_check(inspection)
            sheets_check(options, inspection.tables)
        except ArgumentRefused as refused:
            raise DncRefused(str(refused)) from refused
        said_rows = {"hidden_rows": options["hidden_rows"]} if options["hidden_rows"] else {}
        if options["undo_double_encoding"]:
            said_rows["double_encoding"] = UNDO
        said_rows |= {"home": options["country"].strip().upper(), "take": _values(options["take"])}
        if options["recipe"]:
            choices = self._recipe(job, inspection, options["recipe"])
            mapping, said_rows = dict(choices.mapping), said_rows | {"take": choices.take, "home": choices.home}
        else:
            mapping = self._mapping(job, inspection, options)
        if inspection.dialect.get("member") == ALL_MEMBERS:
            names = ", ".join(f"“{each.value}”" for each in inspection.members if each.value != ALL_MEMBERS)
            self.say(f"  The {len(inspection.members) - 1} files of the archive are read as one: {names}")
        for line in columns_told(inspection.header, mapping, said_rows["take"]):
            self.say(f"  {line}")
        for notice in inspection.warnings:
            self.say(f"  Note: {notice.label}. {notice.fix}".rstrip())
        dnc_upload_configure(
            job=job,
            dialect=inspection.dialect,
            mapping=mapping,
            said=said_rows,
            again=options["again"],
            actor_name=self.actor.name,
        )
        if options["keep_recipe"]:
            recipe = dnc_recipe_keep(job=job, name=options["keep_recipe"], actor_name=self.actor.name)
            self.say(f"  Kept as the recipe “{recipe.name}” of {job.target_name}.")

    def _recipe(self, job: Job, inspection: Inspection, said: str) -> KeyChoices:
        """Return what a recipe says of the file. DncRefused where it does not fit."""
        try:
            content = recipe_named_or_read(tenant=job.tenant, list_id=recipe_place(job), said=said)
            return dnc_recipe_apply(content, inspection.header)
        except NotUnderstood as error:
            raise DncRefused(f"--recipe {said}: {error}") from error
        except RecipeRefused as refused:
            raise DncRefused(str(refused)) from refused

    def _mapping(self, job: Job, inspection: Inspection, options: dict[str, Any]) -> dict[str, str]:
        """Return what each column holds: as it was said, else as it is certain. DncRefused with flags for the rest."""
        header = inspection.header
        columns = dnc_columns(job=job, inspection=inspection, home=options["country"])
        said = list(options["map"])
        for field, column in (("key", options["key_column"]), ("comment", options["comment_column"])):
            said += [f"{_column(column, header) + 1}={field}"] if column else []
        if options["take"]:
            column, sign, _ = options["take"].rpartition("=")
            if not sign or not _values(options["take"]):
                raise DncRefused(f"--take {options['take']}: write COLUMN=VALUE,VALUE.")
            said.append(f"{column}={PICK}")
        known = [spec.name for spec in job_fields(kind_of(job), job_list(job))]
        said = [
            f"{column}{sign}{field.strip().casefold()}" for column, sign, field in (t.rpartition("=") for t in said)
        ]
        for text in said:
            if (field := text.rpartition("=")[2]) and field not in known:
                raise DncRefused(f"--map {text}: there is no “{field}” here. Write one of {', '.join(known)}.")
        fields = [FieldSpec(name) for name in known]
        try:
            mapping = mapping_said(
                said,
                header=header,
                suggestions=columns.suggestions,
                fields=fields,
                certain=known,
            )
            told = mapping_said(said, header=header, suggestions=(), fields=fields, certain=known)
            named = {str(column_named(text.rpartition("=")[0], header)) for text in said}
        except ArgumentRefused as refused:
            raise DncRefused(str(refused)) from refused
        if KEY in told.values():  # of several columns of numbers one was said to be it
            mapping = {index: name for index, name in mapping.items() if index in named or name != KEY}
        is_key_said = not {KEY, CHANGE}.isdisjoint(told.values())
        numbers = {doubt.index for doubt in columns.doubts if doubt.is_number}
        left = [
            doubt
            for doubt in columns.doubts
            if str(doubt.index) not in named and not (doubt.index in numbers and is_key_said)
        ]
        if left:
            raise DncRefused(" ".join(doubt.for_shell for doubt in left if doubt.words))
        return {index: name for index, name in mapping.items() if name != UNDECIDED}

    def questions_ask(self, job: Job, options: dict[str, Any]) -> None:
        """Refuse, with the flags that settle it, while something that stands out has no yes. DncRefused."""
        if left := questions_open(job, options["accept"]):
            raise DncRefused(f"Nothing was sent. {' '.join(questions_words(left))}")

    def abandon(self, job: Job) -> None:
        """Leave no half-made job behind."""
        with suppress(IllegalMove):
            job_cancel(job=job, actor_name=self.actor.name)
        job.refresh_from_db()

    def dry_run_told(self, job: Job, options: dict[str, Any], data: dict[str, Any] | None = None) -> Result:
        """Leave a checked job, and say that nothing was sent, and what has to be answered first."""
        for line in questions_words(questions_open(job, options["accept"])):
            self.say(f"  To be answered: {line}")
        self.abandon(job)
        self.say("Nothing was sent.")
        return Result({**(data or self.job_data(job)), "is_dry_run": True})

    def job_told(self, job: Job, options: dict[str, Any]) -> Result:
        """Return what became of every row, and write the rejects."""
        job.refresh_from_db()
        view = JobView(job)
        self.say(f"{view.badge}: {job.message}")
        if options.get("rejects"):
            try:
                file_write(Path(options["rejects"]), rejects_lines(job))
            except (OSError, FileGone) as exc:
                raise CommandRefused(f"The rejects could not be written: {exc}", **self.job_data(job)) from exc
            self.say(f"Rejected rows written to {options['rejects']}: {view.rejects_count:,}")
        return Result({**self.job_data(job), "message": job.message}, ENDED_WELL.get(JobState(job.state), FAILED))

    def job_data(self, job: Job) -> dict[str, Any]:
        """Return a job for the JSON line; of a replacement the entries that it takes out stand apart, in `entries`."""
        is_replacement = job.kind == DNC_REPLACE
        rows, entries = outcomes_apart(job) if is_replacement else (outcomes_of(job), Outcomes())
        return {
            "job": job.pk,
            "state": job.state,
            "list": job.target_name,
            "list_id": job.target_id,
            "rows": rows.total,
            "added": rows.added,
            "removed": rows.removed + entries.removed,
            "already": rows.already,
            "rejected": rows.rejected,
            "uncertain": rows.uncertain,
            "not_sent": rows.not_sent,
            "unaccounted": rows.unaccounted,
            "seconds_sending": round(job.seconds_running, 3),
            **({"entries": entries.as_json()} if is_replacement else {}),
        }

    def outcomes_told(self, found: Sequence[ListOutcome]) -> Result:
        """Return what became of keys typed on the command line."""
        for each in found:
            self.say(each.sentence)
            for refused in each.refused:
                self.say(f"  {refused.value}: {refused.words} {refused.fix}".rstrip())
            if each.change is not None:
                self.say(f"  It can be taken back with dnc_undo … {each.change}.")
        rows = [
            {
                "list": each.dnc_list.name,
                "list_id": each.dnc_list.remote_id,
                "outcome": each.outcome,
                "done": each.n_done,
                "already": each.n_already,
                "unknown": each.n_unknown,
                "refused": [{"value": key.value, "code": key.code, "words": key.words} for key in each.refused],
                "message": each.sentence,
                "act": each.change,
                "number": each.number,
            }
            for each in found
        ]
        if all(each.is_done for each in found):
            return Result({"lists": rows}, OK)
        is_partly = any(each.n_done or each.n_already for each in found)
        is_lost = any(each.outcome == Outcome.UNKNOWN for each in found)
        return Result({"lists": rows}, SOME_REJECTED if is_partly and not is_lost else FAILED)


def _values(said: str | None) -> tuple[str, ...]:
    """Return the values of COLUMN=VALUE,VALUE."""
    return tuple(take_read(said.rpartition("=")[2])) if said else ()


def _column(said: str, header: Sequence[str]) -> int:
    names = [name.strip().casefold() for name in header]
    if said.strip().casefold() in names:
        return names.index(said.strip().casefold())
    if said.strip().isdecimal() and 1 <= int(said) <= len(header):
        return int(said) - 1
    raise CommandRefused(f"The file has no column “{said}”. It has {', '.join(header)}.")

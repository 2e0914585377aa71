"""What the commands on Do Not Call lists share: finding a list, sending a file in the foreground, telling outcomes."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from django.core.management.base import CommandParser

from bpadmin.acts import Actor
from bpadmin.audit.models import Outcome
from bpadmin.downloads import FileGone, file_write
from bpadmin.jobs.figures import JobView
from bpadmin.jobs.foreground import job_check_here
from bpadmin.jobs.models import Job, JobKind, JobState
from bpadmin.jobs.registry import JobRefused, job_report
from bpadmin.jobs.rejects import rejects_lines
from bpadmin.jobs.services import IllegalMove, job_cancel
from bpadmin.jobs.terminal import ProgressLine, problem_line
from bpadmin.lookup import LookupRefused
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.commands import FAILED, OK, SOME_REJECTED, CommandRefused, Result, TenantCommand, path_to_write
from dnc.services import (
    DncRefused,
    ListOutcome,
    Way,
    dnc_list_find,
    dnc_lists_refresh,
    dnc_mapping_suggest,
    dnc_upload_configure,
    dnc_upload_create,
    dnc_upload_inspect,
)
from lists.uploads import reading_keep

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant
    from dnc.ledger import Dates
    from dnc.models import DncList

ENDED_WELL = {JobState.SUCCEEDED: OK, JobState.PARTIAL: SOME_REJECTED}


class DncCommand(TenantCommand):
    """Base of the commands on Do Not Call lists."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        LookupRefused,
        DncRefused,
        JobRefused,
        IllegalMove,
    )
    needs = Capability.DNC_WRITE

    @property
    def actor(self) -> Actor:
        """Give who acts: the person at the terminal."""
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
        parser.add_argument("--key-column", metavar="COLUMN", help="name or number of the column with the keys")
        parser.add_argument("--comment-column", metavar="COLUMN", help="name or number of the column with comments")
        parser.add_argument("--header", action="store_true", dest="has_header", default=None, help="first row is names")
        parser.add_argument("--no-header", action="store_false", dest="has_header", help="first row is data")
        parser.add_argument("--rejects", metavar="FILE", help="write the rows that were refused to this CSV file")

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
        except (JobRefused, CommandRefused, DncRefused):
            self.abandon(job)
            raise
        if job.state != JobState.READY:
            raise CommandRefused(job.message or "The check was cancelled. Nothing was sent.", **self.job_data(job))
        for problem in job_report(job).problems:
            self.say(problem_line(problem))
        return job

    def _configure(self, job: Job, options: dict[str, Any]) -> None:
        said = {} if options["has_header"] is None else {"has_header": options["has_header"]}
        inspection = dnc_upload_inspect(job=job, choices=said or None)
        reading_keep(job=job, inspection=inspection, actor_name=self.actor.name)
        if len(inspection.members) > 1:
            names = ", ".join(f"“{choice.value}”" for choice in inspection.members)
            raise DncRefused(f"The archive holds {len(inspection.members)} files: {names}. Send them one by one.")
        mapping = {str(each.index): each.field for each in dnc_mapping_suggest(job=job, inspection=inspection)}
        for field, column in (("key", options["key_column"]), ("comment", options["comment_column"])):
            if column:
                mapping = {index: name for index, name in mapping.items() if name != field}
                mapping[str(_column(column, inspection.header))] = field
        dnc_upload_configure(job=job, dialect=inspection.dialect, mapping=mapping, actor_name=self.actor.name)

    def abandon(self, job: Job) -> None:
        """Leave no half-made job behind."""
        with suppress(IllegalMove):
            job_cancel(job=job, actor_name=self.actor.name)
        job.refresh_from_db()

    def job_told(self, job: Job, options: dict[str, Any]) -> Result:
        """Tell what became of every row, and write the rejects."""
        job.refresh_from_db()
        view = JobView(job)
        self.say(f"{job.get_state_display()}: {job.message}")
        if options.get("rejects"):
            try:
                file_write(Path(options["rejects"]), rejects_lines(job))
            except (OSError, FileGone) as exc:
                raise CommandRefused(f"The rejects could not be written: {exc}", **self.job_data(job)) from exc
            self.say(f"Rejected rows written to {options['rejects']}: {view.rejects_count:,}")
        return Result({**self.job_data(job), "message": job.message}, ENDED_WELL.get(JobState(job.state), FAILED))

    def job_data(self, job: Job) -> dict[str, Any]:
        """Give a job for the JSON line."""
        return {
            "job": job.pk,
            "state": job.state,
            "list": job.target_name,
            "list_id": job.target_id,
            "rows": job.rows_total,
            "added": job.n_added,
            "removed": job.n_updated,
            "already": job.n_already_there,
            "rejected": job.n_rejected,
            "uncertain": job.n_uncertain,
            "not_sent": job.n_not_sent,
            "unaccounted": job.n_unaccounted,
            "seconds_sending": round(job.seconds_running, 3),
        }

    def outcomes_told(self, found: Sequence[ListOutcome]) -> Result:
        """Tell what became of keys typed on the command line."""
        for each in found:
            self.say(each.sentence)
            for refused in each.refused:
                self.say(f"  {refused.value}: {refused.words} {refused.fix}".rstrip())
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
            }
            for each in found
        ]
        if all(each.is_done for each in found):
            return Result({"lists": rows}, OK)
        is_partly = any(each.n_done or each.n_already for each in found)
        is_lost = any(each.outcome == Outcome.UNKNOWN for each in found)
        return Result({"lists": rows}, SOME_REJECTED if is_partly and not is_lost else FAILED)


def _column(said: str, header: Sequence[str]) -> int:
    names = [name.strip().casefold() for name in header]
    if said.strip().casefold() in names:
        return names.index(said.strip().casefold())
    if said.strip().isdecimal() and 1 <= int(said) <= len(header):
        return int(said) - 1
    raise CommandRefused(f"The file has no column “{said}”. It has {', '.join(header)}.")

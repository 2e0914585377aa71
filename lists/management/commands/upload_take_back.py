"""manage.py upload_take_back TENANT JOB: delete again what an upload added and nobody has attempted since."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.jobs.management.foreground import job_drive_here
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import IllegalMove, job_cancel
from bpadmin.tenants.management.base import (
    FAILED,
    OK,
    SOME_REJECTED,
    CommandRefused,
    Result,
    TenantCommand,
    confirm_yes,
    path_to_write,
)
from bpadmin.tenants.models import Tenant
from lists.kinds import LIST_UPLOAD
from lists.taking_back.handler import counts_told, preview_words
from lists.taking_back.rows import RowState
from lists.taking_back.services import (
    TakeBackRefused,
    is_asking,
    take_back_ask,
    take_back_begin,
    take_back_counts,
    take_back_rows,
)

SHELL = Actor(name="shell")


class Command(TenantCommand):
    """Take an upload back."""

    help = (
        "Delete again the rows that an upload added and that were never attempted. Exit code 0 when all of them are "
        "removed, 3 when some rows are kept, 1 when it failed."
    )
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, TakeBackRefused, IllegalMove)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add JOB and what is asked."""
        super().add_arguments(parser)
        parser.add_argument("job", metavar="JOB", type=int, help="number of the upload's job")
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")
        parser.add_argument("--keep-enabled", action="store_true", help="do not disable the list first")
        parser.add_argument("--rows", metavar="FILE", help="write every row with what became of it")
        parser.add_argument(
            "--yes", action="store_true", help="do it without asking; needed where there is no terminal"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Count, ask, delete, and account for every row."""
        path = path_to_write(options["rows"], option="--rows")
        upload = Job.objects.filter(tenant=tenant, pk=options["job"], kind=LIST_UPLOAD).first()
        if upload is None:
            raise CommandRefused(f"There is no upload {options['job']} in {tenant.name}.")
        job = self._driven(take_back_ask(upload=upload, actor=SHELL, ring=False))
        if not is_asking(job):
            return self._told(job, path)
        self.stderr.write(preview_words(take_back_counts(job)))
        if options["dry_run"]:
            told = self._told(job, path, exit_code=OK)
            job_cancel(job=job, actor_name=SHELL.called)
            return told
        try:
            confirm_yes(self, "What is deleted comes back only by another upload.", is_sure=options["yes"])
        except CommandRefused:
            job_cancel(job=job, actor_name=SHELL.called)
            raise
        _, acts = take_back_begin(job=job, actor=SHELL, disables=not options["keep_enabled"], ring=False)
        for act in acts:
            self.say(act.sentence)
        return self._told(self._driven(job), path)

    def _driven(self, job: Job) -> Job:
        said: list[str] = []

        def show(view: Any) -> None:
            if view.job.told_message and view.job.told_message not in said[-1:]:
                said.append(view.job.told_message)
                self.stderr.write(view.job.told_message)

        return job_drive_here(job=job, show=show, actor_name=SHELL.called)

    def _told(self, job: Job, path: Path | None, *, exit_code: int | None = None) -> Result:
        counts = take_back_counts(job)
        if path is not None:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["row", "state", "reason"])
                writer.writerows([row, state.words, state.reason] for row, state in take_back_rows(job))
        self.say(job.told_message)
        data = {"job": job.pk, "state": job.state, "counts": counts_told(counts), "message": job.told_message}
        is_whole = counts[RowState.REMOVED] == sum(counts.values())
        if exit_code is None:
            exit_code = FAILED if job.state != JobState.SUCCEEDED else OK if is_whole else SOME_REJECTED
        return Result(data, exit_code)

"""manage.py job_reconcile TENANT JOB: read a list back to find the rows in question of an ended job."""

from __future__ import annotations

import getpass
import sys
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.counts import counted
from bpadmin.jobs.management.foreground import job_drive_here
from bpadmin.jobs.management.progress import ProgressLine, job_numbers
from bpadmin.jobs.models import Job, JobState, Reading
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.pages.unresolved import job_questions
from bpadmin.jobs.services import IllegalMove, job_read_back, job_retry
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Find rows whose answer was lost; needs neither a worker nor a broker."""

    help = (
        "Read a calling list back, to find the rows of an upload whose answer was lost in a list without keys. Rows "
        "that are there count as accepted, rows that are not can be sent again, anything else stays in question. Exit "
        "code 0: every row is in the list; 3: some are not, or are still in question; 1: the list could not be read."
    )
    needs = Capability.RESULTS_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, IllegalMove)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add JOB and --send."""
        super().add_arguments(parser)
        parser.add_argument("job", metavar="JOB", type=int, help="number of the job")
        parser.add_argument(
            "--send", action="store_true", help="then send what the job has not sent, with the rows that are not there"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Read the list here and now, and say what became of the rows in question."""
        job = Job.objects.select_related("tenant").filter(tenant=tenant, pk=options["job"]).first()
        if job is None:
            raise CommandRefused(f"{tenant.name} has no job {options['job']}. The page Jobs lists their numbers.")
        who = f"{getpass.getuser()} (shell)"[:150]
        job_read_back(job=job, actor_name=who, ring=False)
        job = self._drive(job, who)
        reading = Reading.objects.get(job=job)
        if job.state not in Job.FINAL or reading.trouble:
            raise CommandRefused(reading.trouble or f"Job {job.pk} was paused on its page.", **job_numbers(job))
        if options["send"] and job.n_not_sent:
            self.say(job.told_message)
            job = self._drive(job_retry(job=job, actor_name=who), who)
        self.say(f"{job_view(job).badge}: {counted(job.rows_total, 'row')} = {job_view(job).sum_in_words}")
        self.say(job.told_message)
        questions = job_questions(job)
        for question in questions:
            self.say(f"  {question.chunk.message}")
        is_stopped = job.state in (JobState.FAILED, JobState.ERRORED) and options["send"]
        code = OK if job.state == JobState.SUCCEEDED else 1 if is_stopped else SOME_REJECTED
        return Result({**job_numbers(job), "questions": len(questions), "message": job.told_message}, code)

    def _drive(self, job: Job, who: str) -> Job:
        line = ProgressLine(sys.stderr)
        try:
            return job_drive_here(job=job, show=line.show, actor_name=who)
        except KeyboardInterrupt:
            words = f"Stopped at once. Job {job.pk} goes on when a worker takes it; its page can stop it."
            raise CommandRefused(words, **job_numbers(job)) from None
        finally:
            line.end()

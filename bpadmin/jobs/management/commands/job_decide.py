"""manage.py job_decide TENANT JOB: say what became of all rows in question of a job."""

from __future__ import annotations

import getpass
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.jobs.management.progress import job_numbers
from bpadmin.jobs.models import Job
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.services import Decision, IllegalMove, job_decide
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant

ANSWERS = {"in-list": Decision.APPLIED, "not-in-list": Decision.NOT_APPLIED}


class Command(TenantCommand):
    """Settle all rows in question of a job by a person's word."""

    help = (
        "Say whether the rows in question of a job (their answer was lost, or the database was restored) are in the "
        "list. What is not in it is sent by a worker."
    )
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, IllegalMove)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add JOB and the answer."""
        super().add_arguments(parser)
        parser.add_argument("job", metavar="JOB", type=int, help="number of the job")
        parser.add_argument("answer", choices=sorted(ANSWERS), help="what is true of all rows in question")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Store the answer and say how the job stands now."""
        job = Job.objects.select_related("tenant").filter(tenant=tenant, pk=options["job"]).first()
        if job is None:
            raise CommandRefused(f"{tenant.name} has no job {options['job']}. The page Jobs lists their numbers.")
        who = f"{getpass.getuser()} (shell)"[:150]
        job = job_decide(job=job, decision=ANSWERS[options["answer"]], actor_name=who)
        self.say(f"Job {job.pk} is “{job_view(job).badge}” now. {job.told_message}".strip())
        return Result(job_numbers(job))

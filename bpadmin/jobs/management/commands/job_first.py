"""manage.py job_first TENANT JOB: let a waiting job go before the others of its tenant."""

from __future__ import annotations

import getpass
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.jobs.models import Job
from bpadmin.jobs.pages.queue_position import queue_place
from bpadmin.jobs.services import IllegalMove, job_put_first
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Put a job first, as its page does."""

    help = (
        "Let a job that waits for a worker, or is worked on, go before the other jobs of its tenant until its end. "
        "Jobs of other tenants keep their turns. Exit code 1 when the job is not active."
    )
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, IllegalMove)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add JOB."""
        super().add_arguments(parser)
        parser.add_argument("job", metavar="JOB", type=int, help="number of the job")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Put the job first and say what still goes before it."""
        job = Job.objects.select_related("tenant").filter(tenant=tenant, pk=options["job"]).first()
        if job is None:
            raise CommandRefused(f"{tenant.name} has no job {options['job']}. The page Jobs lists their numbers.")
        job_put_first(job=job, actor_name=f"{getpass.getuser()} (shell)"[:150])
        place = queue_place(job)
        before = {"before_own": place.own, "before_others": place.others} if place else {}
        self.say(f"Job {job.pk} goes before the other jobs of {tenant.name}. {place.sentence if place else ''}".strip())
        return Result({"job": job.pk, "state": job.state, **before})

"""manage.py job_prove TENANT JOB: compare a list with the rows that a finished upload brought in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from lists.proof.services import upload_prove


class Command(TenantCommand):
    """Prove an upload: what the list holds now against the file."""

    help = (
        "Read a list back and compare it with the rows of a finished upload, as long as they are kept. Exit code 0: "
        "every row that was taken is there as it was sent; 3: some are not; 1: it could not be read. Sends nothing."
    )
    needs = Capability.LISTS_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, JobRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add JOB."""
        super().add_arguments(parser)
        parser.add_argument("job", metavar="JOB", type=int, help="number of the job")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Compare, and name the rows that are not there."""
        job = Job.objects.select_related("tenant").filter(tenant=tenant, pk=options["job"]).first()
        if job is None:
            raise CommandRefused(f"{tenant.name} has no job {options['job']}. The page Jobs lists their numbers.")
        proof = upload_prove(job=job, actor=Actor(name="shell"))
        self.say(proof.sentence)
        data = {"tenant": tenant.slug, "job": job.pk, "rows": proof.rows, "found": proof.found, "read": proof.read}
        code = SOME_REJECTED if proof.n_missing else OK
        return Result({**data, "others": proof.others, "missing": list(proof.missing), "message": proof.sentence}, code)

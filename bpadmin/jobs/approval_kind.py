"""Sending a checked job that a second person has approved; screens add what is so of its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.approvals.kinds import ApprovalKind
from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Act, Actor
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import IllegalMove, job_confirm

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval


class JobApproval(ApprovalKind):
    """Sending a checked job."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Send it, if it is still what was asked for."""
        job = Job.objects.filter(tenant=approval.tenant, pk=approval.wanted["job"]).first()
        if job is None:
            return Act(Outcome.REFUSED, "The job is not there any more.")
        try:
            job_confirm(job=job, actor=actor.user, actor_name=actor.name, approval=approval)
        except IllegalMove as refused:
            return Act(Outcome.REFUSED, str(refused))
        return Act(Outcome.DONE, f"Job {job.pk} is being sent.", id=str(job.pk))

"""What two people do to calling lists: deleting one, emptying one, and a file that takes the place of its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.approvals.kinds import ApprovalKind
from bpadmin.approvals.services import ApprovalNeeded
from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Act
from bpadmin.feeds.runs.approvals import FileRelease
from bpadmin.jobs.approval_kind import JobApproval
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import IllegalMove
from bpadmin.platforms.errors import NotFound, PlatformError
from bpadmin.tenants.services import tenant_client
from lists.deletions.options import FilterRefused, RecordFilter
from lists.deletions.services import deletion_ask, deletion_begin
from lists.manage.delete import list_delete
from lists.old_values.services import OldValuesRefused
from lists.taking_back.services import TakeBackRefused, take_back_begin

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant

SECONDS = 5.0


class OfList(ApprovalKind):
    """What is so of a calling list."""

    def facts(self, tenant: Tenant, target_id: str) -> dict[str, str]:
        """Ask the dialler for its records and campaigns."""
        try:
            with tenant_client(tenant) as client:
                found = client.get_list(target_id)
        except NotFound:
            return {"The list": "is not there any more"}
        except PlatformError as error:
            return {"The list": f"could not be looked at: {error.message}"}
        names = dict.fromkeys(use.campaign_name for use in found.campaigns or ())
        records = "not told" if found.total_records is None else f"{found.total_records:,}"
        return {"Name": found.name, "Records": records, "Campaigns": ", ".join(names) or "none"}


class ListDeletion(OfList):
    """Deleting a list."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Delete it."""
        return list_delete(
            tenant=approval.tenant,
            list_id=approval.target_id,
            list_name=approval.target_name,
            actor=actor,
            approval=approval,
        )


class ListClearing(OfList):
    """Deleting all records of a list."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Begin the job that deletes them, by the filter that was asked for."""
        tenant, criteria = approval.tenant, RecordFilter.from_json(approval.wanted["filter"])
        try:
            question = deletion_ask(
                tenant=tenant,
                list_id=approval.target_id,
                list_name=approval.target_name,
                criteria=criteria,
                seconds=SECONDS,
            )
            keep_old = bool(approval.wanted.get("keep_old"))
            job = deletion_begin(tenant=tenant, question=question, actor=actor, approval=approval, keep_old=keep_old)
        except (FilterRefused, ApprovalNeeded, OldValuesRefused) as refused:
            return Act(Outcome.REFUSED, str(refused))
        return Act(Outcome.DONE, f"Job {job.pk} deletes {question.sentence}.", id=str(job.pk))


class ListTakingBack(OfList):
    """Taking an import back."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Say yes to what was counted, if it still is what was asked for."""
        wanted = approval.wanted
        job = Job.objects.select_related("tenant", "take_back").filter(tenant=approval.tenant, pk=wanted["job"]).first()
        if job is None:
            return Act(Outcome.REFUSED, "The job is not there any more.")
        try:
            take_back_begin(job=job, actor=actor, disables=bool(wanted["disables"]), approval=approval)
        except (TakeBackRefused, IllegalMove, PlatformError) as refused:
            return Act(Outcome.REFUSED, str(refused))
        return Act(Outcome.DONE, f"Job {job.pk} takes it back.", id=str(job.pk))


class ListReplacement(JobApproval, OfList):
    """A checked file that takes the place of a list's records."""


class ListFileRelease(FileRelease, OfList):
    """A held file of a feed that goes into a list."""

"""What two people do to Do Not Call lists: emptying one, deleting one, and a file that takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.approvals.kinds import ApprovalKind
from bpadmin.audit.models import Outcome
from bpadmin.dialler.models import Action
from bpadmin.dialler.types import Act
from bpadmin.feeds.runs.approvals import FileRelease
from bpadmin.jobs.approval_kind import JobApproval
from dnc.entries.clear import dnc_clear
from dnc.entries.ledger import ledger_counts
from dnc.entries.manual import dnc_delete
from dnc.lists.delete import dnc_drop
from dnc.lists.sync import DncRefused
from dnc.models import DncList, EntryState

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant


class OfDncList(ApprovalKind):
    """What is known here of a Do Not Call list."""

    def facts(self, tenant: Tenant, target_id: str) -> dict[str, str]:
        """Count its entries and name what it protects."""
        found = DncList.objects.filter(tenant=tenant, remote_id=target_id).first()
        if found is None:
            return {"The list": "is not known any more"}
        counts = ledger_counts(found)
        entries = counts.get(EntryState.PRESENT, 0) + counts.get(EntryState.UNKNOWN, 0)
        return {
            "Name": found.name,
            "Entries known here": f"{'' if found.is_complete else 'at least '}{entries:,}",
            "Protects": ", ".join(use["name"] for use in found.campaigns) or "no campaign",
        }


class DncClearing(OfDncList):
    """Emptying a list."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Empty it."""
        return _done(approval, actor, dnc_clear)


class DncDeletion(OfDncList):
    """Deleting a list."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Delete it."""
        return _done(approval, actor, dnc_drop)


class DncEntriesRemoval(OfDncList):
    """Taking many entries out."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Take out what was asked for."""
        found = DncList.objects.filter(tenant=approval.tenant, remote_id=approval.target_id).first()
        if found is None:
            return Act(Outcome.REFUSED, "The list is not known any more. Nothing was done.")
        wanted = approval.wanted
        undone = Action.objects.filter(tenant=approval.tenant, pk=wanted["undoes"]).first()
        try:
            (outcome,) = dnc_delete(
                tenant=approval.tenant,
                text=wanted["text"],
                comment=wanted["comment"],
                lists=[found],
                is_sure=True,
                undoes=undone,
                actor=actor,
                approval=approval,
            )
        except DncRefused as refused:
            return Act(Outcome.REFUSED, str(refused))
        return Act(outcome.outcome, outcome.sentence, number=outcome.number)


class DncRemoval(JobApproval, OfDncList):
    """A checked file whose entries are taken out of a list."""


class DncReplacement(JobApproval, OfDncList):
    """A checked file that takes the place of a list."""


class DncFileRelease(FileRelease, OfDncList):
    """A held file of a feed that goes into a list."""


def _done(approval: Approval, actor: Actor, act: Callable[..., Act]) -> Act:
    found = DncList.objects.filter(tenant=approval.tenant, remote_id=approval.target_id).first()
    if found is None:
        return Act(Outcome.REFUSED, "The list is not known any more. Nothing was done.")
    try:
        # Whoever asked has typed the name that was shown then.
        return act(
            dnc_list=found,
            typed_name=found.name,
            reason=approval.wanted["reason"],
            actor=actor,
            approval=approval,
        )
    except DncRefused as refused:
        return Act(Outcome.REFUSED, str(refused))

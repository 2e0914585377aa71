"""Held files that two people release: one asks for it, another one approves it, and then it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.approvals.kinds import ApprovalKind
from bpadmin.approvals.models import Approval
from bpadmin.approvals.services import approvals_open
from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Act, Actor
from bpadmin.feeds.models import FeedRun, FeedRunState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bpadmin.tenants.models import Tenant


def approvals_of(tenant: Tenant, runs: Iterable[FeedRun]) -> dict[int, Approval]:
    """Return the approvals that wait for somebody, by the numbers of the runs that they are about; one query.

    One that was asked for on the page of the run's job is about the run as well.
    """
    waiting = list(approvals_open(tenant=tenant).order_by("id"))
    jobs = {each.wanted.get("job"): each for each in waiting if each.wanted.get("job")}
    return {run.pk: jobs[run.job_id] for run in runs if run.job_id in jobs}


class FileRelease(ApprovalKind):
    """Sending a file that was held back."""

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Release it as it was asked for, in the name of who asked."""
        from bpadmin.feeds.runs.decisions import run_release
        from bpadmin.feeds.services import FeedRefused, runs_of

        run = runs_of(tenant=approval.tenant).filter(pk=approval.wanted["run"]).first()
        if run is None:
            return Act(Outcome.REFUSED, "The file is not there any more.")
        try:
            done = run_release(run=run, actor=actor, answers=approval.wanted["answers"], approval=approval)
        except FeedRefused as refused:
            return Act(Outcome.REFUSED, str(refused))
        if done.state == FeedRunState.HELD:
            return Act(Outcome.REFUSED, f"It is held back again. {done.sentence}")
        return Act(Outcome.DONE, done.sentence if done.state == FeedRunState.SENT else "It is being checked.")

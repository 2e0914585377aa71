"""A run's turn: what is next for it, whoever has time for it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from bpadmin.feeds.models import FeedRun, FeedRunState
from bpadmin.feeds.runs.judging import run_checked, run_follow
from bpadmin.feeds.runs.looking import run_take
from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.models import JobState

NAMES = ("feed__tenant", "feed__owner", "feed__calendar", "job__tenant", "actor", "tenant", "former")


def run_go_on(*, run_id: int, now: datetime | None = None) -> FeedRun | None:
    """Go on with a run, if nobody else does; None where somebody does, and while the installation is held."""
    now = now or timezone.now()
    if hold_reason():
        return None
    run = FeedRun.objects.select_related(*NAMES).filter(pk=run_id).first()
    if run is None:
        return None
    if run.state == FeedRunState.ASKED:
        return run_take(run=run, now=now)
    if run.state == FeedRunState.SENT and not run.is_followed:
        return run_follow(run, now)
    if run.state == FeedRunState.HELD:
        job = run.job
        return run_checked(run, now) if job and (job.started_at or job.state == JobState.CANCELLED) else run
    return run_checked(run, now) if run.state in (FeedRunState.CHECKING, FeedRunState.RELEASED) else run

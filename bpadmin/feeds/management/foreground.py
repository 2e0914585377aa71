"""Work on a run here and now, for a person at a terminal."""

from __future__ import annotations

import sys
from datetime import datetime

from django.utils import timezone

from bpadmin.feeds.models import FeedRun, FeedRunState
from bpadmin.feeds.runs.judging import run_follow
from bpadmin.feeds.runs.turns import NAMES, run_go_on
from bpadmin.jobs.management.foreground import job_drive_here, job_prepare_here
from bpadmin.jobs.management.progress import ProgressLine
from bpadmin.jobs.models import JobState


def run_here(run: FeedRun, *, now: datetime | None = None) -> FeedRun:
    """Go on with a run in this process until its job has ended, or until a person has to decide."""
    line = ProgressLine(sys.stderr)
    try:
        if run.job is not None and run.state in (FeedRunState.CHECKING, FeedRunState.RELEASED):
            if run.job.state == JobState.PREPARING:
                job_prepare_here(job=run.job, show=line.show, actor_name=run.actor_name)
            run_go_on(run_id=run.pk, now=now)
            run = _reread(run)
        if run.job is not None and run.state == FeedRunState.SENT:
            job_drive_here(job=run.job, show=line.show, actor_name=run.actor_name)
            run = run_follow(_reread(run), now or timezone.now())
    finally:
        line.end()
    return run


def _reread(run: FeedRun) -> FeedRun:
    return FeedRun.objects.select_related(*NAMES).get(pk=run.pk)

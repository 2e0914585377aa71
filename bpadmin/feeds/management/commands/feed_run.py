"""manage.py feed_run TENANT FEED [--dry-run]: take the newest file of a feed now, in the foreground."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.feeds.management.base import SHELL, OneFeedCommand, run_json
from bpadmin.feeds.management.foreground import run_here
from bpadmin.feeds.models import Feed, FeedRunState
from bpadmin.feeds.runs.guards import Finding
from bpadmin.feeds.runs.looking import run_ask, run_take
from bpadmin.jobs.models import JobState
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result

ENDED_WELL = {JobState.SUCCEEDED: OK, JobState.PARTIAL: SOME_REJECTED}


class Command(OneFeedCommand):
    """Take the newest file now; needs neither a worker nor a broker."""

    help = (
        "Take the newest file of a feed now and send it, if no guard trips. Exit code 0: every row is in; 3: some rows "
        "were rejected; 1: it is held back, or failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --dry-run."""
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="fetch, check and report; send nothing")

    def run_with(self, feed: Feed, options: dict[str, Any]) -> Result:
        """Run it."""
        run = run_here(run_take(run=run_ask(feed=feed, actor=SHELL, is_dry=options["dry_run"])))
        for each in map(Finding.from_json, run.findings):
            self.say(f"  {each.guard.label}: {each.sentence} Before: {each.old or '-'}. Now: {each.new or '-'}.")
        data = run_json(run)
        if run.state == FeedRunState.WOULD:
            self.say(run.sentence)
            return Result(data, 1 if run.findings else OK)
        if run.state != FeedRunState.SENT or run.job is None:
            raise CommandRefused(run.sentence, **data)
        self.say(run.sentence)
        return Result(data, ENDED_WELL.get(JobState(run.job.state), 1))

"""manage.py feed_show TENANT FEED: what a feed does, and what came of its last files."""

from __future__ import annotations

from typing import Any

from bpadmin.feeds.management.base import RUNS, OneFeedCommand, feed_json, feed_told, run_json, run_line
from bpadmin.feeds.models import Feed
from bpadmin.feeds.services import runs_of
from bpadmin.tenants.management.base import Result


class Command(OneFeedCommand):
    """Show a feed."""

    help = "Show a feed with its last files, what stood out in each, and what it costs a day."

    def run_with(self, feed: Feed, options: dict[str, Any]) -> Result:
        """Print it."""
        feed_told(self, feed)
        runs = list(runs_of(tenant=feed.tenant).filter(feed=feed)[:RUNS])
        for run in runs:
            self.say(run_line(run))
        return Result({**feed_json(feed), "runs": [run_json(run) for run in runs]})

"""manage.py feed_remove TENANT FEED: fetch nothing by it any more."""

from __future__ import annotations

from typing import Any

from bpadmin.feeds.management.base import SHELL, OneFeedCommand
from bpadmin.feeds.models import Feed
from bpadmin.feeds.services import feed_remove
from bpadmin.tenants.management.base import Result


class Command(OneFeedCommand):
    """Remove a feed."""

    help = "Remove a feed with its secrets and what is kept of its files; its jobs and the activity log stay."

    def run_with(self, feed: Feed, options: dict[str, Any]) -> Result:
        """Remove it."""
        data = {"tenant": feed.tenant.slug, "number": feed.pk, "name": feed.name}
        feed_remove(feed=feed, actor=SHELL)
        self.say(f"“{data['name']}” is removed.")
        return Result(data)

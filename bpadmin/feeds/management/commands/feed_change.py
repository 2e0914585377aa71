"""manage.py feed_change TENANT FEED: change what is said; the rest stays."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.feeds.management.base import SHELL, OneFeedCommand, feed_told
from bpadmin.feeds.management.wishes import wish_arguments, wish_changed
from bpadmin.feeds.models import Feed
from bpadmin.feeds.services import feed_change
from bpadmin.tenants.management.base import Result


class Command(OneFeedCommand):
    """Change a feed."""

    help = "Change what is said of a feed, the rest stays; it belongs to whoever has the shell from then on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what can be said."""
        super().add_arguments(parser)
        wish_arguments(parser)

    def run_with(self, feed: Feed, options: dict[str, Any]) -> Result:
        """Change it."""
        return feed_told(self, feed_change(feed=feed, wish=wish_changed(feed, options), actor=SHELL))

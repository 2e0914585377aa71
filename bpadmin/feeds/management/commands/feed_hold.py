"""manage.py feed_hold TENANT FEED: keep a feed from looking for files until it is released."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.feeds.management.base import SHELL, OneFeedCommand, feed_told
from bpadmin.feeds.models import Feed
from bpadmin.feeds.services import feed_hold
from bpadmin.tenants.management.base import Result


class Command(OneFeedCommand):
    """Hold a feed."""

    help = "Keep a feed from looking for files until it is released."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --reason."""
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", metavar="TEXT", help="shown to who wants to release it")

    def run_with(self, feed: Feed, options: dict[str, Any]) -> Result:
        """Hold it."""
        return feed_told(self, feed_hold(feed=feed, reason=options["reason"], actor=SHELL))

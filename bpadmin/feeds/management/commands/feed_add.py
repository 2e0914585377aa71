"""manage.py feed_add TENANT NAME LIST --source KIND --pattern NAME: have files come by themselves."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.feeds.management.base import SHELL, FeedCommand, feed_told
from bpadmin.feeds.management.wishes import wish_arguments, wish_new
from bpadmin.feeds.services import feed_add
from bpadmin.feeds.sources import source_keys
from bpadmin.feeds.targets import targets
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant


class Command(FeedCommand):
    """Make a feed."""

    help = "Make a feed; whoever has a shell is its owner, and no role is asked for when it sends."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what it is and does."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="name of the feed")
        parser.add_argument("list", metavar="LIST", help="name or id of the list")
        parser.add_argument("--source", required=True, metavar="KIND", help=", ".join(source_keys()))
        into = [each.key for each in targets()]
        parser.add_argument("--into", choices=into, default="list", help="default: list")
        wish_arguments(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Make it."""
        wish = wish_new(tenant, options["name"], options["list"], options)
        return feed_told(self, feed_add(tenant=tenant, wish=wish, actor=SHELL))

"""manage.py dnc_bind TENANT DNC CAMPAIGN --disposition D: let a Do Not Call list guard a campaign."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from dnc.lists.bindings import Guard, dnc_bind
from dnc.management.bindings import GuardingCommand


class Command(GuardingCommand):
    """Let a Do Not Call list guard a campaign."""

    help = "Let a Do Not Call list guard a campaign, from the next call on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how it is to guard."""
        super().add_arguments(parser)
        parser.add_argument("--disposition", required=True, metavar="D", help="what a match gets; by its name")
        parser.add_argument(
            "--allow-append", action="store_true", help="agents' “Add to DNC” adds to the list (of phone numbers)"
        )
        parser.add_argument(
            "--link-group", action="store_true", help="also for all other campaigns of the campaign's link group"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Bind the list."""
        dnc_list, campaign = self.both(tenant, options)
        guard = Guard(options["disposition"], options["allow_append"], options["link_group"])
        act = dnc_bind(dnc_list=dnc_list, campaign=campaign, guard=guard, actor=self.actor)
        return self.told(act, **self.data(dnc_list, campaign), disposition=guard.disposition)

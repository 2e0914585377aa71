"""What the commands that bind Do Not Call lists to campaigns and unbind them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.tenants.models import Tenant
from dnc.lists.bindings import guarding_check
from dnc.management.properties import ManagingCommand
from dnc.models import DncList

if TYPE_CHECKING:
    from bpadmin.platforms.types import Campaign


class GuardingCommand(ManagingCommand):
    """Base of the commands on a list and a campaign."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add DNC and CAMPAIGN after TENANT."""
        super().add_arguments(parser)
        parser.add_argument("dnc", metavar="DNC", help="name or id of the list")
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or id of the campaign")

    def both(self, tenant: Tenant, options: dict[str, Any]) -> tuple[DncList, Campaign]:
        """Find the list and the campaign, for a tenant that offers this."""
        guarding_check(tenant)
        return self.find(tenant, options["dnc"]), campaign_find(tenant=tenant, name_or_id=options["campaign"])

    def data(self, dnc_list: DncList, campaign: Campaign) -> dict[str, str]:
        """Name both for the JSON line."""
        names = {"list": dnc_list.name, "list_id": dnc_list.remote_id}
        return {**names, "campaign": campaign.name, "campaign_id": campaign.id}

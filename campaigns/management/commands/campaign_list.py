"""manage.py campaign_list TENANT: the campaigns and whether they run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms.base import Capability
from bpadmin.tables import natural
from bpadmin.tenants.commands import Result, TenantCommand
from bpadmin.tenants.models import Tenant
from campaigns.services import campaigns_now


class Command(TenantCommand):
    """List the enabled campaigns of a tenant with their states and ids."""

    help = "List the enabled campaigns of a tenant with their states and ids."

    needs = Capability.CAMPAIGNS_READ

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --name."""
        super().add_arguments(parser)
        parser.add_argument("--name", default="", metavar="PART", help="only those with this in their name")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask the platform and print one line for each campaign."""
        found = campaigns_now(tenant=tenant, name=options["name"])
        campaigns = sorted(found, key=lambda campaign: natural(campaign.name))
        for campaign in campaigns:
            self.say(f"{campaign.state:<8}  {campaign.id}  {campaign.name}")
        if not campaigns and options["name"]:
            self.say(f"{tenant.name} shows no campaign with “{options['name']}” in its name.")
        elif not campaigns:
            self.say(f"{tenant.name} shows no campaign: none is enabled, or its user may see none.")
        rows = [{"id": each.id, "name": each.name, "state": each.state} for each in campaigns]
        return Result({"tenant": tenant.slug, "campaigns": rows})

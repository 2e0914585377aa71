"""manage.py campaign_list TENANT: the campaigns and whether they run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaigns_now
from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.web.tables import natural


class Command(TenantCommand):
    """List the campaigns of a tenant with their ids and, where the platform tells them, their states."""

    help = "List the campaigns of a tenant (the enabled ones, where it tells) with their states and ids."

    needs = Capability.CAMPAIGNS_READ

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --name."""
        super().add_arguments(parser)
        parser.add_argument("--name", default="", metavar="PART", help="only those with this in their name")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask the platform and print one line for each campaign."""
        found = campaigns_now(tenant=tenant, name=options["name"])
        tells_state = Capability.CAMPAIGN_STATE in capabilities_known(tenant)
        campaigns = sorted(found, key=lambda campaign: natural(campaign.name))
        for campaign in campaigns:
            state = f"{campaign.state:<8}  " if tells_state else ""
            self.say(f"{state}{campaign.id}  {campaign.name}")
        if not campaigns and options["name"]:
            self.say(f"{tenant.name} shows no campaign with “{options['name']}” in its name.")
        elif not campaigns:
            why = "none is enabled, or its user may see none" if tells_state else "it has none"
            self.say(f"{tenant.name} shows no campaign: {why}.")
        rows: list[dict[str, Any]] = [{"id": each.id, "name": each.name} for each in campaigns]
        if tells_state:
            rows = [{**row, "state": each.state} for row, each in zip(rows, campaigns, strict=True)]
        return Result({"tenant": tenant.slug, "campaigns": rows})

"""manage.py campaign_delete TENANT CAMPAIGN: delete a campaign with its contacts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Campaign
from bpadmin.tenants.management.base import CommandRefused, Result, confirm_typed
from bpadmin.tenants.models import Tenant
from campaigns.copying.services import campaign_delete, campaigns_matching, takes_no_search
from campaigns.management.base import SHELL, CampaignCommand, told


class Command(CampaignCommand):
    """Delete a campaign with its contacts and everything else that hangs on it."""

    help = "Delete a campaign with its contacts and results, on platforms whose API offers that."
    needs = Capability.CAMPAIGN_DELETE

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --by-name and --yes."""
        super().add_arguments(parser)
        parser.add_argument(
            "--by-name", action="store_true", help="show what matches the name, and let the dialler find it by it"
        )
        parser.add_argument("--reason", default="", help="why, for the activity log; needed where results go for good")
        parser.add_argument("--yes", action="store_true", help="do it without asking; needed where nobody can be asked")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what goes with the campaign, have its name typed, and delete it."""
        by_name = bool(options["by_name"])
        found = self._matching(tenant, options["campaign"]) if by_name else None
        campaign = found or campaign_find(tenant=tenant, name_or_id=options["campaign"])
        keeps_lists = takes_no_search(tenant)
        if keeps_lists and not options["reason"].strip():
            raise CommandRefused("Say why with --reason: its results go for good, also those in the archive.")
        goes = "its results, also those in the archive" if keeps_lists else "its contacts and their results"
        confirm_typed(
            self,
            f"“{campaign.name}” will be deleted with {goes}; this cannot be undone.",
            name=campaign.name,
            is_sure=options["yes"],
        )
        act = campaign_delete(
            tenant=tenant, campaign=campaign, by_name=by_name, reason=options["reason"].strip(), actor=SHELL
        )
        return told(self, act, {"tenant": tenant.slug, "id": campaign.id, "name": campaign.name})

    def _matching(self, tenant: Tenant, name: str) -> Campaign:
        """Print what answers to the name, and give the one campaign that has exactly this one."""
        found = campaigns_matching(tenant=tenant, name=name)
        for each in found:
            self.say(f"{each.id}  {each.name}{'  <- exactly this name' if each.name == name else ''}")
        exact = [each for each in found if each.name == name]
        if len(exact) != 1:
            raise CommandRefused(
                f"{len(exact) or 'No'} campaign{'' if len(exact) == 1 else 's'} of {tenant.name} "
                f"{'has' if len(exact) == 1 else 'have'} exactly the name “{name}”. Name one by its id."
            )
        return exact[0]

"""manage.py campaign_people TENANT CAMPAIGN: assign teams and caller IDs to a campaign, or take them off."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.platforms.base import Capability
from bpadmin.platforms.campaign_details import CallerId
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from campaigns.management.base import SHELL, CampaignCommand, told
from campaigns.settings.assigned import caller_ids_assign, caller_ids_unassign, teams_assign, teams_unassign
from campaigns.settings.services import details_now


class Command(CampaignCommand):
    """Assign teams and caller IDs, or take them off."""

    help = "Assign teams (by id) and caller IDs (by number) to a campaign, or take them off; one kind at a time."
    needs = Capability.CAMPAIGN_SETTINGS

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the four things that can be done."""
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--assign-teams", nargs="+", metavar="ID")
        what.add_argument("--unassign-teams", nargs="+", metavar="ID")
        what.add_argument("--assign-numbers", nargs="+", metavar="NUMBER")
        what.add_argument("--unassign-numbers", nargs="+", metavar="NUMBER")
        parser.add_argument("--skill-level", type=int, default=100, help="of the teams' members, 100 where not said")
        parser.add_argument("--state", default="", help="state or province that the numbers are for")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Do it, and say what was not taken."""
        campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        said: dict[str, Any] = {"tenant": tenant, "campaign": campaign, "actor": SHELL}
        if ids := options["assign_teams"]:
            act = teams_assign(ids=ids, skill_level=options["skill_level"], **said)
        elif ids := options["unassign_teams"]:
            act = teams_unassign(ids=ids, **said)
        elif numbers := options["assign_numbers"]:
            act = caller_ids_assign(caller_ids=[CallerId(each, options["state"]) for each in numbers], **said)
        else:
            held = details_now(tenant=tenant, campaign_id=campaign.id).caller_ids or ()
            found = [each for each in held if each.number in options["unassign_numbers"]]
            if not found:
                raise CommandRefused("The campaign has none of these numbers.")
            act = caller_ids_unassign(caller_ids=found, **said)
        return told(self, act, {"tenant": tenant.slug, "id": campaign.id, **dict(act.details)})

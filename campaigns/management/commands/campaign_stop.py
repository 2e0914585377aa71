"""manage.py campaign_stop TENANT CAMPAIGN|--list LIST: stop a campaign by its name or id, or all that have a list."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import list_find
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.management.base import FAILED, OK, CommandRefused, Result, confirm_yes
from bpadmin.tenants.models import Tenant
from campaigns.bulk import StopRefused, campaigns_change, campaigns_dialling
from campaigns.management.base import SHELL, ChangeCommand
from campaigns.services import campaign_stop

STOPPED = CampaignState.STOPPED


class Command(ChangeCommand):
    """Stop a campaign, or all campaigns that a list is bound to."""

    help = (
        "Stop a campaign, or with --list all running campaigns that a list is bound to. Exit code 0 when this command "
        "stopped it, 1 when it was refused or is not known to stand."
    )

    service = staticmethod(campaign_stop)
    is_one = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --list, in place of CAMPAIGN, and --yes."""
        super().add_arguments(parser)
        parser.add_argument("--list", default="", metavar="LIST", help="all running campaigns with this list")
        parser.add_argument("--yes", action="store_true", help="with --list: do it without asking")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Stop the one that is named, or those with the list after saying which."""
        if bool(options["campaign"]) == bool(options["list"]):
            raise CommandRefused("Say which campaign, or --list LIST, one of the two.")
        if options["campaign"]:
            return super().run_for(tenant, options)
        found = list_find(tenant=tenant, name_or_id=options["list"])
        data = {"tenant": tenant.slug, "list": found.name}
        try:
            running = campaigns_dialling(tenant=tenant, calling_list=found)
        except StopRefused as refused:
            raise CommandRefused(str(refused), **data, campaigns=[]) from refused
        names = ", ".join(f"“{each.name}”" for each in running)
        confirm_yes(
            self,
            f"It stops {names}. They stay stopped until somebody starts them again, and what happens to calls in "
            "progress is not documented: they may finish, or they may be cut off.",
            is_sure=options["yes"],
        )
        results = campaigns_change(
            tenant=tenant,
            campaign_ids=[each.id for each in running],
            wanted=STOPPED,
            actor=None,
            actor_name=SHELL.name,
        )
        for each in results:
            self.say(each.change.sentence)
        told = [{"id": each.campaign_id, "name": each.name, "outcome": each.change.outcome.value} for each in results]
        return Result({**data, "campaigns": told}, OK if all(each.is_done for each in results) else FAILED)

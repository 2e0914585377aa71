"""manage.py dnc_unbind TENANT DNC CAMPAIGN --reason R: take a Do Not Call list off a campaign."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_now
from bpadmin.tenants.management.base import Result, confirm_typed
from bpadmin.tenants.models import Tenant
from dnc.lists.bindings import dnc_unbind, unbind_warning
from dnc.lists.effects import dnc_list_now
from dnc.management.bindings import GuardingCommand


class Command(GuardingCommand):
    """Take a Do Not Call list off a campaign."""

    help = "Take a Do Not Call list off a campaign: what it blocked may be dialled there at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --reason and --yes."""
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why; kept in the evidence")
        parser.add_argument("--yes", action="store_true", help="do not ask; needed where there is no terminal")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what may be dialled then, ask, and unbind."""
        dnc_list, campaign = self.both(tenant, options)
        campaign = campaign_now(tenant=tenant, campaign_id=campaign.id)
        warning = " ".join(unbind_warning(dnc_list, campaign, dnc_list_now(dnc_list)))
        confirm_typed(self, warning, name=dnc_list.name, is_sure=options["yes"])
        act = dnc_unbind(dnc_list=dnc_list, campaign=campaign, reason=options["reason"], actor=self.actor)
        return self.told(act, **self.data(dnc_list, campaign))

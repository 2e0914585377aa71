"""manage.py list_unbind TENANT CAMPAIGN INSTANCE: remove a list instance from a campaign."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result, confirm_typed
from bpadmin.tenants.models import Tenant
from campaigns.bindings.services import list_unbind
from campaigns.management.base import SHELL
from campaigns.management.bindings import BindingCommand, binding_of


class Command(BindingCommand):
    """Remove a list instance from a campaign."""

    help = "Remove a list instance from a campaign; its live calls are dropped, all but in preview campaigns."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add INSTANCE and --yes."""
        super().add_arguments(parser)
        parser.add_argument("instance", metavar="INSTANCE", help="id or name of the instance, or its list's name")
        parser.add_argument(
            "--yes", action="store_true", help="do it without asking; needed where there is no terminal"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what happens to calls, ask, and unbind."""
        campaign = self.campaign(tenant, options)
        binding = binding_of(campaign, options["instance"])
        warning = (
            f"“{binding.list_name}” will be unbound from “{campaign.name}”, which is {campaign.state.value.lower()}. "
            "Its live calls are dropped, in preview campaigns only those that no agent has taken. To let them finish, "
            "disable it first: list_rebind … --enabled no."
        )
        confirm_typed(self, warning, name=binding.list_name, is_sure=options["yes"])
        act = list_unbind(tenant=tenant, campaign=campaign, binding=binding, actor=SHELL)
        return self.told(tenant, act, binding)

"""manage.py list_bind TENANT CAMPAIGN LIST: bind a calling list to a campaign."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import list_find
from bpadmin.platforms.types import ListBinding
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from campaigns.bindings.services import list_bind
from campaigns.management.base import SHELL
from campaigns.management.bindings import BindingCommand, add_properties, with_properties


class Command(BindingCommand):
    """Bind a calling list to a campaign."""

    help = "Bind a calling list to a campaign; disabled unless --enabled yes is given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST and the properties."""
        super().add_arguments(parser)
        parser.add_argument("list", metavar="LIST", help="name or id of the list")
        add_properties(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Bind the list and print the instance's id."""
        campaign = self.campaign(tenant, options)
        found = list_find(tenant=tenant, name_or_id=options["list"])
        wish = with_properties(ListBinding(list_id=found.id, list_name=found.name, instance_id=""), options)
        return self.told(tenant, list_bind(tenant=tenant, campaign=campaign, wish=wish, actor=SHELL), wish)

"""manage.py list_rebind TENANT CAMPAIGN INSTANCE: change the properties of a list instance."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from campaigns.bindings.services import binding_change
from campaigns.management.base import SHELL
from campaigns.management.bindings import BindingCommand, add_properties, binding_of, with_properties


class Command(BindingCommand):
    """Change the properties of a list instance; what is not given stays as it is."""

    help = "Change the properties of a list instance; what is not given stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add INSTANCE and the properties."""
        super().add_arguments(parser)
        parser.add_argument("instance", metavar="INSTANCE", help="id or name of the instance, or its list's name")
        add_properties(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change the instance."""
        campaign = self.campaign(tenant, options)
        wish = with_properties(binding_of(campaign, options["instance"]), options)
        return self.told(tenant, binding_change(tenant=tenant, campaign=campaign, wish=wish, actor=SHELL), wish)

"""manage.py dnc_change TENANT DNC: change the properties that the platform keeps of a Do Not Call list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from dnc.lists.effects import dnc_list_now
from dnc.lists.properties import dnc_properties_change, managing_check
from dnc.lists.property_rules import properties_of
from dnc.management.properties import ManagingCommand, add_properties, with_properties


class Command(ManagingCommand):
    """Change the properties of a Do Not Call list."""

    help = "Change the properties that the platform keeps of a Do Not Call list; what is not given stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add DNC, --name, the properties, and the options that take one away."""
        super().add_arguments(parser)
        parser.add_argument("dnc", metavar="DNC", help="name or id of the list")
        parser.add_argument("--name", metavar="NAME", help="new name of the list")
        add_properties(parser)
        parser.add_argument("--no-expiry", action="store_true", help="entries do not expire any more")
        parser.add_argument("--no-reset", action="store_true", help="it is not emptied daily any more")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Read the list as it is now, and change what differs."""
        managing_check(tenant)
        dnc_list = self.find(tenant, options["dnc"])
        now = properties_of(dnc_list_now(dnc_list), dnc_list)
        wish = with_properties(tenant, now, options)
        if options["name"] is not None:
            wish = replace(wish, name=options["name"])
        if options["no_expiry"]:
            wish = replace(wish, expire_days=None)
        if options["no_reset"]:
            wish = replace(wish, reset=None)
        act = dnc_properties_change(dnc_list=dnc_list, now=now, wish=wish, actor=self.actor)
        return self.told(act, list=dnc_list.name, list_id=dnc_list.remote_id)

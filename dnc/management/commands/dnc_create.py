"""manage.py dnc_create TENANT NAME --type T: make an empty Do Not Call list."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from dnc.lists.properties import dnc_create
from dnc.lists.property_rules import Properties
from dnc.management.properties import TYPES, ManagingCommand, add_properties, with_properties


class Command(ManagingCommand):
    """Make an empty Do Not Call list."""

    help = "Make an empty Do Not Call list, which blocks nothing until it is bound to a campaign."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME, --type and the properties."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="name of the list; no other has it")
        parser.add_argument("--type", required=True, choices=list(TYPES), help="what it holds; that stays for good")
        add_properties(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Make the list and print its id."""
        wish = with_properties(tenant, Properties(options["name"], TYPES[options["type"]]), options)
        act = dnc_create(tenant=tenant, wish=wish, actor=self.actor)
        return self.told(act, list=wish.name, list_id=act.id, type=wish.type.value)

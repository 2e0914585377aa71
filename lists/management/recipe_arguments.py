"""What the commands about recipes share: the list, the recipe's name, a file with one."""

from __future__ import annotations

import getpass
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import list_find
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.management.base import TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.conversion.recipe_store import RecipeRefused, content_told, recipe_find
from bpadmin.uploads.models import Recipe


class RecipeCommand(TenantCommand):
    """Base of the commands about the recipes of a list."""

    needs = Capability.RECORDS_ADD
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, RecipeRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST."""
        super().add_arguments(parser)
        parser.add_argument("list", metavar="LIST", help="name or id of the list")

    def find_list(self, tenant: Tenant, options: dict[str, Any]) -> CallingList:
        """Find the list that was named."""
        return list_find(tenant=tenant, name_or_id=options["list"])

    def find_recipe(self, tenant: Tenant, options: dict[str, Any]) -> tuple[CallingList, Recipe]:
        """Find the recipe that was named, and its list."""
        found = self.find_list(tenant, options)
        return found, recipe_find(tenant=tenant, list_id=found.id, name=options["name"])

    def tell(self, recipe: Recipe) -> None:
        """Say what a recipe does."""
        self.say(recipe.name)
        for line in content_told(recipe.content):
            self.say(f"  {line}")


def shell_name() -> str:
    """Return the name of who acts in a shell."""
    return f"{getpass.getuser()} (shell)"[:150]

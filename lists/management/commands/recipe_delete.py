"""manage.py recipe_delete TENANT LIST NAME: forget a recipe."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result, confirm_typed
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.conversion.recipe_store import recipe_delete
from lists.management.recipe_arguments import RecipeCommand, shell_name


class Command(RecipeCommand):
    """Delete a recipe."""

    help = "Delete a recipe of a calling list. Jobs that used it keep what was done."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and --yes."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="name of the recipe")
        parser.add_argument(
            "--yes", action="store_true", help="do it without asking; needed where there is no terminal"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask, and delete the recipe."""
        found, recipe = self.find_recipe(tenant, options)
        confirm_typed(
            self,
            f"The recipe “{recipe.name}” of {found.name} will be deleted.",
            name=recipe.name,
            is_sure=options["yes"],
        )
        name = recipe.name
        recipe_delete(recipe=recipe, list_name=found.name, actor_name=shell_name())
        self.say(f"The recipe “{name}” is deleted.")
        return Result({"name": name, "list": found.id})

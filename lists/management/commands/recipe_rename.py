"""manage.py recipe_rename TENANT LIST NAME NEW_NAME: give a recipe another name."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.conversion.recipe_store import recipe_rename
from lists.management.recipe_arguments import RecipeCommand, shell_name


class Command(RecipeCommand):
    """Rename a recipe."""

    help = "Give a recipe of a calling list another name."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and NEW_NAME."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="name of the recipe")
        parser.add_argument("new_name", metavar="NEW_NAME", help="its name from now on")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Rename the recipe."""
        found, recipe = self.find_recipe(tenant, options)
        recipe_rename(recipe=recipe, name=options["new_name"], list_name=found.name, actor_name=shell_name())
        self.say(f"The recipe is named “{recipe.name}” now.")
        return Result({"name": recipe.name, "list": found.id})

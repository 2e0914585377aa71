"""manage.py recipe_export TENANT LIST NAME [FILE]: write a recipe as JSON."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result, path_to_write
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.conversion.recipes import recipe_written
from bpadmin.web.downloads import file_write
from lists.management.recipe_arguments import RecipeCommand


class Command(RecipeCommand):
    """Export a recipe."""

    help = "Write a recipe of a calling list as JSON, to FILE or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and FILE."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="name of the recipe")
        parser.add_argument(
            "file", metavar="FILE", nargs="?", default="", help="file to write (default: standard output)"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Write the recipe."""
        path = path_to_write(options["file"], option="FILE")
        found, recipe = self.find_recipe(tenant, options)
        text = recipe_written(name=recipe.name, list_name=found.name, content=recipe.content)
        if path is not None:
            file_write(path, [text.encode()])
            self.say(f"The recipe “{recipe.name}” is in {path}.")
        elif not self.is_json:
            self.say(text.rstrip("\n"))
        return Result({"name": recipe.name, "file": str(path or ""), "recipe": recipe.content})

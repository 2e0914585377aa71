"""manage.py recipe_import TENANT LIST FILE: take a recipe in from JSON."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.conversion.recipe_files import recipe_text
from bpadmin.uploads.conversion.recipe_store import content_told, recipe_import
from lists.management.recipe_arguments import RecipeCommand, shell_name


class Command(RecipeCommand):
    """Import a recipe."""

    help = "Take a recipe for a calling list in from JSON, as an export writes it. Unknown members are refused."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FILE, --name and --replace."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="the recipe as JSON; - reads standard input")
        parser.add_argument("--name", default="", help="keep it under this name instead of its own")
        parser.add_argument("--replace", action="store_true", help="replace a recipe of this name")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Keep the recipe, and say what it does."""
        found = self.find_list(tenant, options)
        recipe = recipe_import(
            tenant=tenant,
            list_id=found.id,
            text=recipe_text(options["file"]),
            name=options["name"],
            list_name=found.name,
            actor_name=shell_name(),
            replaces=options["replace"],
        )
        self.tell(recipe)
        return Result({"name": recipe.name, "list": found.id, "does": content_told(recipe.content)})

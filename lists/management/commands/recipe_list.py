"""manage.py recipe_list TENANT LIST: the recipes of a list, and what they do."""

from __future__ import annotations

from typing import Any

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.conversion.recipe_store import content_told, recipes_of
from lists.management.recipe_arguments import RecipeCommand


class Command(RecipeCommand):
    """List the recipes of a list."""

    help = (
        "List the recipes of a calling list with what they do: which column goes where, and what becomes of its cells."
    )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Print every recipe."""
        found = self.find_list(tenant, options)
        recipes = recipes_of(tenant=tenant, list_id=found.id)
        for recipe in recipes:
            self.tell(recipe)
        if not recipes:
            self.say(f"{found.name} has no recipe.")
        rows = [
            {
                "name": each.name,
                "saved_by": each.saved_by,
                "saved_at": each.updated_at.isoformat(),
                "does": content_told(each.content),
            }
            for each in recipes
        ]
        return Result({"tenant": tenant.slug, "list": found.id, "recipes": rows})

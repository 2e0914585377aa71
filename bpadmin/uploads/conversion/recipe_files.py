"""Recipes that a command names: kept ones by their name, others as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bpadmin.uploads.conversion.recipe_store import RecipeRefused, recipe_named, recipes_of
from bpadmin.uploads.conversion.recipes import MOST_BYTES, recipe_read

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def recipe_text(path: str) -> bytes:
    """Read a recipe's file, or standard input where the path is "-". Raises RecipeRefused."""
    try:
        if path == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RecipeRefused(f"{path} cannot be read: {error.strerror}.") from error


def recipe_named_or_read(*, tenant: Tenant, list_id: str, said: str) -> dict[str, Any]:
    """Give the content of a list's recipe of this name; of a file, where there is none. RecipeRefused, RuleRefused."""
    named = recipe_named(tenant=tenant, list_id=list_id, name=said)
    if named is not None:
        return dict(named.content)
    if said == "-" or Path(said).is_file():
        return recipe_read(recipe_text(said))[1]
    names = ", ".join(f"“{each.name}”" for each in recipes_of(tenant=tenant, list_id=list_id)) or "none"
    raise RecipeRefused(
        f"--recipe {said}: the list has no recipe of this name (it has {names}), and there is no such file."
    )

"""Recipes as they are kept: saved, renamed, deleted, taken in from JSON; one name for one recipe of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.options import NotUnderstood
from bpadmin.tenants.models import Tenant
from bpadmin.texts import text_clean
from bpadmin.uploads.conversion.recipes import LONGEST_NAME, recipe_check, recipe_content, recipe_read, recipe_told
from bpadmin.uploads.conversion.rules import Conversion
from bpadmin.uploads.models import Recipe, SavedMapping

KEPT_SHOWN = 20


class RecipeRefused(Exception):
    """A recipe cannot be kept or found like this; the message says why and what to do."""


def recipes_of(*, tenant: Tenant, list_id: str) -> list[Recipe]:
    """Return the recipes of a list by name."""
    return sorted(Recipe.objects.filter(tenant=tenant, list_id=list_id), key=lambda each: each.name.casefold())


def recipe_find(*, tenant: Tenant, list_id: str, name: str) -> Recipe:
    """Find a recipe by its name, whatever its case. Raises RecipeRefused with the names there are."""
    found = recipe_named(tenant=tenant, list_id=list_id, name=name)
    if found is None:
        names = ", ".join(f"“{each.name}”" for each in recipes_of(tenant=tenant, list_id=list_id))
        raise RecipeRefused(
            f"The list has no recipe “{name}”. " + (f"It has {names}." if names else "It has none yet.")
        )
    return found


def recipe_named(*, tenant: Tenant, list_id: str, name: str) -> Recipe | None:
    """Find a recipe by its name, whatever its case; None where there is none."""
    wanted = " ".join(name.split()).casefold()
    recipes = recipes_of(tenant=tenant, list_id=list_id)
    return next((each for each in recipes if each.name.casefold() == wanted), None)


def recipe_save(
    *,
    tenant: Tenant,
    list_id: str,
    name: str,
    content: Mapping[str, Any],
    list_name: str = "",
    actor_name: str = "",
    replaces: bool = True,
) -> Recipe:
    """Keep a recipe under a name; one of that name is replaced if that is meant. Raises RecipeRefused."""
    name = _name_said(name)
    try:
        recipe_check(content)
    except NotUnderstood as error:
        raise RecipeRefused(str(error)) from error
    before = recipe_named(tenant=tenant, list_id=list_id, name=name)
    if before is not None and not replaces:
        raise RecipeRefused(f"The list has a recipe “{before.name}” already. Choose another name, or delete it first.")
    recipe = before or Recipe(tenant=tenant, list_id=list_id)
    recipe.name, recipe.content, recipe.saved_by = name, dict(content), actor_name
    _stored(recipe)
    words = f"Recipe “{name}” {'replaced' if before else 'kept'}."
    _log(tenant, list_id, list_name, words, actor_name, content=recipe.content)
    return recipe


def recipe_keep(
    *,
    tenant: Tenant,
    list_id: str,
    name: str,
    header: Sequence[str],
    mapping: Mapping[str, str],
    conversion: Conversion,
    list_name: str = "",
    actor_name: str = "",
) -> Recipe:
    """Keep what was said of a file as a recipe, for files with the same columns. Raises RecipeRefused."""
    content = recipe_content(header=header, mapping=mapping, conversion=conversion)
    return recipe_save(
        tenant=tenant, list_id=list_id, name=name, content=content, list_name=list_name, actor_name=actor_name
    )


def recipe_import(
    *,
    tenant: Tenant,
    list_id: str,
    text: str | bytes,
    name: str = "",
    list_name: str = "",
    actor_name: str = "",
    replaces: bool = False,
) -> Recipe:
    """Take a recipe in from JSON, under its own name or another. Raises RecipeRefused."""
    try:
        own, content = recipe_read(text)
    except NotUnderstood as error:
        raise RecipeRefused(str(error)) from error
    if not (name or own):
        raise RecipeRefused("The recipe has no name of its own: give it one.")
    return recipe_save(
        tenant=tenant,
        list_id=list_id,
        name=name or own,
        content=content,
        list_name=list_name,
        actor_name=actor_name,
        replaces=replaces,
    )


def recipe_rename(*, recipe: Recipe, name: str, list_name: str = "", actor_name: str = "") -> Recipe:
    """Return a recipe another name. Raises RecipeRefused."""
    name = _name_said(name)
    other = recipe_named(tenant=recipe.tenant, list_id=recipe.list_id, name=name)
    if other is not None and other.pk != recipe.pk:
        raise RecipeRefused(f"The list has a recipe “{other.name}” already. Choose another name.")
    before, recipe.name = recipe.name, name
    _stored(recipe)
    words = f"Recipe “{before}” renamed to “{name}”."
    _log(recipe.tenant, recipe.list_id, list_name, words, actor_name)
    return recipe


def recipe_delete(*, recipe: Recipe, list_name: str = "", actor_name: str = "") -> None:
    """Forget a recipe."""
    recipe.delete()
    words = f"Recipe “{recipe.name}” deleted."
    _log(recipe.tenant, recipe.list_id, list_name, words, actor_name, content=recipe.content)


def mappings_of(*, tenant: Tenant, list_id: str) -> list[SavedMapping]:
    """Return what was said last of the columns of files for a list, the newest first."""
    return list(SavedMapping.objects.filter(tenant=tenant, list_id=list_id).order_by("-updated_at", "-pk"))


def mapping_content(kept: SavedMapping) -> dict[str, Any]:
    """Return a kept mapping as a recipe's content. Raises RecipeRefused."""
    try:
        conversion = Conversion.from_json(kept.conversion or {})
    except NotUnderstood as error:
        raise RecipeRefused(str(error)) from error
    return recipe_content(header=kept.header, mapping=kept.mapping, conversion=conversion)


def mapping_forget(*, kept: SavedMapping, list_name: str = "", actor_name: str = "") -> None:
    """Forget what was said of the columns of such a file: the next one is mapped anew."""
    kept.delete()
    words = f"What was said of files with {', '.join(kept.header[:5])} forgotten."
    _log(kept.tenant, kept.list_id, list_name, words, actor_name, mapping=kept.mapping, conversion=kept.conversion)


def content_told(content: Mapping[str, Any]) -> list[str]:
    """Say in words what a recipe does, or why that cannot be said."""
    try:
        return recipe_told(content)
    except NotUnderstood as error:
        return [str(error)]


def _name_said(name: str) -> str:
    name = " ".join(text_clean(name).split())
    if not name:
        raise RecipeRefused("Give the recipe a name.")
    if len(name) > LONGEST_NAME:
        raise RecipeRefused(f"The name is longer than {LONGEST_NAME} characters. Choose a shorter one.")
    return name


def _log(tenant: Tenant, list_id: str, list_name: str, words: str, actor_name: str, **details: Any) -> None:
    audit_record(
        verb=Verb.LIST_RECIPE_CHANGE,
        tenant=tenant,
        actor=None,
        actor_name=actor_name,
        target_kind="list",
        target_id=list_id,
        target_name=list_name,
        message=words,
        details=details,
    )


def _stored(recipe: Recipe) -> Recipe:
    try:
        with transaction.atomic():
            recipe.save()
    except IntegrityError as error:
        raise RecipeRefused(f"Somebody has just kept a recipe “{recipe.name}”. Choose another name.") from error
    return recipe


class ListRecipes:
    """What a list's page shows: its recipes, and what was said last of the columns of files. Read when it is shown."""

    def __init__(self, *, tenant: Tenant, list_id: str) -> None:
        self.tenant, self.list_id = tenant, list_id

    def recipes(self) -> list[tuple[Recipe, list[str]]]:
        """Return the recipes with what they do in words."""
        return [(each, content_told(each.content)) for each in recipes_of(tenant=self.tenant, list_id=self.list_id)]

    def kept(self) -> list[tuple[SavedMapping, list[str]]]:
        """Return the mappings that were used last with what they do in words, the newest first."""
        found = []
        for each in mappings_of(tenant=self.tenant, list_id=self.list_id)[:KEPT_SHOWN]:
            try:
                found.append((each, content_told(mapping_content(each))))
            except RecipeRefused as refused:
                found.append((each, [str(refused)]))
        return found

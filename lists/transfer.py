"""Recipes and recycling rules in the one file of what acts by itself; lists go by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.catalogue import list_read
from bpadmin.dialler.types import Actor
from bpadmin.plans.extensions import TransferPart
from bpadmin.plans.transfer import TransferRefused
from bpadmin.results.selection import AttemptFilter
from bpadmin.uploads.conversion.recipe_store import RecipeRefused, recipe_save
from bpadmin.uploads.models import Recipe
from lists.recycling.services import RecycleRefused, RecycleWish, rule_save, rules_of
from lists.uploads.target.place import target_find

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def _recipes_write(tenant: Tenant) -> list[dict[str, Any]]:
    names: dict[str, str] = {}
    written = []
    for recipe in Recipe.objects.filter(tenant=tenant).order_by("list_id", "name"):
        if recipe.list_id not in names:
            found = list_read(tenant, recipe.list_id).value
            names[recipe.list_id] = found.name if found else recipe.list_id
        written.append({"name": recipe.name, "list": names[recipe.list_id], "content": recipe.content})
    return written


def _recipe_take(tenant: Tenant, item: Mapping[str, Any], actor: Actor, replaces: bool) -> str:
    found = target_find(tenant=tenant, name_or_id=item["list"])
    try:
        recipe = recipe_save(
            tenant=tenant,
            list_id=found.id,
            name=item["name"],
            content=item["content"],
            list_name=found.name,
            actor_name=actor.called,
            replaces=replaces,
        )
    except RecipeRefused as refused:
        raise TransferRefused(str(refused)) from refused
    return f"{recipe.name} ({found.name})"


def _rules_write(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            "name": rule.name,
            "list": rule.list_name,
            "filter": rule.filter,
            "into": rule.target_name,
            "new_name": rule.new_name,
            "count_field": rule.count_field,
        }
        for rule in rules_of(tenant=tenant)
    ]


def _rule_take(tenant: Tenant, item: Mapping[str, Any], actor: Actor, replaces: bool) -> str:
    if not replaces and rules_of(tenant=tenant).filter(name=item["name"]).exists():
        raise TransferRefused("There is a recycling rule of that name already.")
    wish = RecycleWish(
        source=target_find(tenant=tenant, name_or_id=item["list"]),
        wanted=AttemptFilter.from_json(item["filter"]),
        target=target_find(tenant=tenant, name_or_id=item["into"]) if item.get("into") else None,
        new_name=item.get("new_name", ""),
        count_field=item.get("count_field", ""),
    )
    try:
        return rule_save(tenant=tenant, name=item["name"], wish=wish, actor=actor).name
    except RecycleRefused as refused:
        raise TransferRefused(str(refused)) from refused


RECIPES = TransferPart("recipes", _recipes_write, _recipe_take, rank=20)
RECYCLING_RULES = TransferPart("recycling_rules", _rules_write, _rule_take, rank=30)

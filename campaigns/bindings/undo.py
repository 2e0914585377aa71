"""Giving a list instance back the properties that it had before a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.registry import Inverse
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import ListBinding, Sorting, SortingField, SortingType, SortOrder
from campaigns.bindings.words import binding_described, binding_named, enabled_word

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action

DISABLES = "It is disabled with it: new attempts of this list stop at once, and calls under way finish."
ENABLES = (
    "It is enabled with it: where the campaign runs, its records are dialled at once; calls that it would have made "
    "meanwhile are not made up."
)
NEXT = "The properties hold for the calls that are dialled next."


def binding_undo(before: ListBinding, after: ListBinding) -> dict[str, Any]:
    """Return what taking a change back needs, as plain JSON: what was, and what is to be; {} where that is not told."""
    if before.enabled is None or before.sorting.type == SortingType.UNKNOWN:
        return {}
    return {"before": _plain(before), "after": _plain(after)}


def binding_before(action: Action, now: ListBinding) -> ListBinding:
    """Return an instance as it was before the change."""
    return _with(now, action.undo["before"])


def binding_inverse(action: Action) -> Inverse:
    """Say what giving the former properties back comes to."""
    then, after = action.undo["before"], action.undo["after"]
    was = _with(ListBinding("", action.details.get("list", ""), ""), then)
    warnings = [NEXT] if {**then, "enabled": None} != {**after, "enabled": None} else []
    if then["enabled"] != after["enabled"]:
        warnings.insert(0, ENABLES if then["enabled"] else DISABLES)
    return Inverse(
        Capability.LIST_BIND,
        f"“{binding_named(was)}” in “{action.target_name}” is {enabled_word(was)} again, {binding_described(was)}.",
        tuple(warnings),
        is_danger=not then["enabled"] and after["enabled"],
    )


def binding_changed(action: Action, lists: Sequence[ListBinding]) -> str:
    """Say what of an instance is not as the change left it, "" where all is."""
    name = action.details.get("list", "")
    now = next((each for each in lists if each.instance_id == action.details["instance"]), None)
    if now is None:
        return f"“{name}” is no longer bound to “{action.target_name}”."
    if _plain(now) == action.undo["after"]:
        return ""
    if _plain(now) == action.undo["before"]:
        return f"“{name}” is as it was before already."
    return f"“{name}” has been changed since: it is {enabled_word(now)} now, {binding_described(now)}."


def _plain(binding: ListBinding) -> dict[str, Any]:
    fields = binding.sorting.fields if binding.sorting.type == SortingType.CUSTOM else ()
    return {
        "enabled": bool(binding.enabled),
        "order": binding.order,
        "dialing_ratio": binding.dialing_ratio,
        "instance_name": binding.instance_name,
        "sorting": binding.sorting.type.value,
        "sort_by": [[each.field_name, each.sort_order.value] for each in fields],
    }


def _with(binding: ListBinding, plain: dict[str, Any]) -> ListBinding:
    fields = tuple(SortingField(name, SortOrder(order)) for name, order in plain["sort_by"])
    return replace(
        binding,
        enabled=plain["enabled"],
        order=plain["order"],
        dialing_ratio=plain["dialing_ratio"],
        instance_name=plain["instance_name"],
        sorting=Sorting(SortingType(plain["sorting"]), fields),
    )

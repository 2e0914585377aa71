"""A list instance in words: its name, whether it is dialled, and its properties."""

from __future__ import annotations

from bpadmin.platforms.types import ListBinding, SortingType

# The same words as the pages' (`_sorting.html`, forms).
SORTING_WORDS = {
    SortingType.NATURAL: "as loaded",
    SortingType.RANDOM: "in random order",
    SortingType.CUSTOM: "sorted",
    SortingType.UNKNOWN: "in an order not known here",
}


def binding_named(binding: ListBinding) -> str:
    """Return the name of the list, with the instance's own where it has one."""
    return f"{binding.list_name} ({binding.instance_name})" if binding.instance_name else binding.list_name


def enabled_word(binding: ListBinding) -> str:
    """Say whether it is dialled."""
    return "enabled" if binding.enabled else "disabled"


def binding_described(binding: ListBinding) -> str:
    """Return order, ratio and sorting in words."""
    fields = ", ".join(f"{each.field_name} {each.sort_order}" for each in binding.sorting.fields)
    sorting = f"sorted by {fields}" if fields else SORTING_WORDS[binding.sorting.type]
    return f"order {binding.order}, ratio {binding.dialing_ratio}, {sorting}"

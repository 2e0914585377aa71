"""In which order a campaign's lists are dialled, and what moving one of them changes.

Lists of one order share the calls by their ratio. They are moved as what they are to the dialler, one place: a move
with the arrows takes all of them along, and only a list that is dragged away leaves the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from bpadmin.platforms.types import Campaign, ListBinding

Places = list[list[ListBinding]]


def bindings_in_order(campaign: Campaign) -> list[ListBinding]:
    """Return a campaign's instances as they are dialled and shown."""
    return sorted(campaign.lists or (), key=lambda each: (each.order, each.list_name))


def places_of(campaign: Campaign) -> Places:
    """Return the instances by place, those that share the calls together."""
    return [list(group) for _, group in groupby(bindings_in_order(campaign), key=lambda each: each.order)]


def orders_moved(campaign: Campaign, instance_id: str, by: int) -> dict[str, int]:
    """Return the orders after one instance, with those that share its calls, has moved by one place up (-1) or down."""
    places = places_of(campaign)
    at = next((n for n, place in enumerate(places) if instance_id in _ids(place)), None)
    if at is not None:
        to = min(max(at + by, 0), len(places) - 1)
        places.insert(to, places.pop(at))
    return _orders(places)


def orders_dragged(campaign: Campaign, instance_ids: Sequence[str], dragged: str) -> dict[str, int]:
    """Return the orders after one instance was dragged to where it stands in `instance_ids`; the others stay together.

    It shares the calls with its former neighbours as long as it lies beside one of them. Between two that share their
    calls it comes behind both.
    """
    moved = next((each for each in campaign.lists or () if each.instance_id == dragged), None)
    if moved is None or dragged not in instance_ids:
        return _orders(places_of(campaign))
    at = list(instance_ids).index(dragged)
    beside = {*instance_ids[max(at - 1, 0) : at], *instance_ids[at + 1 : at + 2]}
    places = places_of(campaign)
    own = next(place for place in places if moved in place)
    if beside & (set(_ids(own)) - {dragged}):
        return _orders(places)
    own.remove(moved)
    places = [place for place in places if place]
    above = set(instance_ids[:at])
    to = max((n + 1 for n, place in enumerate(places) if above & set(_ids(place))), default=0)
    places.insert(to, [moved])
    return _orders(places)


def orders_changed(campaign: Campaign, orders: Mapping[str, int]) -> list[tuple[ListBinding, int]]:
    """Return each instance with its new order, in the new sequence."""
    known = [(each, orders.get(each.instance_id, each.order)) for each in campaign.lists or ()]
    return sorted(known, key=lambda pair: (pair[1], pair[0].list_name))


def _orders(places: Places) -> dict[str, int]:
    """Number the places; where nothing was moved the orders stay as they are, gaps and all."""
    before = [min(each.order for each in place) for place in places]
    is_same = before == sorted(set(before))
    is_whole = all(len({each.order for each in place}) == 1 for place in places)
    numbers = before if is_same and is_whole else range(1, len(places) + 1)
    return {each.instance_id: number for number, place in zip(numbers, places, strict=True) for each in place}


def _ids(place: Sequence[ListBinding]) -> list[str]:
    return [each.instance_id for each in place]

"""Find a bound list by what a person typed."""

from __future__ import annotations

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.platforms.types import Campaign, ListBinding

NAMED = 10


def binding_of(campaign: Campaign, given: str) -> ListBinding:
    """Find an instance by its id, its name, or its list's name or id. Raises LookupRefused when several answer."""
    typed = given.strip().casefold()
    for names in (
        lambda each: (each.instance_id,),
        lambda each: (each.instance_name,),
        lambda each: (each.list_name, each.list_id),
    ):
        found = [each for each in campaign.lists or () if typed in [name.casefold() for name in names(each)]]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(each.instance_id for each in found)
            raise LookupRefused(f"“{given}” is bound to “{campaign.name}” more than once. Give an instance id: {ids}.")
    known = list(dict.fromkeys(f"“{each.list_name}”" for each in campaign.lists or ()))
    more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
    bound = f" Bound are {', '.join(known[:NAMED])}{more}." if known else " No list is."
    raise LookupRefused(f"Nothing called “{given}” is bound to “{campaign.name}”.{bound}")

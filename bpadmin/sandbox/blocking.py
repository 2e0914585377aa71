"""Whether a number may be dialled at this moment, and what forbids it: asked every few milliseconds by a watcher.

It is told without the tenant's lock, so that no request under way, however large, keeps the watcher waiting; of such a
request it sees what is done so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpadmin.sandbox.errors import bad_request
from bpadmin.sandbox.state.dnc import DncList, DncType
from bpadmin.sandbox.state.tenant import Tenant

_QUERY = {"number", "campaign", "postal", "state", "value"}


@dataclass(frozen=True, slots=True)
class Question:
    """What would be dialled: the number as the dialler has it, and of its record postal code, state, other value."""

    number: str = ""
    postal: str = ""
    state: str = ""
    value: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Question:
        """Take a question out of a query; refuses with 400 what it does not know, and one that asks nothing."""
        if unknown := given.keys() - _QUERY:
            raise bad_request(f"'{sorted(unknown)[0]}' is not supported; there are {', '.join(sorted(_QUERY))}")
        asked = {name: text.strip() for name, text in given.items() if name != "campaign"}
        if not any(asked.values()):
            raise bad_request("'number' is required, or one of 'postal', 'state' and 'value'")
        return cls(**asked)

    def value_for(self, kind: DncType) -> str:
        """Return what a list of this type looks at, "" where the question does not say."""
        match kind:
            case DncType.INTERNAL | DncType.GEOGRAPHIC_AREACODE:
                return self.number
            case DncType.GEOGRAPHIC_POSTAL:
                return self.postal
            case DncType.GEOGRAPHIC_STATE:
                return self.state
            case DncType.EXCLUSION:
                return self.value


def blocking(tenant: Tenant, question: Question, campaign_id: str = "") -> list[dict[str, Any]]:
    """Return each list that forbids it, with the entry that does.

    Without a campaign all lists are asked, whether or not they guard one. Expired entries forbid nothing.
    """
    now = tenant.clock.now()
    found = []
    for held in _guards(tenant, campaign_id):
        value = question.value_for(held.type)
        rule = held.rule(value, now) if value else None
        if rule is not None:
            found.append({"list": held.id, "name": held.name, "type": held.type.value, "rule": rule})
    return found


def unblocked(tenant: Tenant, numbers: Sequence[str], campaign_id: str = "") -> list[str]:
    """Return the numbers that nothing forbids, in their order."""
    now = tenant.clock.now()
    by_number = {DncType.INTERNAL, DncType.GEOGRAPHIC_AREACODE}
    guards = [held for held in _guards(tenant, campaign_id) if held.type in by_number]
    return [number for number in numbers if all(held.rule(number, now) is None for held in guards)]


def _guards(tenant: Tenant, campaign_id: str) -> list[DncList]:
    # Copied in one step each, since others may be adding to them.
    lists = dict(tenant.dnc_lists)
    if not campaign_id:
        return list(lists.values())
    bindings = tuple(tenant.campaign_with(campaign_id).dnc)
    return [lists[binding.dnc_id] for binding in bindings if binding.is_bound and binding.dnc_id in lists]

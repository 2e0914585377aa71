"""A call of an older API: lists and campaigns by name, bodies read as these APIs read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bpadmin.sandbox.errors import Refusal, bad_request, forbidden
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.campaigns import Campaign, Instance
from bpadmin.sandbox.state.dnc import DncType
from bpadmin.sandbox.state.lists import CallingList


@dataclass(slots=True)
class NamedCall(Call):
    """A call whose path holds names: of a list (or DNC list), and of a campaign behind it."""

    def calling_list(self) -> CallingList:
        """Return the list of this name, or refuse with 404."""
        found = next((held for held in self.tenant.lists.values() if held.name == self.ids[0]), None)
        if found is None:
            raise missing("calling list not found")
        return found

    def campaign_named(self) -> Campaign | None:
        """Return the campaign that stands behind the list; None when there is none of this name."""
        return next((one for one in self.tenant.campaigns.values() if one.name == self.ids[1]), None)

    def instance(self) -> tuple[Campaign, Instance]:
        """Return the campaign with the list as it is bound there, or refuse with 404."""
        held, campaign = self.calling_list(), self.campaign_named()
        if campaign is None:
            raise missing("campaign is not found")
        bound = bound_in(campaign, held)
        if bound is None:
            raise missing("calling list not found")
        return campaign, bound

    def of_dnc_list(self) -> Call:
        """Return the call as v3 takes it, with the DNC list's id; refuses with 404, or 403 where none may change it."""
        found = next((held for held in self.tenant.dnc_lists.values() if held.name == self.ids[0]), None)
        if found is None:
            raise missing("Object does not exist")
        if found.type is DncType.GEOGRAPHIC_STATE:
            raise forbidden("this type of list is not supported by the API")
        return Call(self.tenant, self.user, [found.id], self.body)

    def record(self) -> dict[str, Any]:
        """Return the body, an object; a member given twice is refused."""
        if self._begins_with(b"["):
            raise bad_request("Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 2 path $")
        return parameters.parse_object(self.body)

    def records(self) -> list[dict[str, Any]]:
        """Return the body, an array of objects, less those records that the tenant's options let vanish."""
        if self._begins_with(b"{"):
            raise bad_request("Expected BEGIN_ARRAY but was BEGIN_OBJECT at line 1 column 2 path $")
        return self.arrived(parameters.parse_records(self.body))

    def paging(self, start: str, highest: int) -> tuple[dict[str, Any], int]:
        """Return the body of a reading method, which needs `start` and maxSize, and the latter as a number."""
        body = self.record()
        if any(body.get(name) in (None, "") for name in (start, "maxSize")):
            raise bad_request("invalid parameters")
        size = parameters.size(body, "maxSize", highest, may_be_text=True)
        return body, min(size, self.tenant.options.older_page_most or size)

    def _begins_with(self, sign: bytes) -> bool:
        return self.body[:64].lstrip().startswith(sign)


def bound_in(campaign: Campaign, held: CallingList) -> Instance | None:
    """Return the list as it is bound to a campaign; of several bindings these APIs know the first only."""
    return next((one for one in campaign.instances.values() if one.list is held), None)


def missing(text: str) -> Refusal:
    """404, in the words of the older APIs."""
    return Refusal(404, "not_found", text)

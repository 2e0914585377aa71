"""One authenticated call of a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpadmin.sandbox.errors import bad_request, forbidden
from bpadmin.sandbox.state.access import Privilege, User
from bpadmin.sandbox.state.campaigns import Campaign
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.tenant import Tenant


@dataclass(slots=True)
class Call:
    """A call: who makes it, the ids from its path, its body and its query."""

    tenant: Tenant
    user: User
    ids: Sequence[str]
    body: bytearray
    query: str = ""

    def campaign(self) -> Campaign:
        """Return the campaign that the path names, if it exists (404) and is the user's to manage (403)."""
        found = self.tenant.campaign_with(self.ids[0])
        if not self.user.may_manage(found.id):
            raise forbidden(
                "User authenticated but does not have sufficient privileges: "
                f"'{Privilege.ALL_CAMPAIGNS.value}' is required for a campaign that is not assigned"
            )
        return found

    def calling_list(self) -> CallingList:
        """Return the list that the path names, or refuse with 404."""
        return self.tenant.list_with(self.ids[0])

    def now(self) -> int:
        """Return the tenant's time in milliseconds."""
        return self.tenant.clock.now()

    def arrived(self, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a request's records, less those that the tenant's options let vanish, or refuse the request whole."""
        options = self.tenant.options
        if options.spoiling_value and any(options.spoiling_value in record.values() for record in objects):
            raise bad_request(f"unsupported value '{options.spoiling_value}'")
        if options.vanishing_value:
            return [record for record in objects if options.vanishing_value not in record.values()]
        return objects

    def room(self) -> int:
        """Count the rows that the tenant may still take."""
        return max(0, self.tenant.options.rows_limit - self.tenant.rows_held())

    def refused(
        self, objects: Sequence[Mapping[str, Any]], refused: Mapping[int, tuple[str, str]]
    ) -> dict[str, list[Any]]:
        """Return the document's error map: bucket -> the records as they were sent."""
        errors: dict[str, list[Any]] = {}
        for place in sorted(refused):
            record = objects[place]
            if self.tenant.options.lowercase_echo:
                record = {name.lower(): value for name, value in sorted(record.items())}
            errors.setdefault(refused[place][0], []).append(record)
        return errors

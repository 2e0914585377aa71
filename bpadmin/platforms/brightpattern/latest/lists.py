"""The 3 methods of v3.2 on calling lists: records without a campaign, and the list's own properties.

Besides what each docstring names, every method may raise Unsupported (the tenant's version does not have it), NotFound
(LIST_NOT_FOUND), Unreachable, TlsFailed, Broken, AuthFailed, Forbidden and Invalid. Source: the section "Lists" of
"List Management API v3.2".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bpadmin.platforms.brightpattern import decode, records
from bpadmin.platforms.brightpattern.latest import endpoints
from bpadmin.platforms.brightpattern.latest.calling import NewerCaller
from bpadmin.platforms.campaign_details import ListExpiry
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.http.paging import repeated
from bpadmin.platforms.types import Page, Record

PAGE_LIMIT = 1000


class UnboundListMethods(NewerCaller):
    """What newer tenants let be asked of a list whether a campaign has it or not."""

    def fetch_all_records(self, list_id: str, *, from_index: int = 0, max_size: int = PAGE_LIMIT) -> tuple[Record, ...]:
        """Read up to `max_size` (1 to 1000) records from the index `from_index` (0 is the first) on.

        POST callinglist/fetchAll/:list_id. Empty past the end; the next page begins at the last record's index + 1. No
        results and no custom fields. Part "Fetch All Records".
        """
        body = {"fromIndex": from_index, "maxSize": max_size}
        return self._newer(endpoints.FETCH_ALL_RECORDS, list_id, shape=_records, body=body)

    def walk_list(self, list_id: str, *, limit: int = PAGE_LIMIT, cursor: str = "") -> Iterator[Page[Record]]:
        """Read all records of a list in the order in which they were put in; a cursor is the index to go on from.

        The last page, and no other, comes without a cursor. Raises what `fetch_all_records` raises, and Broken
        (CURSOR_REPEATED) where the indices do not grow.
        """
        at = int(cursor or 0)
        while True:
            found = self.fetch_all_records(list_id, from_index=at, max_size=limit)
            indices = [record.index for record in found if record.index is not None]
            # Without indices the place in the page has to do: records that were deleted then shift nothing but this.
            following = max(indices) + 1 if indices else at + len(found)
            if len(found) < limit:
                yield Page(found)
                return
            if following <= at:
                raise repeated(f"the index {at} came twice")
            yield Page(found, str(following))
            at = following

    def fetch_record(self, list_id: str, *, fields: Mapping[str, Any]) -> Record:
        """Look one record up by its key fields.

        POST callinglist/fetch/:list_id. The document's example asks for two keys and is answered by one object, so one
        is asked for at a time. NotFound (RECORD_NOT_FOUND), also where the answer is empty. Part "Fetch Record".
        """
        body = {name: [value] for name, value in fields.items()}
        found = self._newer(endpoints.FETCH_RECORD, list_id, shape=_records, body=body)
        if not found:
            raise NotFound("There is no such record in this list.", reason=Reason.RECORD_NOT_FOUND)
        return found[0]

    def update_list_properties(self, list_id: str, *, name: str = "", expiry: ListExpiry | None = None) -> None:
        """Rename a list, or say when its records are too old to be dialled; what is "" or None stays.

        PATCH callinglist/updateListProperties/:list_id. Conflict (DUPLICATE_NAME). Twice is the same as once, so it is
        retried. Part "Update List Properties".
        """
        body: dict[str, Any] = {"name": name} if name else {}
        if expiry is not None:
            body["expireRecords"] = expiry.expires
            if expiry.expires:
                mode = {"expirationMode": "DATE_FIELD", "dateField": expiry.date_field}
                body |= {"expirationPeriod": expiry.days}
                body |= mode if expiry.date_field else {"expirationMode": "INSERTION"}
        self._newer(endpoints.UPDATE_LIST_PROPERTIES, list_id, shape=decode.done, body=body)


def _records(value: object) -> tuple[Record, ...]:
    return () if value is None or value == {} else records.records(value)

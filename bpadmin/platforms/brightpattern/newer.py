"""The 8 Do Not Call methods that newer tenants have, in the document's order.

Besides what each docstring names, every method may raise Unsupported (the tenant's version does not have it),
Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden (403) and Invalid (400). `probe_capabilities` tells
beforehand. Source: the sections "DNC Lists" and "Campaigns" of the vendor document "List Management API v3.2"; each
docstring gives the part.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from bpadmin.platforms.brightpattern import decode, dnc_lists
from bpadmin.platforms.brightpattern import newer_endpoints as endpoints
from bpadmin.platforms.brightpattern.latest.calling import NewerCaller
from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.http.paging import walk_pages
from bpadmin.platforms.types import KEEP, CreatedList, DailyReset, DncListInfo, DncRecord, DncType, Keep, Page

DNC_LISTS_LIMIT = 100
DNC_RECORDS_LIMIT = 1000

# What creating a list calls its types; a list of states can be neither made nor changed.
_TYPE_NAMES = {
    DncType.INTERNAL: "INTERNAL",
    DncType.GEOGRAPHIC_POSTAL: "GEOGRAPHIC_POSTAL",
    DncType.GEOGRAPHIC_AREACODE: "AREA_CODES",
    DncType.EXCLUSION: "EXCLUSION",
}


class NewerDncMethods(NewerCaller):
    """What newer tenants let be asked of Do Not Call lists: the lists themselves, what is in them, what they guard."""

    def get_dnc_records(self, dnc_list_id: str, *, limit: int = DNC_RECORDS_LIMIT, cursor: str = "") -> Page[DncRecord]:
        """Read up to `limit` (1 to 1000) entries of a Do Not Call list from the cursor on.

        GET donotcalllist/getDNCRecords/:do_not_call_list_id. NotFound (DNC_LIST_NOT_FOUND). Part "Get DNC Records".
        """
        shape = dnc_lists.dnc_record_page
        return self._newer(endpoints.GET_DNC_RECORDS, dnc_list_id, shape=shape, body=_paging(limit, cursor))

    def walk_dnc_records(
        self, dnc_list_id: str, *, limit: int = DNC_RECORDS_LIMIT, cursor: str = ""
    ) -> Iterator[Page[DncRecord]]:
        """Read all entries of a Do Not Call list, page by page as they are asked for.

        Raises what `get_dnc_records` raises, and Broken (CURSOR_REPEATED). Part "Cursor-based Pagination".
        """
        return walk_pages(lambda at: self.get_dnc_records(dnc_list_id, limit=limit, cursor=at), limit, cursor)

    def get_dnc_lists(self, *, limit: int = DNC_LISTS_LIMIT, cursor: str = "") -> Page[DncListInfo]:
        """Read up to `limit` (1 to 100) Do Not Call lists; `campaigns` and the settings are told by `get_dnc_list`.

        GET donotcalllist/getAll. Part "Get DNC Lists".
        """
        shape = dnc_lists.dnc_list_page
        return self._newer(endpoints.GET_DNC_LISTS, shape=shape, body=_paging(limit, cursor))

    def walk_dnc_lists(self, *, limit: int = DNC_LISTS_LIMIT) -> Iterator[DncListInfo]:
        """Read all Do Not Call lists, page by page as they are asked for.

        Raises what `get_dnc_lists` raises, and Broken (CURSOR_REPEATED). Part "Cursor-based Pagination".
        """
        for page in walk_pages(lambda cursor: self.get_dnc_lists(limit=limit, cursor=cursor), limit):
            yield from page.items

    def get_dnc_list(self, dnc_list_id: str) -> DncListInfo:
        """Read a Do Not Call list with its settings, its number of entries and the campaigns it guards.

        GET donotcalllist/getDNCList/:do_not_call_list_id. NotFound (DNC_LIST_NOT_FOUND). Part "Get DNC List".
        """
        shape = partial(dnc_lists.dnc_list, dnc_list_id=dnc_list_id)
        return self._newer(endpoints.GET_DNC_LIST, dnc_list_id, shape=shape)

    def create_dnc_list(
        self,
        *,
        name: str,
        type: DncType,
        country: str = "",
        expire_records: bool | None = None,
        default_expiration_period: int | None = None,
        exclusion_field: str = "",
        reset_daily: bool | None = None,
        reset: DailyReset | None = None,
    ) -> CreatedList:
        """Create an empty Do Not Call list.

        POST donotcalllist/createDNCList. `country` (ISO code, or "prefixed" for area codes that include it) belongs
        to AREACODE and POSTAL; expiry (days, 0 to 365) to INTERNAL and EXCLUSION; the field and the daily reset to
        EXCLUSION. Conflict (DUPLICATE_NAME). Invalid for a list of states. Part "Create DNC List".
        """
        given = {
            "name": name,
            "type": _type_name(type),
            "country": country or None,
            "expireRecords": expire_records,
            "defaultExpirationPeriod": default_expiration_period,
            "exclusionField": exclusion_field or None,
            "resetDaily": reset_daily,
        }
        body = {member: value for member, value in given.items() if value is not None}
        return self._first_taken(endpoints.CREATE_DNC_LIST, shape=decode.created_list, bodies=_with_reset(body, reset))

    def update_dnc_properties(
        self,
        dnc_list_id: str,
        *,
        name: str | Keep = KEEP,
        type: DncType | Keep = KEEP,
        country: str | Keep = KEEP,
        expire_records: bool | Keep = KEEP,
        default_expiration_period: int | Keep = KEEP,
        exclusion_field: str | Keep = KEEP,
        reset_daily: bool | Keep = KEEP,
        reset: DailyReset | Keep = KEEP,
    ) -> None:
        """Change a Do Not Call list: KEEP leaves a property as it is. For what belongs to which type see creating.

        PATCH donotcalllist/updateDNCProperties/:do_not_call_list_id. NotFound (DNC_LIST_NOT_FOUND); Conflict
        (DUPLICATE_NAME). Twice is the same as once, so it is retried. Part "Update DNC List Properties".
        """
        wanted = {
            "name": name,
            "type": _type_name(type) if isinstance(type, DncType) else type,
            "country": country,
            "expireRecords": expire_records,
            "defaultExpirationPeriod": default_expiration_period,
            "exclusionField": exclusion_field,
            "resetDaily": reset_daily,
        }
        body = {member: value for member, value in wanted.items() if value is not KEEP}
        bodies = _with_reset(body, reset if isinstance(reset, DailyReset) else None)
        self._first_taken(endpoints.UPDATE_DNC_PROPERTIES, dnc_list_id, shape=decode.done, bodies=bodies)

    def delete_dnc_list(self, dnc_list_id: str) -> None:
        """Delete a Do Not Call list: whatever it blocked may be dialled again in all campaigns.

        DELETE donotcalllist/deleteDNCList/:do_not_call_list_id. NotFound (DNC_LIST_NOT_FOUND). Never repeated on a
        guess: a repeat would report that there is no such list. Part "Delete DNC List".
        """
        self._newer(endpoints.DELETE_DNC_LIST, dnc_list_id, shape=decode.done)

    def bind_dnc_list(
        self,
        campaign_id: str,
        *,
        dnc_list_id: str,
        disposition: str,
        allow_append: bool | None = None,
        apply_to_link_group: bool | None = None,
    ) -> None:
        """Let a Do Not Call list guard a campaign; a match gets `disposition`.

        POST campaign/bindDNCList/:campaign_id. `allow_append` (agents' "Add to DNC" adds to the list) belongs to an
        INTERNAL list; None leaves a member out. NotFound (CAMPAIGN_NOT_FOUND, DNC_LIST_NOT_FOUND). Part "Bind DNC
        List".
        """
        given = {"disposition": disposition, "applyToLinkGroup": apply_to_link_group, "allowAppend": allow_append}
        rest = {member: value for member, value in given.items() if value is not None}
        bodies = {spelling: {spelling: dnc_list_id, **rest} for spelling in _ID_SPELLINGS}
        self._first_taken(endpoints.BIND_DNC_LIST, campaign_id, shape=decode.done, bodies=bodies)

    def unbind_dnc_list(self, campaign_id: str, *, dnc_list_id: str) -> None:
        """Take a Do Not Call list off a campaign: whatever it blocked may be dialled there.

        POST campaign/unbindDNCList/:campaign_id. NotFound (CAMPAIGN_NOT_FOUND, DNC_LIST_NOT_FOUND); Conflict
        (LIST_NOT_BOUND). Never repeated on a guess. Part "Unbind DNC List".
        """
        bodies = {spelling: {spelling: dnc_list_id} for spelling in _ID_SPELLINGS}
        self._first_taken(endpoints.UNBIND_DNC_LIST, campaign_id, shape=decode.done, bodies=bodies)


# By the document's table, and by its example.
_ID_SPELLINGS = ("dncListId", "dncListid")


def _with_reset(body: dict[str, Any], reset: DailyReset | None) -> dict[str, object]:
    if reset is None:
        return {"": body}
    # By the document's example, and by its table.
    return {
        spelling: {**body, "resetPeriod": {spelling: reset.time, "timezoneID": reset.time_zone}}
        for spelling in ("time", "resetTime")
    }


def _paging(limit: int, cursor: str) -> dict[str, object]:
    return {"limit": limit, "cursor": cursor} if cursor else {"limit": limit}


def _type_name(kind: DncType) -> str:
    if kind in _TYPE_NAMES:
        return _TYPE_NAMES[kind]
    raise Invalid(
        "Only the platform itself can make this type of Do Not Call list. Choose another type, or make it in Contact "
        "Center Administrator.",
        reason=Reason.DNC_TYPE_NOT_EDITABLE,
    )

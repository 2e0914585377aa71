"""The 12 campaign methods, in the document's order.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403; `privileges` of the endpoint say which) and Invalid (400). Source: the section "Campaigns" of the vendor document
"List Management API v3.0"; each docstring gives the part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from bpadmin.platforms.brightpattern import decode, endpoints, records
from bpadmin.platforms.brightpattern.caller import Caller, time_text
from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.http.paging import walk_pages
from bpadmin.platforms.types import (
    KEEP,
    Bound,
    Campaign,
    CampaignState,
    Keep,
    Page,
    Record,
    RecordKind,
    Sorting,
    SortingType,
)

PAGE_LIMIT = 1000


class CampaignMethods(Caller):
    """What can be asked of campaigns and of the list instances bound to them."""

    def get_campaigns(self) -> tuple[Campaign, ...]:
        """Read the enabled campaigns that the platform user may see, with id, name and state.

        GET campaign/getAll. Empty when no campaign is enabled or none is assigned to the user. Part "Get Campaigns".
        """
        return self._call(endpoints.GET_CAMPAIGNS, shape=decode.campaigns)

    def get_campaign(self, campaign_id: str) -> Campaign:
        """Read a campaign, enabled or not, with its list instances and Do Not Call lists.

        GET campaign/getCampaign/:campaign_id. NotFound. Part "Get Campaign".
        """
        shape = partial(decode.campaign, campaign_id=campaign_id)
        return self._call(endpoints.GET_CAMPAIGN, campaign_id, shape=shape)

    def get_campaign_status(self, campaign_id: str) -> Campaign:
        """Read name, state and whether it is enabled; `lists` and `dnc_lists` stay None.

        GET campaign/getStatus/:campaign_id. NotFound. Part "Get Campaign Status".
        """
        shape = partial(decode.campaign, campaign_id=campaign_id)
        return self._call(endpoints.GET_CAMPAIGN_STATUS, campaign_id, shape=shape)

    def start(self, campaign_id: str) -> CampaignState:
        """Start an enabled campaign; never repeated on a guess.

        POST campaign/start/:campaign_id. NotFound; Conflict (CAMPAIGN_DISABLED, ALREADY_RUNNING, or CANNOT_START where
        the platform does not say which of them). Part "Start".
        """
        shape = partial(decode.state, implied=CampaignState.RUNNING)
        return self._call(endpoints.START, campaign_id, shape=shape)

    def stop(self, campaign_id: str) -> CampaignState:
        """Stop an enabled campaign; never repeated on a guess.

        POST campaign/stop/:campaign_id. NotFound; Conflict (CAMPAIGN_DISABLED, ALREADY_STOPPED, or CANNOT_STOP where
        the platform does not say which of them). Part "Stop".
        """
        shape = partial(decode.state, implied=CampaignState.STOPPED)
        return self._call(endpoints.STOP, campaign_id, shape=shape)

    def bind_list(
        self,
        campaign_id: str,
        *,
        list_id: str,
        instance_name: str = "",
        enabled: bool = False,
        order: int = 1,
        dialing_ratio: int = 1,
        sorting: Sorting = Sorting(),  # noqa: B008 - frozen
    ) -> Bound:
        """Add a list to a campaign and get its instance's id; never repeated on a guess, which would bind it twice.

        POST campaign/bindList/:campaign_id. `order` and `dialing_ratio` are integers > 0; a CUSTOM sorting names its
        fields. NotFound (CAMPAIGN_NOT_FOUND, LIST_NOT_FOUND). Part "Bind List".
        """
        body = {
            "listId": list_id,
            "instanceName": instance_name,
            "enabled": enabled,
            "order": order,
            "dialingRatio": dialing_ratio,
            "sortingOrder": _sorting_body(sorting),
        }
        shape = partial(decode.bound, instance_id="")
        return self._call(endpoints.BIND_LIST, campaign_id, shape=shape, body=body)

    def update_list(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        instance_name: str | Keep | None = KEEP,
        enabled: bool | Keep | None = KEEP,
        order: int | Keep | None = KEEP,
        dialing_ratio: int | Keep | None = KEEP,
        sorting: Sorting | Keep | None = KEEP,
    ) -> Bound:
        """Change a list instance: KEEP leaves a property as it is, None resets it to the platform's default.

        PATCH campaign/updateList/:campaign_id. NotFound (CAMPAIGN_NOT_FOUND, INSTANCE_NOT_FOUND); Conflict
        (INSTANCE_NOT_BOUND). Twice is the same as once, so it is retried. Part "Update List".
        """
        wanted = {
            "instanceName": instance_name,
            "enabled": enabled,
            "order": order,
            "dialingRatio": dialing_ratio,
            "sortingOrder": _sorting_body(sorting) if isinstance(sorting, Sorting) else sorting,
        }
        body = {"instanceId": instance_id} | {name: value for name, value in wanted.items() if value is not KEEP}
        shape = partial(decode.bound, instance_id=instance_id)
        return self._call(endpoints.UPDATE_LIST, campaign_id, shape=shape, body=body)

    def unbind_list(self, campaign_id: str, *, instance_id: str) -> None:
        """Remove a list instance from a campaign, which drops its live calls (in preview, those not yet picked up).

        POST campaign/unbindList/:campaign_id. NotFound (CAMPAIGN_NOT_FOUND, INSTANCE_NOT_FOUND); Conflict
        (INSTANCE_NOT_BOUND). Never repeated on a guess: a repeat would report that it failed. Part "Unbind List".
        """
        self._call(endpoints.UNBIND_LIST, campaign_id, shape=decode.done, body={"instanceId": instance_id})

    def get_all_records(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        extract_attempts: bool = False,
        limit: int = PAGE_LIMIT,
        cursor: str = "",
    ) -> Page[Record]:
        """Read one page of all records of an instance with their results; `limit` is 1 to 1000.

        POST campaign/getAllRecords/:campaign_id. NotFound; Conflict (INSTANCE_NOT_BOUND); Invalid (LIMIT_TOO_LARGE).
        Part "Get All Records".
        """
        body = _page_body(instance_id, extract_attempts, limit, cursor)
        return self._call(endpoints.GET_ALL_RECORDS, campaign_id, shape=records.record_page, body=body)

    def get_completed_records(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        extract_attempts: bool = False,
        limit: int = PAGE_LIMIT,
        cursor: str = "",
    ) -> Page[Record]:
        """Read one page of the records completed from `start_time` on and before `end_time`, by completion time.

        POST campaign/getCompletedRecords/:campaign_id. NotFound; Conflict (INSTANCE_NOT_BOUND); Invalid
        (LIMIT_TOO_LARGE). Part "Get Completed Records".
        """
        body = _page_body(instance_id, extract_attempts, limit, cursor) | _span_body(start_time, end_time)
        return self._call(endpoints.GET_COMPLETED_RECORDS, campaign_id, shape=records.record_page, body=body)

    def get_updated_records(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        extract_attempts: bool = False,
        limit: int = PAGE_LIMIT,
        cursor: str = "",
    ) -> Page[Record]:
        """Read one page of the records attempted from `start_time` on and before `end_time`, by last attempt.

        POST campaign/getUpdatedRecords/:campaign_id. NotFound; Conflict (INSTANCE_NOT_BOUND); Invalid
        (LIMIT_TOO_LARGE). Part "Get Updated Records".
        """
        body = _page_body(instance_id, extract_attempts, limit, cursor) | _span_body(start_time, end_time)
        return self._call(endpoints.GET_UPDATED_RECORDS, campaign_id, shape=records.record_page, body=body)

    def query_record(
        self, campaign_id: str, *, instance_id: str, fields: Mapping[str, Any], extract_attempts: bool = False
    ) -> Record:
        """Look up one record of an instance by its key fields; other fields are ignored by the platform.

        POST campaign/queryRecord/:campaign_id. A phone key matches as stored or as loaded. NotFound
        (RECORD_NOT_FOUND, CAMPAIGN_NOT_FOUND); Conflict (INSTANCE_NOT_BOUND). Part "Query a Record".
        """
        body = {"instanceId": instance_id, "extractAttempts": extract_attempts, "fields": dict(fields)}
        return self._call(endpoints.QUERY_RECORD, campaign_id, shape=records.one_record, body=body)

    def walk_records(
        self,
        kind: RecordKind,
        campaign_id: str,
        *,
        instance_id: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        extract_attempts: bool = False,
        limit: int = PAGE_LIMIT,
        cursor: str = "",
    ) -> Iterator[Page[Record]]:
        """Read the records of an instance page by page, from `cursor` on; the times apply to all kinds but ALL.

        Raises what the page's method raises, and Broken (CURSOR_REPEATED) where the platform leads in a circle.
        Part "Cursor-based Pagination".
        """

        def fetch(cursor: str) -> Page[Record]:
            if kind is RecordKind.ALL:
                return self.get_all_records(
                    campaign_id,
                    instance_id=instance_id,
                    extract_attempts=extract_attempts,
                    limit=limit,
                    cursor=cursor,
                )
            read = self.get_completed_records if kind is RecordKind.COMPLETED else self.get_updated_records
            return read(
                campaign_id,
                instance_id=instance_id,
                start_time=start_time,
                end_time=end_time,
                extract_attempts=extract_attempts,
                limit=limit,
                cursor=cursor,
            )

        return walk_pages(fetch, limit, cursor)


def _page_body(instance_id: str, extract_attempts: bool, limit: int, cursor: str) -> dict[str, Any]:
    return {
        "instanceId": instance_id,
        "extractAttempts": extract_attempts,
        "limit": limit,
        "cursor": cursor or None,
    }


def _span_body(start_time: datetime | None, end_time: datetime | None) -> dict[str, str]:
    times = {"startTime": start_time, "endTime": end_time}
    return {name: time_text(when) for name, when in times.items() if when is not None}


def _sorting_body(sorting: Sorting) -> dict[str, Any]:
    if sorting.type is SortingType.UNKNOWN:
        raise Invalid(
            "This list is sorted in a way that this dashboard does not know. Choose another sorting, or keep it.",
            reason=Reason.BAD_REQUEST,
        )
    fields = [{"fieldName": item.field_name, "sortOrder": item.sort_order} for item in sorting.fields]
    return {"type": sorting.type, "sortingFields": fields}

"""The 15 list methods and the job status, in the document's order.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403; `privileges` of the endpoint say which) and Invalid (400). Of a write whose answer was lost the error says
`maybe_applied`. Source: the section "Lists" of the vendor document "List Management API v3.0"; each docstring gives
the part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from bpadmin.platforms.brightpattern import decode, endpoints, records
from bpadmin.platforms.brightpattern.caller import Caller, records_body, time_text
from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.http.paging import walk_pages
from bpadmin.platforms.types import (
    BatchResult,
    CallingList,
    CreatedList,
    DeletePolicy,
    FieldSpec,
    FieldType,
    Page,
    Record,
    RemoteJob,
)

LISTS_LIMIT = 100
RECORDS_LIMIT = 1000


class ListMethods(Caller):
    """What can be asked of calling lists, their formats and their records."""

    def get_all_records_deprecated(
        self, list_id: str, campaign_id: str, *, from_index: int = 0, max_size: int = RECORDS_LIMIT
    ) -> tuple[Record, ...]:
        """Read up to `max_size` (1 to 1000) records of a list from the index `from_index` (0 is the first) on.

        POST callinglist/getAll/:list_id/:campaign_id. Empty past the end and where the list is not bound to the
        campaign; the next page begins at the last record's index + 1. No custom fields. NotFound (LIST_NOT_FOUND,
        CAMPAIGN_NOT_FOUND). Part "Get All Records DEPRECATED"; `get_all_records` is its successor.
        """
        body = {"fromIndex": from_index, "maxSize": max_size}
        endpoint = endpoints.GET_ALL_RECORDS_DEPRECATED
        return self._call(endpoint, list_id, campaign_id, shape=records.records, body=body)

    def get_updated_records_deprecated(
        self, list_id: str, campaign_id: str, *, from_time: datetime, max_size: int = RECORDS_LIMIT
    ) -> tuple[Record, ...]:
        """Read up to `max_size` (1 to 1000) records of a list with any activity since `from_time`, with attempts.

        POST callinglist/getChanged/:list_id/:campaign_id. Empty where the list is not bound to the campaign. NotFound
        (LIST_NOT_FOUND, CAMPAIGN_NOT_FOUND). Part "Get Updated Records DEPRECATED"; see `get_updated_records`.
        """
        body = {"fromTime": time_text(from_time), "maxSize": max_size}
        endpoint = endpoints.GET_UPDATED_RECORDS_DEPRECATED
        return self._call(endpoint, list_id, campaign_id, shape=records.records, body=body)

    def query_record_deprecated(
        self, list_id: str, campaign_id: str, *, fields: Mapping[str, Any]
    ) -> tuple[Record, ...]:
        """Look up a record by its key fields: one result per instance of the list in the campaign.

        POST callinglist/get/:list_id/:campaign_id. Of a list that is not bound, the record comes without results, and
        any text does as `campaign_id`. NotFound (RECORD_NOT_FOUND, LIST_NOT_FOUND). Part "Query a Record DEPRECATED".
        """
        endpoint = endpoints.QUERY_RECORD_DEPRECATED
        return self._call(endpoint, list_id, campaign_id, shape=records.records, body=dict(fields))

    def get_lists(self, *, limit: int = LISTS_LIMIT, cursor: str = "") -> Page[CallingList]:
        """Read one page of the calling lists; `limit` is 1 to 100.

        POST callinglist/getAll. Invalid (LIMIT_TOO_LARGE). Part "Get Lists".
        """
        body = {"limit": limit, "cursor": cursor or None}
        return self._call(endpoints.GET_LISTS, shape=decode.list_page, body=body)

    def walk_lists(self, *, limit: int = LISTS_LIMIT) -> Iterator[CallingList]:
        """Read all calling lists, page by page as they are asked for.

        Raises what `get_lists` raises, and Broken (CURSOR_REPEATED). Part "Cursor-based Pagination".
        """
        for page in walk_pages(lambda cursor: self.get_lists(limit=limit, cursor=cursor), limit):
            yield from page.items

    def get_list(self, list_id: str) -> CallingList:
        """Read a list with its format's name, its number of records and the campaigns it is bound to.

        GET callinglist/getList/:list_id. NotFound. Part "Get List".
        """
        shape = partial(decode.calling_list, list_id=list_id)
        return self._call(endpoints.GET_LIST, list_id, shape=shape)

    def delete_list(self, list_id: str) -> None:
        """Delete a list, and its format with the last list of it; drops live calls as unbinding does.

        DELETE callinglist/deleteList/:list_id. NotFound. Never repeated on a guess: a repeat would report that there
        is no such list. Part "Delete List and Orphaned Format".
        """
        self._call(endpoints.DELETE_LIST, list_id, shape=decode.done)

    def create_list(self, *, name: str, format_id: str) -> CreatedList:
        """Create an empty list of an existing format.

        POST callinglist/createList. NotFound (FORMAT_NOT_FOUND); Conflict (DUPLICATE_NAME). Part "Create List".
        """
        body = {"name": name, "formatId": format_id}
        return self._call(endpoints.CREATE_LIST, shape=decode.created_list, body=body)

    def create_list_with_new_format(
        self, *, format_name: str, fields: Sequence[FieldSpec], list_name: str = ""
    ) -> CreatedList:
        """Create an empty list and its format; without `list_name` the platform names it after the format.

        POST callinglist/createListWithNewFormat. At least one field is a PHONE; a skipped field is neither required
        nor searchable nor key. Conflict (DUPLICATE_NAME). Part "Create List with New Format".
        """
        body: dict[str, Any] = {"formatName": format_name, "fields": [_field_body(spec) for spec in fields]}
        if list_name:
            body["listName"] = list_name
        return self._call(endpoints.CREATE_LIST_WITH_NEW_FORMAT, shape=decode.created_list, body=body)

    def add_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Add records, given as such or as a ready JSON array in UTF-8, which is sent as it is.

        POST callinglist/addAll/:list_id. A partial success is no error: refused records come back under limitExceeded,
        missingKey, duplicateKey, missingRequired, formatError or another bucket, and some may be missing from both
        sides. NotFound. Never repeated where it may have been applied. Part "Add Many Records".
        """
        shape = partial(decode.batch, count_name="added")
        return self._call(endpoints.ADD_MANY_RECORDS, list_id, shape=shape, body=records_body(body))

    def add_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Add one record.

        POST callinglist/add/:list_id. NotFound; Conflict (DUPLICATE_KEY). Never repeated where it may have been
        applied. Part "Add Record".
        """
        self._call(endpoints.ADD_RECORD, list_id, shape=decode.done, body=dict(record))

    def update_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Update records found by their key fields; given as such or as a ready JSON array, which is sent as it is.

        POST callinglist/updateAll/:list_id. Refused records come back under missingKey, keyNotFound, formatError or
        another bucket. NotFound. Twice is the same as once, so it is retried. Part "Update Many Records".
        """
        shape = partial(decode.batch, count_name="updated")
        return self._call(endpoints.UPDATE_MANY_RECORDS, list_id, shape=shape, body=records_body(body))

    def update_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Update one record, found by its key fields; fields not given stay as they are.

        POST callinglist/update/:list_id. NotFound (RECORD_NOT_FOUND, LIST_NOT_FOUND). Twice is the same as once, so it
        is retried. Part "Update Record".
        """
        self._call(endpoints.UPDATE_RECORD, list_id, shape=decode.done, body=dict(record))

    def erase_record(self, list_id: str, *, fields: Mapping[str, Any], reason: str) -> None:
        """Erase a record, found by its key fields, with its results in all campaigns; `reason` goes into their log.

        POST callinglist/erase/:list_id. Cannot be undone. NotFound (RECORD_NOT_FOUND, LIST_NOT_FOUND). Never repeated
        on a guess: a repeat would report that there is no such record. Part "Erase Record".
        """
        body = {"fields": dict(fields), "reason": reason}
        self._call(endpoints.ERASE_RECORD, list_id, shape=decode.done, body=body)

    def delete_many_records(
        self,
        list_id: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        campaign_id: str = "",
        policy: DeletePolicy | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
    ) -> RemoteJob:
        """Delete the records that match all criteria given, of which there has to be one; a job of the platform's.

        POST callinglist/delete/:list_id. `fields` (key or searchable ones) maps a name to the values it may have;
        `policy` needs `campaign_id`. NotFound (LIST_NOT_FOUND, CAMPAIGN_NOT_FOUND); Conflict (LIST_NOT_BOUND,
        DELETION_UNDER_WAY: one per list at a time). Part "Delete Many Records".
        """
        body: dict[str, Any] = {}
        if fields:
            body["fields"] = {
                name: [values] if isinstance(values, str) else list(values) for name, values in fields.items()
            }
        if campaign_id:
            body["byCampaignResult"] = {"campaignId": campaign_id, "policy": policy or DeletePolicy.ALL}
        times = {"createdFrom": created_from, "createdTo": created_to}
        body |= {name: time_text(when) for name, when in times.items() if when is not None}
        if not body or (policy and not campaign_id):
            raise Invalid(
                "Say which records to delete: by a field, by their state in a campaign, or by when they were created.",
                reason=Reason.BAD_REQUEST,
            )
        return self._call(endpoints.DELETE_MANY_RECORDS, list_id, shape=decode.remote_job, body=body)

    def delete_all_records(self, list_id: str) -> RemoteJob:
        """Delete all records of a list; a job of the platform's. Drops live calls as unbinding does.

        POST callinglist/deleteAll/:list_id. NotFound; Conflict (DELETION_UNDER_WAY). Never repeated on a guess.
        Part "Delete All Records" of "Lists".
        """
        return self._call(endpoints.DELETE_ALL_RECORDS, list_id, shape=decode.remote_job)

    def get_job_status(self, job_id: str) -> RemoteJob:
        """Read how far a deletion is, in percent, and when it has ended how many records it took or why it failed.

        GET job/:job_id. NotFound (JOB_NOT_FOUND). Part "Get Job Status".
        """
        shape = partial(decode.job_status, job_id=job_id)
        return self._call(endpoints.GET_JOB_STATUS, job_id, shape=shape)


def _field_body(spec: FieldSpec) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": spec.name,
        "type": spec.type,
        "required": spec.required,
        "searchable": spec.searchable,
        "skip": spec.skip,
        "key": spec.key,
    }
    if spec.type is FieldType.PHONE:
        body["phoneType"] = spec.phone_type
        if spec.phone_type == "OTHER":
            # The document's table misspells the second one; its example does not.
            body |= {"removePrefix": spec.remove_prefix, "defaultCountryCode": spec.default_country_code}
    if spec.type in (FieldType.DATETIME, FieldType.DATETIME_CALL_AT):
        body |= _given(timeZone=spec.time_zone, format=spec.date_format)
    if spec.type is FieldType.PRIORITY:
        body |= _given(order=spec.priority_order, expiresAfter=spec.expires_after)
    return body


def _given(**members: str) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}

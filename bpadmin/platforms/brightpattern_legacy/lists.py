"""v2's methods of calling lists. A list is known by the campaigns that have it, or by whoever knows its name.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403), NotFound (LIST_NOT_FOUND) and Invalid (400). Of a write whose answer was lost the error says `maybe_applied`.
Source: the section "Calling List" of the vendor document "List Management API v2"; each docstring gives the part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from bpadmin.platforms.brightpattern.caller import records_body, time_text
from bpadmin.platforms.brightpattern.decode import batch, done
from bpadmin.platforms.brightpattern_legacy import decode
from bpadmin.platforms.brightpattern_legacy.caller import MOST_RECORDS, name_of
from bpadmin.platforms.brightpattern_legacy.campaigns import CampaignMethods
from bpadmin.platforms.brightpattern_legacy.endpoints import (
    ADD_MANY_RECORDS,
    ADD_RECORD,
    DELETE_ALL_RECORDS,
    GET_COMPLETED_RECORDS,
    GET_UPDATED_RECORDS,
    QUERY_RECORD,
    UPDATE_RECORD,
    Endpoint,
)
from bpadmin.platforms.brightpattern_legacy.records import RecordMethods
from bpadmin.platforms.brightpattern_legacy.refusals import V2_JUDGE
from bpadmin.platforms.brightpattern_legacy.walking import Answered, answered_by_time, reached, size_for, walk_on
from bpadmin.platforms.errors import Invalid, NotFound, PlatformError, Reason
from bpadmin.platforms.names import id_of
from bpadmin.platforms.types import (
    BatchResult,
    CallingList,
    ListUse,
    Page,
    Record,
    RecordKind,
    RemoteJob,
    RemoteJobState,
)

ANY_CAMPAIGN = id_of("any")
"""A campaign has to be named also where it does not matter."""

# What a refused update is told under, as v3's answer to many has it; the rest is a format error.
_BUCKETS = (("missingKey", re.compile(r"missing key|no key", re.IGNORECASE)),)


class ListMethods(CampaignMethods, RecordMethods):
    """What can be asked of calling lists and their records."""

    def walk_lists(self, *, limit: int = 100) -> Iterator[CallingList]:
        """Return the lists of the enabled campaigns; there is no method that tells of others.

        By `get_campaigns`. How many records a list has is not told.
        """
        uses: dict[str, list[ListUse]] = {}
        for campaign in self.get_campaigns():
            for binding in campaign.lists or ():
                uses.setdefault(binding.list_id, []).append(
                    ListUse(campaign.id, campaign.name, binding.instance_id),
                )
        for list_id, found in uses.items():
            yield CallingList(id=list_id, name=name_of(list_id), campaigns=tuple(found))

    def get_list(self, list_id: str) -> CallingList:
        """Return a list with the enabled campaigns that have it; NotFound.

        By `get_campaigns`; one that none of them has is asked for by looking up a record without a key, which the
        platform refuses in other words where there is such a list.
        """
        for found in self.walk_lists():
            if found.id == list_id:
                return found
        self.check_list(list_id)
        return CallingList(id=list_id, name=name_of(list_id), campaigns=())

    def check_list(self, list_id: str) -> None:
        """Raise NotFound (LIST_NOT_FOUND) where there is no list of this name. Changes nothing."""
        try:
            self._call(QUERY_RECORD, list_id, ANY_CAMPAIGN, shape=lambda value: None, body={})
        except Invalid as error:
            if error.reason is not Reason.BAD_REQUEST:
                raise
        except NotFound as error:
            if error.reason is Reason.RECORD_NOT_FOUND and error.detail:
                return
            if error.reason is Reason.RECORD_NOT_FOUND:
                raise _no_list() from error
            raise

    def add_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Add records, given as such or as a ready JSON array in UTF-8, which is sent as it is.

        POST callinglist/addAll/:list_name. A partial success is no error: refused records come back under missingKey,
        duplicateKey, missingRequired, formatError or another bucket, with their fields' names in lower case, and some
        are missing from both sides. Conflict (DUPLICATE_KEY) where the platform refuses with a 500, after which some
        records may have been added. Never repeated where it may have been applied. Part "Add Many Records".
        """
        shape = partial(batch, count_name="added")
        return self._call(ADD_MANY_RECORDS, list_id, shape=shape, body=records_body(body))

    def add_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Add one record.

        POST callinglist/add/:list_name. Conflict (DUPLICATE_KEY), which some versions answer with a 500. Never
        repeated where it may have been applied. Part "Add Record".
        """
        self._call(ADD_RECORD, list_id, shape=done, body=dict(record))

    def delete_all_records(self, list_id: str) -> RemoteJob:
        """Delete all records of a list and their results, exported or not, at once; how many is not told.

        POST callinglist/deleteAll/:list_name. Also of a list that is empty. Never repeated on a guess. Part "Delete All
        Records".
        """
        self._call(DELETE_ALL_RECORDS, list_id, shape=done)
        return RemoteJob("", RemoteJobState.COMPLETE, 100.0)

    def get_completed_records(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        limit: int = MOST_RECORDS,
        cursor: str = "",
    ) -> Page[Record]:
        """Read one page of the records completed from `start_time` on and before `end_time`, by completion time.

        POST callinglist/getCompleted/:list_name/:campaign_name. The platform knows no end: the walk stops there.
        `limit` is 1 to 1000; a page may hold fewer and not be the last. NotFound (LIST_NOT_FOUND, CAMPAIGN_NOT_FOUND);
        Broken (CURSOR_REPEATED) where records could be missed. Part "Get Completed Records".
        """
        return self._answered_by_time(
            GET_COMPLETED_RECORDS, decode.completed_at, campaign_id, instance_id, start_time, end_time, limit, cursor
        ).page

    def get_updated_records(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        limit: int = MOST_RECORDS,
        cursor: str = "",
    ) -> Page[Record]:
        """Read one page of the records tried from `start_time` on and before `end_time`, with all their attempts.

        POST callinglist/getChanged/:list_name/:campaign_name. Like `get_completed_records`, by the time of the last
        attempt. Part "Get Updated Records".
        """
        return self._answered_by_time(
            GET_UPDATED_RECORDS, decode.changed_at, campaign_id, instance_id, start_time, end_time, limit, cursor
        ).page

    def _answered_by_time(
        self,
        endpoint: Endpoint,
        time_of: Callable[[Record], datetime | None],
        campaign_id: str,
        instance_id: str,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        cursor: str,
    ) -> Answered:
        here = reached(cursor, start)
        size = size_for(here, limit, MOST_RECORDS)
        body = {"fromTime": time_text(here.time), "maxSize": size}
        found = self._call(endpoint, instance_id, campaign_id, shape=decode.records, body=body)
        return answered_by_time(found, here=here, asked=size, time_of=time_of, end=end)

    def walk_records(
        self,
        kind: RecordKind,
        campaign_id: str,
        *,
        instance_id: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        extract_attempts: bool = False,
        limit: int = MOST_RECORDS,
        cursor: str = "",
    ) -> Iterator[Page[Record]]:
        """Read the records of a list in a campaign page by page, from `cursor` on.

        The times apply to all kinds but ALL. A page is the last when it has no cursor: a platform may give fewer at
        once than it is asked for. Only records that were tried bring their attempts. Raises what the page's method
        raises.
        """

        def fetch(cursor: str) -> Answered:
            if kind is RecordKind.ALL:
                return self._all_answered(campaign_id, instance_id, limit, cursor)
            is_completed = kind is RecordKind.COMPLETED
            return self._answered_by_time(
                GET_COMPLETED_RECORDS if is_completed else GET_UPDATED_RECORDS,
                decode.completed_at if is_completed else decode.changed_at,
                campaign_id,
                instance_id,
                start_time,
                end_time,
                limit,
                cursor,
            )

        return walk_on(fetch, cursor)

    def query_record(
        self, campaign_id: str, *, instance_id: str, fields: Mapping[str, Any], extract_attempts: bool = False
    ) -> Record:
        """Look up one record of a list by its key fields, with its status in the campaign; other fields are ignored.

        POST callinglist/get/:list_name/:campaign_name. `status` is None where no campaign of this name has the list.
        NotFound (RECORD_NOT_FOUND, LIST_NOT_FOUND). Part "Query a Record".
        """
        return self._call(QUERY_RECORD, instance_id, campaign_id, shape=decode.one_record, body=dict(fields))

    def query_record_deprecated(
        self, list_id: str, campaign_id: str, *, fields: Mapping[str, Any]
    ) -> tuple[Record, ...]:
        """Look up a record by its key fields: by `query_record`, with any text as `campaign_id`."""
        return (self.query_record(campaign_id, instance_id=list_id, fields=fields),)

    def update_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Update one record, found by its key fields; fields not given stay as they are.

        POST callinglist/update/:list_name. While the platform works the whole list over, its records are not dialled.
        NotFound (RECORD_NOT_FOUND, LIST_NOT_FOUND). Twice is the same as once, so it is retried. Part "Update Record".
        """
        try:
            self._update(list_id, record)
        except NotFound as error:
            if not error.detail:
                self.check_list(list_id)
            raise

    def update_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Update records found by their key fields, each by a call of its own; given as such or as a JSON array.

        By `update_record`: there is no method for many. Refused records come back under keyNotFound, missingKey or
        formatError. Twice is the same as once; an error that ends it says `maybe_applied` once any was updated.
        """
        records: Sequence[Mapping[str, Any]] = orjson.loads(body) if isinstance(body, bytes) else body
        refused: dict[str, list[Mapping[str, Any]]] = {}
        count = 0
        try:
            for record in records:
                bucket = self._update_or_bucket(list_id, record, is_first_missing="keyNotFound" not in refused)
                if bucket:
                    refused.setdefault(bucket, []).append(record)
                else:
                    count += 1
        except PlatformError as error:
            error.maybe_applied = error.maybe_applied or count > 0
            raise
        return BatchResult(count, refused)

    def _update(self, list_id: str, record: Mapping[str, Any]) -> None:
        self._call(UPDATE_RECORD, list_id, shape=done, body=dict(record))

    def _update_or_bucket(self, list_id: str, record: Mapping[str, Any], *, is_first_missing: bool) -> str:
        """Update a record and give "", or the bucket it is refused under."""
        try:
            self._update(list_id, record)
        except NotFound as error:
            if error.reason is not Reason.RECORD_NOT_FOUND:
                raise
            if is_first_missing and not error.detail:
                # The platform says the same of a list that is not there, which is no fault of the record's.
                self.check_list(list_id)
            return "keyNotFound"
        except Invalid as error:
            if error.reason is not Reason.BAD_REQUEST:
                raise
            return next((bucket for bucket, words in _BUCKETS if words.search(error.detail)), "formatError")
        return ""


def _no_list() -> NotFound:
    return NotFound(V2_JUDGE.sentences[Reason.LIST_NOT_FOUND], status=404, reason=Reason.LIST_NOT_FOUND)

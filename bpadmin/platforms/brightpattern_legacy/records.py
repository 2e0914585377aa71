"""What both older APIs can do with records of a list: read them by index, and add them.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403), NotFound (LIST_NOT_FOUND) and Invalid (400). Of a write whose answer was lost the error says `maybe_applied`.
Sources: "Get all records" of the vendor's first "List Management API specification"; the section "Calling List" of
"List Management API v2".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bpadmin.platforms.brightpattern.caller import records_body
from bpadmin.platforms.brightpattern.decode import batch, done
from bpadmin.platforms.brightpattern_legacy import decode
from bpadmin.platforms.brightpattern_legacy.caller import MOST_RECORDS, Caller
from bpadmin.platforms.brightpattern_legacy.endpoints import ADD_MANY_RECORDS, ADD_RECORD, GET_ALL_RECORDS
from bpadmin.platforms.brightpattern_legacy.walking import index_of, page_by_index
from bpadmin.platforms.types import BatchResult, Page, Record


class RecordMethods(Caller):
    """Records of a list, read and added."""

    def get_all_records(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        extract_attempts: bool = False,
        limit: int = MOST_RECORDS,
        cursor: str = "",
    ) -> Page[Record]:
        """Read one page of all records of a list with their results in the campaign; `limit` is 1 to 1000.

        POST callinglist/getAll/:list_name/:campaign_name. The cursor is the index to go on from. There are no attempts
        in it, whatever `extract_attempts` says. NotFound (LIST_NOT_FOUND, CAMPAIGN_NOT_FOUND); Invalid
        (LIMIT_TOO_LARGE); Broken (CURSOR_REPEATED). Part "Get All Records".
        """
        start = index_of(cursor)
        body = {"fromIndex": start, "maxSize": limit}
        found = self._call(GET_ALL_RECORDS, instance_id, campaign_id, shape=decode.records, body=body)
        return page_by_index(found, start=start, limit=limit)

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

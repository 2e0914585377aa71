"""What both older APIs can do with records of a list: read them by index.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403), NotFound (LIST_NOT_FOUND) and Invalid (400).
Sources: "Get all records" of the vendor's first "List Management API specification"; the section "Calling List" of
"List Management API v2".
"""

from __future__ import annotations

from bpadmin.platforms.brightpattern_legacy import decode
from bpadmin.platforms.brightpattern_legacy.caller import MOST_RECORDS, Caller
from bpadmin.platforms.brightpattern_legacy.endpoints import GET_ALL_RECORDS
from bpadmin.platforms.brightpattern_legacy.walking import Answered, answered_by_index, index_of
from bpadmin.platforms.types import Page, Record


class RecordMethods(Caller):
    """Records of a list, read."""

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
        return self._all_answered(campaign_id, instance_id, limit, cursor).page

    def _all_answered(self, campaign_id: str, instance_id: str, limit: int, cursor: str) -> Answered:
        start = index_of(cursor)
        body = {"fromIndex": start, "maxSize": limit}
        found = self._call(GET_ALL_RECORDS, instance_id, campaign_id, shape=decode.records, body=body)
        return answered_by_index(found, start=start, limit=limit)

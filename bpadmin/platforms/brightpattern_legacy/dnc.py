"""The 4 Do Not Call methods of v2; a list is known to whoever knows its name, and its contents cannot be read.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403: MISSING_PRIVILEGE, or DNC_TYPE_NOT_EDITABLE for a list of states), NotFound (DNC_LIST_NOT_FOUND) and Invalid
(400). Source: the section "Do Not Call List" of the vendor document "List Management API v2".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import orjson

from bpadmin.platforms.brightpattern import decode as newer
from bpadmin.platforms.brightpattern.caller import records_body
from bpadmin.platforms.brightpattern_legacy import decode
from bpadmin.platforms.brightpattern_legacy.caller import Caller
from bpadmin.platforms.brightpattern_legacy.endpoints import (
    ADD_DNC_RECORDS,
    DELETE_ALL_DNC_RECORDS,
    DELETE_DNC_RECORDS,
    REPLACE_DNC_RECORDS,
)
from bpadmin.platforms.types import BatchResult, DncRecord


class DncMethods(Caller):
    """What can be asked of Do Not Call lists: their contents can be changed, but not read."""

    def add_dnc_records(self, dnc_list_id: str, rows: Sequence[DncRecord]) -> BatchResult:
        """Add entries; those that are there already are passed over, and told as a number.

        POST donotcalllist/add/:do_not_call_list_name. The platform does not check what it is given. Never repeated on a
        guess, since the number would be another. Part "Add Records to DNC".
        """
        shape = partial(decode.entries_added, count=len(rows))
        return self._call(ADD_DNC_RECORDS, dnc_list_id, shape=shape, body=_rows(rows))

    def add_many_dnc_records(self, dnc_list_id: str, body: bytes | Sequence[DncRecord]) -> BatchResult:
        """Add entries; given as such or as a ready JSON array of objects. By `add_dnc_records`."""
        if not isinstance(body, bytes):
            return self.add_dnc_records(dnc_list_id, body)
        entries = [DncRecord(str(entry["key"]), str(entry.get("comment") or "")) for entry in orjson.loads(body)]
        return self.add_dnc_records(dnc_list_id, entries)

    def replace_dnc_records(self, dnc_list_id: str, rows: Sequence[DncRecord]) -> int:
        """Replace all entries by these and get the number that the list has then.

        POST donotcalllist/replaceAll/:do_not_call_list_name. Twice is the same as once, so it is retried. Part "Replace
        Records in DNC".
        """
        return self._call(REPLACE_DNC_RECORDS, dnc_list_id, shape=decode.entries_replaced, body=_rows(rows))

    def delete_all_dnc_records(self, dnc_list_id: str) -> int:
        """Empty a Do Not Call list and get the number of entries deleted: all its numbers may be dialled again.

        POST donotcalllist/deleteAll/:do_not_call_list_name. Never repeated on a guess. Part "Delete All Records" of "Do
        Not Call List".
        """
        shape = partial(newer.count, count_name="deleted")
        return self._call(DELETE_ALL_DNC_RECORDS, dnc_list_id, shape=shape)

    def delete_dnc_records(self, dnc_list_id: str, keys: Sequence[str]) -> BatchResult:
        """Delete entries by key; refused ones come back under keyNotFound or another bucket.

        POST donotcalllist/delete/:do_not_call_list_name. Never repeated on a guess. Part "Delete Records".
        """
        return self.delete_many_dnc_records(dnc_list_id, keys)

    def delete_many_dnc_records(self, dnc_list_id: str, body: bytes | Sequence[str]) -> BatchResult:
        """Delete entries; given as keys or as a ready JSON array of objects, which is sent as it is.

        See `delete_dnc_records`.
        """
        ready = body if isinstance(body, bytes) else records_body([{"key": key} for key in body])
        shape = partial(newer.batch, count_name="deleted")
        return self._call(DELETE_DNC_RECORDS, dnc_list_id, shape=shape, body=ready)


def _rows(rows: Sequence[DncRecord]) -> list[list[str]]:
    return [[row.key, row.comment] for row in rows]

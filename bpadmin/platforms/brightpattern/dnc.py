"""The 5 Do Not Call methods, in the document's order.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403: MISSING_PRIVILEGE, or DNC_TYPE_NOT_EDITABLE for a list of states), NotFound (DNC_LIST_NOT_FOUND) and Invalid
(400). Source: the section "DNC Lists" of the vendor document "List Management API v3.0"; each docstring gives the part.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bpadmin.platforms.brightpattern import decode, endpoints
from bpadmin.platforms.brightpattern.caller import Caller, records_body
from bpadmin.platforms.types import BatchResult, DncRecord


class DncMethods(Caller):
    """What can be asked of Do Not Call lists: their contents can be changed, but not read."""

    def delete_all_dnc_records(self, dnc_list_id: str) -> int:
        """Empty a Do Not Call list and get the number of entries deleted: all its numbers may be dialled again.

        POST donotcalllist/deleteAll/:do_not_call_list_id. Never repeated on a guess. Part "Delete All Records" of
        "DNC Lists".
        """
        shape = partial(decode.count, count_name="deleted")
        return self._call(endpoints.DELETE_ALL_DNC_RECORDS, dnc_list_id, shape=shape)

    def delete_many_dnc_records(self, dnc_list_id: str, body: bytes | Sequence[str]) -> BatchResult:
        """Delete entries by key; given as keys or as a ready JSON array of objects, which is sent as it is.

        POST donotcalllist/delete/:do_not_call_list_id. Refused ones come back under keyNotFound, missingKey or
        formatError. Never repeated on a guess. Part "Delete Many Records" of "DNC Lists".
        """
        ready = body if isinstance(body, bytes) else records_body([{"key": key} for key in body])
        shape = partial(decode.batch, count_name="deleted")
        return self._call(endpoints.DELETE_MANY_DNC_RECORDS, dnc_list_id, shape=shape, body=ready)

    def add_many_dnc_records(self, dnc_list_id: str, body: bytes | Sequence[DncRecord]) -> BatchResult:
        """Add entries; given as such or as a ready JSON array of objects, which is sent as it is.

        POST donotcalllist/addAll/:do_not_call_list_id. Refused ones come back under duplicateKey, missingKey or
        formatError. An empty comment is left out. `expiration_days` needs a tenant with DNC_READ: an older one refuses
        the entry under formatError. Part "Add Many Records" of "DNC Lists".
        """
        ready = body if isinstance(body, bytes) else records_body([_entry(record) for record in body])
        shape = partial(decode.batch, count_name="added")
        return self._call(endpoints.ADD_MANY_DNC_RECORDS, dnc_list_id, shape=shape, body=ready)

    def add_dnc_records_deprecated(
        self, dnc_list_id: str, rows: Sequence[DncRecord], *, has_comment: bool = True
    ) -> int:
        """Add entries as rows and get the number added; duplicates are ignored by the platform.

        POST donotcalllist/add/:do_not_call_list_id. `has_comment` is False for a list of a type without comments
        (record exclusion). Part "Add Records DEPRECATED"; `add_many_dnc_records` is its successor.
        """
        shape = partial(decode.count, count_name="added")
        endpoint = endpoints.ADD_DNC_RECORDS_DEPRECATED
        return self._call(endpoint, dnc_list_id, shape=shape, body=_rows(rows, has_comment))

    def replace_dnc_records_deprecated(
        self, dnc_list_id: str, rows: Sequence[DncRecord], *, has_comment: bool = True
    ) -> int:
        """Replace all entries by these and get the number added.

        POST donotcalllist/replaceAll/:do_not_call_list_id. `has_comment` as in `add_dnc_records_deprecated`. Twice is
        the same as once, so it is retried. Part "Replace Records DEPRECATED".
        """
        shape = partial(decode.count, count_name="added")
        endpoint = endpoints.REPLACE_DNC_RECORDS_DEPRECATED
        return self._call(endpoint, dnc_list_id, shape=shape, body=_rows(rows, has_comment))


def _entry(record: DncRecord) -> dict[str, str | int]:
    entry: dict[str, str | int] = {"key": record.key}
    if record.comment:
        entry["comment"] = record.comment
    if record.expiration_days is not None:
        entry["expirationPeriod"] = record.expiration_days
    return entry


def _rows(rows: Sequence[DncRecord], has_comment: bool) -> list[list[str]]:
    return [[row.key, row.comment] if has_comment else [row.key] for row in rows]

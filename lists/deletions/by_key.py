"""Records of a list found by the one key that a filter names: a call for each value, wherever the list hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.types import Record
from lists.formats.services import ANY_CAMPAIGN

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from lists.deletions.options import RecordFilter
    from lists.records.fields import RecordFields


def key_values(criteria: RecordFilter, fields: RecordFields) -> tuple[str, tuple[str, ...]]:
    """Return the list's only key and its values in a filter; "" and () where it has several, or they are not named."""
    keys = [spec.name for spec in fields.keys]
    named = [each for each in criteria.fields if len(keys) == 1 and each[0].casefold() == keys[0].casefold()]
    return (keys[0], named[0][1]) if named else ("", ())


def record_of_key(client: PlatformClient, list_id: str, name: str, value: str) -> tuple[Record, str] | None:
    """Return the record of a key and how the platform spells that; None where there is none. Raises PlatformError."""
    try:
        record = client.query_record_deprecated(list_id, ANY_CAMPAIGN, fields={name: value})[0]
    except NotFound as error:
        if error.reason != Reason.RECORD_NOT_FOUND:
            raise
        return None
    spelled = (str(text) for each, text in record.entry.items() if each.casefold() == name.casefold())
    return record, next(spelled, value)

"""Records of a list instance searched by a field that is no key."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.platforms.types import ListUse, Record, RecordKind
from lists.records.fields import RecordFields, is_same

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

SEARCH_SECONDS = 5.0
SEARCH_PAGE = 1000
SEARCH_MATCHES = 50


@dataclass(frozen=True, slots=True)
class SearchPart:
    """What one search has found: `n_read` records were looked at; `next_cursor` is where to go on, "" at the end."""

    matches: tuple[Record, ...]
    n_read: int
    next_cursor: str = ""


def record_search(
    *, client: PlatformClient, use: ListUse, name: str, value: str, fields: RecordFields, cursor: str = ""
) -> SearchPart:
    """Read an instance's records for those whose field `name` is `value`, for a few seconds; go on from the cursor.

    The platform itself finds records by key alone. Raises PlatformError.
    """
    specs = fields.specs_of([name])
    wanted = {name: value.casefold()}
    matches: list[Record] = []
    n_read, give_up = 0, time.monotonic() + SEARCH_SECONDS
    pages = client.walk_records(
        RecordKind.ALL, use.campaign_id, instance_id=use.instance_id, limit=SEARCH_PAGE, cursor=cursor
    )
    for page in pages:
        n_read += len(page.items)
        matches += [
            record
            for record in page.items
            if is_same(wanted, {name: str(record.entry.get(name) or "").casefold()}, specs)
        ]
        if not page.next_cursor or len(matches) >= SEARCH_MATCHES or time.monotonic() > give_up:
            return SearchPart(tuple(matches), n_read, page.next_cursor)
    return SearchPart(tuple(matches), n_read)

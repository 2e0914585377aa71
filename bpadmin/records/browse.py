"""Records of a source page by page, by the source's own way of paging behind a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.platforms.sources import Condition
from bpadmin.platforms.types import Page, Record

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

# A screen of rows: with twenty columns, fifty of them would be a page of 100 kB.
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class BrowseQuery:
    """What is read of a source; `cursor` "" is the start."""

    conditions: tuple[Condition, ...] = ()
    with_history: bool = False
    cursor: str = ""


def browse_read(*, client: PlatformClient, source_id: str, query: BrowseQuery) -> Page[Record]:
    """Read one page of records; `next_cursor` is "" on the last one. Raises PlatformError."""
    walk = client.walk_source(
        source_id,
        conditions=query.conditions,
        limit=PAGE_SIZE,
        cursor=query.cursor,
        with_history=query.with_history,
    )
    page: Page[Record] = next(walk, Page(()))
    # A short page is nearly always the last, whatever cursor it names; the walk knows.
    is_last = not page.next_cursor or (len(page.items) < PAGE_SIZE and next(walk, None) is None)
    return Page(page.items) if is_last else page

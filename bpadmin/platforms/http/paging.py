"""Walk a platform's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from bpadmin.platforms.errors import Broken, Reason
from bpadmin.platforms.types import Page

T = TypeVar("T")


def walk_pages(fetch: Callable[[str], Page[T]], limit: int, cursor: str = "") -> Iterator[Page[T]]:
    """Read page after page until one is short or names no next one; a cursor that comes again raises Broken.

    The last page comes without a cursor, also where the platform gave one with a short page.
    """
    seen = {cursor}
    while True:
        page = fetch(cursor)
        cursor = page.next_cursor
        if len(page.items) < limit or not cursor:
            yield Page(page.items)
            return
        yield page
        if cursor in seen:
            raise repeated(f"the cursor {cursor} came twice")
        seen.add(cursor)


def repeated(detail: str) -> Broken:
    """Return the error of pages that lead in a circle."""
    return Broken(
        "The platform keeps giving the same page, so the reading was stopped before its end. Try again; if it "
        "happens again, tell your administrator.",
        detail=detail,
        reason=Reason.CURSOR_REPEATED,
    )

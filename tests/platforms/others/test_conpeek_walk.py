"""A server that gives less than a page asks for does not end a walk: how much it gives at most is written nowhere."""

from __future__ import annotations

from bpadmin.platforms.conpeek.requests import _page, _walk
from bpadmin.platforms.types import Page, Record


def test_a_page_shorter_than_asked_does_not_end_a_walk_and_an_empty_one_does():
    held = [Record({"id": str(number)}) for number in range(2345)]
    asked: list[int] = []

    def fetch(at: int) -> Page[Record]:
        asked.append(at)
        return _page(tuple(held[at : at + 500]), 1000, at)

    pages = list(_walk(fetch, 0))
    assert [record for page in pages for record in page.items] == held
    assert asked == [0, 500, 1000, 1500, 2000, 2345]
    assert [page.next_cursor for page in pages] == ["500", "1000", "1500", "2000", ""]

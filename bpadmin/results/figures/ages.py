"""How old what is known is, and what of it is missing: every figure is told with both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpadmin.results.models import Gap, ResultSource


@dataclass(frozen=True, slots=True)
class Known:
    """Until when the results of some sources are known. `until` is the oldest of them, None before the first reading.

    `unread` sources were never read. `gaps` are spans in which attempts may be unknown. `percent` is how much of the
    first whole reading is done, None where there is none under way. `troubles` is why some cannot be read.
    """

    until: datetime | None
    sources: int
    unread: int
    gaps: tuple[Gap, ...] = ()
    percent: int | None = None
    reading: int = 0
    troubles: tuple[str, ...] = ()

    def covers(self, begin: datetime) -> bool:
        """Return whether anything since `begin` is known: what is older than its range is no figure of it."""
        return self.until is not None and self.until > begin


def known_of(sources: Sequence[ResultSource], begin: datetime | None = None, end: datetime | None = None) -> Known:
    """Return until when sources are known, with the gaps that touch a period.

    A list that is bound no longer is known until it went, which makes the others no older.
    """
    live = [each for each in sources if each.is_bound] or list(sources)
    read = [each.read_at for each in live if each.read_at is not None]
    gaps = Gap.objects.filter(source__in=[each.pk for each in sources]).select_related("source")
    if begin is not None:
        gaps = gaps.filter(ended_at__gt=begin)
    kept = [each for each in gaps if end is None or each.began_at is None or each.began_at < end]
    first = [each for each in live if each.walk_began_at is not None and each.walk_done_at is None]
    size = sum(each.total or 0 for each in first)
    return Known(
        until=min(read, default=None),
        sources=len(sources),
        unread=len(live) - len(read),
        gaps=tuple(kept),
        percent=sum(each.walk_read for each in first) * 100 // size if size else None,
        reading=size,
        troubles=tuple(sorted({each.trouble for each in live if each.failures and each.trouble})),
    )


def gap_json(gap: Gap) -> dict[str, Any]:
    """Return a span of which attempts may be unknown, for files, commands and the API."""
    return {
        "list": gap.source.title,
        "reason": gap.get_reason_display(),
        "from": gap.began_at.isoformat() if gap.began_at else None,
        "until": gap.ended_at.isoformat(),
        "count": gap.count,
    }

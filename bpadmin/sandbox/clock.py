"""The tenant's clock: real time plus whatever a test has advanced it by."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}", re.ASCII)


class Clock:
    """Tells the time in whole milliseconds since 1970, UTC."""

    def __init__(self) -> None:
        self.advanced_ms = 0

    def now(self) -> int:
        """Return the current time in milliseconds."""
        return time.time_ns() // 1_000_000 + self.advanced_ms

    def advance(self, seconds: float) -> None:
        """Move the clock on; it never goes back."""
        self.advanced_ms += max(0, int(seconds * 1000))


def stamp(moment: int) -> str:
    """Write milliseconds as the API writes times: UTC, milliseconds, no zone."""
    whole = EPOCH + timedelta(milliseconds=moment)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{moment % 1000:03d}"


def moment(text: str) -> int | None:
    """Read a time as `stamp` writes it; None when it is not one."""
    if not _STAMP.fullmatch(text):
        return None
    try:
        whole = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (whole - EPOCH) // timedelta(milliseconds=1)

"""An object as a file to read: in ranges, as far as somebody reads, and never whole in memory."""

from __future__ import annotations

import io
from collections.abc import Callable

from bpadmin.storage.troubles import StorageAway

# After a jump little is fetched, and twice as much each time that it goes on from there. A sender has up to sixteen
# lanes, each with a spool of its own open, so that the most counts many times.
FIRST_BYTES = 256 * 1024
MOST_BYTES = 2 * 1024 * 1024

Fetch = Callable[[int, int], bytes]


class Ranges(io.RawIOBase):
    """Read side of an object of `size` bytes; `fetch(start, length)` gives that much of it. Not for several threads."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self.fetch, self.size = fetch, size
        self._at = self._start = 0
        self._step = FIRST_BYTES // 2
        self._window = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; nothing is fetched before somebody reads."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if at < 0:
            raise ValueError(f"a file has no byte {at}")
        self._at = at
        return at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as what is there goes."""
        wanted = min(len(buffer), self.size - self._at)
        if wanted <= 0:
            return 0
        if not self._start <= self._at < self._start + len(self._window):
            self._load()
        begin = self._at - self._start
        found = self._window[begin : begin + wanted]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _load(self) -> None:
        goes_on = self._at == self._start + len(self._window)
        self._step = min(self._step * 2, MOST_BYTES) if goes_on else FIRST_BYTES
        length = min(self._step, self.size - self._at)
        self._window = b""  # not twice as much in memory while the next is fetched
        data = self.fetch(self._at, length)
        if len(data) != length:
            raise StorageAway(f"The object storage sent {len(data):,} of {length:,} bytes.")
        self._start, self._window = self._at, data

"""What is known of a feed's file, so that the next one can be held against it: counts, columns, and a sketch of keys.

The sketch holds the smallest of the keyed hashes of all keys: enough to tell how much two files overlap to within two
or three percent, in eight kilobytes, and nothing of a person can be read from it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from heapq import heappush, heappushpop
from typing import Any

from django.conf import settings

SKETCH = 1024
HASH_BYTES = 6  # a whole number in JSON on both sides of every database


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Facts of a file that was checked. `ends_whole`: its last line has an end, None where that says nothing.

    `sketch` is as `sketch_of` makes it, `keys` counts the keys behind it, `overlap` is the share of this file's keys
    that were in the one before, in percent. `live` is the share of its numbers that are in lists which are being
    dialled, None where there is none; `live_lists` names those with the most.
    """

    size: int = 0
    rows: int = 0
    rejected: int = 0
    header: tuple[str, ...] = ()
    encoding: str = ""
    ends_whole: bool | None = None
    sketch: tuple[int, ...] = ()
    keys: int = 0
    overlap: float | None = None
    live: float | None = None
    live_lists: tuple[str, ...] = ()

    @property
    def rejected_share(self) -> float:
        """Return how many percent of the rows were refused by the check."""
        return 100.0 * self.rejected / self.rows if self.rows else 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FileFacts:
        """Take what `as_json` gave."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        plain = {name: tuple(known.get(name, ())) for name in ("header", "sketch", "live_lists")}
        return cls(**{**known, **plain})

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return {
            **asdict(self),
            "header": list(self.header),
            "sketch": list(self.sketch),
            "live_lists": list(self.live_lists),
        }


def sketch_of(keys: Iterable[bytes]) -> tuple[tuple[int, ...], int]:
    """Return the smallest hashes of different keys, in order, and how many keys there were."""
    secret = hmac.digest(settings.SECRET_KEY.encode(), b"bpadmin feed sketches", "sha256")
    smallest: list[int] = []
    there: set[int] = set()
    count = 0
    for key in keys:
        count += 1
        value = int.from_bytes(hashlib.blake2b(key, digest_size=HASH_BYTES, key=secret).digest(), "big")
        if value in there:
            continue
        if len(smallest) < SKETCH:
            heappush(smallest, -value)
            there.add(value)
        elif value < -smallest[0]:
            there.discard(-heappushpop(smallest, -value))
            there.add(value)
    return tuple(sorted(there)), count


def overlap_of(new: FileFacts, old: FileFacts) -> float | None:
    """Return how many percent of the keys of `new` were in `old`, None where one of them has none."""
    if not new.sketch or not old.sketch:
        return None
    both = sorted(set(new.sketch) | set(old.sketch))[:SKETCH]
    shared = set(new.sketch) & set(old.sketch)
    alike = sum(1 for each in both if each in shared) / len(both)
    inside = alike / (1 + alike) * (new.keys + old.keys)
    return round(min(100.0, 100.0 * inside / new.keys), 1) if new.keys else None

"""A chain of rows: each signs itself and the row before it, so that none is altered or taken out unseen.

The activity log and the evidence of Do Not Call lists are such chains; both are made and proven here.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bpadmin.audit.signing import SigningKeys

FIRST = "0" * 64
UNREADABLE = (
    "A key that signed changes cannot be read: it is stored encrypted with a BPADMIN_ENCRYPTION_KEY that is not here. "
    "Bring that key back behind the present one, with a comma between them: what it signed seems altered until then."
)


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a chain: its number from 1, what it signs as plain data, and the two hashes that it stores."""

    number: int
    data: Mapping[str, Any]
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows `first` to `last` that were removed as they may be, but those numbered in `kept`."""

    first: int
    last: int
    last_hash: str
    kept: frozenset[int]


def row_hash(data: Mapping[str, Any], prev_hash: str, *, key: bytes) -> str:
    """Return the HMAC-SHA256 of a row and of the hash before it, in hexadecimal."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, _bytes(f"{prev_hash}\n{text}"), sha256).hexdigest()


def is_hash_good(data: Mapping[str, Any], prev_hash: str, found: str, *, keys: SigningKeys) -> bool:
    """Return whether a hash was made of a row by any of the keys."""
    return any(hmac.compare_digest(_bytes(row_hash(data, prev_hash, key=key)), _bytes(found)) for key in keys.known)


def _bytes(text: str) -> bytes:
    """Return a text as it is signed; a file of others may hold what is no text, which nothing here ever signed."""
    return text.encode("utf-8", "surrogatepass")


def links_faults(links: Iterable[Link], *, noun: str, keys: SigningKeys, gaps: Iterable[Gap] = ()) -> Iterator[str]:
    """Go through a chain and say in words what is wrong with it; nothing when it is whole. `noun`: "change"."""
    if keys.n_unreadable:
        yield UNREADABLE
    known = _Gaps(gaps)
    expected, before = 1, FIRST
    for link in links:
        if link.number != expected:
            crossed = known.cross(expected, link.number - 1)
            if crossed is None:
                yield f"Between {noun} {expected - 1:,} and {noun} {link.number:,} something was taken out."
            elif crossed and crossed != link.prev_hash:
                yield f"{noun.capitalize()} {link.number:,} does not follow the one before it."
        elif link.prev_hash != before:
            yield f"{noun.capitalize()} {link.number:,} does not follow the one before it."
        if not is_hash_good(link.data, link.prev_hash, link.hash, keys=keys):
            yield f"{noun.capitalize()} {link.number:,} was altered after it was written."
        expected, before = link.number + 1, link.hash


class _Gaps:
    """The removed rows of a chain, asked for in the order of their numbers."""

    def __init__(self, gaps: Iterable[Gap]) -> None:
        self._gaps = sorted(gaps, key=lambda gap: gap.first)
        self._at = 0

    def cross(self, first: int, last: int) -> str | None:
        """Return the hash of the last of these rows, "" where it is not kept, None where one should be there."""
        number = first
        while number <= last:
            while self._at < len(self._gaps) and self._gaps[self._at].last < number:
                self._at += 1
            gap = self._gaps[self._at] if self._at < len(self._gaps) else None
            if gap is None or gap.first > number:
                return None
            end = min(last, gap.last)
            if any(number <= kept <= end for kept in gap.kept):
                return None
            if end == last:
                return gap.last_hash if end == gap.last else ""
            number = end + 1
        return None

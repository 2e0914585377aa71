"""Whether the log is whole: nothing altered, taken out or put in."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bpadmin.audit.chain import FIRST, Gap, Link, is_hash_good, links_faults
from bpadmin.audit.guard import guard_missing
from bpadmin.audit.models import DroppedSegment, LogChain
from bpadmin.audit.retention import segment_data
from bpadmin.audit.sealing import chain_entries, end_data, entries_seal, signed_data, values_hash
from bpadmin.audit.signing import SigningKeys, signing_keys

MOST_FAULTS = 20  # told of; one is enough to know


@dataclass(frozen=True, slots=True)
class LogProof:
    """What a look at a chain found: `faults` are sentences, the first of them only, none when it is whole."""

    entries: int
    dropped: int
    erased: int
    faults: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Return whether the log is whole."""
        return not self.faults


def log_prove(*, chain: int) -> LogProof:
    """Go through everything that is kept of a tenant's log; chain 0 is that of the installation."""
    entries_seal(chain)
    entries = chain_entries(chain)
    segments = DroppedSegment.objects.filter(tenant=chain)
    dropped = sum(each.last - each.first + 1 - len(each.kept) for each in segments)
    erased = entries.filter(personal__erased_at__isnull=False).count()
    return LogProof(entries.count(), dropped, erased, tuple(islice(_faults(chain), MOST_FAULTS)))


def _faults(chain: int) -> Iterator[str]:
    keys = signing_keys()
    if guard_missing():
        yield "The database's guard over the log is not there: run manage.py migrate, and ask who took it away."
    segments = list(DroppedSegment.objects.filter(tenant=chain).order_by("first"))
    for each in segments:
        if not is_hash_good(segment_data(each), each.first_prev_hash, each.hash, keys=keys):
            yield f"What says that entries {each.first:,} to {each.last:,} were removed for their age is not ours."
    last = _Last()
    links = _links(chain, last)
    yield from links_faults(links, noun="entry", keys=keys, gaps=[_gap(each) for each in segments])
    yield from _end_faults(chain, last, segments, keys)
    yield from _personal_faults(chain, keys)


@dataclass(slots=True)
class _Last:
    number: int = 0
    hash: str = FIRST


def _links(chain: int, last: _Last) -> Iterator[Link]:
    for entry in chain_entries(chain).exclude(number=None).order_by("number").iterator(chunk_size=1000):
        last.number, last.hash = entry.number or 0, entry.hash
        yield Link(last.number, signed_data(entry), entry.prev_hash, entry.hash)


def _gap(segment: DroppedSegment) -> Gap:
    return Gap(segment.first, segment.last, segment.last_hash, frozenset(segment.kept))


def _end_faults(chain: int, last: _Last, segments: list[DroppedSegment], keys: SigningKeys) -> Iterator[str]:
    end = LogChain.objects.filter(tenant=chain).first()
    if end is None:
        if last.number:
            yield "What says how long the log is was taken away."
        return
    if not is_hash_good(end_data(end), end.hash, end.signature, keys=keys):
        yield "What says how long the log is was altered."
    if segments and segments[-1].last > last.number:
        last.number, last.hash = segments[-1].last, segments[-1].last_hash
    if (end.number, end.hash) != (last.number, last.hash):
        yield f"The log ends with entry {last.number:,}; it had {end.number:,}: its end was taken out."


def _personal_faults(chain: int, keys: SigningKeys) -> Iterator[str]:
    entries = chain_entries(chain).exclude(personal_hash="").select_related("personal")
    for entry in entries.order_by("number").iterator(chunk_size=1000):
        kept = getattr(entry, "personal", None)
        if kept is None:
            yield f"What entry {entry.number:,} told of people was taken out, and not erased."
        elif kept.erased_at is None and not any(
            hmac.compare_digest(values_hash(kept, key=key), entry.personal_hash) for key in keys.known
        ):
            yield f"What entry {entry.number:,} told of people was altered."

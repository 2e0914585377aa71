"""How many of a file's numbers are in lists that are being dialled, by what was uploaded into these last.

Nobody is asked for it: campaigns and what is bound to them are known here, and of each list's last upload a sketch of
its numbers is made once (`bpadmin.feeds.runs.facts`). Rows that came in by other ways are not seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.core.cache import cache

from bpadmin.counts import percent_words
from bpadmin.feeds.models import Feed
from bpadmin.feeds.runs.facts import SKETCH, FileFacts, overlap_of, sketch_of
from bpadmin.feeds.targets import FeedTarget
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job
from bpadmin.storage.troubles import StorageAway

KEPT_SECONDS = 7 * 24 * 3600
SHOWN_LISTS = 3


def live_facts(facts: FileFacts, feed: Feed, job: Job, target: FeedTarget) -> FileFacts:
    """Return the facts with the share of numbers in live lists. Raises JobRefused and StorageAway."""
    others = target.live_jobs(feed)
    if not others:
        return facts
    own = _sketched(job, target)
    shares: dict[str, float] = {}
    known: list[FileFacts] = []
    for name, other in others:
        try:
            there = _sketched(other, target)
        except (JobRefused, StorageAway):
            continue  # its file is gone, and what it held is not known any more
        known.append(there)
        if share := overlap_of(own, there):
            shares[name] = share
    if not known or not own.keys:
        return facts
    together = FileFacts(
        sketch=tuple(sorted({each for there in known for each in there.sketch})[:SKETCH]),
        keys=sum(there.keys for there in known),
    )
    most = sorted(shares.items(), key=lambda item: -item[1])[:SHOWN_LISTS]
    return replace(
        facts,
        live=max(overlap_of(own, together) or 0.0, *(share for _, share in most)) if most else 0.0,
        live_lists=tuple(f"“{name}” {percent_words(share, 0)}" for name, share in most),
    )


def _sketched(job: Job, target: FeedTarget) -> FileFacts:
    def made() -> tuple[tuple[int, ...], int]:
        return sketch_of(target.numbers(job))

    sketch, keys = cast(tuple[tuple[int, ...], int], cache.get_or_set(f"feeds:numbers:{job.pk}", made, KEPT_SECONDS))
    return FileFacts(sketch=sketch, keys=keys)

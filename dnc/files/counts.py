"""What a job on a Do Not Call list counts: rows of its file, and apart from them the entries that it takes out besides.

The job's own counters hold both, so that every request has its place in them; nobody is told their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from django.db.models import F, Q, Sum

from bpadmin.jobs.models import ChunkState, Job
from dnc.files.replace import keys_report
from dnc.kinds import DNC_DELETE


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many there are of one unit, and what became of them; the outcomes add up to `total`."""

    total: int = 0
    added: int = 0
    removed: int = 0
    already: int = 0
    rejected: int = 0
    uncertain: int = 0
    not_sent: int = 0
    unaccounted: int = 0

    @property
    def done(self) -> int:
        """Count those that the platform took."""
        return self.added + self.removed

    def without(self, part: Outcomes) -> Outcomes:
        """Return what is left beside a part of them."""
        return Outcomes(*(getattr(self, each.name) - getattr(part, each.name) for each in fields(self)))

    def as_json(self) -> dict[str, int]:
        """Return a plain dictionary, for a program."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _entries_out(job: Job) -> Outcomes:
    """Count the entries that a replacement or a change list takes out, by what became of them; 0 of a file to remove.

    They stand in chunks of their own, behind those of what is added.
    """
    first = keys_report(job).delete_from
    if job.kind == DNC_DELETE or first is None:
        return Outcomes()
    is_asked = Q(state__in=[ChunkState.UNCERTAIN, ChunkState.ASK]) | Q(state=ChunkState.IN_FLIGHT, attempt__gt=1)
    found: dict[str, Any] = job.chunks.filter(number__gte=first).aggregate(
        total=Sum("count"),
        removed=Sum(F("n_updated") + F("n_added")),
        already=Sum("n_already_there"),
        rejected=Sum("n_rejected"),
        uncertain=Sum("count", filter=is_asked),
        unaccounted=Sum("n_unaccounted"),
    )
    counts = {name: count or 0 for name, count in found.items()}
    return Outcomes(**counts, not_sent=2 * counts["total"] - sum(counts.values()))


def outcomes_of(job: Job) -> Outcomes:
    """Return a job's own counters, which hold rows and entries alike."""
    return Outcomes(
        total=job.rows_total,
        added=job.n_added,
        removed=job.n_updated,
        already=job.n_already_there,
        rejected=job.n_rejected,
        uncertain=job.n_uncertain,
        not_sent=job.n_not_sent,
        unaccounted=job.n_unaccounted,
    )


def outcomes_apart(job: Job) -> tuple[Outcomes, Outcomes]:
    """Return what became of the rows of a job's file, and apart from them of the entries that it takes out besides."""
    entries = _entries_out(job)
    return outcomes_of(job).without(entries), entries

"""Rows in question as pages and files show them: what is asked, what reading the list back told, and the answers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from bpadmin.jobs.files.spool import RowRanges
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.reasons import FOUND, MISSING, UNCLEAR
from bpadmin.jobs.services import Decision

# A person decides on uncertain chunks one by one; more than this at once would be no page any more.
QUESTIONS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job's target can be read back: the campaign's name, and how many records that is, where it is known."""

    campaign: str
    records: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One chunk that only a person can decide on. `is_sent_again`: what is not in the list is sent at once.

    `rows` are the words for its rows.
    """

    chunk: Chunk
    is_sent_again: bool = True
    rows: str = ""

    @property
    def found(self) -> int:
        """Count the rows that were found when the list was read back."""
        return len(self.chunk.outcome.get(FOUND) or ())

    @property
    def missing(self) -> int:
        """Count the rows that were looked for and not found."""
        return len(self.chunk.outcome.get(MISSING) or ())

    @property
    def is_told_apart(self) -> bool:
        """Return whether there is something to say of single rows."""
        return bool(self.chunk.outcome)

    @property
    def decisions(self) -> list[tuple[str, str]]:
        """Return the answers a person may give, as pairs of value and words."""
        if not self.missing or self.chunk.outcome.get(UNCLEAR):
            words = Decision.NOT_APPLIED.label if self.is_sent_again else "They are not in the list"
            return [(Decision.APPLIED.value, Decision.APPLIED.label), (Decision.NOT_APPLIED.value, words)]
        none = "None is in the list any more"
        words = f"{none}: send all {self.chunk.count:,} again" if self.is_sent_again else none
        return [
            (Decision.APPLIED.value, f"Count the {self.found:,} as there and the {self.missing:,} as missing"),
            (Decision.NOT_APPLIED.value, words),
        ]


def job_questions(job: Job) -> tuple[Question, ...]:
    """Return the chunks of a job that only a person can decide on, the first few of very many."""
    asked = Chunk.objects.filter(job_id=job.pk, state=ChunkState.ASK).order_by("number")
    is_sent_again = job.state == JobState.PARTIAL
    ranges = RowRanges(job)
    return tuple(Question(chunk, is_sent_again, ranges.of(chunk)) for chunk in asked[:QUESTIONS_SHOWN])


def found_again(job: Job) -> int:
    """Count the rows that were found in the target when they were sent again, or looked up, after a lost answer."""
    return found_again_in(job.chunks.all()) if job.n_already_there else 0


def found_again_in(chunks: QuerySet[Chunk]) -> int:
    """Count the rows of these chunks that were found in the target after a lost answer."""
    looked = Q(attempt__gt=1) | Q(grew_by__isnull=False)
    return chunks.filter(looked).aggregate(rows=Sum("n_already_there"))["rows"] or 0

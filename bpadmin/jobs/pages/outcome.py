"""What an ended job has come to, in a few words: a headline is taken from what was done, never from the state alone."""

from __future__ import annotations

from dataclasses import dataclass

from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.unresolved import found_again


@dataclass(frozen=True, slots=True)
class Headline:
    """A badge of two or three words, a sentence, their colour ("ok", "warn" or "bad"), and the counts of a table."""

    badge: str
    sentence: str
    tone: str = "ok"
    counts: str = ""


def rows_headline(job: Job) -> Headline | None:
    """Return the headline of a job with rows where its state would claim too much, else None."""
    if job.state != JobState.SUCCEEDED:
        return None
    if not job.rows_total:
        return Headline("No rows", "The file has no rows, so nothing was sent.", "warn")
    kind, there = kind_of(job), job.n_already_there
    if not there:
        return None
    # Rows that were found after a lost answer may well be our own.
    before = there - found_again(job)
    if job.n_accepted == 0 and before == job.rows_total and kind.nothing_done:
        badge, sentence, tone = kind.nothing_done
        keys = "key of its only row is" if before == 1 else f"keys of all {before:,} rows were"
        words = sentence.format(keys=keys, rows=_rows(before), list=job.target_name)
        return Headline(badge, words, tone)
    if kind.tells_of_others and before > 0:
        # That a key is in the list says nothing of the other values of the row.
        added, others = _rows(job.rows_total - before), f"the key{'' if before == 1 else 's'} of {before:,}"
        verb = "is" if job.rows_total - before == 1 else "are"
        return Headline(
            "Done", f"{added} {verb} in {job.target_name}; {others} {'was' if before == 1 else 'were'} there already."
        )
    return None


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"

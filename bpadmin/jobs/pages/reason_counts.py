"""Why rows of an ended job are not in the list: every reason with its count, from the check and from the platform."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.core.cache import cache

from bpadmin.jobs.handlers import job_report
from bpadmin.jobs.models import Job
from bpadmin.jobs.reasons import ALREADY_THERE, reason_of

KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, how many rows it befell, and what to do; `where` is the column at fault, "" when it is not known."""

    count: int
    label: str
    fix: str
    where: str = ""


def job_refusals(job: Job) -> tuple[Refusal, ...]:
    """Give the reasons, the most frequent first; asks the chunks once, since nothing changes after a job has ended."""
    if not job.is_final:
        return ()
    problems = job_report(job).problems
    found = [Refusal(problem.count, problem.label, problem.fix, problem.column) for problem in problems]
    for code, count in _answered(job).items():
        reason = reason_of(code)
        found.append(Refusal(count, reason.label, reason.fix))
    return tuple(sorted(found, key=lambda each: -each.count))


def _answered(job: Job) -> dict[str, int]:
    """Count the platform's reasons over all chunks that have any."""
    if not job.n_rejected - job.n_rejected_check and not job.n_unaccounted:
        return {}
    key = f"job-reasons:{job.pk}:{job.finished_at}:{job.n_rejected}:{job.n_unaccounted}".replace(" ", "_")
    kept: dict[str, int] | None = cache.get(key)
    if kept is not None:
        return kept
    counts: Counter[str] = Counter()
    chunks = job.chunks.exclude(n_rejected=0, n_unaccounted=0).order_by()
    for outcome in chunks.values_list("outcome", flat=True).iterator(chunk_size=200):
        for code, rows in outcome.items():
            if code != "detail" and code not in ALREADY_THERE:
                counts[code] += len(rows)
    cache.set(key, dict(counts), KEEP_SECONDS)
    return dict(counts)

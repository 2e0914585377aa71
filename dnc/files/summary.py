"""What became of a job on a Do Not Call list, in a few sentences that a supervisor can act on."""

from __future__ import annotations

from django.db.models import Sum

from bpadmin.jobs.models import ChunkState, Job, JobKind
from dnc.file_options import keys_remote
from dnc.replacing import keys_report


def job_summary(job: Job) -> str:
    """Say what is in the list now, or out of it, and of the rest what to do."""
    if not job.rows_total:
        return "There was nothing to do."
    sentences = [_removed(job)] if job.kind == JobKind.DNC_DELETE else [_added(job)]
    if job.kind == JobKind.DNC_REPLACE:
        sentences = _replaced(job)
    if job.n_rejected:
        those = "it" if job.n_rejected == 1 else "them"
        sentences.append(
            f"{_were(job.n_rejected)} rejected: download {those} with the reasons, correct and send again."
        )
    if job.n_unaccounted:
        sentences.append(f"{_were(job.n_unaccounted)} taken without an error, and what became of it is not known.")
    if job.n_uncertain:
        sentences.append(f"{_were(job.n_uncertain)} sent without an answer: send again, which does no harm.")
    if job.n_not_sent and job.kind != JobKind.DNC_REPLACE:
        sentences.append(f"{_were(job.n_not_sent)} not sent.")
    return " ".join(sentences)


def _added(job: Job) -> str:
    return f"{_all(job.n_accepted + job.n_already_there, job.rows_total)} in the list now{_how(job, 'there before')}."


def _removed(job: Job) -> str:
    there = job.n_accepted + job.n_already_there
    return f"{_all(there, job.rows_total)} out of the list now{_how(job, 'not there before', 'removed')}."


def _replaced(job: Job) -> list[str]:
    """Tell adding from deleting by the chunks: both are rows of the job."""
    first = keys_report(job).delete_from or 1 << 62
    chunks = job.chunks.all()
    adds, deletes = chunks.filter(number__lt=first), chunks.filter(number__gte=first)
    new, gone = _sums(adds), _sums(deletes)
    sentences = []
    if (remote := keys_remote(job)).emptied:
        sentences.append(f"The list was emptied first; it held {remote.deleted or 0:,}.")
    sentences.append(f"{new['n_added']:,} were added, {new['n_already_there']:,} were there before.")
    if left := adds.exclude(state=ChunkState.DONE).aggregate(rows=Sum("count"))["rows"]:
        sentences.append(f"{_were(left)} not sent.")
    if gone["count"]:
        out = gone["n_updated"] + gone["n_already_there"]
        sentences.append(f"{out:,} of {gone['count']:,} that are not in the file were removed.")
        if deletes.filter(state=ChunkState.HELD).exists():
            sentences.append(
                "Nothing was removed yet, because the list does not hold all of the file. Send the rest again, or "
                "say that what is gone is to be removed all the same."
            )
    return sentences


def _sums(chunks: object) -> dict[str, int]:
    names = ("count", "n_added", "n_updated", "n_already_there")
    found = chunks.aggregate(**{f"sum_{name}": Sum(name) for name in names})  # type: ignore[attr-defined]
    return {name: found[f"sum_{name}"] or 0 for name in names}


def _all(there: int, total: int) -> str:
    if there == total:
        return f"All {total:,} rows are" if total > 1 else "The row is"
    return f"{there:,} of {total:,} rows are"


def _how(job: Job, before: str, done: str = "added") -> str:
    parts = [(job.n_accepted, done), (job.n_already_there, before)]
    return f" ({', '.join(f'{count:,} {word}' for count, word in parts if count)})" if job.n_already_there else ""


def _were(count: int) -> str:
    return f"{count:,} {'was' if count == 1 else 'were'}"

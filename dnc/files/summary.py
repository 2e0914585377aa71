"""What became of a job on a Do Not Call list, in a few sentences that a supervisor can act on."""

from __future__ import annotations

from django.db.models import Sum

from bpadmin.counts import counted, part_of
from bpadmin.jobs.models import ChunkState, Job
from bpadmin.jobs.pages.unresolved import found_again, found_again_in
from dnc.entries.manual import FOUND_AGAIN, GONE_ALREADY
from dnc.files.options import keys_remote
from dnc.files.replace import keys_report
from dnc.kinds import DNC_DELETE, DNC_REPLACE


def job_summary(job: Job) -> str:
    """Say what is in the list now, or out of it, and of the rest what to do."""
    if not job.rows_total:
        return "There was nothing to do."
    sentences = [_removed(job)] if job.kind == DNC_DELETE else [_added(job)]
    if _tells_unsent(job):
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
    if job.n_not_sent and not _tells_unsent(job):
        sentences.append(f"{_were(job.n_not_sent)} not sent.")
    return " ".join(sentences)


def _tells_unsent(job: Job) -> bool:
    """Return whether the sentences on the chunks say already how many were not sent."""
    return job.kind == DNC_REPLACE or keys_report(job).delete_from is not None


def _added(job: Job) -> str:
    there = _all(job.n_accepted + job.n_already_there, job.rows_total)
    return f"{there} in the list now{_how(job, 'added', 'there before', FOUND_AGAIN)}."


def _removed(job: Job) -> str:
    there = job.n_accepted + job.n_already_there
    return f"{_all(there, job.rows_total)} out of the list now{_how(job, 'removed', 'not there before', GONE_ALREADY)}."


def _replaced(job: Job) -> list[str]:
    """Tell adding from deleting by the chunks: both are rows of the job."""
    first = keys_report(job).delete_from or 1 << 62
    chunks = job.chunks.all()
    adds, deletes = chunks.filter(number__lt=first), chunks.filter(number__gte=first)
    new, gone, difference = _sums(adds), _sums(deletes), keys_report(job).difference
    sentences = []
    if (remote := keys_remote(job)).emptied:
        sentences.append(f"The list was emptied first; it held {remote.deleted or 0:,}.")
    again = found_again_in(adds)
    found = f", {again:,} {FOUND_AGAIN}" if again else ""
    sentences.append(f"{_were(new['n_added'])} added, {_were(new['n_already_there'] - again)} there before{found}.")
    if left := adds.exclude(state=ChunkState.DONE).aggregate(rows=Sum("count"))["rows"]:
        sentences.append(f"{_were(left)} not sent.")
    if gone["count"]:
        out = gone["n_updated"] + gone["n_already_there"]
        which = "that are not in the file" if job.kind == DNC_REPLACE else "that the file says to remove"
        again = found_again_in(deletes)
        parts = [(gone["n_already_there"] - again, "of them not there before"), (again, GONE_ALREADY)]
        before = _counts(parts)
        sentences.append(f"{out:,} of {gone['count']:,} {which} {'was' if out == 1 else 'were'} removed{before}.")
        if difference and difference.refused and deletes.filter(state=ChunkState.HELD).exists():
            sentences.append(
                f"Nothing was removed, because {counted(difference.refused, 'row')} of the file cannot be read: "
                "correct the file and replace the list with the whole of it again."
            )
        elif deletes.filter(state=ChunkState.HELD).exists():
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
    return part_of(there, total, "row", "is")


def _how(job: Job, done: str, before: str, again: str) -> str:
    """Say how the rows came to be where they are: those of a lost request may well be this job's own."""
    ours = found_again(job)
    parts = [(job.n_accepted, done), (job.n_already_there - ours, before), (ours, again)]
    return _counts(parts) if job.n_already_there else ""


def _counts(parts: list[tuple[int, str]]) -> str:
    named = ", ".join(f"{count:,} {word}" for count, word in parts if count)
    return f" ({named})" if named else ""


def _were(count: int) -> str:
    return f"{count:,} {'was' if count == 1 else 'were'}"

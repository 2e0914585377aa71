"""What became of an upload, in one or two sentences that a supervisor can act on."""

from __future__ import annotations

from bpadmin.counts import counted, part_of
from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import ChunkState, Job
from bpadmin.jobs.pages.unresolved import found_again
from bpadmin.jobs.target_words import target_noun
from bpadmin.uploads.checking.report import CheckReport
from bpadmin.uploads.models import UploadMode
from lists.uploads.counting import ListCount, count_difference
from lists.uploads.modes import job_mode
from lists.uploads.options import upload_remote


def upload_summary(job: Job) -> str:
    """Say how many rows are in the list, and of the others what became of them and what to do."""
    total, there = job.rows_total, job.n_in_list
    if not total:
        return "The file has no rows."
    if ListCount.of(job).is_gone:
        taken = part_of(there, total, "row", "was")
        sentences = [f"{taken} taken before the dialler said that this {target_noun(job)} does not exist."]
    else:
        if there == total:
            whole = f"All {total:,} rows are" if total > 1 else "The row is"
        else:
            whole = part_of(there, total, "row", "is")
        sentences = [f"{whole} in the {target_noun(job)}{_how(job)}."]
    if deleted := upload_remote(job).deleted:
        sentences.append(f"{counted(deleted, 'former record', 'was')} deleted before.")
    if job.n_rejected:
        them = "it" if job.n_rejected == 1 else "them"
        sentences.append(f"{_were(job.n_rejected)} rejected: download {them} with the reasons, correct and send again.")
    if job.n_unaccounted:
        them = "it" if job.n_unaccounted == 1 else "them"
        sentences.append(
            f"{_were(job.n_unaccounted)} taken without an error, but the {target_noun(job)} does not hold {them}."
        )
    if job.n_uncertain:
        sentences.append(f"{_were(job.n_uncertain)} sent without an answer{_question(job)}.")
    if job.n_not_sent:
        sentences.append(f"{_were(job.n_not_sent)} not sent.")
    if difference := count_difference(job):
        more = f"{difference:,} more" if difference > 0 else f"{-difference:,} fewer"
        sentences.append(f"The list changed by {more} than was sent: others write into it, or rows were dropped.")
    return " ".join(sentences)


def _were(count: int) -> str:
    return f"{count:,} {'was' if count == 1 else 'were'}"


def _how(job: Job) -> str:
    if job.n_updated and not job.n_added and not job.n_already_there:
        return ", updated"
    again = found_again(job)
    parts = [
        (job.n_added, "added"),
        (job.n_updated, "updated"),
        (job.n_already_there - again, "there before" if _knows_before(job) else "there already"),
        (again, "found there after a lost answer"),
    ]
    named = [f"{count:,} {word}" for count, word in parts if count]
    return f" ({', '.join(named)})" if len(named) > 1 or job.n_already_there else ""


def _knows_before(job: Job) -> bool:
    """Return whether what was there when it was sent was there before this file: not after the list was emptied for it,
    and not where the file itself holds the same row twice.
    """
    doubles = structure_read(CheckReport, job.report, job).doubles
    return job_mode(job) is not UploadMode.REPLACE and not (doubles and doubles.is_identical)


def _question(job: Job) -> str:
    is_asked = job.chunks.filter(state__in=[ChunkState.ASK, ChunkState.UNCERTAIN]).exists()
    return f": say on this page whether they are in the {target_noun(job)}" if is_asked else ""

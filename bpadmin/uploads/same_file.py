"""Whether the very same file went to the same list before: said before its columns are mapped, sent on a word."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.db.models import Q

from bpadmin.counts import part_of
from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import FileOptions
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.uploads.files import UploadRefused

HOW = "Tick “Send it again” (in a shell: --again) if that is meant."


def same_file_before(job: Job, *, kind: str = "") -> Job | None:
    """Return the last job that brought the same table to the same target; None without. A correction is never the same.

    Another file of the same archive, or another sheet of the same workbook, is another table. `kind` is that of the
    job where it is about to change: a file that was added may well be removed.
    """
    if not job.file_sha256 or job.parent_id is not None:
        return None
    same = Job.objects.filter(
        tenant_id=job.tenant_id,
        target_kind=job.target_kind,
        target_id=job.target_id,
        file_sha256=job.file_sha256,
        kind=kind or job.kind,
    )
    nothing = {"n_added": 0, "n_updated": 0, "n_already_there": 0, "n_uncertain": 0, "n_unaccounted": 0}
    came_to_nothing = Q(state__in=Job.FINAL, started_at=None) | Q(state__in=Job.FINAL, **nothing)
    earlier = same.exclude(pk=job.pk).exclude(phase="").exclude(came_to_nothing).order_by("-pk")
    return next((each for each in earlier.iterator(chunk_size=20) if _is_same_table(each, job)), None)


def _is_same_table(one: Job, other: Job) -> bool:
    """Return whether two jobs read the same part of their file: all members of an archive hold any one of them."""
    first, second = ((job.options.get("dialect") or {}) for job in (one, other))
    members = {str(dialect.get("member") or "") for dialect in (first, second)}
    sheets = {str(dialect.get("sheet") or "") for dialect in (first, second)}
    return (len(members) == 1 or ALL_MEMBERS in members) and len(sheets) == 1


def same_file_words(before: Job) -> str:
    """Say when the file was sent, by whom, by which job, and what came of it."""
    began = (before.started_at or before.created_at).astimezone(ZoneInfo(before.tenant.time_zone))
    who = f" by {before.owner_name}" if before.owner_name else ""
    if before.is_final:
        came = f"{part_of(before.n_in_list, before.rows_total, 'row', 'was')} taken"
    else:
        came = "that job has not ended yet"
    when = f"on {began.day} {began:%B %Y} at {began:%H:%M}"
    return f"The very same file was sent to {before.target_name} before: {when}{who} (job {before.pk}); {came}."


def same_file_check(job: Job, *, again: bool, kind: str = "") -> bool:
    """Return what to keep of a person's word that a file is sent again. UploadRefused where that is not said."""
    before = same_file_before(job, kind=kind)
    if before is None:
        return False
    if not (again or structure_read(FileOptions, job.options, job).again):
        raise UploadRefused(f"{same_file_words(before)} {HOW}")
    return True

"""What a deletion has come to, in a few words."""

from __future__ import annotations

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.outcome import Headline
from lists.deletions.options import deletion_remote, total_told


def deletion_headline(job: Job) -> Headline | None:
    """Return the headline of a deletion that has come to its end, None before."""
    if job.state != JobState.SUCCEEDED:
        return None
    remote = deletion_remote(job)
    before, after, deleted = total_told(remote.total_before), total_told(remote.total_after), remote.deleted
    if deleted:
        words = f"{deleted:,} record{' is' if deleted == 1 else 's are'} deleted."
        at_least = "At least " if remote.count_is_partial or remote.count_is_unknown else ""
        return Headline("Deleted", f"{at_least}{words}", counts=f"{at_least.lower()}{deleted:,} deleted")
    if remote.count_is_unknown or remote.count_is_partial:
        if before is None or after is None:
            return Headline("Ended", "The deletion has ended; how many records went is not known.", "warn")
        if before > after:
            return Headline("Deleted", f"The list has {before - after:,} fewer records than before.")
    return Headline("No record matched", "No record matched, so none was deleted.", "warn", counts="none deleted")

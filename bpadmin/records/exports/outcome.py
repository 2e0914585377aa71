"""What an export has come to, in a few words."""

from __future__ import annotations

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.outcome import Headline
from bpadmin.records.exports.options import export_report


def export_headline(job: Job) -> Headline | None:
    """Return the headline of an export that has a file, None before."""
    result = export_report(job).result
    if job.state not in (JobState.SUCCEEDED, JobState.PARTIAL) or result is None:
        return None
    rows = int(result.get("rows", 0))
    counts = f"{rows:,} row{'' if rows == 1 else 's'} in the file"
    if job.state == JobState.PARTIAL:
        return Headline("Not complete", "The export is ready, but it is not complete.", "warn", counts)
    if rows == 0:
        return Headline("No records", "The file is empty: no record is as was asked for.", "warn", counts)
    return Headline("Ready", f"The export is ready: {counts}.", counts=counts)

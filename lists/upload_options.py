"""What an upload into a calling list keeps: what a person said of its file, and what its running job remembers."""

from __future__ import annotations

from dataclasses import dataclass

from bpadmin.jobs.models import Job
from bpadmin.jobs.options import FileOptions, JobRemote
from bpadmin.jobs.registry import structure_read


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions(FileOptions):
    """What was said of a file for a calling list; `leave_out_blocked`: rows that must not be called are not sent."""

    leave_out_blocked: bool = False

    def told(self) -> dict[str, str]:
        """Put the choices in words, by the name of each."""
        blocked = "left out" if self.leave_out_blocked else "sent all the same"
        return {**FileOptions.told(self), "rows that a Do Not Call list blocks": blocked}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRemote(JobRemote):
    """What an upload remembers of the list: it was `emptied`, by which job of the platform, of how many records.

    What counting must remember (`lists.counting`) is carried along.
    """

    emptied: bool = False
    deleted: int | None = None
    delete_job: str = ""


def upload_options(job: Job) -> UploadOptions:
    """Give what was said of a job's file. Raises JobRefused."""
    return structure_read(UploadOptions, job.options, job)


def upload_remote(job: Job) -> UploadRemote:
    """Give what a job remembers of its list. Raises JobRefused."""
    return structure_read(UploadRemote, job.remote, job)

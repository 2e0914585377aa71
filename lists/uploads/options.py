"""What an upload into a calling list keeps: what a person said of its file, and what its running job remembers."""

from __future__ import annotations

from dataclasses import dataclass

from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import FileOptions, JobRemote, NotUnderstood
from bpadmin.uploads.conversion.rules import Conversion


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions(FileOptions):
    """What was said of a file for a calling list.

    `leave_out_blocked`: rows that must not be called are not sent. `reset_dialling`: what dialling has made of records
    that are overwritten is forgotten. `only_changed`: the list is read first, and rows that would change nothing in it
    are left out.
    """

    leave_out_blocked: bool = False
    reset_dialling: bool = False
    only_changed: bool = False

    @property
    def rules_told(self) -> list[str]:
        """Say in words what is done to the file's cells, a line for each column; or why that cannot be said."""
        try:
            return Conversion.from_json(self.conversion).told(self.header)
        except NotUnderstood as error:
            return [str(error)]

    def told(self) -> dict[str, str]:
        """Put the choices in words, by the name of each."""
        blocked = "left out" if self.leave_out_blocked else "sent all the same"
        reset = {"dialling of overwritten records": "begins anew"} if self.reset_dialling else {}
        return {
            **FileOptions.told(self),
            **reset,
            "what is done to the cells": " · ".join(self.rules_told),
            "rows that a Do Not Call list blocks": blocked,
            "rows that change nothing": "left out" if self.only_changed else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRemote(JobRemote):
    """What an upload remembers of the list: it was `emptied`, by which job of the platform, of how many records.

    What counting must remember (`lists.uploads.counting`) is carried along.
    """

    emptied: bool = False
    deleted: int | None = None
    delete_job: str = ""


def upload_options(job: Job) -> UploadOptions:
    """Return what was said of a job's file. Raises JobRefused."""
    return structure_read(UploadOptions, job.options, job)


def upload_remote(job: Job) -> UploadRemote:
    """Return what a job remembers of its list. Raises JobRefused."""
    return structure_read(UploadRemote, job.remote, job)

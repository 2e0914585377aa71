"""What the page of a job says of the old values that it keeps."""

from __future__ import annotations

from dataclasses import dataclass

from bpadmin.jobs.models import Job
from bpadmin.jobs.pages.extras import Extra
from lists.kinds import LIST_DELETE, LIST_UPLOAD
from lists.models import OldValues
from lists.old_values.restore import restore_refusal
from lists.old_values.services import RESULTS, old_values_of, old_values_words


@dataclass(frozen=True, slots=True)
class Shown:
    """Old values as a page shows it."""

    old: OldValues
    words: str
    note: str = RESULTS
    # Why they cannot be put back though they are there.
    why: str = ""

    @property
    def is_there(self) -> bool:
        """Return whether it can be fetched."""
        return self.old.is_done and not self.old.is_gone

    @property
    def can_restore(self) -> bool:
        """Return whether it can be put back."""
        return self.is_there and bool(self.old.n_kept) and self.old.job.is_final and not self.why


def kept_extra(job: Job) -> Extra | None:
    """Return what a job's page shows of its old values, None where nothing was kept."""
    if job.kind not in (LIST_UPLOAD, LIST_DELETE) or (old := old_values_of(job)) is None:
        return None
    old.job = job
    is_asked = job.is_final and old.is_done and not old.is_gone and bool(old.n_kept)
    why = restore_refusal(old) if is_asked else ""
    return Extra("lists/old_values/_kept.html", Shown(old, old_values_words(old), why=why))

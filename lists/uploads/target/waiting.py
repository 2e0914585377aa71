"""Rows of a file whose numbers wait to be called already, where the platform tells: found before anything is sent.

Nothing is kept for it: what waits is read once for each check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Job
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tenants.services import tenant_client
from bpadmin.uploads.checking.report import WAITING
from lists.uploads.modes import job_terms

READ_TIMEOUT = 30.0


class WaitingScrubber:
    """Looks numbers up among those that wait in the target of a job."""

    code = WAITING

    def __init__(self, waiting: Mapping[str, str]) -> None:
        self.waiting = waiting

    def looks_at(self, spec: FieldSpec) -> bool:
        """Return whether the field holds the numbers that are called."""
        return spec.type is FieldType.PHONE

    def blocked(self, spec: FieldSpec, values: Iterable[str]) -> dict[str, str]:
        """Return those that wait, each with what waits."""
        asked = list(values)
        pairs = zip(asked, digits_of(asked), strict=True)
        return {text: f"request {self.waiting[digits]} is open" for text, digits in pairs if digits in self.waiting}

    def record(self, *, checked: int, found: int, left_out: int) -> None:
        """Keep nothing: it is no matter of evidence."""


def waiting_scrubber(job: Job) -> WaitingScrubber | None:
    """Read which numbers wait in the target; None where the platform does not tell. JobRefused where it cannot say."""
    if not job_terms(job).finds_open:
        return None
    try:
        with tenant_client(job.tenant, read_timeout=READ_TIMEOUT) as client:
            return WaitingScrubber(client.open_numbers(job.target_id))
    except PlatformError as error:
        raise JobRefused(
            f"Which numbers wait to be called already could not be read, so nothing is sent: {error.message}"
        ) from error

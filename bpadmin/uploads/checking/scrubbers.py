"""Who knows of the rows of an upload that somebody must not be called; another app says so when it is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from bpadmin.extensions import ExtensionPoint

if TYPE_CHECKING:
    from bpadmin.jobs.models import Job
    from bpadmin.platforms.types import FieldSpec


class Scrubber(Protocol):
    """Knows for one job which rows must not be called, or not once more, by the values of some of their fields.

    `code` is the reason that such rows have.
    """

    code: str

    def looks_at(self, spec: FieldSpec) -> bool:
        """Return whether the values of this field can block a row."""

    def blocked(self, spec: FieldSpec, values: Iterable[str]) -> dict[str, str]:
        """Return those of the values (as the platform stores them) that are blocked, each with the words why."""

    def record(self, *, checked: int, found: int, left_out: int) -> None:
        """Keep for good that a file was scrubbed: rows looked at, found to be blocked, and left out."""


block_checks: ExtensionPoint[Callable[[Job], Scrubber | None]] = ExtensionPoint()
"""Who knows which rows of an upload must not be called; None where there is nothing to look for."""


def scrubber_of(job: Job) -> Scrubber | None:
    """Return who scrubs a job's rows."""
    return next((found for maker in block_checks if (found := maker(job))), None)

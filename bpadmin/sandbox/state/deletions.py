"""Jobs that delete records: they take time, take records out as they go, and tell how far they are."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """States of a job as the API names them."""

    PROCESSING = "processing"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(slots=True)
class DeletionJob:
    """A deletion of the records at `victims` of a list, begun at `started` and lasting `duration` (milliseconds)."""

    id: str
    list_id: str
    victims: array[int]
    started: int
    duration: int
    will_fail: bool = False
    state: JobState = JobState.PROCESSING
    error_message: str = ""
    done: int = 0
    deleted: int = 0

    def due(self, now: int) -> int:
        """Count the victims whose turn has come by now."""
        if self.will_fail:
            now = min(now, self.started + self.duration // 2)
        share = 1.0 if self.duration <= 0 else max(0.0, min(1.0, (now - self.started) / self.duration))
        return int(len(self.victims) * share)

    def end_if_over(self, now: int) -> None:
        """Close the job once its time is up, or half-way when it is one that fails."""
        elapsed = now - self.started
        if self.will_fail and elapsed >= self.duration / 2:
            self.fail("Deletion was interrupted by a database failover")
        elif not self.will_fail and elapsed >= self.duration:
            self.state = JobState.COMPLETE

    def fail(self, message: str) -> None:
        """Close the job as failed."""
        self.state, self.error_message = JobState.FAILED, message

    def as_json(self) -> dict[str, Any]:
        """Return the job as getJobStatus shows it."""
        percentage = 100 if not self.victims else self.done * 100 // len(self.victims)
        if self.state is JobState.PROCESSING:
            # Nothing to delete is not yet done: a percentage of 100 goes with "complete" alone.
            percentage = min(percentage, 99)
        shown: dict[str, Any] = {"completion_percentage": percentage, "job_complete": self.state.value}
        if self.state is JobState.COMPLETE:
            shown["deleted"] = self.deleted
        if self.state is JobState.FAILED:
            shown["error_message"] = self.error_message
        return shown

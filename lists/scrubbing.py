"""Finding the rows of an upload that somebody knows must not be called; another app knows, and says so when ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from bpadmin.jobs.spool import Refusal, SpoolWriter
from bpadmin.platforms.brightpattern.rules import Checked
from bpadmin.platforms.types import FieldType
from lists.staging import Plan, Staging

if TYPE_CHECKING:
    from bpadmin.jobs.models import Job

BLOCKED = "dnc_blocked"
LEAVE_OUT = "leave_out_blocked"


class Scrubber(Protocol):
    """Knows for one job which numbers must not be called."""

    def blocked(self, numbers: Iterable[str]) -> dict[str, str]:
        """Give those of the numbers (as the platform stores them) that are blocked, each with the words why."""

    def record(self, *, checked: int, found: int, left_out: int) -> None:
        """Keep for good that a file was scrubbed: rows looked at, found to be blocked, and left out."""


_makers: list[Callable[[Job], Scrubber | None]] = []


def scrub_register(maker: Callable[[Job], Scrubber | None]) -> None:
    """Take somebody who knows; `maker` gives None where there is nothing to look for."""
    _makers.append(maker)


def scrubber_of(job: Job) -> Scrubber | None:
    """Give who scrubs a job's rows."""
    return next((found for maker in _makers if (found := maker(job))), None)


class ScrubStaging(Staging):
    """A check that also tells blocked rows: as a warning, or as refusals where the person leaves them out."""

    def __init__(self, plan: Plan, writer: SpoolWriter, scrubber: Scrubber, *, leaves_out: bool, **more: Any) -> None:
        super().__init__(plan, writer, **more)
        self.scrubber, self.leaves_out = scrubber, leaves_out
        self.rows_blocked = 0
        self.phone_fields = [at for at, spec in enumerate(self.fields) if spec.type is FieldType.PHONE]

    def _scrub(self, checked: Checked, numbers: Sequence[int], keep: bytearray, refusals: list[Refusal]) -> None:
        asked = {text for at in self.phone_fields for text in checked.normal[at] if text}
        blocked = self.scrubber.blocked(asked) if asked else {}
        if not blocked:
            return
        found: dict[int, tuple[int, str]] = {}
        for at in self.phone_fields:
            for row, text in enumerate(checked.normal[at]):
                if text in blocked and keep[row] and row not in found:
                    found[row] = (at, str(text))
        self.rows_blocked += len(found)
        for row, (at, text) in sorted(found.items()):
            spec, column = self._place(at)
            target = self.problems if self.leaves_out else self.warnings
            target.add(BLOCKED, row=numbers[row], value=text, detail=blocked[text], column=column, field=spec.name)
            if self.leaves_out:
                keep[row] = 0
                refusals.append(Refusal(numbers[row], BLOCKED, blocked[text], ""))

    def tell(self) -> None:
        """Put the scrub into the report and have it kept for good; called when the whole file is read."""
        left_out = self.rows_blocked if self.leaves_out else 0
        self.more["scrub"] = {"found": self.rows_blocked, "left_out": left_out}
        self.scrubber.record(checked=self.rows_total, found=self.rows_blocked, left_out=left_out)

"""Finding the rows of an upload that somebody knows must not be called; another app knows, and says so when ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from bpadmin.jobs.spool import Refusal, SpoolWriter
from bpadmin.platforms.brightpattern.rules import Checked
from bpadmin.platforms.types import FieldSpec
from lists.report import Scrubbed
from lists.staging import Plan, Staging

if TYPE_CHECKING:
    from bpadmin.jobs.models import Job

BLOCKED = "dnc_blocked"


class Scrubber(Protocol):
    """Knows for one job which rows must not be called, by the values of some of their fields."""

    def looks_at(self, spec: FieldSpec) -> bool:
        """Tell whether the values of this field can block a row."""

    def blocked(self, spec: FieldSpec, values: Iterable[str]) -> dict[str, str]:
        """Give those of the values (as the platform stores them) that are blocked, each with the words why."""

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
        self.scrubbed_fields = [at for at, spec in enumerate(self.fields) if scrubber.looks_at(spec)]

    def _scrub(self, checked: Checked, numbers: Sequence[int], keep: bytearray, refusals: list[Refusal]) -> None:
        found: dict[int, tuple[int, str, str]] = {}
        for at in self.scrubbed_fields:
            stored = checked.normal.get(at) or checked.values[at]
            column = [str(value) if value else "" for value in stored]
            blocked = self.scrubber.blocked(self.fields[at], set(column) - {""})
            for row, text in enumerate(column) if blocked else ():
                if text in blocked and keep[row] and row not in found:
                    found[row] = (at, text, blocked[text])
        self.rows_blocked += len(found)
        for row, (at, text, why) in sorted(found.items()):
            spec, name = self._place(at)
            target = self.problems if self.leaves_out else self.warnings
            target.add(BLOCKED, row=numbers[row], value=text, detail=why, column=name, field=spec.name)
            if self.leaves_out:
                keep[row] = 0
                refusals.append(Refusal(numbers[row], BLOCKED, why, ""))

    def tell(self) -> None:
        """Put the scrub into the report and have it kept for good; called when the whole file is read."""
        left_out = self.rows_blocked if self.leaves_out else 0
        self.scrub = Scrubbed(found=self.rows_blocked, left_out=left_out)
        self.scrubber.record(checked=self.rows_total, found=self.rows_blocked, left_out=left_out)

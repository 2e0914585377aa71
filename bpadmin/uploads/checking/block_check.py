"""Finding the rows of an upload that somebody knows must not be called, while its file is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bpadmin.jobs.files.spool import Refusal, SpoolWriter
from bpadmin.platforms.record_rules.rules import Checked
from bpadmin.uploads.checking.report import BLOCKED as BLOCKED
from bpadmin.uploads.checking.report import Scrubbed
from bpadmin.uploads.checking.scrubbers import Scrubber
from bpadmin.uploads.checking.staging import Plan, Staging


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
            target.add(self.scrubber.code, row=numbers[row], value=text, detail=why, column=name, field=spec.name)
            if self.leaves_out:
                keep[row] = 0
                refusals.append(Refusal(numbers[row], self.scrubber.code, why, ""))

    def tell(self) -> None:
        """Put the scrub into the report and have it kept for good; called when the whole file is read."""
        left_out = self.rows_blocked if self.leaves_out else 0
        self.scrub = Scrubbed(found=self.rows_blocked, left_out=left_out, code=self.scrubber.code)
        self.scrubber.record(checked=self.rows_total, found=self.rows_blocked, left_out=left_out)

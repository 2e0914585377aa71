"""The table of a run, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.chaos.judge import Verdict

COLUMNS = ("fault", "stack", "list", "runs", "rows", "lost", "twice", "miscounted", "stuck", "needs a person")
SUMMED = ("rows", "lost", "twice", "miscounted", "stuck", "person")


@dataclass
class Line:
    """One fault on one stack and one kind of list, summed over its runs."""

    fault: str
    stack: str
    kind: str
    runs: int = 0
    rows: int = 0
    lost: int = 0
    twice: int = 0
    miscounted: int = 0
    stuck: int = 0
    person: int = 0
    stall: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Return whether nothing was lost, doubled, miscounted or left standing."""
        return not (self.lost or self.twice or self.miscounted or self.stuck)

    def add(self, verdict: Verdict) -> None:
        """Add one run."""
        self.runs += 1
        for name in SUMMED:
            setattr(self, name, getattr(self, name) + getattr(verdict, name))
        self.stall = max(self.stall, verdict.stall)
        self.notes += verdict.notes

    def cells(self) -> list[str]:
        """Return the line's cells in the order of the columns."""
        numbers = [self.runs, *(getattr(self, name) for name in SUMMED)]
        return [self.fault, self.stack, self.kind, *(f"{number:,}" for number in numbers), f"{self.stall:.1f}"]


class Report:
    """All lines of a run, and what was skipped."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)
        self.lines: dict[tuple[str, str, str], Line] = {}
        self.skipped: list[str] = []

    def add(self, fault: str, stack: str, kind: str, verdict: Verdict) -> None:
        """Add one verdict."""
        self.lines.setdefault((fault, stack, kind), Line(fault, stack, kind)).add(verdict)

    @property
    def is_good(self) -> bool:
        """Return whether nothing was lost, doubled, miscounted or left standing in any of it."""
        return all(line.is_good for line in self.lines.values())

    def markdown(self) -> str:
        """Write the table, what was seen where it was not clean, and what was skipped."""
        lines = [line for _, line in sorted(self.lines.items())]
        total = Line("all", "", "", sum(line.runs for line in lines))
        for line in lines:
            for name in SUMMED:
                setattr(total, name, getattr(total, name) + getattr(line, name))
            total.stall = max(total.stall, line.stall)
        parts = [
            "# Chaos",
            ", ".join(f"{name} {value}" for name, value in self.settings.items()),
            table([*COLUMNS, "longest stall s"], [line.cells() for line in [*lines, total]]),
        ]
        seen = [f"- {line.fault}, {line.stack}, {line.kind}: {note}" for line in lines for note in line.notes]
        if seen:
            parts += ["## What was seen", "\n".join(seen)]
        if self.skipped:
            parts += ["## Skipped, or played again", "\n".join(f"- {why}" for why in self.skipped)]
        return "\n\n".join(parts) + "\n"

    def write(self, path: Path) -> None:
        """Write the table to `path` (Markdown) and beside it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".md").write_text(self.markdown())
        found = {"settings": self.settings, "lines": [asdict(line) for line in self.lines.values()]}
        path.with_suffix(".json").write_text(json.dumps(found | {"skipped": self.skipped}, indent=2) + "\n")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    names = list(header)
    lines = [names, ["---"] * 3 + ["---:"] * (len(names) - 3), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

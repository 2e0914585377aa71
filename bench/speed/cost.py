"""Time spent, and two ways of doing the same thing compared turn by turn.

On a machine that others use as well, seconds by the clock say how busy they were. Processor seconds (user and system,
of this process and of those that it has waited for) say less of that. Both are kept; ratios are taken within a turn.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Cost:
    """Seconds by the clock, and processor seconds of this process and the children that it has waited for."""

    seconds: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.cpu + other.cpu)


@contextmanager
def spent() -> Iterator[Cost]:
    """Measure what is done while this is open; the cost is right once it is closed."""
    cost = Cost()
    clock, cpu = time.perf_counter(), _cpu()
    try:
        yield cost
    finally:
        cost.seconds, cost.cpu = time.perf_counter() - clock, _cpu() - cpu


def _cpu() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def resident_mb() -> float:
    """Return this process's resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is measured: a short name, what it is, what it is held against, and the goals for the ratios.

    `amount` is how much one turn does, in `unit`; 0 where whole seconds are told. `goal` is for the clock, `goal_cpu`
    for processor seconds; 0.0 where there is none.
    """

    name: str
    what: str
    beside: str
    amount: int = 0
    unit: str = "rows"
    goal: float = 0.0
    goal_cpu: float = 0.0


@dataclass(slots=True)
class Comparison:
    """A measure and the turns in which it was taken: our cost and that of the yardstick."""

    measure: Measure
    turns: list[tuple[Cost, Cost]] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Return by how much we were faster than the yardstick in each turn."""
        return [beside.seconds / max(ours.seconds, 1e-9) for ours, beside in self.turns]

    @property
    def ratios_cpu(self) -> list[float]:
        """Return the same by processor seconds."""
        return [beside.cpu / max(ours.cpu, 1e-9) for ours, beside in self.turns]

    @property
    def is_good(self) -> bool:
        """Return whether the goals are reached, as far as there are any."""
        by_clock = round(statistics.median(self.ratios), 2) >= self.measure.goal
        return by_clock and round(statistics.median(self.ratios_cpu), 2) >= self.measure.goal_cpu

    def figures(self) -> dict[str, Any]:
        """Return what a table tells: medians, and the smallest and largest ratio."""
        ours, beside = (Cost(*map(statistics.median, _columns(costs))) for costs in zip(*self.turns, strict=True))
        return {
            "name": self.measure.name,
            "what": self.measure.what,
            "beside": self.measure.beside,
            "unit": self.measure.unit,
            "amount": self.measure.amount,
            "turns": len(self.turns),
            "ours": round(ours.seconds, 4),
            "ours_cpu": round(ours.cpu, 4),
            "yardstick": round(beside.seconds, 4),
            "yardstick_cpu": round(beside.cpu, 4),
            "ratio": round(statistics.median(self.ratios), 2),
            "ratio_least": round(min(self.ratios), 2),
            "ratio_most": round(max(self.ratios), 2),
            "ratio_cpu": round(statistics.median(self.ratios_cpu), 2),
            "goal": self.measure.goal,
            "goal_cpu": self.measure.goal_cpu,
            "is_good": self.is_good,
        }


def _columns(costs: tuple[Cost, ...]) -> tuple[list[float], list[float]]:
    return [cost.seconds for cost in costs], [cost.cpu for cost in costs]

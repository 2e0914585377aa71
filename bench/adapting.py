"""How near a job comes to the best fixed numbers, on diallers made up for it: `python -m bench.adapting`.

No clock runs: answers come in made-up time, so that a whole job of millions of rows takes a second.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from bpadmin.jobs.sending_speed import SendingSpeed

LANES, ROWS = 8, 8000
JOB = 2_000_000
WAIT = 0.4


@dataclass
class MadeUpDialler:
    """Answers after `cost` of rows, of requests under way, and of rows it holds; refuses more than `calls` a second."""

    cost: Callable[[int, int, int], float]
    calls: float = 0.0
    fails_above: int = 0
    now: float = 0.0
    holds: int = 0
    under_way: int = 0
    tokens: float = 5.0
    _at: float = field(default=0.0)

    def refuses(self, rows: int) -> str:
        """Return why a request that begins now is refused."""
        if self.fails_above and rows > self.fails_above:
            return "failed"
        if not self.calls:
            return ""
        self.tokens = min(5.0, self.tokens + (self.now - self._at) * self.calls)
        self._at = self.now
        if self.tokens < 1:
            return "wait"
        self.tokens -= 1
        return ""


def sent(dialler: MadeUpDialler, speed: SendingSpeed, job: int = JOB, *, fixed: bool = False) -> tuple[float, int, int]:
    """Send a job; returns rows per second of its second half, and the last numbers of lanes and rows."""
    speed.clock = lambda: dialler.now
    left, done, half_at = job, 0, 0.0
    order = itertools.count()
    # (when, order, rows, seconds, what): lanes that have an answer or whose wait is over.
    events: list[tuple[float, int, int, float, str]] = []
    idle, in_a_row = speed.most_lanes, 0
    while done < job:
        while idle and left and dialler.under_way < speed.lanes:
            rows = min(left, speed.rows)
            idle, left = idle - 1, left - rows
            dialler.under_way += 1
            refused = dialler.refuses(rows)
            seconds = 0.01 if refused else dialler.cost(rows, dialler.under_way, dialler.holds)
            heapq.heappush(events, (dialler.now + seconds, next(order), rows, seconds, refused or "good"))
        dialler.now, _, rows, seconds, what = heapq.heappop(events)
        if what == "rested":
            idle += 1
            continue
        dialler.under_way -= 1
        if what == "good":
            idle, done, in_a_row = idle + 1, done + rows, 0
            dialler.holds += rows
            if not fixed:
                speed.went_well(rows, seconds)
            if done >= job / 2 and not half_at:
                half_at = dialler.now
            continue
        left, in_a_row = left + rows, in_a_row + 1
        if not fixed:
            speed.went_badly(rows, is_told_to_wait=what == "wait")
        heapq.heappush(events, (dialler.now + min(2.0, 0.2 * 2 ** min(in_a_row, 8)), next(order), 0, 0.0, "rested"))
        if in_a_row > 200:
            return 0.0, speed.lanes, speed.rows
    return job / 2 / (dialler.now - half_at), speed.lanes, speed.rows


def best(make: Callable[[], MadeUpDialler], job: int = JOB) -> tuple[float, int, int]:
    """Return the best speed of all fixed numbers, and the numbers."""
    settings = itertools.product((1, 2, 3, 4, 6, 8), (125, 250, 500, 1000, 2000, 4000, 8000))
    return max(sent(make(), SendingSpeed(lanes, rows, rows=rows), job, fixed=True) for lanes, rows in settings)


DIALLERS: dict[str, Callable[[], MadeUpDialler]] = {
    "50 ms": lambda: MadeUpDialler(lambda rows, n, holds: 0.05 + rows * 2e-5),
    "200 ms": lambda: MadeUpDialler(lambda rows, n, holds: 0.2 + rows * 2e-5),
    "a call costs by what the list holds": lambda: MadeUpDialler(
        lambda rows, n, holds: 0.02 + holds * 2e-7 + rows * 2e-5
    ),
    "one after another": lambda: MadeUpDialler(lambda rows, n, holds: n * (0.03 + rows * 2e-5)),
    "too many requests above 8 a second": lambda: MadeUpDialler(lambda rows, n, holds: 0.05 + rows * 2e-5, calls=8.0),
    "large requests take more than their share": lambda: MadeUpDialler(
        lambda rows, n, holds: 0.05 + (rows / 2000) ** 2 * 0.2
    ),
    "fails above 3,000 rows": lambda: MadeUpDialler(lambda rows, n, holds: 0.05 + rows * 2e-5, fails_above=3000),
}


def main() -> None:
    """Print for each dialler the best fixed numbers, and what is found without knowing it, in rows a second."""
    print(f"{'second half of 2,000,000 rows':42}  best fixed             found                  ratio")
    for name, make in DIALLERS.items():
        fixed, found = best(make), sent(make(), SendingSpeed(LANES, ROWS))
        told = [f"{rate:9,.0f} ({lanes} x {rows:,})" for rate, lanes, rows in (fixed, found)]
        print(f"{name:42}  {told[0]:22} {told[1]:22} {found[0] / fixed[0]:.2f}")


if __name__ == "__main__":
    main()

"""Watching jobs while things go wrong: whether the numbers add up at every moment, and how long nothing moves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.store import JobRow, Store, StoreAway

EVERY = 0.1
MOVING = ("queued", "running", "preparing")


@dataclass
class Sight:
    """What was seen of one job; times are those of the monotonic clock."""

    last: JobRow | None = None
    moved_at: float = field(default_factory=time.monotonic)
    longest: float = 0.0
    false_samples: int = 0
    samples: int = 0
    turns: list[tuple[float, str]] = field(default_factory=list)

    def take(self, row: JobRow, now: float) -> None:
        """Take a look in."""
        self.samples += 1
        self.false_samples += not row.is_accounted
        if self.last is None or self.last.state not in MOVING:
            self.moved_at = now
        elif row.trail != self.last.trail:
            self.longest = max(self.longest, now - self.moved_at)
            self.moved_at = now
        if row.lease_owner and (not self.turns or self.turns[-1][1] != row.lease_owner):
            self.turns.append((now, row.lease_owner))
        self.last = row

    @property
    def is_final(self) -> bool:
        """Return whether the job has ended."""
        return self.last is not None and self.last.is_final


class Watch:
    """Looks at jobs every tenth of a second from a thread of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.sights: dict[int, Sight] = {}
        self._is_away = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join()

    def add(self, job_id: int) -> Sight:
        """Watch a job from now on."""
        return self.sights.setdefault(job_id, Sight())

    @contextmanager
    def away(self) -> Iterator[None]:
        """Count no stall while something is deliberately away; it begins anew at the end of the block."""
        self._is_away = True
        try:
            yield
        finally:
            self._is_away = False
            for sight in self.sights.values():
                sight.moved_at = time.monotonic()

    def still_for(self, job_id: int) -> float:
        """Return for how many seconds a job has not moved."""
        return 0.0 if self._is_away else time.monotonic() - self.sights[job_id].moved_at

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            for job_id, sight in list(self.sights.items()):
                try:
                    row = self.store.job(job_id)
                except (StoreAway, IndexError):
                    continue
                now = time.monotonic()
                if self._is_away:
                    sight.moved_at = now
                sight.take(row, now)
        self.store.close()

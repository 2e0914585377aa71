"""What the sandbox is playing: the tenant as it is now, what is to go wrong with it, and what was asked of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bpadmin.sandbox.faults import Fault, Faults
from bpadmin.sandbox.routes import GROUPS
from bpadmin.sandbox.seeding import seed_tenant
from bpadmin.sandbox.state.tenant import Tenant


class Scene:
    """One tenant and its troubles; a reset replaces all of it."""

    def __init__(self, *, newer_dnc: bool = False) -> None:
        self._newer_dnc = newer_dnc
        self.tenant = Tenant()
        self._offer(self.tenant)
        self.faults = Faults()
        self.latency = 0.0
        self.stats = Statistics()
        # Set when requests that hang are to be let go; a reset makes a new one.
        self.let_go = threading.Event()

    def reset(self, size: str = "") -> None:
        """Start over with an empty tenant, or one filled from a seed; faults, latency and hanging requests go too."""
        fresh = Tenant()
        self._offer(fresh)
        seed_tenant(fresh, size)
        self.tenant, self.latency = fresh, 0.0
        self.faults = Faults()
        self.stats = Statistics()
        self.let_go.set()
        self.let_go = threading.Event()

    def take_up(self, kept: Tenant) -> None:
        """Go on with a tenant that was kept."""
        self._offer(kept)
        self.tenant = kept

    def _offer(self, tenant: Tenant) -> None:
        """Return a tenant all groups of newer methods where the sandbox is to have them."""
        if self._newer_dnc:
            for group in GROUPS:
                setattr(tenant.options, group, True)


class Statistics:
    """Counts of what was asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.delayed = 0

    @contextmanager
    def delay(self) -> Iterator[None]:
        """Count a slow request as delayed until it has taken effect."""
        with self._lock:
            self.delayed += 1
        try:
            yield
        finally:
            with self._lock:
                self.delayed -= 1

    def count(self, name: str, status: int, fault: Fault | None = None) -> None:
        """Count one request; status 0 means that no answer was given."""
        with self._lock:
            self.requests[name] += 1
            self.statuses[status] += 1
            if fault is not None:
                self.faults[fault.kind.value] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts."""
        with self._lock:
            return {
                "requests": dict(self.requests),
                "requests_total": sum(self.requests.values()),
                "token_requests": self.requests["get_access_token"] + self.requests["v2.get_access_token"],
                "statuses": {str(status): count for status, count in self.statuses.items()},
                "faults": dict(self.faults),
                "delayed": self.delayed,
            }

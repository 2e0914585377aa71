"""Lanes of a refresher: threads that ask the tenant and know no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

# Of one request. The refresher tries again by itself, so the client need not.
READ_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the catalogue to be read: its kind, and which one of the kind (an id, or where a walk goes on)."""

    kind: str
    key: str
    fetch: Callable[[PlatformClient], Any]
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a part; `error` is what was raised, a PlatformError or a mistake of ours."""

    part: Part
    began: datetime
    seconds: float
    value: Any = None
    error: Exception | None = None


class Lanes:
    """Threads that each have a client of their own; they are started as they are needed."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._parts: SimpleQueue[Part | None] = SimpleQueue()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._threads = 0
        self.in_flight: dict[tuple[str, str], Part] = {}

    def ask(self, part: Part) -> None:
        """Have a part read."""
        self.in_flight[part.kind, part.key] = part
        if self._threads < len(self.in_flight):
            self._threads += 1
            Thread(target=self._work, name=f"catalogue {self._tenant.pk}", daemon=True).start()
        self._parts.put(part)

    def answers(self, timeout: float) -> list[Answer]:
        """Return what has come in, waiting up to `timeout` seconds for the first."""
        found = []
        try:
            found.append(self._answers.get(timeout=timeout))
            while True:
                found.append(self._answers.get_nowait())
        except Empty:
            pass
        for answer in found:
            self.in_flight.pop((answer.part.kind, answer.part.key), None)
        return found

    def close(self) -> None:
        """Let the threads end once they have nothing under way."""
        for _ in range(self._threads):
            self._parts.put(None)

    def _work(self) -> None:
        client: PlatformClient | None = None
        while (part := self._parts.get()) is not None:
            began, started = timezone.now(), monotonic()
            error: Exception | None = None
            try:
                client = client or tenant_client(self._tenant, read_timeout=READ_TIMEOUT, patience=0.0)
                value = part.fetch(client)
            except Exception as failure:  # noqa: BLE001 - the refresher looks at it, and raises a mistake of ours
                value, error = None, failure
            self._answers.put(Answer(part, began, monotonic() - started, value, error))
        if client is not None:
            client.close()

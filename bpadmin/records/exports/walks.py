"""Walks through several sources at once, each in a thread and with a client of its own, page by page as asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from bpadmin.platforms.types import Page, Record

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient


class Arrival(NamedTuple):
    """What came of asking a walk for a page: the page, None where none followed, or what was raised instead."""

    at: int
    page: Page[Record] | None = None
    error: BaseException | None = None


@dataclass(slots=True)
class _Walk:
    thread: Thread
    client: PlatformClient
    asked: SimpleQueue[bool]


class Walks:
    """The walks of one turn, by the numbers of their sources.

    A page is fetched only when it is asked for, and then while the one before it is written: nothing is read that
    nobody waits for. The first client belongs to whoever gives it; the others are closed here.
    """

    def __init__(
        self,
        first_client: PlatformClient,
        open_client: Callable[[], PlatformClient],
        walk_of: Callable[[PlatformClient, int], Iterator[Page[Record]]],
    ) -> None:
        self._first, self._free = first_client, [first_client]
        self._open_client, self._walk_of = open_client, walk_of
        self._walks: dict[int, _Walk] = {}
        self._arrivals: SimpleQueue[Arrival] = SimpleQueue()
        self._waiting: deque[Arrival] = deque()

    def __len__(self) -> int:
        return len(self._walks)

    def begin(self, at: int) -> None:
        """Begin a walk and ask for its first page. Raises what opening a client raises."""
        client = self._free.pop() if self._free else self._open_client()
        asked: SimpleQueue[bool] = SimpleQueue()
        thread = Thread(
            target=copy_context().run, args=[self._run, at, client, asked], name=f"export-source-{at}", daemon=True
        )
        self._walks[at] = _Walk(thread, client, asked)
        thread.start()
        self.ask(at)

    def ask(self, at: int) -> None:
        """Ask a walk for its next page."""
        self._walks[at].asked.put(True)

    def take(self) -> Arrival:
        """Wait for what comes next of all that was asked for."""
        return self._waiting.popleft() if self._waiting else self._arrivals.get()

    def has_ended(self, at: int) -> bool:
        """Ask a walk of which nothing is under way whether another page follows; the page itself is not kept."""
        self.ask(at)
        while (arrival := self._arrivals.get()).at != at:
            self._waiting.append(arrival)
        return arrival.page is None and arrival.error is None

    def end(self, at: int) -> None:
        """End a walk of which nothing is under way."""
        walk = self._walks.pop(at)
        walk.asked.put(False)
        walk.thread.join()
        self._free.append(walk.client)

    def close(self) -> None:
        """End all walks, waiting for what is under way, and close the clients that were opened here."""
        for walk in self._walks.values():
            walk.asked.put(False)
        for walk in self._walks.values():
            walk.thread.join()
        for client in (*self._free, *(walk.client for walk in self._walks.values())):
            if client is not self._first:
                client.close()

    def _run(self, at: int, client: PlatformClient, asked: SimpleQueue[bool]) -> None:
        try:
            walk = self._walk_of(client, at)
            while asked.get():
                self._arrivals.put(Arrival(at, next(walk, None)))
        except BaseException as error:  # noqa: BLE001 - raised where it is taken
            self._arrivals.put(Arrival(at, error=error))
        finally:
            connection.close()  # tokens may be kept in the database

"""Fixtures of the client's tests: clients that never really wait, and a stage in the sandbox tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bpadmin.platforms import open_client
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.conpeek.client import ConpeekClient
from bpadmin.platforms.http.transport import Transport
from bpadmin.platforms.jtel.client import JtelClient
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.opening import conpeek_client, jtel_client
from tests.platforms.stage import Stage

CREDENTIALS = {"client_id": "reader", "client_secret": "very-secret-secret"}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses between attempts instead of sitting them out."""
    taken: list[float] = []
    original = Transport.__init__

    def with_short_pauses(self: Transport, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **{"sleep": taken.append} | kwargs)

    monkeypatch.setattr(Transport, "__init__", with_short_pauses)
    return taken


@pytest.fixture
def opened(pauses: list[float]) -> Iterator[Callable[..., BrightPatternClient]]:
    """Open clients of an address: `opened(url, **options)`."""
    clients: list[BrightPatternClient] = []

    def open_one(url: str, **options: Any) -> BrightPatternClient:
        defaults: dict[str, Any] = {"tokens": MemoryTokens(), "connect_timeout": 2.0, "read_timeout": 5.0}
        client = open_client("brightpattern", base_url=url, credentials=CREDENTIALS, **defaults | options)
        clients.append(client)
        return client

    yield open_one
    for client in clients:
        client.close()


@pytest.fixture
def jtel(sandbox: SandboxControl, pauses: list[float]) -> Iterator[JtelClient]:
    """A client of the sandbox's jtel dialler."""
    with jtel_client(sandbox.url) as client:
        yield client


@pytest.fixture
def conpeek(sandbox: SandboxControl, pauses: list[float]) -> Iterator[ConpeekClient]:
    """A client of the sandbox's Conpeek server."""
    with conpeek_client(sandbox.url) as client:
        yield client


@pytest.fixture
def stage(sandbox: SandboxControl) -> Iterator[Stage]:
    """A campaign and a list in the sandbox tenant, with a client that may do everything."""
    stage = Stage(sandbox)
    yield stage
    stage.client.close()

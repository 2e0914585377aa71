"""Open clients of jtel and Conpeek, at the sandbox or at a scripted server."""

from __future__ import annotations

from typing import Any

from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.conpeek.client import ConpeekClient
from bpadmin.platforms.jtel.client import JtelClient

_TIMES = {"connect_timeout": 2.0, "read_timeout": 5.0}


def jtel_client(url: str, *, token: str = "sandbox-jtel-token", clients_id: str = "1", **options: Any) -> JtelClient:
    """Open a client of a jtel server."""
    credentials = {"clients_id": clients_id, "token": token}
    return JtelClient(base_url=url, credentials=credentials, tokens=MemoryTokens(), **_TIMES | options)


def conpeek_client(url: str, *, key: str = "sandbox-conpeek-key", **options: Any) -> ConpeekClient:
    """Open a client of a Conpeek server."""
    return ConpeekClient(base_url=url, credentials={"key": key}, tokens=MemoryTokens(), **_TIMES | options)

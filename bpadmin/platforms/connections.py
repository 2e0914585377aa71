"""Connections that check where they lead before anything is sent, and tell whether a request can have left us."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


@dataclass
class Wire:
    """What the connection classes need to know about the request under way, and what they tell of it."""

    url: str
    check_url: Callable[[str], None] | None
    read_timeout: float
    is_connecting: bool = False


current_wire: ContextVar[Wire] = ContextVar("current_wire")


class AddressRefused(Exception):
    """Carries what `check_url` raised through urllib3, which would wrap an OSError."""


def _connect(connection: HTTPConnection, scheme: str, connect: Callable[[], None]) -> None:
    wire = current_wire.get()
    wire.is_connecting = True
    _check(wire, wire.url)
    connect()
    if connection.proxy is None:
        # The name may have led elsewhere than when it was checked, so the address itself is checked as well.
        address = str(connection.sock.getpeername()[0]).partition("%")[0]
        _check(wire, f"{scheme}://{_bracketed(address)}:{connection.port}/")
    # Else a large body would have to leave within the time-out meant for connecting.
    connection.sock.settimeout(wire.read_timeout)
    wire.is_connecting = False


def _check(wire: Wire, url: str) -> None:
    if wire.check_url is None:
        return
    try:
        wire.check_url(url)
    except Exception as refusal:
        raise AddressRefused from refusal


def _bracketed(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        _connect(self, "http", super().connect)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        _connect(self, "https", super().connect)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS: dict[str, Any] = {"http": _PlainPool, "https": _TlsPool}


class Adapter(HTTPAdapter):
    """An adapter whose connections check where they lead."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

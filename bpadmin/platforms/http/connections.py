"""Connections that check where they lead before anything is sent, and tell whether a request can have left us."""

from __future__ import annotations

import base64
import io
import socket
import ssl
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import allowed_gai_family
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass
class Wire:
    """What the connection classes need to know about the request under way, and what they tell of it.

    `until` is when what is being read must be there (seconds of the monotonic clock), however its bytes drip.
    """

    url: str
    check_url: Callable[[str], None] | None
    read_timeout: float
    until: float = float("inf")
    is_connecting: bool = False
    check_proxy: Callable[[str], None] | None = None
    certificate_seen: Callable[[datetime], None] | None = None


current_wire: ContextVar[Wire] = ContextVar("current_wire")


class AddressRefused(Exception):
    """Carries what `check_url` raised through urllib3, which would wrap an OSError."""


def _connect(connection: HTTPConnection, connect: Callable[[], None]) -> None:
    wire = current_wire.get()
    wire.is_connecting = True
    _check(wire.check_url, wire.url)
    connect()
    if wire.certificate_seen is not None and isinstance(connection, HTTPSConnection):
        _tell_certificate(connection, wire.certificate_seen)
    # Else a large body would have to leave within the time-out meant for connecting.
    connection.sock.settimeout(wire.read_timeout)
    wire.is_connecting = False


def _reach(connection: HTTPConnection, scheme: str, connect: Callable[[], socket.socket]) -> socket.socket:
    """Connect to the first address of a name that answers, each checked before anything goes to it, a handshake too.

    The name is asked once, here: the connection is given addresses, so that it cannot lead elsewhere in between. Where
    the way leads through a proxy, the name is the proxy's; that of the server is asked by the proxy.
    """
    wire, name = current_wire.get(), connection._dns_host
    failure: HTTPError = NewConnectionError(connection, "the name leads nowhere")
    try:
        for address in _addresses(connection, name):
            plain = address.partition("%")[0]
            written = f"[{plain}]" if ":" in plain else plain
            if connection.proxy is not None:
                _check(wire.check_proxy, f"http://{written}/")
            else:
                _check(wire.check_url, f"{scheme}://{written}:{connection.port}/")
            connection._dns_host = address
            try:
                return connect()
            except (NewConnectionError, ConnectTimeoutError) as error:
                failure = error
    finally:
        # What the certificate must be of, and what the next connection asks for.
        connection._dns_host = name
    raise failure


def _addresses(connection: HTTPConnection, name: str) -> list[str]:
    """Return the addresses that a name leads to now."""
    try:
        found = socket.getaddrinfo(name.strip("[]"), connection.port, allowed_gai_family(), socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except UnicodeError as error:
        raise LocationParseError(f"“{name[:100]}” is no host name") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _tell_certificate(connection: HTTPSConnection, tell: Callable[[datetime], None]) -> None:
    """Return when the certificate of the server itself ends, which a proxy that forwards does not show."""
    if connection.proxy_is_forwarding:
        return
    certificate: dict[str, Any] = getattr(connection.sock, "getpeercert", dict)() or {}
    if "notAfter" in certificate:
        tell(datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC))


def _check(check: Callable[[str], None] | None, url: str) -> None:
    if check is None:
        return
    try:
        check(url)
    except Exception as refusal:
        raise AddressRefused from refusal


class TimedReader(io.RawIOBase):
    """What arrives on a connection, waited for until the exchange's own deadline.

    A time-out of the socket is one for each read: a server that drips a line's bytes would never meet it.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, wire: Wire) -> None:
        self._raw, self._sock, self._wire = raw, sock, wire

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Read what has come, or wait for it as long as there is time. TimeoutError after that."""
        left = self._wire.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer came too slowly")
        self._sock.settimeout(min(self._wire.read_timeout, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close what it reads from."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer whose status and headers are there within the read time-out together."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        wire = current_wire.get()
        wire.until = time.monotonic() + wire.read_timeout
        self.fp: Any = io.BufferedReader(TimedReader(self.fp.detach(), sock, wire), 64 * 1024)


class _PlainConnection(HTTPConnection):
    response_class = _Response

    def connect(self) -> None:
        _connect(self, super().connect)

    def _new_conn(self) -> socket.socket:
        return _reach(self, "http", super()._new_conn)


class _TlsConnection(HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        _connect(self, super().connect)

    def _new_conn(self) -> socket.socket:
        return _reach(self, "https", super()._new_conn)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS: dict[str, Any] = {"http": _PlainPool, "https": _TlsPool}


class Adapter(HTTPAdapter):
    """An adapter whose connections check where they lead; `certificates` (PEM) are trusted beside the usual ones."""

    def __init__(self, *, certificates: str = "", **options: Any) -> None:
        # Of its own: what a shared one trusts would be trusted for every tenant.
        self._trust: dict[str, Any] = {}
        if certificates:
            context = create_urllib3_context()
            context.load_verify_locations(cadata=certificates)
            self._trust = {"ssl_context": context}
        super().__init__(**options)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **(self._trust | options))
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **(self._trust | kwargs))
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def proxy_headers(self, proxy: Any) -> dict[str, str]:
        user, password = get_auth_from_url(proxy)
        # As UTF-8 (RFC 7617): the library's own would fail at a letter outside of Latin-1.
        sign_in = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return {"Proxy-Authorization": f"Basic {sign_in}"} if user else {}

"""The one way out: every request to a platform passes `Transport.request`. Nothing else imports requests.

Failures are told apart by whether the request can have left us: a connection that was never made applied nothing, one
that broke later may have applied everything. That difference decides what may be retried and what is uncertain.
"""

from __future__ import annotations

import ipaddress
import logging
import random
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from bpadmin.platforms.base import Answer, Effect
from bpadmin.platforms.errors import (
    AuthFailed,
    Broken,
    Conflict,
    Invalid,
    PlatformError,
    Reason,
    TlsFailed,
    Unreachable,
)
from bpadmin.platforms.failures import failure_address, failure_malformed, failure_too_large, failure_unreachable

T = TypeVar("T")

logger = logging.getLogger("bpadmin.platforms")

ATTEMPTS = 4
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
# A page of 1,000 records with many attempts each is a few megabytes; far more than that is no answer of a dialler.
LARGEST_ANSWER = 64 * 1024 * 1024
# Servers and load balancers drop idle connections after about a minute. A write that meets such a drop is uncertain,
# so a connection is not trusted for nearly that long.
IDLE_LIMIT = 25.0
USER_AGENT = "bpadmin"


class Auth(Protocol):
    """Where a request's bearer token comes from."""

    def bearer(self) -> str:
        """Give the current token, fetching one where there is none."""
        ...

    def renew(self, refused: str) -> None:
        """See to a token other than the `refused` one."""
        ...


@dataclass
class _Wire:
    """What the connection classes need to know about the request under way, and what they tell of it."""

    url: str
    check_url: Callable[[str], None] | None
    read_timeout: float
    is_connecting: bool = False


_wire: ContextVar[_Wire] = ContextVar("_wire")


class _AddressRefused(Exception):
    """Carries what `check_url` raised through urllib3, which would wrap an OSError."""


def _connect(connection: HTTPConnection, scheme: str, connect: Callable[[], None]) -> None:
    wire = _wire.get()
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


def _check(wire: _Wire, url: str) -> None:
    if wire.check_url is None:
        return
    try:
        wire.check_url(url)
    except Exception as refusal:
        raise _AddressRefused from refusal


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


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def may_retry(error: PlatformError, effect: Effect) -> bool:
    """Tell whether the same request may be sent again: the one retry predicate.

    What surely was not applied may always be. What may have been applied may only where twice is the same as once.
    An untrusted certificate or a refused address does not get better by asking again.
    """
    if isinstance(error, TlsFailed) or error.reason in (Reason.ADDRESS_REFUSED, Reason.TOO_LARGE):
        return False
    is_transient = isinstance(error, Unreachable) or (
        isinstance(error, Broken)
        and error.reason in (Reason.NOT_JSON, Reason.WEB_PAGE)
        and (error.status is None or error.status < 300)
    )
    return is_transient and (effect is not Effect.ONCE or not error.maybe_applied)


def may_have_acted(error: PlatformError, effect: Effect) -> bool:
    """Tell whether a write that was answered like this can have changed something on the platform.

    A refusal (4xx) and a redirect have not; a 5xx, a 408, an unreadable success and a 302 or 303 may have.
    """
    if effect is Effect.READ or error.status is None:
        return False
    if isinstance(error, Conflict | Invalid):
        return False
    return error.status < 300 or error.status >= 500 or error.status in (302, 303, 408)


class Transport:
    """Sends requests to one platform over pooled connections. For one thread at a time.

    `base_url` is the address without a path. Times are seconds. `patience` bounds the time after which a call is no
    longer retried, pauses included; the platform's Retry-After is followed within it, and else left to the caller.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 60.0,
        check_url: Callable[[str], None] | None = None,
        patience: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.host = _host(self.base_url)
        self.patience = patience
        self._timeouts = (connect_timeout, read_timeout)
        self._wire = _Wire(f"{self.base_url}/", check_url, read_timeout)
        self._clock = clock
        self._sleep = sleep
        self._last_used = clock()
        self._adapter = _Adapter(pool_connections=2, pool_maxsize=1, max_retries=0)
        # Proxies and certificate bundles named in the environment; looked up once, since it costs more than a request.
        with requests.Session() as session:
            address = self.base_url if self.host else "https://"
            found = session.merge_environment_settings(address, {}, False, None, None)
        self._proxies = dict(found["proxies"])
        self._verify: bool | str = found["verify"] or True

    def close(self) -> None:
        """Close the pooled connections; the next request opens new ones."""
        self._adapter.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        decode: Callable[[Answer], T],
        effect: Effect,
        body: bytes | None = None,
        content_type: str = "application/json",
        auth: Auth | None = None,
    ) -> T:
        """Send one request, retrying where that is safe, and give what `decode` makes of its answer.

        `decode` raises a PlatformError for an answer that is no success. Of a write whose effect is unknown the error
        says so in `maybe_applied`, also when only an earlier attempt of it may have been applied.
        """
        started = self._clock()
        attempt = 0
        refused = ""
        is_renewed = may_be_applied = False
        while True:
            attempt += 1
            bearer = _bearer(auth, refused, may_be_applied) if auth else ""
            refused = ""
            try:
                return decode(self._exchange(method, path, body, content_type, bearer, attempt, effect))
            except PlatformError as error:
                may_be_applied = may_be_applied or error.maybe_applied or may_have_acted(error, effect)
                error.maybe_applied = may_be_applied
                if isinstance(error, AuthFailed) and bearer and not is_renewed:
                    # Nothing was done for a refused token, so the request goes out again: once, never in a loop.
                    refused, is_renewed, pause = bearer, True, 0.0
                else:
                    wanted = self._pause(error, effect, attempt, started)
                    if wanted is None:
                        raise
                    pause = wanted
                logger.info("%s %s: %s, asking again in %.2f s", method, path, error.reason, pause)
            if pause:
                self._sleep(pause)

    def _pause(self, error: PlatformError, effect: Effect, attempt: int, started: float) -> float | None:
        """Give the seconds to wait before the next attempt, None when there is to be none."""
        if attempt >= ATTEMPTS or not may_retry(error, effect):
            return None
        backoff = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))
        pause = max(error.retry_after or 0.0, backoff * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
        return pause if self._clock() - started + pause <= self.patience else None

    def _exchange(
        self, method: str, path: str, body: bytes | None, content_type: str, bearer: str, attempt: int, effect: Effect
    ) -> Answer:
        prepared = self._prepare(method, path, body, content_type, bearer)
        started = self._clock()
        if started - self._last_used > IDLE_LIMIT:
            self.close()
        self._wire.is_connecting = False
        token = _wire.set(self._wire)
        status: int | str = "failed"
        size = 0
        try:
            answer = self._send(prepared)
            status, size = answer.status, len(answer.body)
            return answer
        except PlatformError as error:
            status = error.reason
            raise
        except _AddressRefused as carrier:
            status = "address refused"
            raise failure_address(carrier.__cause__) from carrier.__cause__
        except (requests.RequestException, HTTPError, OSError) as failure:
            unreachable = failure_unreachable(failure, is_sent=not self._wire.is_connecting, effect=effect)
            status = unreachable.reason
            raise unreachable from failure
        finally:
            _wire.reset(token)
            self._last_used = self._clock()
            if logger.isEnabledFor(logging.INFO):
                # The path holds identifiers only; bodies and headers, where tokens and secrets are, are never logged.
                milliseconds = (self._last_used - started) * 1000
                sent = len(body or b"")
                logger.info(
                    "%s %s %s %.0f ms, %d B out, %d B in, attempt %d",
                    method,
                    path,
                    status,
                    milliseconds,
                    sent,
                    size,
                    attempt,
                )

    def _prepare(
        self, method: str, path: str, body: bytes | None, content_type: str, bearer: str
    ) -> requests.PreparedRequest:
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            # The platform answers 415 without it, also where there is no body.
            "Content-Type": content_type,
        }
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        # Prepared by hand and sent by the adapter: a Session would add cookies, follow redirects with the token, and
        # put a password out of ~/.netrc in the token's place.
        prepared = requests.PreparedRequest()
        try:
            if not self.host:
                raise ValueError(self.base_url)
            prepared.prepare(method=method, url=self.base_url + path, headers=headers, data=body)
        except ValueError as failure:
            raise failure_malformed(failure) from failure
        return prepared

    def _send(self, prepared: requests.PreparedRequest) -> Answer:
        response = self._adapter.send(
            prepared, stream=True, timeout=self._timeouts, verify=self._verify, proxies=self._proxies
        )
        received = datetime.now(UTC)
        # A server that drips a byte now and then never meets the read time-out.
        deadline = self._clock() + 5 * self._timeouts[1]
        parts: list[bytes] = []
        size = 0
        try:
            # Whatever has arrived at a time: waiting for a full part would let the drip keep us.
            while part := response.raw.read1(65_536, decode_content=True):
                parts.append(part)
                size += len(part)
                if size > LARGEST_ANSWER:
                    raise failure_too_large(response.status_code, parts[0])
                if self._clock() > deadline:
                    raise TimeoutError("the answer came too slowly")
        finally:
            response.close()
        return Answer(response.status_code, response.headers, b"".join(parts), received)


def _bearer(auth: Auth, refused: str, may_be_applied: bool) -> str:
    """Get the token for the next attempt; that it cannot be had says nothing about the request itself."""
    try:
        if refused:
            auth.renew(refused)
        return auth.bearer()
    except PlatformError as error:
        error.maybe_applied = may_be_applied
        raise


def _host(base_url: str) -> str:
    """Give host and port of a web address, "" for what is none."""
    try:
        parts = urlsplit(base_url)
        is_valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2] if is_valid else ""

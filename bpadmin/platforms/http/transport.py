"""The one way out: every request to a platform passes `Transport.request`. Nothing else imports requests.

Failures are told apart by whether the request can have left us: a connection that was never made applied nothing, one
that broke later may have applied everything. That difference decides what may be retried and what is uncertain.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import requests
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
from bpadmin.platforms.http.connections import Adapter, AddressRefused, Wire, current_wire
from bpadmin.platforms.http.failures import failure_address, failure_malformed, failure_too_large, failure_unreachable
from bpadmin.platforms.http.route import DIRECT, Call, CallOutcome, Route, outcome_of

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
    """How a platform is told who asks."""

    def authorization(self, method: str, path: str) -> str:
        """Return the Authorization header of a request, with a token fetched or a challenge answered where need be."""
        ...

    def renew(self, refused: str) -> bool:
        """See to another header than the `refused` one; False when there is no other."""
        ...


class FixedAuth:
    """A header that is always the same: what the platform refuses once it refuses again."""

    def __init__(self, header: str) -> None:
        self._header = header

    def authorization(self, method: str, path: str) -> str:
        """Return the header."""
        return self._header

    def renew(self, refused: str) -> bool:
        """Tell that there is no other."""
        return False


def may_retry(error: PlatformError, effect: Effect) -> bool:
    """Return whether the same request may be sent again: the one retry predicate.

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
    """Return whether a write that was answered like this can have changed something on the platform.

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
        route: Route = DIRECT,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.host = _host(self.base_url)
        self.patience = patience
        self._timeouts = (connect_timeout, read_timeout)
        self._wire = Wire(
            f"{self.base_url}/",
            check_url,
            read_timeout,
            check_proxy=route.check_proxy if route.proxy else None,
            certificate_seen=route.certificate_seen,
        )
        self._clock = clock
        self._sleep = sleep
        self._called = route.called
        self._request_id = route.request_id
        self._last_used = clock()
        self._adapter = Adapter(certificates=route.certificates, pool_connections=2, pool_maxsize=1, max_retries=0)
        # Proxies and certificate bundles named in the environment; looked up once, since it costs more than a request.
        with requests.Session() as session:
            address = self.base_url if self.host else "https://"
            found = session.merge_environment_settings(address, {}, False, None, None)
        self._proxies = {"http": route.proxy, "https": route.proxy} if route.proxy else dict(found["proxies"])
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
        is_stream: bool = False,
        name: str = "",
    ) -> T:
        """Send one request, retrying where that is safe, and give what `decode` makes of its answer.

        `decode` raises a PlatformError for an answer that is no success. Of a write whose effect is unknown the error
        says so in `maybe_applied`, also when only an earlier attempt of it may have been applied. With `is_stream` a
        success comes as `Answer.parts`, of any size, to be read or closed before the next request. `name` is what it
        is counted as.
        """
        started = self._clock()
        attempt = 0
        is_renewed = may_be_applied = False
        while True:
            attempt += 1
            header = _authorization(auth, method, path, may_be_applied)
            began, seconds = self._clock(), None
            outcome = CallOutcome.FAILED
            try:
                prepared = self._prepare(method, path, body, content_type, header)
                answer = self._exchange(prepared, path, attempt, effect, is_stream)
                seconds = self._clock() - began
                decoded = decode(answer)
                outcome = CallOutcome.OK
                return decoded
            except PlatformError as error:
                outcome = outcome_of(error)
                may_be_applied = may_be_applied or error.maybe_applied or may_have_acted(error, effect)
                error.maybe_applied = may_be_applied
                if isinstance(error, AuthFailed) and not is_renewed and _renew(auth, header, may_be_applied):
                    # Nothing was done for a refused token, so the request goes out again: once, never in a loop.
                    is_renewed, pause = True, 0.0
                else:
                    wanted = self._pause(error, effect, attempt, started)
                    if wanted is None:
                        raise
                    pause = wanted
                logger.info("%s %s: %s, asking again in %.2f s", method, _logged(path), error.reason, pause)
            finally:
                if self._called is not None:
                    self._called(Call(name or method, outcome, self._clock() - began if seconds is None else seconds))
            if pause:
                self._sleep(pause)

    def _pause(self, error: PlatformError, effect: Effect, attempt: int, started: float) -> float | None:
        """Return the seconds to wait before the next attempt, None when there is to be none."""
        if attempt >= ATTEMPTS or not may_retry(error, effect):
            return None
        backoff = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))
        pause = max(error.retry_after or 0.0, backoff * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
        return pause if self._clock() - started + pause <= self.patience else None

    def _exchange(
        self, prepared: requests.PreparedRequest, path: str, attempt: int, effect: Effect, is_stream: bool
    ) -> Answer:
        started = self._clock()
        if started - self._last_used > IDLE_LIMIT:
            self.close()
        self._wire.is_connecting = False
        token = current_wire.set(self._wire)
        status: int | str = "failed"
        size = 0
        try:
            answer = self._send(prepared, is_stream)
            status, size = answer.status, len(answer.body)
            return answer
        except PlatformError as error:
            status = error.reason
            raise
        except AddressRefused as carrier:
            status = "address refused"
            raise failure_address(carrier.__cause__) from carrier.__cause__
        except (requests.RequestException, HTTPError, OSError) as failure:
            unreachable = failure_unreachable(failure, is_sent=not self._wire.is_connecting, effect=effect)
            status = unreachable.reason
            raise unreachable from failure
        finally:
            current_wire.reset(token)
            self._last_used = self._clock()
            if logger.isEnabledFor(logging.INFO):
                # The path holds identifiers only; bodies and headers, where tokens and secrets are, are never logged,
                # nor are queries, where phone numbers may be.
                milliseconds = (self._last_used - started) * 1000
                sent = len(prepared.body or b"")
                logger.info(
                    "%s %s %s %.0f ms, %d B out, %d B in, attempt %d",
                    prepared.method,
                    _logged(path),
                    status,
                    milliseconds,
                    sent,
                    size,
                    attempt,
                )

    def _prepare(
        self, method: str, path: str, body: bytes | None, content_type: str, authorization: str
    ) -> requests.PreparedRequest:
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            # The platform answers 415 without it, also where there is no body.
            "Content-Type": content_type,
        }
        if self._request_id is not None and (number := self._request_id()):
            headers["X-Request-ID"] = number
        if authorization:
            headers["Authorization"] = authorization
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

    def _send(self, prepared: requests.PreparedRequest, is_stream: bool) -> Answer:
        response = self._adapter.send(
            prepared, stream=True, timeout=self._timeouts, verify=self._verify, proxies=self._proxies
        )
        received = datetime.now(UTC)
        if is_stream and 200 <= response.status_code < 300:
            return Answer(response.status_code, response.headers, b"", received, self._flow(response))
        # A server that drips a byte now and then never meets the read time-out.
        deadline = self._clock() + 5 * self._timeouts[1]
        self._wire.until = time.monotonic() + 5 * self._timeouts[1]
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

    def _flow(self, response: requests.Response) -> Generator[bytes, None, None]:
        """Return a long answer as it arrives; whoever stops before its end drops the connection."""
        is_whole = False
        try:
            while True:
                # Of each part; how long all of them take is for whoever reads them to say.
                self._wire.until = time.monotonic() + 2 * self._timeouts[1]
                if not (part := response.raw.read1(65_536, decode_content=True)):
                    break
                yield part
            is_whole = True
        except (requests.RequestException, HTTPError, OSError) as failure:
            raise failure_unreachable(failure, is_sent=True, effect=Effect.READ) from failure
        finally:
            response.close()
            if not is_whole:
                self.close()
            self._last_used = self._clock()


def _authorization(auth: Auth | None, method: str, path: str, may_be_applied: bool) -> str:
    """Get the header for the next attempt; that it cannot be had says nothing about the request itself."""
    try:
        return auth.authorization(method, path) if auth else ""
    except PlatformError as error:
        error.maybe_applied = may_be_applied
        raise


def _renew(auth: Auth | None, refused: str, may_be_applied: bool) -> bool:
    try:
        return bool(auth and refused and auth.renew(refused))
    except PlatformError as error:
        error.maybe_applied = may_be_applied
        raise


def _logged(path: str) -> str:
    return path.partition("?")[0]


def _host(base_url: str) -> str:
    """Return host and port of a web address, "" for what is none."""
    try:
        parts = urlsplit(base_url)
        is_valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2] if is_valid else ""

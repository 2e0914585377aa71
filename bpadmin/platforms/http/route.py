"""How one tenant's server is reached, and who is told of each call: what the app layer knows and the clients do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bpadmin.platforms.errors import AuthFailed, Broken, PlatformError, Reason, Unreachable


class CallOutcome(StrEnum):
    """What came of one request: few enough to be counted by."""

    OK = "ok"
    REFUSED = "refused"
    SIGN_IN = "sign_in"
    BUSY = "busy"
    FAILED = "failed"
    LOST = "lost"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was sent or tried: the method by its endpoint's name, and the seconds until its answer."""

    method: str
    outcome: CallOutcome
    seconds: float


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a tenant's server, and who hears of what is met on it.

    `proxy` is the URL of an outbound proxy, with its user and password; "" leaves that to the environment.
    `certificates` are authorities in PEM that are trusted beside the usual ones. `check_proxy` is called with the
    address that the proxy's name led to, before anything is sent to it, and raises to refuse.

    `called` hears of every request, retries included; `certificate_seen` of the end of the server's certificate, at
    each new TLS connection. `request_id` names what a request is sent for, for the header X-Request-ID; "" sends none.
    All must be quick, and must not raise.
    """

    proxy: str = ""
    certificates: str = ""
    check_proxy: Callable[[str], None] | None = None
    called: Callable[[Call], None] | None = None
    certificate_seen: Callable[[datetime], None] | None = None
    request_id: Callable[[], str] | None = None


DIRECT = Route()

_LOST = (Reason.READ_TIMEOUT, Reason.CONNECTION_CUT)


def outcome_of(error: PlatformError) -> CallOutcome:
    """Return what an error counts as."""
    if error.reason == Reason.RATE_LIMITED:
        return CallOutcome.BUSY
    if error.reason in _LOST:
        return CallOutcome.LOST
    if isinstance(error, AuthFailed):
        return CallOutcome.SIGN_IN
    if error.reason == Reason.SERVER_ERROR or isinstance(error, Broken):
        return CallOutcome.FAILED
    return CallOutcome.UNREACHABLE if isinstance(error, Unreachable) else CallOutcome.REFUSED

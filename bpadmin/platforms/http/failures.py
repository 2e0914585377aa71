"""Say in words what went wrong on the way to a platform, and whether the request can have left us."""

from __future__ import annotations

import ssl

from urllib3 import exceptions as wire_errors

from bpadmin.platforms.base import Effect
from bpadmin.platforms.errors import Broken, PlatformError, Reason, TlsFailed, Unreachable


def failure_unreachable(failure: Exception, *, is_sent: bool, effect: Effect) -> Unreachable:
    """Translate what the HTTP library raised; `is_sent` is False while the connection was still being made."""
    causes = _causes(failure)
    detail = str(causes[-1])
    # urllib3 derives "no connection at all" from its time-out.
    timed_out = any(
        isinstance(cause, TimeoutError | wire_errors.TimeoutError)
        and not isinstance(cause, wire_errors.NewConnectionError)
        for cause in causes
    )
    if is_sent:
        return Unreachable(
            "The platform took the request but did not answer in time. Try again in a moment."
            if timed_out
            else "The connection to the platform broke off before its answer had arrived. Try again in a moment.",
            detail=detail,
            maybe_applied=effect is not Effect.READ,
            reason=Reason.READ_TIMEOUT if timed_out else Reason.CONNECTION_CUT,
        )
    if any(isinstance(cause, ssl.SSLError | wire_errors.SSLError) for cause in causes):
        return TlsFailed(_tls_sentence(causes), detail=detail, reason=Reason.TLS_FAILED)
    if any(isinstance(cause, wire_errors.ProxyError) for cause in causes):
        return Unreachable(
            f"The outbound proxy did not let the connection through ({detail}). Check the proxy's address, user name "
            "and password in the tenant's settings, or in the machine's where the tenant has none.",
            detail=detail,
            reason=Reason.CONNECT_TIMEOUT if timed_out else Reason.CONNECTION_REFUSED,
        )
    if any(isinstance(cause, wire_errors.NameResolutionError) for cause in causes):
        message = "There is no server of that name. Check the tenant's address for a typing mistake."
        reason = Reason.DNS_FAILED
    elif timed_out:
        message = (
            "The server did not answer the attempt to connect. Check the tenant's address, and whether a firewall "
            "stands between."
        )
        reason = Reason.CONNECT_TIMEOUT
    else:
        message = (
            "No connection could be made to the server. Check the tenant's address and port, and whether the platform "
            "is up."
        )
        reason = Reason.CONNECTION_REFUSED
    return Unreachable(message, detail=detail, reason=reason)


def failure_address(refusal: BaseException | None) -> PlatformError:
    """Return what the caller's address check raised, as an error of this tree."""
    if isinstance(refusal, PlatformError):
        return refusal
    return Unreachable(
        f"This address may not be connected to: {refusal} Correct the tenant's address.", reason=Reason.ADDRESS_REFUSED
    )


def failure_malformed(failure: Exception) -> Unreachable:
    """Return the error of an address that is none."""
    return Unreachable(
        "The tenant's address is not a web address. It should look like https://name.example.com.",
        detail=str(failure),
        reason=Reason.ADDRESS_REFUSED,
    )


def failure_too_large(status: int, beginning: bytes) -> Broken:
    """Return the error of an answer that was not read to its end because of its size."""
    return Broken(
        "The platform's answer is far larger than any it should give, so it was not read to its end. "
        "Check the tenant's address.",
        status=status,
        body=beginning[:2048].decode(errors="replace"),
        reason=Reason.TOO_LARGE,
    )


def _causes(failure: BaseException | None) -> list[BaseException]:
    """List an exception with everything it wraps or was raised from, outermost first."""
    found: list[BaseException] = []
    while failure is not None and failure not in found:
        found.append(failure)
        wrapped = getattr(failure, "reason", None)
        if not isinstance(wrapped, Exception):
            wrapped = next((argument for argument in failure.args if isinstance(argument, Exception)), None)
        failure = wrapped or failure.__cause__ or failure.__context__
    return found


def _tls_sentence(causes: list[BaseException]) -> str:
    refused = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if refused is None:
        return (
            "No encrypted connection could be set up with the server. Check that the address and port are those of "
            "an https service."
        )
    return (
        f"The server's certificate is not to be trusted ({refused.verify_message}). Check the address; if it is "
        "right, the platform's administrator has to renew or correct the certificate."
    )

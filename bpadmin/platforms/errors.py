"""What can go wrong when a platform is asked for something: one small tree, every leaf a case some caller branches on.

Messages are written for a supervisor. `sent` tells the job engine whether the request may have reached the platform.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class PlatformError(Exception):
    """Base of everything a platform client raises on purpose.

    `message` is a sentence for a person. `status` is the HTTP status (None when no answer came), `code` the
    platform's own error name, `detail` its description as it came, `body` at most the first 2 kB of the answer.
    `maybe_applied` is True when the request may have left us and its effect on the platform is unknown.
    `retry_after` is the platform's advice in seconds.
    """

    message: str
    status: int | None = None
    code: str = ""
    detail: str = ""
    body: str = ""
    maybe_applied: bool = False
    retry_after: float | None = field(default=None)

    def __str__(self) -> str:
        return self.message


class Unreachable(PlatformError):
    """No usable answer: DNS, refused, TLS, time-out, a cut connection, 429, or a 5xx from something on the way."""


class TlsFailed(Unreachable):
    """The platform's certificate could not be trusted, or TLS could not be spoken."""


class AuthFailed(PlatformError):
    """The credentials or the token were refused (401), also after one renewal."""


class Forbidden(PlatformError):
    """Signed in, but the platform user lacks a privilege (403), or this kind of list cannot be changed."""


class NotFound(PlatformError):
    """The campaign, list, record, job or path does not exist (404)."""


class Conflict(PlatformError):
    """The platform's state does not allow it now (409): already running, duplicate key, a deletion under way."""


class Invalid(PlatformError):
    """The platform understood the request and refused its contents (400, 405, 413, 415, 422)."""


class Broken(PlatformError):
    """An answer came that cannot be understood: HTML from a proxy, a truncated body, an unknown shape."""


class Unsupported(PlatformError):
    """This platform, or this tenant's version of it, does not offer the call."""

"""What can go wrong when a platform is asked for something: one small tree, every leaf a case some caller branches on.

Messages are written for a supervisor. `maybe_applied` tells the job engine whether the platform may have acted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why, in one word a caller may branch on: each outcome a platform documents, and each way a connection fails."""

    UNKNOWN = "unknown"
    # No usable answer came.
    DNS_FAILED = "dns_failed"
    CONNECTION_REFUSED = "connection_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    CONNECTION_CUT = "connection_cut"
    TLS_FAILED = "tls_failed"
    ADDRESS_REFUSED = "address_refused"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    # An answer came that is not one of the platform's.
    WEB_PAGE = "web_page"
    REDIRECTED = "redirected"
    NOT_JSON = "not_json"
    UNEXPECTED_SHAPE = "unexpected_shape"
    TOO_LARGE = "too_large"
    CURSOR_REPEATED = "cursor_repeated"
    # 401 and 403
    BAD_CREDENTIALS = "bad_credentials"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - the name of an outcome, no secret
    MISSING_PRIVILEGE = "missing_privilege"
    DNC_TYPE_NOT_EDITABLE = "dnc_type_not_editable"
    # 404
    CAMPAIGN_NOT_FOUND = "campaign_not_found"
    LIST_NOT_FOUND = "list_not_found"
    INSTANCE_NOT_FOUND = "instance_not_found"
    RECORD_NOT_FOUND = "record_not_found"
    FORMAT_NOT_FOUND = "format_not_found"
    JOB_NOT_FOUND = "job_not_found"
    DNC_LIST_NOT_FOUND = "dnc_list_not_found"
    LINK_GROUP_NOT_FOUND = "link_group_not_found"
    DISPOSITION_NOT_FOUND = "disposition_not_found"
    CALLER_ID_NOT_FOUND = "caller_id_not_found"
    URL_NOT_FOUND = "url_not_found"
    # 409
    CAMPAIGN_DISABLED = "campaign_disabled"
    ALREADY_RUNNING = "already_running"
    ALREADY_STOPPED = "already_stopped"
    CANNOT_START = "cannot_start"
    CANNOT_STOP = "cannot_stop"
    INSTANCE_NOT_BOUND = "instance_not_bound"
    LIST_NOT_BOUND = "list_not_bound"
    DUPLICATE_NAME = "duplicate_name"
    DUPLICATE_KEY = "duplicate_key"
    DELETION_UNDER_WAY = "deletion_under_way"
    IMMUTABLE_FIELD = "immutable_field"
    CALLER_ID_NOT_ASSIGNED = "caller_id_not_assigned"
    DISPOSITION_NOT_HERE = "disposition_not_here"
    NOT_LINKED = "not_linked"
    LINK_GROUP_NOT_EMPTY = "link_group_not_empty"
    # 400, 405, 413, 415, 422
    BAD_REQUEST = "bad_request"
    LIMIT_TOO_LARGE = "limit_too_large"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_MUCH_DATA = "too_much_data"
    MEDIA_TYPE_REFUSED = "media_type_refused"
    NOT_FOR_THIS_CAMPAIGN = "not_for_this_campaign"


# Without eq: an exception must stay hashable, and two failures are never the same one.
@dataclass(eq=False)
class PlatformError(Exception):
    """Base of everything a platform client raises on purpose.

    `message` is a sentence for a person. `status` is the HTTP status (None when no answer came), `code` the
    platform's own error name, `detail` its description as it came, `body` at most the first 2 kB of the answer.
    `maybe_applied` is True when the request may have left us and its effect on the platform is unknown.
    `retry_after` is the platform's advice in seconds. `reason` says which documented outcome it is.
    """

    message: str
    status: int | None = None
    code: str = ""
    detail: str = ""
    body: str = ""
    maybe_applied: bool = False
    retry_after: float | None = field(default=None)
    reason: Reason = Reason.UNKNOWN

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

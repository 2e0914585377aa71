"""Say in words why a connection test failed, whichever platform was tested."""

from __future__ import annotations

from bpadmin.platforms.base import ConnectionReport
from bpadmin.platforms.errors import AuthFailed, Broken, NotFound, PlatformError, Reason, Unreachable, Unsupported


def failed_report(error: PlatformError, *, platform: str, credentials: str) -> ConnectionReport:
    """Give the report of a test that ended in `error`; `credentials` names what may be wrong, "The client ID or …"."""
    if isinstance(error, AuthFailed) and error.reason is Reason.BAD_CREDENTIALS:
        headline = f"{credentials} is wrong."
    elif isinstance(error, AuthFailed):
        headline = "The platform gave a token, but does not accept it."
    elif isinstance(error, NotFound | Unsupported) or (
        isinstance(error, Broken) and error.reason in (Reason.WEB_PAGE, Reason.NOT_JSON, Reason.UNEXPECTED_SHAPE)
    ):
        headline = f"There is no {platform} tenant at this address."
    elif isinstance(error, Unreachable) and error.status is None:
        headline = "The platform cannot be reached."
    else:
        headline = "The platform could be reached, but did not let this dashboard in."
    details = (error.message, f"In the platform's words: {error.detail}") if error.detail else (error.message,)
    return ConnectionReport(False, headline, details)

"""Say what an unsuccessful answer means: its error class, its documented reason, and a sentence for a supervisor.

Pure. The platform's own words decide where a status stands for several things; where they do not tell (newer versions
write JSON, older ones plain text, some nothing), the method's most usual reason does.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern.endpoints import GET_ACCESS_TOKEN, Endpoint
from bpadmin.platforms.brightpattern.lenient import is_web_page, json_loads
from bpadmin.platforms.errors import (
    AuthFailed,
    Broken,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PlatformError,
    Reason,
    Unreachable,
    Unsupported,
)

BODY_KEPT = 2048

_WORDS = {
    reason: re.compile(pattern, re.IGNORECASE)
    for reason, pattern in {
        Reason.CAMPAIGN_NOT_FOUND: r"campaign",
        Reason.LIST_NOT_FOUND: r"\blist\b",
        Reason.INSTANCE_NOT_FOUND: r"instance",
        Reason.RECORD_NOT_FOUND: r"record|key",
        Reason.FORMAT_NOT_FOUND: r"format",
        Reason.JOB_NOT_FOUND: r"\bjob\b",
        Reason.DNC_LIST_NOT_FOUND: r"object does not exist|dnc|do.?not.?call|\blist\b",
        Reason.URL_NOT_FOUND: r"\burl\b|\bpath\b|http 404|/configapi|resource",
        Reason.CANNOT_START: r"disabled or (is )?(already )?running",
        Reason.CANNOT_STOP: r"disabled or (is )?(already )?stopped",
        Reason.CAMPAIGN_DISABLED: r"disabled|not enabled",
        Reason.ALREADY_RUNNING: r"already|running|started",
        Reason.ALREADY_STOPPED: r"already|stopped|not running",
        Reason.INSTANCE_NOT_BOUND: r"bound|instance",
        Reason.LIST_NOT_BOUND: r"bound",
        Reason.DUPLICATE_NAME: r"name|duplicate",
        Reason.DUPLICATE_KEY: r"key|duplicate|e11000",
        Reason.DELETION_UNDER_WAY: r"progress|\bjob\b|under way|running",
        Reason.MISSING_PRIVILEGE: r"privilege|permission|not authori[sz]ed",
        Reason.DNC_TYPE_NOT_EDITABLE: r"type of (dnc )?list|list type|modification|not supported|not allowed",
        Reason.LIMIT_TOO_LARGE: r"(limit|max_?size|page_?size)\b.*(exceed|large|more than|less|maximum|between|boundar)"
        r"|limit exceeded",
        Reason.BAD_REQUEST: r"$",
    }.items()
}

_SENTENCES = {
    Reason.CAMPAIGN_NOT_FOUND: "The platform does not know this campaign: it was deleted, or the platform user may "
    "no longer see it. Go back to the campaigns and read them again.",
    Reason.LIST_NOT_FOUND: "The platform does not know this list: it was deleted, or the platform user may no longer "
    "see it. Go back to the lists and read them again.",
    Reason.INSTANCE_NOT_FOUND: "The list is no longer in this campaign: somebody unbound it. Read the campaign again.",
    Reason.RECORD_NOT_FOUND: "There is no such record in this list. Check the key: capitals matter, and a phone number "
    "has to be given as it is stored or as it was loaded.",
    Reason.FORMAT_NOT_FOUND: "The platform does not know this list format: it went with the last list that used it. "
    "Choose another format.",
    Reason.JOB_NOT_FOUND: "The platform does not know this deletion any more. Look at the list's total to see what "
    "it did.",
    Reason.DNC_LIST_NOT_FOUND: "The platform does not know this Do Not Call list: it was deleted, or the platform user "
    "may no longer see it.",
    Reason.URL_NOT_FOUND: "There is no List Management API v3 at the tenant's address, or it does not offer this. "
    "Check the address.",
    Reason.CANNOT_START: "The campaign could not be started: it is disabled or already running. Read its state again.",
    Reason.CANNOT_STOP: "The campaign could not be stopped: it is disabled or already stopped. Read its state again.",
    Reason.CAMPAIGN_DISABLED: "The campaign is disabled, so it can neither be started nor stopped. Enable it in "
    "Contact Center Administrator first.",
    Reason.ALREADY_RUNNING: "The campaign is already running.",
    Reason.ALREADY_STOPPED: "The campaign is already stopped.",
    Reason.INSTANCE_NOT_BOUND: "The list is not bound to this campaign any more. Read the campaign again.",
    Reason.LIST_NOT_BOUND: "The list is not bound to the campaign named. Read the list again.",
    Reason.DUPLICATE_NAME: "That name is already taken. Choose another one.",
    Reason.DUPLICATE_KEY: "The list already has a record with this key. Update that record, or use another key.",
    Reason.DELETION_UNDER_WAY: "Records of this list are already being deleted, and the platform does one deletion of "
    "a list at a time. Try again when it has ended.",
    Reason.DNC_TYPE_NOT_EDITABLE: "The platform does not let this type of Do Not Call list be changed from here. "
    "Change it in Contact Center Administrator.",
    Reason.BAD_CREDENTIALS: "The platform refused the client ID or the API secret. Check both, and that the platform "
    "user is neither locked nor disabled and the tenant is active.",
    Reason.TOKEN_REFUSED: "The platform refused this dashboard's sign-in, also after a new one. Let an administrator "
    "test the connection in the tenant's settings.",
    Reason.NOT_FOR_THIS_CAMPAIGN: "The platform does not offer this for a campaign of this type.",
    Reason.METHOD_NOT_ALLOWED: "The platform does not accept this kind of request at the tenant's address. Check the "
    "address.",
    Reason.MEDIA_TYPE_REFUSED: "The platform did not accept the form in which the request was sent. Tell your "
    "administrator.",
    Reason.TOO_MUCH_DATA: "The request was too large for the platform or for a server on the way. Lower the number of "
    "records per request in the tenant's settings.",
    Reason.RATE_LIMITED: "The platform gets more requests than it takes at the moment. Try again a little later.",
}

_CLASSES: dict[int, tuple[type[PlatformError], Reason]] = {
    400: (Invalid, Reason.BAD_REQUEST),
    401: (AuthFailed, Reason.TOKEN_REFUSED),
    403: (Forbidden, Reason.MISSING_PRIVILEGE),
    404: (NotFound, Reason.URL_NOT_FOUND),
    405: (Invalid, Reason.METHOD_NOT_ALLOWED),
    408: (Unreachable, Reason.READ_TIMEOUT),
    409: (Conflict, Reason.UNKNOWN),
    413: (Invalid, Reason.TOO_MUCH_DATA),
    415: (Invalid, Reason.MEDIA_TYPE_REFUSED),
    422: (Invalid, Reason.NOT_FOR_THIS_CAMPAIGN),
    429: (Unreachable, Reason.RATE_LIMITED),
    501: (Unsupported, Reason.UNKNOWN),
}

_COMMON_REASONS = {
    400: (Reason.BAD_REQUEST, Reason.LIMIT_TOO_LARGE),
    404: (Reason.URL_NOT_FOUND,),
}


def refusal_in(answer: Answer, endpoint: Endpoint) -> PlatformError | None:
    """Give the error that an answer stands for, None for a success."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return _redirected(answer, endpoint)
    is_page = is_web_page(answer.body, answer.header("content-type"))
    if is_page and 400 <= status < 500 and status not in (401, 408, 429):
        return web_page(answer, endpoint)
    code, detail = ("", "") if is_page else _words_in(answer)
    kind, usual = _CLASSES.get(
        status, (Invalid, Reason.BAD_REQUEST) if status < 500 else (Unreachable, Reason.SERVER_ERROR)
    )
    maybe_applied = False
    if status >= 500 and re.search(r"duplicate key|E11000", f"{code} {detail}", re.IGNORECASE):
        # Older versions tell a duplicate by a 500. Of many records some may have gone in before it.
        kind, reason, maybe_applied = Conflict, Reason.DUPLICATE_KEY, endpoint.is_batch
    elif status == 401 and endpoint is GET_ACCESS_TOKEN:
        reason = Reason.BAD_CREDENTIALS
    else:
        reason = _reason_in(f"{code} {detail}", status, endpoint) or usual
    return kind(
        _sentence(reason, status, endpoint, detail),
        status=status,
        code=code,
        detail=detail,
        body=kept_body(answer, endpoint),
        maybe_applied=maybe_applied,
        retry_after=retry_after(answer),
        reason=reason,
    )


def web_page(answer: Answer, endpoint: Endpoint) -> Broken:
    """Give the error of an HTML page where the platform's answer should be."""
    return Broken(
        f"The platform was asked to {endpoint.doing}, but a web page came instead of its answer "
        f"(HTTP {answer.status}). Something on the way, such as a proxy or a sign-in page, answers in its place, or "
        "the tenant's address is not that of Bright Pattern.",
        status=answer.status,
        body=kept_body(answer, endpoint),
        reason=Reason.WEB_PAGE,
    )


def kept_body(answer: Answer, endpoint: Endpoint) -> str:
    """Give the beginning of the body, for whoever has to find out; nothing where it may hold a token."""
    return "" if endpoint.is_secret else answer.body[:BODY_KEPT].decode(errors="replace")


def retry_after(answer: Answer) -> float | None:
    """Read Retry-After, which is seconds or a date, as seconds; None where it is absent or unreadable."""
    text = answer.header("retry-after").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        # The platform's own clock, where it shows it: ours may go differently.
        now = parsedate_to_datetime(answer.header("date")) if answer.header("date") else answer.received
    except ValueError:
        return None
    if now is None:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now.replace(tzinfo=now.tzinfo or UTC)).total_seconds())


def _redirected(answer: Answer, endpoint: Endpoint) -> Broken:
    target = urlsplit(urljoin("//", answer.header("location")))
    where = f"{target.scheme}://{target.hostname}" if target.scheme and target.hostname else "another address"
    return Broken(
        f"The tenant's address leads on to {where}, and this dashboard does not follow, so as not to give its sign-in "
        "away. If that is where the platform lives now, put it into the tenant's settings.",
        status=answer.status,
        body=kept_body(answer, endpoint),
        reason=Reason.REDIRECTED,
    )


def _words_in(answer: Answer) -> tuple[str, str]:
    """Find the platform's error name and description; older versions write plain text."""
    text = answer.body[:BODY_KEPT].decode(errors="replace").strip()
    try:
        value = json_loads(answer.body)
    except ValueError:
        return "", text
    if isinstance(value, dict):
        members = {name.lower(): item for name, item in value.items()}
        code = members.get("error") or members.get("code") or ""
        detail = members.get("error_description") or members.get("message") or members.get("error_message") or ""
        if code or detail:
            return (code if isinstance(code, str) else ""), (detail if isinstance(detail, str) else text)
    return "", value if isinstance(value, str) else text


def _reason_in(words: str, status: int, endpoint: Endpoint) -> Reason | None:
    """Choose among the documented reasons the one whose word comes first; the method's first where none does."""
    documented = endpoint.refusals.get(status, ())
    found = [
        (match.start(), place, reason)
        for place, reason in enumerate((*documented, *_COMMON_REASONS.get(status, ())))
        if (match := _WORDS[reason].search(words))
    ]
    if found:
        return min(found)[2]
    return documented[0] if documented else None


def _sentence(reason: Reason, status: int, endpoint: Endpoint, detail: str) -> str:
    if reason in _SENTENCES:
        return _SENTENCES[reason]
    if reason is Reason.MISSING_PRIVILEGE:
        names = " or ".join(f"“{name}”" for name in endpoint.privileges)
        which = f" It needs {names}." if names else ""
        return (
            f"The platform user may not {endpoint.doing}.{which} Ask the platform's administrator to grant it, in "
            "Contact Center Administrator."
        )
    # Raw database texts say nothing to a person.
    quoted = f": “{detail.rstrip('.')}”" if detail and "E11000" not in detail and len(detail) <= 300 else ""
    if reason is Reason.LIMIT_TOO_LARGE:
        return f"More was asked for at once than the platform gives{quoted}. Tell your administrator."
    if status >= 500 and reason is Reason.SERVER_ERROR:
        return f"The platform failed when it was asked to {endpoint.doing} (HTTP {status}). Try again in a moment."
    if reason is Reason.READ_TIMEOUT:
        return f"The platform did not take the request to {endpoint.doing} in time. Try again in a moment."
    if status == 501:
        return f"This tenant's platform cannot {endpoint.doing}: its version is older than that."
    if status == 409:
        return f"The platform's state does not let it {endpoint.doing} now{quoted}. Read it again, then decide."
    return f"The platform did not accept the request to {endpoint.doing}{quoted}. Correct it and try again."

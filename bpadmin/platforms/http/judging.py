"""Judge an answer: what `read` gives of a success, and what error any other one stands for. Pure.

What platforms have in common is here: statuses, redirects, web pages in place of answers, Retry-After. What one of them
means by its words, and what a supervisor is told of it, its own Judge says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import urljoin, urlsplit

from bpadmin.platforms.base import Answer
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
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.lenient import Misshapen, is_web_page, json_loads

T = TypeVar("T")

BODY_KEPT = 2048

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

_SENTENCES = {
    Reason.NOT_FOR_THIS_CAMPAIGN: "The platform does not offer this for a campaign of this type.",
    Reason.METHOD_NOT_ALLOWED: "The platform does not accept this kind of request at the tenant's address. Check the "
    "address.",
    Reason.MEDIA_TYPE_REFUSED: "The platform did not accept the form in which the request was sent. Tell your "
    "administrator.",
    Reason.TOO_MUCH_DATA: "The request was too large for the platform or for a server on the way. Lower the number of "
    "records per request in the tenant's settings.",
    Reason.RATE_LIMITED: "The platform gets more requests than it takes at the moment. Try again a little later.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal means."""

    kind: type[PlatformError]
    reason: Reason
    maybe_applied: bool = False


class Judge:
    """Judges one platform's answers.

    The platform's own words decide where a status stands for several things: `words` are what tells each reason,
    `common` the reasons that any method may give per status. Where they do not tell, the method's most usual reason
    does. `sentences` are what a supervisor is told, `granted_in` is where privileges are granted.
    """

    platform: ClassVar[str]
    words: ClassVar[Mapping[Reason, re.Pattern[str]]] = {}
    sentences: ClassVar[Mapping[Reason, str]] = {}
    common: ClassVar[Mapping[int, tuple[Reason, ...]]] = {}
    granted_in: ClassVar[str] = ""

    def read(self, answer: Answer, endpoint: Endpoint, shape: Callable[[Any], T]) -> T:
        """Return what `shape` makes of a successful answer; raise the PlatformError that any other one stands for."""
        self.check(answer, endpoint)
        try:
            value = json_loads(answer.body, _charset(answer))
        except ValueError as failure:
            raise broken(answer, endpoint, Reason.NOT_JSON, str(failure)) from failure
        if value is None and not _has_known_length(answer):
            detail = "the answer is empty, and nothing shows that it is complete"
            raise broken(answer, endpoint, Reason.NOT_JSON, detail)
        try:
            return shape(value)
        except Misshapen as failure:
            raise broken(answer, endpoint, Reason.UNEXPECTED_SHAPE, str(failure)) from failure
        except PlatformError as error:
            error.status = answer.status
            error.body = kept_body(answer, endpoint)
            raise

    def check(self, answer: Answer, endpoint: Endpoint) -> None:
        """Raise the PlatformError of a refusal, or of a web page in place of an answer."""
        refusal = self.refusal_in(answer, endpoint)
        if refusal is not None:
            raise refusal
        if is_web_page(answer.body, answer.header("content-type")):
            raise self.web_page(answer, endpoint)

    def refusal_in(self, answer: Answer, endpoint: Endpoint) -> PlatformError | None:
        """Return the error that an answer stands for, None for a success."""
        status = answer.status
        if 200 <= status < 300:
            return None
        if 300 <= status < 400:
            return _redirected(answer, endpoint)
        is_page = is_web_page(answer.body, answer.header("content-type"))
        if is_page and 400 <= status < 500 and status not in (401, 408, 429):
            return self.web_page(answer, endpoint)
        code, detail = ("", "") if is_page else self.told(answer)
        verdict = self.verdict(status, f"{code} {detail}".strip(), endpoint)
        return verdict.kind(
            self.sentence(verdict.reason, status, endpoint, detail),
            status=status,
            code=code,
            detail=detail,
            body=kept_body(answer, endpoint),
            maybe_applied=verdict.maybe_applied,
            retry_after=retry_after(answer),
            reason=verdict.reason,
        )

    def verdict(self, status: int, words: str, endpoint: Endpoint) -> Verdict:
        """Say what a status means with the platform's words for it, "" where it has none."""
        other = (Invalid, Reason.BAD_REQUEST) if status < 500 else (Unreachable, Reason.SERVER_ERROR)
        kind, usual = _CLASSES.get(status, other)
        return Verdict(kind, self._reason_in(words, status, endpoint) or usual)

    def told(self, answer: Answer) -> tuple[str, str]:
        """Find the platform's error name and description."""
        return words_in(answer)

    def web_page(self, answer: Answer, endpoint: Endpoint) -> Broken:
        """Return the error of an HTML page where the platform's answer should be."""
        return Broken(
            f"The platform was asked to {endpoint.doing}, but a web page came instead of its answer "
            f"(HTTP {answer.status}). Something on the way, such as a proxy or a sign-in page, answers in its place, "
            f"or the tenant's address is not that of {self.platform}.",
            status=answer.status,
            body=kept_body(answer, endpoint),
            reason=Reason.WEB_PAGE,
        )

    def sentence(self, reason: Reason, status: int, endpoint: Endpoint, detail: str) -> str:
        """Say in words what a refusal means and what to do."""
        told = self.sentences.get(reason) or _SENTENCES.get(reason)
        if told:
            return told
        if reason is Reason.MISSING_PRIVILEGE:
            names = " or ".join(f"“{name}”" for name in endpoint.privileges)
            which = f" It needs {names}." if names else ""
            place = f", in {self.granted_in}" if self.granted_in else ""
            return (
                f"The platform user may not {endpoint.doing}.{which} Ask the platform's administrator to grant "
                f"it{place}."
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

    def _reason_in(self, words: str, status: int, endpoint: Endpoint) -> Reason | None:
        """Choose among the documented reasons the one whose word comes first; the method's first where none does."""
        documented = endpoint.refusals.get(status, ())
        found = [
            (match.start(), place, reason)
            for place, reason in enumerate((*documented, *self.common.get(status, ())))
            if reason in self.words and (match := self.words[reason].search(words))
        ]
        if found:
            return min(found)[2]
        return documented[0] if documented else None


def broken(answer: Answer, endpoint: Endpoint, reason: Reason, detail: str) -> Broken:
    """Return the error of an answer that cannot be understood, with its beginning."""
    what = "broke off or is not in the agreed form" if reason is Reason.NOT_JSON else "has an unknown form"
    return Broken(
        f"The platform was asked to {endpoint.doing}, but its answer {what} ({detail}). "
        "Look at the platform itself to see what it did; if this stays so, tell your administrator.",
        status=answer.status,
        detail=detail,
        body=kept_body(answer, endpoint),
        reason=reason,
    )


def kept_body(answer: Answer, endpoint: Endpoint) -> str:
    """Return the beginning of the body, for whoever has to find out; nothing where it may hold a token."""
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


def words_in(answer: Answer) -> tuple[str, str]:
    """Find the platform's error name and description; some versions write plain text."""
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


def _charset(answer: Answer) -> str:
    return answer.header("content-type").partition("charset=")[2].partition(";")[0].strip(" \"'")


def _has_known_length(answer: Answer) -> bool:
    return answer.status == 204 or bool(answer.header("content-length") or answer.header("transfer-encoding"))

"""Say what an unsuccessful answer of jtel means: its error class, its reason, and a sentence for a supervisor. Pure.

Its errors are objects with `status` and `error`. A 404 without a body means that the address, not the thing, is
unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.base import Answer
from bpadmin.platforms.errors import AuthFailed, Reason, Unsupported
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.judging import Judge, Verdict, words_in

_SENTENCES = {
    Reason.CAMPAIGN_NOT_FOUND: "The platform does not know this campaign: it was deleted or renamed. Go back to the "
    "campaigns and read them again.",
    Reason.RECORD_NOT_FOUND: "The platform does not know this contact: it was deleted. Go back to the contacts and "
    "read them again.",
    Reason.URL_NOT_FOUND: "There is no jtel REST API at the tenant's address, or its release is too old to offer this. "
    "Check the address: it is the part before /rest.",
    Reason.BAD_CREDENTIALS: "The platform refused the token, or it is not one of this Client ID's. Check both; a token "
    "that was made anew or removed in the jtel portal is refused at once.",
    Reason.DUPLICATE_NAME: "There already is a campaign of this name. Choose another one.",
}


class JtelJudge(Judge):
    """Judges what jtel's servers answer."""

    platform: ClassVar[str] = "jtel"
    sentences: ClassVar[Mapping[Reason, str]] = _SENTENCES

    def verdict(self, status: int, words: str, endpoint: Endpoint) -> Verdict:
        """Say what a status means."""
        if status == 404 and not words:
            return Verdict(Unsupported, Reason.URL_NOT_FOUND)
        if status == 401:
            return Verdict(AuthFailed, Reason.BAD_CREDENTIALS)
        return super().verdict(status, words, endpoint)

    def told(self, answer: Answer) -> tuple[str, str]:
        """Find the description, which `error` holds."""
        code, detail = words_in(answer)
        return ("", code) if code and not detail else (code, detail)


JUDGE = JtelJudge()

"""Say what an unsuccessful answer of Conpeek means: its error class, its reason, a sentence for a supervisor. Pure.

The documents name statuses only: nothing is known of what error bodies look like, so none is relied on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.base import Effect
from bpadmin.platforms.errors import AuthFailed, Reason, Unsupported
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.judging import Judge, Verdict

_SENTENCES = {
    Reason.CAMPAIGN_NOT_FOUND: "The platform does not know this voice campaign. Check its ID, and whether the campaign "
    "was deleted.",
    Reason.RECORD_NOT_FOUND: "The platform does not know this request or its voice campaign. Read the requests again.",
    Reason.URL_NOT_FOUND: "There is no Conpeek API at the tenant's address, or its version does not offer this. Check "
    "the address.",
    Reason.BAD_CREDENTIALS: "The platform refused the key. Check it in the tenant's settings.",
}


class ConpeekJudge(Judge):
    """Judges what Conpeek's servers answer."""

    platform: ClassVar[str] = "Conpeek"
    sentences: ClassVar[Mapping[Reason, str]] = _SENTENCES

    def verdict(self, status: int, words: str, endpoint: Endpoint) -> Verdict:
        """Say what a status means."""
        if status == 401:
            return Verdict(AuthFailed, Reason.BAD_CREDENTIALS)
        verdict = super().verdict(status, words, endpoint)
        if verdict.reason in (Reason.URL_NOT_FOUND, Reason.METHOD_NOT_ALLOWED):
            return Verdict(Unsupported, verdict.reason)
        return verdict

    def sentence(self, reason: Reason, status: int, endpoint: Endpoint, detail: str) -> str:
        """Say in words what a refusal means; 403 stands for a wrong key as well as for a lacking right."""
        if reason is Reason.MISSING_PRIVILEGE:
            state = "" if endpoint.effect is Effect.READ else ", or the request or its terms do not allow it now"
            quoted = f" ({detail.rstrip('.')})" if detail and len(detail) <= 300 else ""
            return (
                f"The platform refused the key, or the key may not {endpoint.doing}{state}{quoted}. Check the key in "
                "the tenant's settings, and in Conpeek what it is allowed to do."
            )
        return super().sentence(reason, status, endpoint, detail)


JUDGE = ConpeekJudge()

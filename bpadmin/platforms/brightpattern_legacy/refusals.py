"""Say what an unsuccessful answer of the older APIs means: plain text, status by status, names in place of ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.brightpattern.refusals import BrightPatternJudge
from bpadmin.platforms.errors import AuthFailed, Reason
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.judging import Verdict

_ANEW = " Names count with capitals, spaces and ending, such as leads.csv. Read the lists again."

_SENTENCES = {
    Reason.CAMPAIGN_NOT_FOUND: "The platform knows no enabled campaign of this name: it was disabled, renamed or "
    "deleted, or the platform user may no longer see it. Check the name, with capitals and spaces.",
    Reason.LIST_NOT_FOUND: "The platform knows no list of this name here: it was renamed or deleted, or it is not in "
    f"the campaign.{_ANEW}",
    Reason.DNC_LIST_NOT_FOUND: "The platform knows no Do Not Call list of this name. Check the name, with capitals "
    "and spaces.",
}


class OlderJudge(BrightPatternJudge):
    """Judges what v2 answers."""

    sentences: ClassVar[Mapping[Reason, str]] = {
        **BrightPatternJudge.sentences,
        **_SENTENCES,
        Reason.URL_NOT_FOUND: "There is no List Management API v2 at the tenant's address. Check the address and the "
        "version of the API.",
    }


class OldestJudge(OlderJudge):
    """Judges what v1 answers; a sign-in is refused with the call itself."""

    sentences: ClassVar[Mapping[Reason, str]] = {
        **OlderJudge.sentences,
        Reason.URL_NOT_FOUND: "There is no List Management API v1 at the tenant's address. Check the address, the "
        "tenant's part of it, and the version of the API.",
        Reason.BAD_CREDENTIALS: "The platform refused the user name or the password. Check both, and that the "
        "platform user is neither locked nor disabled.",
    }

    def verdict(self, status: int, words: str, endpoint: Endpoint) -> Verdict:
        """Say what a status means."""
        if status == 401:
            return Verdict(AuthFailed, Reason.BAD_CREDENTIALS)
        return super().verdict(status, words, endpoint)


V1_JUDGE = OldestJudge()
V2_JUDGE = OlderJudge()

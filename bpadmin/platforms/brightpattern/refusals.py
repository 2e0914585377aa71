"""Say what an unsuccessful answer means: its error class, its documented reason, and a sentence for a supervisor.

Pure. The platform's own words decide where a status stands for several things; where they do not tell (newer versions
write JSON, older ones plain text, some nothing), the method's most usual reason does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from bpadmin.platforms.base import Answer
from bpadmin.platforms.errors import AuthFailed, Conflict, PlatformError, Reason
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.judging import Judge, Verdict

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
        Reason.LINK_GROUP_NOT_FOUND: r"link.?group",
        Reason.DISPOSITION_NOT_FOUND: r"disposition",
        Reason.CALLER_ID_NOT_FOUND: r"caller.?id|number",
        Reason.IMMUTABLE_FIELD: r"immutable|cannot be changed|read.?only",
        Reason.CALLER_ID_NOT_ASSIGNED: r"caller.?id|associated",
        Reason.DISPOSITION_NOT_HERE: r"associated",
        Reason.NOT_LINKED: r"linked",
        Reason.LINK_GROUP_NOT_EMPTY: r"empty",
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
        Reason.LIMIT_TOO_LARGE: r"(limit|max_?size|page_?size)\b.{0,200}"
        r"(exceed|large|more than|less|maximum|between|boundar)|limit exceeded",
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
    Reason.NOT_FOR_THIS_CAMPAIGN: "This is an outbound messaging campaign, and the platform offers this for voice "
    "campaigns only. Do it in Contact Center Administrator.",
    Reason.LINK_GROUP_NOT_FOUND: "The platform does not know this link group: it was deleted. Read the groups again.",
    Reason.DISPOSITION_NOT_FOUND: "The platform does not know this disposition: it was deleted. Read the campaign's "
    "dispositions again.",
    Reason.CALLER_ID_NOT_FOUND: "The platform does not know this caller ID. Take one of the campaign's own numbers.",
    Reason.IMMUTABLE_FIELD: "The platform does not let one of these settings be changed on this campaign.",
    Reason.CALLER_ID_NOT_ASSIGNED: "This caller ID is not one of the campaign's. Assign it first.",
    Reason.DISPOSITION_NOT_HERE: "This disposition belongs to another campaign. Read the dispositions again.",
    Reason.NOT_LINKED: "The campaign is in no link group, or in another one. Read it again.",
    Reason.LINK_GROUP_NOT_EMPTY: "The link group still has campaigns. Take them out first.",
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
}


class BrightPatternJudge(Judge):
    """Judges what Bright Pattern's tenants answer."""

    platform: ClassVar[str] = "Bright Pattern"
    words: ClassVar[Mapping[Reason, re.Pattern[str]]] = _WORDS
    sentences: ClassVar[Mapping[Reason, str]] = _SENTENCES
    common: ClassVar[Mapping[int, tuple[Reason, ...]]] = {
        400: (Reason.BAD_REQUEST, Reason.LIMIT_TOO_LARGE),
        404: (Reason.URL_NOT_FOUND,),
    }
    granted_in: ClassVar[str] = "Contact Center Administrator"

    def verdict(self, status: int, words: str, endpoint: Endpoint) -> Verdict:
        """Say what a status means; a duplicate and a refused sign-in are told in ways of their own."""
        if status >= 500 and re.search(r"duplicate key|E11000", words, re.IGNORECASE):
            # Older versions tell a duplicate by a 500. Of many records some may have gone in before it.
            return Verdict(Conflict, Reason.DUPLICATE_KEY, endpoint.is_batch)
        if status == 401 and endpoint.is_secret:
            return Verdict(AuthFailed, Reason.BAD_CREDENTIALS)
        return super().verdict(status, words, endpoint)


JUDGE = BrightPatternJudge()


def refusal_in(answer: Answer, endpoint: Endpoint) -> PlatformError | None:
    """Return the error that an answer stands for, None for a success."""
    return JUDGE.refusal_in(answer, endpoint)

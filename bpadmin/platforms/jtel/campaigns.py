"""The 7 methods for campaigns, in the documents' order.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (BAD_CREDENTIALS),
Invalid (400) and Unsupported (the address, or the server's release, is not one that has the method). Source: the page
"Dialler Campaign Functions" of the vendor's "Dialler REST API"; each docstring gives the part.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bpadmin.platforms.codes import ResultCode
from bpadmin.platforms.errors import Invalid, NotFound, Reason
from bpadmin.platforms.jtel import decode, endpoints
from bpadmin.platforms.jtel.caller import Caller, given
from bpadmin.platforms.types import Campaign

LANGUAGES = {"en": "1", "de": "2"}


class CampaignMethods(Caller):
    """What can be asked of campaigns."""

    def get_campaigns(self) -> tuple[Campaign, ...]:
        """Read all campaigns of the client; `fields` has every member, and the API does not tell of their state.

        GET dialler/campaigns. Part "Retrieve all Dialler Campaigns".
        """
        return self._ask(endpoints.GET_CAMPAIGNS, shape=decode.campaigns)

    def get_campaign(self, campaign_id: str) -> Campaign:
        """Read a campaign. NotFound (CAMPAIGN_NOT_FOUND).

        GET dialler/campaigns/{DiallerCampaignsID}. Part "Retrieve a specific Dialler Campaign by ID".
        """
        shape = partial(decode.campaign, campaign_id=campaign_id)
        return self._ask(endpoints.GET_CAMPAIGN, campaign_id, shape=shape)

    def find_campaigns(self, name: str) -> tuple[Campaign, ...]:
        """Read the campaigns whose name has `name` in it; none is no error.

        GET dialler/campaigns/campaign?name=. Part "Retrieve Dialler Campaigns by Name".
        """
        query = {"name": given(name, "The name to look for")}
        try:
            return self._ask(endpoints.FIND_CAMPAIGNS, shape=decode.campaigns, query=query)
        except NotFound:
            return ()

    def get_result_codes(self, campaign_id: str, *, language: str = "en") -> tuple[ResultCode, ...]:
        """Read a campaign's result codes in a language, "en" or "de". NotFound (CAMPAIGN_NOT_FOUND).

        GET dialler/campaigns/campaign/{DiallerCampaignsID}/resultCodes?languagesID=. `delay` is minutes. Part
        "Retrieve the Result Codes from a Dialler Campaign".
        """
        if language not in LANGUAGES:
            raise Invalid(
                "The platform has its result codes in English (en) and German (de). Choose one of them.",
                reason=Reason.BAD_REQUEST,
            )
        query = {"languagesID": LANGUAGES[language]}
        return self._ask(endpoints.GET_RESULT_CODES, campaign_id, shape=decode.result_codes, query=query)

    def clone_campaign(
        self,
        *,
        source: str,
        destination: str,
        user_data: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Campaign:
        """Copy a campaign, both told by name, with all that belongs to it but its contacts; give the copy.

        POST dialler/campaigns/clone. The times are naive, in the platform's own zone, and need its release 3.39.
        NotFound (CAMPAIGN_NOT_FOUND): no such source. Conflict (DUPLICATE_NAME). Never repeated on a guess. Part
        "Clone a Dialler Campaign".
        """
        if start and end and start >= end:
            raise Invalid("The campaign would end before it begins. Correct the times.", reason=Reason.BAD_REQUEST)
        body = {
            "source": given(source, "The name of the campaign to clone"),
            "destination": given(destination, "The name of the new campaign"),
        }
        more = {
            "userData": user_data,
            "dtFrom": time_text(start) if start else "",
            "dtTo": time_text(end) if end else "",
        }
        body |= {member: value for member, value in more.items() if value}
        return self._ask(endpoints.CLONE_CAMPAIGN, shape=partial(decode.campaign, campaign_id=""), body=body)

    def delete_campaign(self, campaign_id: str) -> None:
        """Delete a campaign with all its data, contacts among it. NotFound (CAMPAIGN_NOT_FOUND).

        DELETE dialler/campaigns/campaign/{DiallerCampaignsID}. Never repeated on a guess. Part "Delete a Dialler
        Campaign by ID".
        """
        self._ask(endpoints.DELETE_CAMPAIGN, given(campaign_id, "The campaign's ID"), shape=decode.done)

    def delete_campaign_by_name(self, name: str) -> None:
        """Delete the campaign of this very name with all its data. NotFound (CAMPAIGN_NOT_FOUND).

        DELETE dialler/campaigns/campaign?name=. Never repeated on a guess. Part "Delete a Dialler Campaign by Name".
        """
        query = {"name": given(name, "The campaign's name")}
        self._ask(endpoints.DELETE_CAMPAIGN_BY_NAME, shape=decode.done, query=query)


def time_text(when: datetime) -> str:
    """Write a naive time as the platform reads it, in its own zone: milliseconds, no offset."""
    if when.tzinfo is not None:
        raise ValueError("the platform's zone is unknown, so a time in another one cannot be converted")
    return when.isoformat(timespec="milliseconds")

"""What v2 tells of campaigns: one method, which gives the enabled ones with their states and lists.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, AuthFailed (401), Forbidden
(403) and Invalid (400). Source: the section "Campaigns" of the vendor document "List Management API v2".
"""

from __future__ import annotations

from dataclasses import replace

from bpadmin.platforms.brightpattern_legacy import decode
from bpadmin.platforms.brightpattern_legacy.caller import Caller
from bpadmin.platforms.brightpattern_legacy.endpoints import GET_CAMPAIGNS
from bpadmin.platforms.brightpattern_legacy.refusals import V2_JUDGE
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.types import Campaign


class CampaignMethods(Caller):
    """What can be asked of campaigns; those that are disabled are not told of."""

    def get_campaigns(self) -> tuple[Campaign, ...]:
        """Read the enabled campaigns that the platform user may see, with name, state and lists.

        GET campaign/getAll/. Part "Get Campaigns".
        """
        return self._call(GET_CAMPAIGNS, shape=decode.campaigns)

    def get_campaign(self, campaign_id: str) -> Campaign:
        """Read an enabled campaign with its lists; its Do Not Call lists are not told of. NotFound.

        By `get_campaigns`: there is no method for one of them.
        """
        found = next((campaign for campaign in self.get_campaigns() if campaign.id == campaign_id), None)
        if found is None:
            reason = Reason.CAMPAIGN_NOT_FOUND
            raise NotFound(V2_JUDGE.sentences[reason], reason=reason)
        return found

    def get_campaign_status(self, campaign_id: str) -> Campaign:
        """Read name and state of an enabled campaign. NotFound."""
        return replace(self.get_campaign(campaign_id), lists=None)

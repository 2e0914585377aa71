"""The 14 methods of v3.2 on one campaign: settings, copies, dispositions, teams, caller IDs, and its link group.

Besides what each docstring names, every method may raise Unsupported (the tenant's version does not have it), NotFound
(CAMPAIGN_NOT_FOUND), Invalid (NOT_FOR_THIS_CAMPAIGN: messaging campaigns have none of them), Unreachable, TlsFailed,
Broken, AuthFailed, Forbidden and Invalid. Source: the section "Campaigns" of "List Management API v3.2".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from bpadmin.platforms.brightpattern import decode
from bpadmin.platforms.brightpattern.endpoints import Endpoint
from bpadmin.platforms.brightpattern.latest import endpoints, shapes
from bpadmin.platforms.brightpattern.latest.calling import NewerCaller
from bpadmin.platforms.campaign_details import (
    CallerId,
    CallerIdMethod,
    CampaignDetails,
    Disposition,
    OutboundSettings,
    PartlyDone,
)

# The table names callerIDs and the examples callerIds; `*` asks for all and cannot be misspelt.
ALL_PARTS = "*"


class CampaignSettingsMethods(NewerCaller):
    """What newer tenants let be asked of a campaign beyond its lists."""

    def get_campaign_details(self, campaign_id: str) -> CampaignDetails:
        """Read all settings of a campaign, enabled or not.

        GET campaign/getCampaign/:campaign_id?include=*. Part "Get Campaign".
        """
        query = {"include": ALL_PARTS}
        return self._newer(endpoints.GET_CAMPAIGN_DETAILS, campaign_id, shape=shapes.details, query=query)

    def tells_details(self, campaign_id: str) -> bool:
        """Tell whether the tenant gives a part of a campaign's settings when it is asked for one; older ones do not."""
        query = {"include": "teams"}
        return self._newer(endpoints.GET_CAMPAIGN_DETAILS, campaign_id, shape=shapes.tells_parts, query=query)

    def update_general_settings(
        self,
        campaign_id: str,
        *,
        name: str = "",
        enabled: bool | None = None,
        outbound: OutboundSettings | None = None,
    ) -> None:
        """Change name, whether it is enabled, and how it dials; what is "" or None stays.

        PATCH campaign/updateGeneralSettings/:campaign_id. Conflict (IMMUTABLE_FIELD). Twice is the same as once, so it
        is retried. Part "Update General and Outbound Settings".
        """
        body: dict[str, Any] = {"name": name} if name else {}
        if enabled is not None:
            body["enabled"] = enabled
        if outbound is not None and (given := shapes.outbound_body(outbound)):
            body["outboundGeneral"] = given
        self._newer(endpoints.UPDATE_GENERAL_SETTINGS, campaign_id, shape=decode.done, body=body)

    def update_caller_id_settings(self, campaign_id: str, *, method: CallerIdMethod, default: str = "") -> None:
        """Choose which caller ID is shown, and the one that stands in.

        PATCH campaign/updateCallerIDSettings/:campaign_id. NotFound (CALLER_ID_NOT_FOUND); Conflict
        (CALLER_ID_NOT_ASSIGNED). Part "Update Caller ID Settings".
        """
        body = {"callerIdSelectionMethod": method, "defaultCallerId": default or None}
        self._newer(endpoints.UPDATE_CALLER_ID_SETTINGS, campaign_id, shape=decode.done, body=body)

    def duplicate_campaign(self, *, source_id: str, name: str = "") -> str:
        """Copy a campaign without its lists and give the copy's id; it is disabled and stopped.

        POST campaign/duplicateCampaign. Conflict (DUPLICATE_NAME). Never repeated on a guess. Part "Duplicate
        Campaign".
        """
        body = {"sourceCampaignId": source_id} | ({"name": name} if name else {})
        return self._newer(endpoints.DUPLICATE_CAMPAIGN, shape=shapes.made_id, body=body)

    def delete_campaign(self, campaign_id: str) -> None:
        """Delete a campaign with its results, also those in the archive; drops live calls as unbinding does.

        DELETE campaign/deleteCampaign/:campaign_id. Never repeated on a guess. Part "Delete Campaign".
        """
        self._newer(endpoints.DELETE_CAMPAIGN, campaign_id, shape=decode.done)

    def add_disposition(self, campaign_id: str, disposition: Disposition) -> str:
        """Add a disposition; returns its id, "" where the platform does not tell it.

        POST campaign/addDisposition/:campaign_id. Never repeated on a guess. Part "Add Disposition".
        """
        body = shapes.disposition_body(disposition)
        return self._newer(endpoints.ADD_DISPOSITION, campaign_id, shape=shapes.maybe_id, body=body)

    def add_dispositions(self, campaign_id: str, dispositions: Sequence[Disposition]) -> PartlyDone:
        """Add several; what is refused comes back under missingRequired, formatError or duplicateName.

        POST campaign/addDispositions/:campaign_id. Never repeated on a guess. Part "Add Dispositions".
        """
        body = {"dispositions": [shapes.disposition_body(each) for each in dispositions]}
        return self._partly(endpoints.ADD_DISPOSITIONS, campaign_id, body, "added")

    def update_disposition(self, campaign_id: str, disposition: Disposition) -> None:
        """Change a disposition, found by its id, and its dial rule; also one of the system's.

        PATCH campaign/updateDisposition/:campaign_id. NotFound (DISPOSITION_NOT_FOUND); Conflict
        (DISPOSITION_NOT_HERE). Part "Update Disposition".
        """
        body = shapes.disposition_body(disposition)
        self._newer(endpoints.UPDATE_DISPOSITION, campaign_id, shape=decode.done, body=body)

    def delete_dispositions(self, campaign_id: str, ids: Sequence[str]) -> PartlyDone:
        """Delete dispositions by id; what is not comes back under idsNotFound or isSystem.

        POST campaign/deleteDispositions/:campaign_id. Part "Delete Dispositions".
        """
        return self._partly(endpoints.DELETE_DISPOSITIONS, campaign_id, {"dispositions": list(ids)}, "removed")

    def assign_teams(self, campaign_id: str, ids: Sequence[str], *, skill_level: int = 100) -> PartlyDone:
        """Assign teams by id; what is not comes back under idsNotFound or duplicateIDs.

        POST campaign/assignTeams/:campaign_id. Part "Assign Teams".
        """
        body = {"teams": list(ids), "skillLevel": skill_level}
        return self._partly(endpoints.ASSIGN_TEAMS, campaign_id, body, "added")

    def unassign_teams(self, campaign_id: str, ids: Sequence[str]) -> PartlyDone:
        """Take teams off; what is not comes back under idsNotFound.

        POST campaign/unassignTeams/:campaign_id. Part "Unassign Teams".
        """
        return self._partly(endpoints.UNASSIGN_TEAMS, campaign_id, {"teams": list(ids)}, "removed")

    def assign_caller_ids(self, campaign_id: str, caller_ids: Sequence[CallerId]) -> PartlyDone:
        """Assign caller IDs; what is not comes back under numbersNotFound or formatError.

        POST campaign/assignCallerIds/:campaign_id. Part "Assign Caller IDs".
        """
        items = [{"number": each.number, "stateProvince": each.state or None} for each in caller_ids]
        return self._partly(endpoints.ASSIGN_CALLER_IDS, campaign_id, {"callerIds": items}, "added")

    def unassign_caller_ids(self, campaign_id: str, ids: Sequence[str]) -> PartlyDone:
        """Take caller IDs off by id; what is not comes back under idsNotFound or isDefault.

        POST campaign/unassignCallerIds/:campaign_id. Part "Unassign Caller IDs".
        """
        return self._partly(endpoints.UNASSIGN_CALLER_IDS, campaign_id, {"callerIds": list(ids)}, "removed")

    def link_campaign(self, campaign_id: str, *, group_id: str, after_id: str = "") -> None:
        """Put a campaign into a link group after another one of it, first where none is named; or change its place.

        POST campaign/linkCampaign/:campaign_id. NotFound (LINK_GROUP_NOT_FOUND). Resets type, teams, hours, skills and
        term to those of the group, and switches the call quota off. Part "Link a Campaign".
        """
        body = {"groupId": group_id} | ({"startAfterCampaignId": after_id} if after_id else {})
        self._newer(endpoints.LINK_CAMPAIGN, campaign_id, shape=decode.done, body=body)

    def unlink_campaign(self, campaign_id: str) -> None:
        """Take a campaign out of its link group.

        POST campaign/unlinkCampaign/:campaign_id. Conflict (NOT_LINKED). Never repeated on a guess. Part "Unlink a
        Campaign".
        """
        self._newer(endpoints.UNLINK_CAMPAIGN, campaign_id, shape=decode.done)

    def _partly(self, endpoint: Endpoint, campaign_id: str, body: object, count_name: str) -> PartlyDone:
        shape = partial(shapes.partly_done, count_name=count_name)
        return self._newer(endpoint, campaign_id, shape=shape, body=body)

"""The 21 methods of v3.2 beyond Do Not Call lists, and what getting a campaign takes there, as a table."""

from __future__ import annotations

from collections.abc import Mapping

from bpadmin.platforms.base import Effect
from bpadmin.platforms.brightpattern.endpoints import ALL_CAMPAIGNS, MANAGE_LISTS, ONCE, OWN_CAMPAIGNS, READ, Endpoint
from bpadmin.platforms.brightpattern.endpoints import REPEATABLE as AGAIN
from bpadmin.platforms.errors import Reason

ALL_TEAMS = "Manage all teams"
CALLER_IDS = "Manage caller IDs within services and campaigns"
_RIGHTS = (ALL_CAMPAIGNS, OWN_CAMPAIGNS)
_CAMPAIGN = {404: (Reason.CAMPAIGN_NOT_FOUND,)}
_GROUP = {404: (Reason.LINK_GROUP_NOT_FOUND,)}
_NAME = {409: (Reason.DUPLICATE_NAME,)}
_LIST = {404: (Reason.LIST_NOT_FOUND,)}
_LIST_RECORD = {404: (Reason.RECORD_NOT_FOUND, Reason.LIST_NOT_FOUND)}
_URL = {404: (Reason.URL_NOT_FOUND,)}


def _campaign(
    name: str,
    method: str,
    path: str,
    effect: Effect,
    doing: str,
    refusals: Mapping[int, tuple[Reason, ...]] = _CAMPAIGN,
    *more_rights: str,
) -> Endpoint:
    return Endpoint(name, method, f"campaign/{path}", effect, doing, (*more_rights, *_RIGHTS), refusals)


GET_CAMPAIGN_DETAILS = _campaign("get_campaign_details", "GET", "getCampaign/{}", READ, "read the campaign's settings")
UPDATE_GENERAL_SETTINGS = _campaign(
    "update_general_settings",
    "PATCH",
    "updateGeneralSettings/{}",
    AGAIN,
    "change the campaign's settings",
    _CAMPAIGN | {409: (Reason.IMMUTABLE_FIELD, Reason.DUPLICATE_NAME)},
)
UPDATE_CALLER_ID_SETTINGS = _campaign(
    "update_caller_id_settings",
    "PATCH",
    "updateCallerIDSettings/{}",
    AGAIN,
    "change which caller ID is shown",
    {404: (Reason.CALLER_ID_NOT_FOUND, Reason.CAMPAIGN_NOT_FOUND), 409: (Reason.CALLER_ID_NOT_ASSIGNED,)},
    CALLER_IDS,
)
DUPLICATE_CAMPAIGN = _campaign(
    "duplicate_campaign", "POST", "duplicateCampaign", ONCE, "copy the campaign", _CAMPAIGN | _NAME
)
# A second deletion would find nothing and say so, hiding that the first one worked.
DELETE_CAMPAIGN = _campaign("delete_campaign", "DELETE", "deleteCampaign/{}", ONCE, "delete the campaign")
ADD_DISPOSITION = _campaign(
    "add_disposition", "POST", "addDisposition/{}", ONCE, "add the disposition", _CAMPAIGN | _NAME
)
ADD_DISPOSITIONS = _campaign(
    "add_dispositions", "POST", "addDispositions/{}", ONCE, "add the dispositions", _CAMPAIGN | _NAME
)
UPDATE_DISPOSITION = _campaign(
    "update_disposition",
    "PATCH",
    "updateDisposition/{}",
    AGAIN,
    "change the disposition",
    {
        404: (Reason.DISPOSITION_NOT_FOUND, Reason.CAMPAIGN_NOT_FOUND),
        409: (Reason.DISPOSITION_NOT_HERE, Reason.DUPLICATE_NAME),
    },
)
DELETE_DISPOSITIONS = _campaign("delete_dispositions", "POST", "deleteDispositions/{}", AGAIN, "delete dispositions")
ASSIGN_TEAMS = _campaign(
    "assign_teams", "POST", "assignTeams/{}", AGAIN, "assign teams to the campaign", _CAMPAIGN, ALL_TEAMS
)
UNASSIGN_TEAMS = _campaign(
    "unassign_teams", "POST", "unassignTeams/{}", AGAIN, "take teams off the campaign", _CAMPAIGN, ALL_TEAMS
)
ASSIGN_CALLER_IDS = _campaign(
    "assign_caller_ids", "POST", "assignCallerIds/{}", AGAIN, "assign caller IDs", _CAMPAIGN, CALLER_IDS
)
UNASSIGN_CALLER_IDS = _campaign(
    "unassign_caller_ids", "POST", "unassignCallerIds/{}", AGAIN, "take caller IDs off", _CAMPAIGN, CALLER_IDS
)
LINK_CAMPAIGN = _campaign(
    "link_campaign",
    "POST",
    "linkCampaign/{}",
    AGAIN,
    "put the campaign into the link group",
    {404: (Reason.LINK_GROUP_NOT_FOUND, Reason.CAMPAIGN_NOT_FOUND)},
)
UNLINK_CAMPAIGN = _campaign(
    "unlink_campaign",
    "POST",
    "unlinkCampaign/{}",
    ONCE,
    "take the campaign out of its link group",
    {404: (Reason.CAMPAIGN_NOT_FOUND, Reason.LINK_GROUP_NOT_FOUND), 409: (Reason.NOT_LINKED,)},
)
GET_LINK_GROUPS = Endpoint(
    "get_link_groups", "POST", "campaignlinkgroup/getAll", READ, "read the link groups", _RIGHTS, _URL
)
GET_LINK_GROUP = Endpoint(
    "get_link_group", "GET", "campaignlinkgroup/getLinkGroup/{}", READ, "read the link group", _RIGHTS, _GROUP
)
CREATE_LINK_GROUP = Endpoint(
    "create_link_group", "POST", "campaignlinkgroup/createLinkGroup", ONCE, "create the link group", _RIGHTS, _NAME
)
DELETE_LINK_GROUP = Endpoint(
    "delete_link_group",
    "DELETE",
    "campaignlinkgroup/deleteLinkGroup/{}",
    ONCE,
    "delete the link group",
    _RIGHTS,
    _GROUP | {409: (Reason.LINK_GROUP_NOT_EMPTY,)},
)
FETCH_ALL_RECORDS = Endpoint(
    "fetch_all_records", "POST", "callinglist/fetchAll/{}", READ, "read the list's records", (MANAGE_LISTS,), _LIST
)
FETCH_RECORD = Endpoint(
    "fetch_record", "POST", "callinglist/fetch/{}", READ, "look the record up", (MANAGE_LISTS,), _LIST_RECORD
)
UPDATE_LIST_PROPERTIES = Endpoint(
    "update_list_properties",
    "PATCH",
    "callinglist/updateListProperties/{}",
    AGAIN,
    "change the list",
    (MANAGE_LISTS,),
    _LIST | _NAME,
)

LATEST_ENDPOINTS = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))

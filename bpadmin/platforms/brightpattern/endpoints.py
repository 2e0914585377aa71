"""The 34 methods of List Management API v3.0 as a table: where each is, what repeating it does, what it may refuse.

400, 401, 403, 405, 415 and an invalid URL apply to all.
"""

from __future__ import annotations

from typing import ClassVar

from bpadmin.platforms.base import Effect
from bpadmin.platforms.errors import Reason
from bpadmin.platforms.http.endpoint import Endpoint as AnyEndpoint

ALL_CAMPAIGNS = "Manage all services and campaigns"
OWN_CAMPAIGNS = "Manage assigned services and campaigns"
START_CAMPAIGNS = "Start campaigns and enable lists"
MANAGE_LISTS = "Manage Lists"
UPDATE_CONTENT = "Update content of calling list"


class Endpoint(AnyEndpoint):
    """One method of Bright Pattern's; the privileges are those of its administrator's pages."""

    __slots__ = ()
    root: ClassVar[str] = "/configapi/v3/"


_CAMPAIGN = {404: (Reason.CAMPAIGN_NOT_FOUND,)}
_INSTANCE = {404: (Reason.CAMPAIGN_NOT_FOUND, Reason.INSTANCE_NOT_FOUND), 409: (Reason.INSTANCE_NOT_BOUND,)}
_LIST = {404: (Reason.LIST_NOT_FOUND,)}
_LIST_RECORD = {404: (Reason.RECORD_NOT_FOUND, Reason.LIST_NOT_FOUND)}
_LIST_CAMPAIGN = {404: (Reason.LIST_NOT_FOUND, Reason.CAMPAIGN_NOT_FOUND)}
_DELETION = _LIST_CAMPAIGN | {409: (Reason.DELETION_UNDER_WAY, Reason.LIST_NOT_BOUND)}
_NAME = {409: (Reason.DUPLICATE_NAME,)}
_KEY = {409: (Reason.DUPLICATE_KEY,)}
_DNC = {403: (Reason.MISSING_PRIVILEGE, Reason.DNC_TYPE_NOT_EDITABLE), 404: (Reason.DNC_LIST_NOT_FOUND,)}

_CAMPAIGN_RIGHTS = (ALL_CAMPAIGNS, OWN_CAMPAIGNS)
_STEERING_RIGHTS = (START_CAMPAIGNS, ALL_CAMPAIGNS, OWN_CAMPAIGNS)
_LIST_RIGHTS = (MANAGE_LISTS,)
_CONTENT_RIGHTS = (UPDATE_CONTENT, MANAGE_LISTS)

READ, REPEATABLE, ONCE = Effect.READ, Effect.REPEATABLE, Effect.ONCE

# A token more or less changes nothing that anybody sees, so fetching one may be repeated.
GET_ACCESS_TOKEN = Endpoint("get_access_token", "POST", "oauth/token", READ, "sign in", is_secret=True)

GET_CAMPAIGNS = Endpoint(
    "get_campaigns",
    "GET",
    "campaign/getAll",
    READ,
    "read the campaigns",
    _CAMPAIGN_RIGHTS,
    {404: (Reason.URL_NOT_FOUND,)},
)
GET_CAMPAIGN = Endpoint(
    "get_campaign", "GET", "campaign/getCampaign/{}", READ, "read the campaign", _CAMPAIGN_RIGHTS, _CAMPAIGN
)
GET_CAMPAIGN_STATUS = Endpoint(
    "get_campaign_status",
    "GET",
    "campaign/getStatus/{}",
    READ,
    "read the campaign's state",
    _CAMPAIGN_RIGHTS,
    _CAMPAIGN,
)
START = Endpoint(
    "start",
    "POST",
    "campaign/start/{}",
    ONCE,
    "start the campaign",
    _STEERING_RIGHTS,
    _CAMPAIGN | {409: (Reason.CANNOT_START, Reason.CAMPAIGN_DISABLED, Reason.ALREADY_RUNNING)},
)
STOP = Endpoint(
    "stop",
    "POST",
    "campaign/stop/{}",
    ONCE,
    "stop the campaign",
    _STEERING_RIGHTS,
    _CAMPAIGN | {409: (Reason.CANNOT_STOP, Reason.CAMPAIGN_DISABLED, Reason.ALREADY_STOPPED)},
)
BIND_LIST = Endpoint(
    "bind_list",
    "POST",
    "campaign/bindList/{}",
    ONCE,
    "bind the list to the campaign",
    _STEERING_RIGHTS,
    {404: (Reason.CAMPAIGN_NOT_FOUND, Reason.LIST_NOT_FOUND)},
)
UPDATE_LIST = Endpoint(
    "update_list",
    "PATCH",
    "campaign/updateList/{}",
    REPEATABLE,
    "change the list in the campaign",
    _STEERING_RIGHTS,
    _INSTANCE,
)
UNBIND_LIST = Endpoint(
    "unbind_list",
    "POST",
    "campaign/unbindList/{}",
    ONCE,
    "unbind the list from the campaign",
    _STEERING_RIGHTS,
    _INSTANCE,
)
GET_ALL_RECORDS = Endpoint(
    "get_all_records", "POST", "campaign/getAllRecords/{}", READ, "read the records", _CAMPAIGN_RIGHTS, _INSTANCE
)
GET_COMPLETED_RECORDS = Endpoint(
    "get_completed_records",
    "POST",
    "campaign/getCompletedRecords/{}",
    READ,
    "read the completed records",
    _CAMPAIGN_RIGHTS,
    _INSTANCE,
)
GET_UPDATED_RECORDS = Endpoint(
    "get_updated_records",
    "POST",
    "campaign/getUpdatedRecords/{}",
    READ,
    "read the records that changed",
    _CAMPAIGN_RIGHTS,
    _INSTANCE,
)
QUERY_RECORD = Endpoint(
    "query_record",
    "POST",
    "campaign/queryRecord/{}",
    READ,
    "look up the record",
    _CAMPAIGN_RIGHTS,
    _INSTANCE | {404: (Reason.RECORD_NOT_FOUND, Reason.CAMPAIGN_NOT_FOUND, Reason.INSTANCE_NOT_FOUND)},
)

GET_ALL_RECORDS_DEPRECATED = Endpoint(
    "get_all_records_deprecated",
    "POST",
    "callinglist/getAll/{}/{}",
    READ,
    "read the list's records",
    _LIST_RIGHTS,
    _LIST_CAMPAIGN,
)
GET_UPDATED_RECORDS_DEPRECATED = Endpoint(
    "get_updated_records_deprecated",
    "POST",
    "callinglist/getChanged/{}/{}",
    READ,
    "read the list's records that changed",
    _LIST_RIGHTS,
    _LIST_CAMPAIGN,
)
QUERY_RECORD_DEPRECATED = Endpoint(
    "query_record_deprecated", "POST", "callinglist/get/{}/{}", READ, "look up the record", _LIST_RIGHTS, _LIST_RECORD
)
GET_LISTS = Endpoint(
    "get_lists", "POST", "callinglist/getAll", READ, "read the lists", _LIST_RIGHTS, {404: (Reason.URL_NOT_FOUND,)}
)
GET_LIST = Endpoint("get_list", "GET", "callinglist/getList/{}", READ, "read the list", _LIST_RIGHTS, _LIST)
# A second deletion would find nothing and say so, hiding that the first one worked.
DELETE_LIST = Endpoint(
    "delete_list", "DELETE", "callinglist/deleteList/{}", ONCE, "delete the list", _LIST_RIGHTS, _LIST
)
CREATE_LIST = Endpoint(
    "create_list",
    "POST",
    "callinglist/createList",
    ONCE,
    "create the list",
    _LIST_RIGHTS,
    _NAME | {404: (Reason.FORMAT_NOT_FOUND,)},
)
CREATE_LIST_WITH_NEW_FORMAT = Endpoint(
    "create_list_with_new_format",
    "POST",
    "callinglist/createListWithNewFormat",
    ONCE,
    "create the list and its format",
    _LIST_RIGHTS,
    _NAME | {404: (Reason.URL_NOT_FOUND,)},
)
ADD_MANY_RECORDS = Endpoint(
    "add_many_records",
    "POST",
    "callinglist/addAll/{}",
    ONCE,
    "add the records",
    _CONTENT_RIGHTS,
    _LIST | _KEY,
    is_batch=True,
)
ADD_RECORD = Endpoint("add_record", "POST", "callinglist/add/{}", ONCE, "add the record", _CONTENT_RIGHTS, _LIST | _KEY)
UPDATE_MANY_RECORDS = Endpoint(
    "update_many_records",
    "POST",
    "callinglist/updateAll/{}",
    REPEATABLE,
    "update the records",
    _CONTENT_RIGHTS,
    _LIST,
    is_batch=True,
)
UPDATE_RECORD = Endpoint(
    "update_record", "POST", "callinglist/update/{}", REPEATABLE, "update the record", _CONTENT_RIGHTS, _LIST_RECORD
)
ERASE_RECORD = Endpoint(
    "erase_record", "POST", "callinglist/erase/{}", ONCE, "erase the record", _CONTENT_RIGHTS, _LIST_RECORD
)
DELETE_MANY_RECORDS = Endpoint(
    "delete_many_records", "POST", "callinglist/delete/{}", ONCE, "delete the records", _CONTENT_RIGHTS, _DELETION
)
DELETE_ALL_RECORDS = Endpoint(
    "delete_all_records", "POST", "callinglist/deleteAll/{}", ONCE, "empty the list", _CONTENT_RIGHTS, _DELETION
)
GET_JOB_STATUS = Endpoint(
    "get_job_status",
    "GET",
    "job/{}",
    READ,
    "read how far the deletion is",
    _CONTENT_RIGHTS,
    {404: (Reason.JOB_NOT_FOUND,)},
)

# The answers of these tell how many records were concerned; a repeated call would tell another number.
DELETE_ALL_DNC_RECORDS = Endpoint(
    "delete_all_dnc_records",
    "POST",
    "donotcalllist/deleteAll/{}",
    ONCE,
    "empty the Do Not Call list",
    _LIST_RIGHTS,
    _DNC,
)
DELETE_MANY_DNC_RECORDS = Endpoint(
    "delete_many_dnc_records",
    "POST",
    "donotcalllist/delete/{}",
    ONCE,
    "delete the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
    is_batch=True,
)
ADD_MANY_DNC_RECORDS = Endpoint(
    "add_many_dnc_records",
    "POST",
    "donotcalllist/addAll/{}",
    ONCE,
    "add the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
    is_batch=True,
)
ADD_DNC_RECORDS_DEPRECATED = Endpoint(
    "add_dnc_records_deprecated",
    "POST",
    "donotcalllist/add/{}",
    ONCE,
    "add the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
    is_batch=True,
)
REPLACE_DNC_RECORDS_DEPRECATED = Endpoint(
    "replace_dnc_records_deprecated",
    "POST",
    "donotcalllist/replaceAll/{}",
    REPEATABLE,
    "replace the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
    is_batch=True,
)

ENDPOINTS = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))

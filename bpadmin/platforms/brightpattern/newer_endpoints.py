"""The Do Not Call methods that came after v3.0 of the List Management API, as a table like that of endpoints.py.

Their paths begin as the others' do: the version is not in them, and a tenant of v3.0 answers 404.
"""

from __future__ import annotations

from bpadmin.platforms.brightpattern.endpoints import (
    ALL_CAMPAIGNS,
    MANAGE_LISTS,
    ONCE,
    OWN_CAMPAIGNS,
    READ,
    REPEATABLE,
    START_CAMPAIGNS,
    Endpoint,
)
from bpadmin.platforms.errors import Reason

_LIST_RIGHTS = (MANAGE_LISTS,)
_STEERING_RIGHTS = (START_CAMPAIGNS, ALL_CAMPAIGNS, OWN_CAMPAIGNS)
_DNC = {403: (Reason.MISSING_PRIVILEGE, Reason.DNC_TYPE_NOT_EDITABLE), 404: (Reason.DNC_LIST_NOT_FOUND,)}
_NAME = {409: (Reason.DUPLICATE_NAME,)}
_BOTH = {404: (Reason.CAMPAIGN_NOT_FOUND, Reason.DNC_LIST_NOT_FOUND)}

GET_DNC_LISTS = Endpoint(
    "get_dnc_lists",
    "GET",
    "donotcalllist/getAll",
    READ,
    "read the Do Not Call lists",
    _LIST_RIGHTS,
    {404: (Reason.URL_NOT_FOUND,)},
)
GET_DNC_LIST = Endpoint(
    "get_dnc_list", "GET", "donotcalllist/getDNCList/{}", READ, "read the Do Not Call list", _LIST_RIGHTS, _DNC
)
GET_DNC_RECORDS = Endpoint(
    "get_dnc_records",
    "GET",
    "donotcalllist/getDNCRecords/{}",
    READ,
    "read the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
)
CREATE_DNC_LIST = Endpoint(
    "create_dnc_list",
    "POST",
    "donotcalllist/createDNCList",
    ONCE,
    "create the Do Not Call list",
    _LIST_RIGHTS,
    _NAME | {404: (Reason.URL_NOT_FOUND,)},
)
UPDATE_DNC_PROPERTIES = Endpoint(
    "update_dnc_properties",
    "PATCH",
    "donotcalllist/updateDNCProperties/{}",
    REPEATABLE,
    "change the Do Not Call list",
    _LIST_RIGHTS,
    _DNC | _NAME,
)
# A second deletion would find nothing and say so, hiding that the first one worked.
DELETE_DNC_LIST = Endpoint(
    "delete_dnc_list",
    "DELETE",
    "donotcalllist/deleteDNCList/{}",
    ONCE,
    "delete the Do Not Call list",
    _LIST_RIGHTS,
    _DNC,
)
BIND_DNC_LIST = Endpoint(
    "bind_dnc_list",
    "POST",
    "campaign/bindDNCList/{}",
    ONCE,
    "let the Do Not Call list guard the campaign",
    _STEERING_RIGHTS,
    _BOTH,
)
UNBIND_DNC_LIST = Endpoint(
    "unbind_dnc_list",
    "POST",
    "campaign/unbindDNCList/{}",
    ONCE,
    "take the Do Not Call list off the campaign",
    _STEERING_RIGHTS,
    _BOTH | {409: (Reason.LIST_NOT_BOUND,)},
)

NEWER_ENDPOINTS = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))

"""The 14 methods of v2 as a table: where each is, what repeating it does, what it may refuse.

v1's methods are those of the lists, below another root. 400, 401, 403 and an invalid URL apply to all.
"""

from __future__ import annotations

from typing import ClassVar

from bpadmin.platforms.base import Effect
from bpadmin.platforms.brightpattern.endpoints import ALL_CAMPAIGNS, MANAGE_LISTS, OWN_CAMPAIGNS, UPDATE_CONTENT
from bpadmin.platforms.errors import Reason
from bpadmin.platforms.http.endpoint import Endpoint as AnyEndpoint
from bpadmin.platforms.http.endpoint import segment

V2_ROOT = "/configapi/v2/"


class Endpoint(AnyEndpoint):
    """One method of an older API; its URL is below the root that the version has."""

    __slots__ = ()
    root: ClassVar[str] = ""


class TokenEndpoint(AnyEndpoint):
    """Where v2 gives out tokens."""

    __slots__ = ()
    root: ClassVar[str] = V2_ROOT


def v1_root(tenant_url: str) -> str:
    """Return where v1 of a tenant is; `tenant_url` is the tenant's own segment of its addresses."""
    return f"/admin/ws/t/{segment(tenant_url)}/"


_LIST = {404: (Reason.LIST_NOT_FOUND,)}
_LIST_CAMPAIGN = {404: (Reason.LIST_NOT_FOUND, Reason.CAMPAIGN_NOT_FOUND)}
_LIST_RECORD = {404: (Reason.RECORD_NOT_FOUND, Reason.LIST_NOT_FOUND)}
_KEY = {409: (Reason.DUPLICATE_KEY,)}
_DNC = {403: (Reason.MISSING_PRIVILEGE, Reason.DNC_TYPE_NOT_EDITABLE), 404: (Reason.DNC_LIST_NOT_FOUND,)}

_LIST_RIGHTS = (MANAGE_LISTS,)
_CONTENT_RIGHTS = (UPDATE_CONTENT, MANAGE_LISTS)

READ, REPEATABLE, ONCE = Effect.READ, Effect.REPEATABLE, Effect.ONCE

GET_ACCESS_TOKEN = TokenEndpoint("get_access_token", "POST", "oauth/token", READ, "sign in", is_secret=True)

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
DELETE_ALL_RECORDS = Endpoint(
    "delete_all_records", "POST", "callinglist/deleteAll/{}", ONCE, "empty the list", _CONTENT_RIGHTS, _LIST
)
GET_ALL_RECORDS = Endpoint(
    "get_all_records", "POST", "callinglist/getAll/{}/{}", READ, "read the records", _LIST_RIGHTS, _LIST_CAMPAIGN
)
GET_COMPLETED_RECORDS = Endpoint(
    "get_completed_records",
    "POST",
    "callinglist/getCompleted/{}/{}",
    READ,
    "read the completed records",
    _LIST_RIGHTS,
    _LIST_CAMPAIGN,
)
GET_UPDATED_RECORDS = Endpoint(
    "get_updated_records",
    "POST",
    "callinglist/getChanged/{}/{}",
    READ,
    "read the records that were tried",
    _LIST_RIGHTS,
    _LIST_CAMPAIGN,
)
QUERY_RECORD = Endpoint(
    "query_record", "POST", "callinglist/get/{}/{}", READ, "look up the record", _LIST_RIGHTS, _LIST_RECORD
)
UPDATE_RECORD = Endpoint(
    "update_record", "POST", "callinglist/update/{}", REPEATABLE, "update the record", _CONTENT_RIGHTS, _LIST_RECORD
)

GET_CAMPAIGNS = Endpoint(
    "get_campaigns",
    "GET",
    "campaign/getAll/",
    READ,
    "read the campaigns",
    (ALL_CAMPAIGNS, OWN_CAMPAIGNS),
    {404: (Reason.URL_NOT_FOUND,)},
)

# The answers of these tell how many entries were concerned; a repeated call would tell another number.
ADD_DNC_RECORDS = Endpoint(
    "add_dnc_records",
    "POST",
    "donotcalllist/add/{}",
    ONCE,
    "add the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
    is_batch=True,
)
REPLACE_DNC_RECORDS = Endpoint(
    "replace_dnc_records",
    "POST",
    "donotcalllist/replaceAll/{}",
    REPEATABLE,
    "replace the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
    is_batch=True,
)
DELETE_ALL_DNC_RECORDS = Endpoint(
    "delete_all_dnc_records",
    "POST",
    "donotcalllist/deleteAll/{}",
    ONCE,
    "empty the Do Not Call list",
    _LIST_RIGHTS,
    _DNC,
)
DELETE_DNC_RECORDS = Endpoint(
    "delete_dnc_records",
    "POST",
    "donotcalllist/delete/{}",
    ONCE,
    "delete the Do Not Call entries",
    _LIST_RIGHTS,
    _DNC,
    is_batch=True,
)

ENDPOINTS: tuple[AnyEndpoint, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, AnyEndpoint)
)
V1_ENDPOINTS = (GET_ALL_RECORDS,)

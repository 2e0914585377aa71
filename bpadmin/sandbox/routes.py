"""The methods of the document, in its order, and the way from a request to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import not_found, wrong_verb
from .handlers import campaigns, lists, records
from .handlers.call import Call
from .state.access import Privilege

BASE = "/configapi/v3/"
TOKEN_PATH = "oauth/token"  # noqa: S105
Handler = Callable[[Call], Any]

_CAMPAIGNS = (Privilege.ALL_CAMPAIGNS,)
_START = (Privilege.ALL_CAMPAIGNS, Privilege.START_CAMPAIGNS)
_LISTS = (Privilege.MANAGE_LISTS,)
_CONTENT = (Privilege.MANAGE_LISTS, Privilege.UPDATE_LISTS)


@dataclass(frozen=True, slots=True)
class Method:
    """A method: its name in the document, a short name for statistics and faults, its path, and what it needs.

    `handler` is None for the token method alone, which needs no token.
    """

    section: str
    title: str
    name: str
    verb: str
    path: str
    handler: Handler | None = None
    privileges: tuple[Privilege, ...] = ()

    @property
    def ids(self) -> int:
        """Count the ids in the path."""
        return self.path.count(":")


METHODS: tuple[Method, ...] = (
    Method("Authentication", "Get Access Token", "get_access_token", "POST", TOKEN_PATH),
    Method(
        "Campaigns", "Get Campaigns", "get_campaigns", "GET", "campaign/getAll", campaigns.get_campaigns, _CAMPAIGNS
    ),
    Method(
        "Campaigns",
        "Get Campaign",
        "get_campaign",
        "GET",
        "campaign/getCampaign/:campaign_id",
        campaigns.get_campaign,
        _CAMPAIGNS,
    ),
    Method(
        "Campaigns",
        "Get Campaign Status",
        "get_campaign_status",
        "GET",
        "campaign/getStatus/:campaign_id",
        campaigns.get_campaign_status,
        _CAMPAIGNS,
    ),
    Method("Campaigns", "Start", "start", "POST", "campaign/start/:campaign_id", campaigns.start, _START),
    Method("Campaigns", "Stop", "stop", "POST", "campaign/stop/:campaign_id", campaigns.stop, _START),
    Method(
        "Campaigns", "Bind List", "bind_list", "POST", "campaign/bindList/:campaign_id", campaigns.bind_list, _START
    ),
    Method(
        "Campaigns",
        "Update List",
        "update_list",
        "PATCH",
        "campaign/updateList/:campaign_id",
        campaigns.update_list,
        _START,
    ),
    Method(
        "Campaigns",
        "Unbind List",
        "unbind_list",
        "POST",
        "campaign/unbindList/:campaign_id",
        campaigns.unbind_list,
        _START,
    ),
    Method("Lists", "Get Lists", "get_lists", "POST", "callinglist/getAll", lists.get_lists, _LISTS),
    Method("Lists", "Get List", "get_list", "GET", "callinglist/getList/:list_id", lists.get_list, _LISTS),
    Method(
        "Lists",
        "Delete List and Orphaned Format",
        "delete_list",
        "DELETE",
        "callinglist/deleteList/:list_id",
        lists.delete_list,
        _LISTS,
    ),
    Method("Lists", "Create List", "create_list", "POST", "callinglist/createList", lists.create_list, _LISTS),
    Method(
        "Lists",
        "Create List with New Format",
        "create_list_with_new_format",
        "POST",
        "callinglist/createListWithNewFormat",
        lists.create_list_with_new_format,
        _LISTS,
    ),
    Method(
        "Lists",
        "Add Many Records",
        "add_many_records",
        "POST",
        "callinglist/addAll/:list_id",
        records.add_many_records,
        _CONTENT,
    ),
    Method("Lists", "Add Record", "add_record", "POST", "callinglist/add/:list_id", records.add_record, _CONTENT),
    Method(
        "Lists",
        "Update Many Records",
        "update_many_records",
        "POST",
        "callinglist/updateAll/:list_id",
        records.update_many_records,
        _CONTENT,
    ),
    Method(
        "Lists",
        "Update Record",
        "update_record",
        "POST",
        "callinglist/update/:list_id",
        records.update_record_by_key,
        _CONTENT,
    ),
    Method(
        "Lists", "Erase Record", "erase_record", "POST", "callinglist/erase/:list_id", records.erase_record, _CONTENT
    ),
)

_BY_SHAPE: dict[tuple[str, int], list[Method]] = {}
for _method in METHODS:
    _BY_SHAPE.setdefault((_method.path.partition("/:")[0], _method.ids), []).append(_method)


def find_method(verb: str, path: str) -> tuple[Method, list[str]]:
    """Find the method for a verb and a path, with the ids from the path; refuses with 404 or 405.

    Doubled slashes are taken as one.
    """
    parts = [part for part in path.split("/") if part]
    if parts[:2] != ["configapi", "v3"]:
        raise not_found("Invalid URL: path")
    rest = parts[2:]
    for fixed in (2, 1):
        candidates = _BY_SHAPE.get(("/".join(rest[:fixed]), len(rest) - fixed))
        if candidates:
            for method in candidates:
                if method.verb == verb:
                    return method, rest[fixed:]
            raise wrong_verb(verb)
    raise not_found("Invalid URL: path")

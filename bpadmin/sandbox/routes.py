"""The methods of the document, in its order, the newer ones, and the way from a request to one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bpadmin.sandbox.errors import not_found, wrong_verb
from bpadmin.sandbox.handlers import campaigns, deletions, dnc, dnc_lists, legacy, lists, records, results, token
from bpadmin.sandbox.outbound import assigned, links, settings
from bpadmin.sandbox.outbound import lists as unbound
from bpadmin.sandbox.state.access import Privilege

_CAMPAIGNS = (Privilege.ALL_CAMPAIGNS,)
_START = (Privilege.ALL_CAMPAIGNS, Privilege.START_CAMPAIGNS)
_LISTS = (Privilege.MANAGE_LISTS,)
_TEAMS = (Privilege.ALL_TEAMS,)
_NUMBERS = (Privilege.CALLER_IDS,)
_CONTENT = (Privilege.MANAGE_LISTS, Privilege.UPDATE_LISTS)


@dataclass(frozen=True, slots=True)
class Method:
    """A method: section and title in the document, verb, path below the API's base, and the privileges it needs.

    `api` is the prefix of its name, "" for v3.
    """

    section: str
    title: str
    verb: str
    path: str
    handler: Callable[[Any], Any]
    privileges: tuple[Privilege, ...] = ()
    api: str = ""

    @property
    def name(self) -> str:
        """Return the short name, which statistics and faults go by."""
        return f"{self.api}.{self.handler.__name__}" if self.api else self.handler.__name__

    @property
    def only_reads(self) -> bool:
        """Return whether the method changes nothing that the tenant holds."""
        return self.handler.__name__.startswith(("get_", "query_", "find_", "read_", "fetch_"))

    @property
    def needs_token(self) -> bool:
        """Return whether the method is open to holders of a token only: all but the one that gives it."""
        return self.handler.__name__ != token.get_access_token.__name__


METHODS: tuple[Method, ...] = (
    Method("Authentication", "Get Access Token", "POST", "oauth/token", token.get_access_token),
    *(
        Method("Campaigns", title, verb, f"campaign/{path}", handler, privileges)
        for title, verb, path, handler, privileges in (
            ("Get Campaigns", "GET", "getAll", campaigns.get_campaigns, _CAMPAIGNS),
            ("Get Campaign", "GET", "getCampaign/:campaign_id", campaigns.get_campaign, _CAMPAIGNS),
            ("Get Campaign Status", "GET", "getStatus/:campaign_id", campaigns.get_campaign_status, _CAMPAIGNS),
            ("Start", "POST", "start/:campaign_id", campaigns.start, _START),
            ("Stop", "POST", "stop/:campaign_id", campaigns.stop, _START),
            ("Bind List", "POST", "bindList/:campaign_id", campaigns.bind_list, _START),
            ("Update List", "PATCH", "updateList/:campaign_id", campaigns.update_list, _START),
            ("Unbind List", "POST", "unbindList/:campaign_id", campaigns.unbind_list, _START),
            ("Get All Records", "POST", "getAllRecords/:campaign_id", results.get_all_records, _CAMPAIGNS),
            (
                "Get Completed Records",
                "POST",
                "getCompletedRecords/:campaign_id",
                results.get_completed_records,
                _CAMPAIGNS,
            ),
            ("Get Updated Records", "POST", "getUpdatedRecords/:campaign_id", results.get_updated_records, _CAMPAIGNS),
            ("Query a Record", "POST", "queryRecord/:campaign_id", results.query_record, _CAMPAIGNS),
        )
    ),
    *(
        Method("Lists", title, verb, f"callinglist/{path}", handler, privileges)
        for title, verb, path, handler, privileges in (
            (
                "Get All Records DEPRECATED",
                "POST",
                "getAll/:list_id/:campaign_id",
                legacy.get_all_records_deprecated,
                _LISTS,
            ),
            (
                "Get Updated Records DEPRECATED",
                "POST",
                "getChanged/:list_id/:campaign_id",
                legacy.get_updated_records_deprecated,
                _LISTS,
            ),
            ("Query a Record DEPRECATED", "POST", "get/:list_id/:campaign_id", legacy.query_record_deprecated, _LISTS),
            ("Get Lists", "POST", "getAll", lists.get_lists, _LISTS),
            ("Get List", "GET", "getList/:list_id", lists.get_list, _LISTS),
            ("Delete List and Orphaned Format", "DELETE", "deleteList/:list_id", lists.delete_list, _LISTS),
            ("Create List", "POST", "createList", lists.create_list, _LISTS),
            (
                "Create List with New Format",
                "POST",
                "createListWithNewFormat",
                lists.create_list_with_new_format,
                _LISTS,
            ),
            ("Add Many Records", "POST", "addAll/:list_id", records.add_many_records, _CONTENT),
            ("Add Record", "POST", "add/:list_id", records.add_record, _CONTENT),
            ("Update Many Records", "POST", "updateAll/:list_id", records.update_many_records, _CONTENT),
            ("Update Record", "POST", "update/:list_id", records.update_record, _CONTENT),
            ("Erase Record", "POST", "erase/:list_id", records.erase_record, _CONTENT),
            ("Delete Many Records", "POST", "delete/:list_id", deletions.delete_many_records, _CONTENT),
            ("Delete All Records", "POST", "deleteAll/:list_id", deletions.delete_all_records, _CONTENT),
        )
    ),
    Method("Lists", "Get Job Status", "GET", "job/:job_id", deletions.get_job_status, _CONTENT),
    *(
        Method("DNC Lists", title, "POST", f"donotcalllist/{path}/:do_not_call_list_id", handler, _LISTS)
        for title, path, handler in (
            ("Delete All Records", "deleteAll", dnc.delete_all_dnc_records),
            ("Delete Many Records", "delete", dnc.delete_many_dnc_records),
            ("Add Many Records", "addAll", dnc.add_many_dnc_records),
            ("Add Records DEPRECATED", "add", dnc.add_dnc_records_deprecated),
            ("Replace Records DEPRECATED", "replaceAll", dnc.replace_dnc_records_deprecated),
        )
    ),
)

# The Do Not Call methods of v3.2 of the document; a tenant has them where its option `newer_dnc` is on.
NEWER_METHODS: tuple[Method, ...] = (
    *(
        Method("DNC Lists", title, verb, f"donotcalllist/{path}", handler, _LISTS)
        for title, verb, path, handler in (
            ("Get DNC Records", "GET", "getDNCRecords/:do_not_call_list_id", dnc_lists.get_dnc_records),
            ("Get DNC Lists", "GET", "getAll", dnc_lists.get_dnc_lists),
            ("Get DNC List", "GET", "getDNCList/:do_not_call_list_id", dnc_lists.get_dnc_list),
            ("Create DNC List", "POST", "createDNCList", dnc_lists.create_dnc_list),
            (
                "Update DNC List Properties",
                "PATCH",
                "updateDNCProperties/:do_not_call_list_id",
                dnc_lists.update_dnc_properties,
            ),
            ("Delete DNC List", "DELETE", "deleteDNCList/:do_not_call_list_id", dnc_lists.delete_dnc_list),
        )
    ),
    Method("Campaigns", "Bind DNC List", "POST", "campaign/bindDNCList/:campaign_id", dnc_lists.bind_dnc_list, _START),
    Method(
        "Campaigns", "Unbind DNC List", "POST", "campaign/unbindDNCList/:campaign_id", dnc_lists.unbind_dnc_list, _START
    ),
)

_SETTINGS = tuple(
    Method("Campaigns", title, verb, f"campaign/{path}", handler, (*privileges, *_CAMPAIGNS))
    for title, verb, path, handler, privileges in (
        ("Delete Campaign", "DELETE", "deleteCampaign/:campaign_id", settings.delete_campaign, ()),
        ("Update Disposition", "PATCH", "updateDisposition/:campaign_id", assigned.update_disposition, ()),
        ("Delete Dispositions", "POST", "deleteDispositions/:campaign_id", assigned.delete_dispositions, ()),
        ("Add Disposition", "POST", "addDisposition/:campaign_id", assigned.add_disposition, ()),
        ("Add Dispositions", "POST", "addDispositions/:campaign_id", assigned.add_dispositions, ()),
        ("Unassign Caller IDs", "POST", "unassignCallerIds/:campaign_id", assigned.unassign_caller_ids, _NUMBERS),
        ("Assign Caller IDs", "POST", "assignCallerIds/:campaign_id", assigned.assign_caller_ids, _NUMBERS),
        ("Unassign Teams", "POST", "unassignTeams/:campaign_id", assigned.unassign_teams, _TEAMS),
        ("Assign Teams", "POST", "assignTeams/:campaign_id", assigned.assign_teams, _TEAMS),
        (
            "Update Caller ID Settings",
            "PATCH",
            "updateCallerIDSettings/:campaign_id",
            settings.update_caller_id_settings,
            _NUMBERS,
        ),
        (
            "Update General and Outbound Settings",
            "PATCH",
            "updateGeneralSettings/:campaign_id",
            settings.update_general_settings,
            (),
        ),
        ("Duplicate Campaign", "POST", "duplicateCampaign", settings.duplicate_campaign, ()),
    )
)
_UNBOUND = tuple(
    Method("Lists", title, verb, f"callinglist/{path}/:list_id", handler, _LISTS)
    for title, verb, path, handler in (
        ("Fetch All Records", "POST", "fetchAll", unbound.fetch_all_records),
        ("Fetch Record", "POST", "fetch", unbound.fetch_record),
        ("Update List Properties", "PATCH", "updateListProperties", unbound.update_list_properties),
    )
)
_LINKS = tuple(
    Method(section, title, verb, path, handler, _CAMPAIGNS)
    for section, title, verb, path, handler in (
        ("Campaigns", "Unlink a Campaign", "POST", "campaign/unlinkCampaign/:campaign_id", links.unlink_campaign),
        ("Campaigns", "Link a Campaign", "POST", "campaign/linkCampaign/:campaign_id", links.link_campaign),
        ("Link Groups", "Get Link Groups", "POST", "campaignlinkgroup/getAll", links.get_link_groups),
        ("Link Groups", "Get Link Group", "GET", "campaignlinkgroup/getLinkGroup/:group_id", links.get_link_group),
        ("Link Groups", "Create Link Group", "POST", "campaignlinkgroup/createLinkGroup", links.create_link_group),
        (
            "Link Groups",
            "Delete Link Group",
            "DELETE",
            "campaignlinkgroup/deleteLinkGroup/:group_id",
            links.delete_link_group,
        ),
    )
)
# By the option that gives a tenant each group.
GROUPS = {
    "newer_dnc": NEWER_METHODS,
    "newer_campaigns": _SETTINGS,
    "newer_lists": _UNBOUND,
    "newer_links": _LINKS,
}
LATEST_METHODS: tuple[Method, ...] = (*_SETTINGS, *_UNBOUND, *_LINKS)

_Shapes = dict[tuple[str, int], Method]


@cache
def _by_shape(having: frozenset[str]) -> _Shapes:
    methods = (*METHODS, *(method for name, group in GROUPS.items() if name in having for method in group))
    return {(method.path.partition("/:")[0], method.path.count("/:")): method for method in methods}


def find_method(verb: str, path: str, *, having: frozenset[str] = frozenset()) -> tuple[Method, list[str]]:
    """Find the method for a verb and a path, with the ids from the path; refuses with 404 or 405.

    `having` are the newer groups that the tenant has. Doubled slashes are taken as one.
    """
    shapes = _by_shape(having)
    parts = [part for part in path.split("/") if part]
    if parts[:2] == ["configapi", "v3"]:
        rest = parts[2:]
        for fixed in (2, 1):
            method = shapes.get(("/".join(rest[:fixed]), len(rest) - fixed))
            if method is not None and method.verb != verb:
                raise wrong_verb(verb)
            if method is not None:
                return method, rest[fixed:]
    raise not_found("Invalid URL: path")


def matches(methods: Sequence[Method], parts: Sequence[str]) -> list[tuple[Method, list[str]]]:
    """Return the methods whose paths fit, with the ids from the path; those with the fewest ids come first."""
    found: list[tuple[Method, list[str]]] = []
    for method in methods:
        pattern = method.path.split("/")
        if len(pattern) == len(parts):
            pairs = list(zip(pattern, parts, strict=True))
            if all(wanted.startswith(":") or wanted == part for wanted, part in pairs):
                found.append((method, [part for wanted, part in pairs if wanted.startswith(":")]))
    return sorted(found, key=lambda one: len(one[1]))

"""Answers of the newest methods turned into types, and settings turned into bodies. Pure.

The document spells members in two ways here and there (`callerIDs` and `callerIds`, `folder` and `category`): both
are read, and its tables' spelling is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bpadmin.platforms.campaign_details import (
    CallerId,
    CallerIdMethod,
    CallerIdSettings,
    CampaignDetails,
    DialAction,
    DialingMode,
    DialRule,
    Disposition,
    DispositionType,
    LinkGroup,
    OutboundSettings,
    PartlyDone,
    Team,
)
from bpadmin.platforms.http.lenient import (
    Misshapen,
    as_items,
    as_object,
    bool_in,
    choice_in,
    folded,
    integer_in,
    needed_integer_in,
    needed_text_in,
    shown,
    text_in,
)
from bpadmin.platforms.types import Page


def details(value: object) -> CampaignDetails:
    """Read what was included of a campaign's settings."""
    members = folded(value, "a campaign")
    teams, numbers, dispositions = (members.get(name) for name in ("teams", "callerids", "dispositions"))
    return CampaignDetails(
        name=text_in(members, "name"),
        enabled=bool_in(members, "enabled"),
        outbound=_outbound(members["outboundgeneral"]) if members.get("outboundgeneral") else None,
        caller_id_settings=_caller_id_settings(members["calleridsettings"])
        if members.get("calleridsettings")
        else None,
        teams=None if teams is None else tuple(map(_team, as_items(teams, "teams"))),
        caller_ids=None if numbers is None else tuple(map(_caller_id, as_items(numbers, "callerIds"))),
        dispositions=None if dispositions is None else tuple(map(disposition, as_items(dispositions, "dispositions"))),
    )


def tells_parts(value: object) -> bool:
    """Return whether an answer holds the part that was asked for alone, rather than all that older versions tell."""
    members = folded(value, "a campaign")
    return "teams" in members


def _outbound(value: object) -> OutboundSettings:
    members = folded(value, "outboundGeneral")
    modes = {name: folded(members.get(name) or {}, name) for name in ("progressive", "predictive", "automatic")}
    mode = choice_in(members, "type", DialingMode, DialingMode.UNKNOWN)
    # Reading tells the time for all modes at once, writing for each.
    told = [integer_in(each, "noanswertimeoutsec") for name, each in modes.items() if name == mode.lower()]
    seconds = integer_in(members, "noanswertimeoutsec")
    return OutboundSettings(
        mode=mode,
        no_answer_seconds=seconds if seconds is not None else next(iter(told), None),
        overdial_percent=integer_in(modes["progressive"], "overdialratepcnt"),
        adjusts_overdial=bool_in(modes["progressive"], "autoadjustoverdialrate"),
        initial_overdial_percent=integer_in(modes["predictive"], "initialoverdialratepcnt"),
        concurrent_calls=integer_in(modes["automatic"], "maxconcurrentcalls"),
    )


def outbound_body(settings: OutboundSettings) -> dict[str, Any]:
    """Write how a campaign is to dial; what is None is left out. The time goes with the mode it is for."""
    parts: dict[str, dict[str, Any]] = {
        "progressive": {
            "overdialRatePcnt": settings.overdial_percent,
            "autoAdjustOverdialRate": settings.adjusts_overdial,
        },
        "predictive": {"initialOverdialRatePcnt": settings.initial_overdial_percent},
        "automatic": {"maxConcurrentCalls": settings.concurrent_calls},
    }
    if settings.mode.lower() in parts:
        parts[settings.mode.lower()]["noAnswerTimeoutSec"] = settings.no_answer_seconds
    body: dict[str, Any] = {name: given for name, part in parts.items() if (given := _given(part))}
    return ({"type": settings.mode} if settings.mode is not DialingMode.UNKNOWN else {}) | body


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _caller_id_settings(value: object) -> CallerIdSettings:
    members = folded(value, "callerIdSettings")
    method = choice_in(members, "calleridselectionmethod", CallerIdMethod, CallerIdMethod.UNKNOWN)
    return CallerIdSettings(method, text_in(members, "defaultcallerid"))


def _team(value: object) -> Team:
    members = folded(value, "a team")
    return Team(needed_text_in(members, "id"), text_in(members, "name"))


def _caller_id(value: object) -> CallerId:
    members = folded(value, "a caller ID")
    return CallerId(needed_text_in(members, "number"), text_in(members, "stateprovince"), text_in(members, "id"))


def disposition(value: object) -> Disposition:
    """Read one disposition with its dial rule."""
    members = folded(value, "a disposition")
    scope = folded(members.get("scope") or {}, "scope")
    rule = members.get("dialrule")
    return Disposition(
        id=needed_text_in(members, "id"),
        name=needed_text_in(members, "name"),
        folder=text_in(members, "folder") or text_in(members, "category"),
        type=choice_in(members, "type", DispositionType, DispositionType.UNKNOWN),
        code=text_in(members, "code"),
        description=text_in(members, "description"),
        order=integer_in(members, "ordernumber"),
        is_system=bool(bool_in(members, "issystem")),
        for_outbound=bool(bool_in(scope, "outbound")),
        for_inbound=bool(bool_in(scope, "inbound")),
        for_preview=bool(bool_in(scope, "preview")),
        agent_selects=bool(bool_in(members, "agentcanselect")),
        agent_reschedules=bool(bool_in(members, "agentcanreschedule")),
        rule=None if rule is None else _rule(rule),
    )


def _rule(value: object) -> DialRule:
    members = folded(value, "a dial rule")
    has_action = bool(text_in(members, "action"))
    return DialRule(
        action=choice_in(members, "action", DialAction, DialAction.UNKNOWN) if has_action else None,
        retries=bool(bool_in(members, "doretry")),
        max_retries=integer_in(members, "maxretries"),
        retry_minutes=integer_in(members, "retryintervalmin"),
        wait_minutes=integer_in(members, "minwaitmin"),
        reschedule_minutes=integer_in(members, "reschedulemin"),
        scenario_id=text_in(members, "scenarioid"),
    )


def disposition_body(item: Disposition) -> dict[str, Any]:
    """Write a disposition as adding and changing take it."""
    body: dict[str, Any] = {
        "scope": {"preview": item.for_preview, "outbound": item.for_outbound, "inbound": item.for_inbound},
        "folder": item.folder,
        "name": item.name,
        "description": item.description,
        "code": item.code or None,
        "type": item.type,
        "agentCanSelect": item.agent_selects,
        "agentCanReschedule": item.agent_reschedules,
    }
    if item.order is not None:
        body["orderNumber"] = item.order
    if item.id:
        body["id"] = item.id
    if item.rule is not None:
        rule = item.rule
        body["dialRule"] = {
            "action": rule.action,
            "doRetry": rule.retries,
            "maxRetries": rule.max_retries,
            "retryIntervalMin": rule.retry_minutes,
            "minWaitMin": rule.wait_minutes,
            "rescheduleMin": rule.reschedule_minutes,
            "scenarioId": rule.scenario_id or None,
        }
    return body


def partly_done(value: object, count_name: str) -> PartlyDone:
    """Read how many were taken, and which were not for which reason: ids, numbers or names, in either of two shapes.

    An empty success, or one without a number, counts as an unknown number of none refused: -1.
    """
    if value is None:
        return PartlyDone(-1)
    members = as_object(value, "the answer")
    error = members.get("error") or {}
    if not isinstance(error, dict):
        raise Misshapen(f"error should name what was refused, but is {shown(error)}")
    refused = {name: tuple(map(_named, _items(found))) for name, found in error.items()}
    count = needed_integer_in(members, count_name) if count_name in members else -1
    return PartlyDone(count, {name: items for name, items in refused.items() if items})


def _items(found: object) -> list[Any]:
    if isinstance(found, dict):
        found = next((each for each in found.values() if isinstance(each, list)), [found])
    return found if isinstance(found, list) else [] if found is None else [found]


def _named(item: object) -> str:
    if isinstance(item, dict):
        return str(item.get("name") or item.get("number") or item.get("id") or item)
    return str(item)


def made_id(value: object) -> str:
    """Read the id of what was made."""
    return needed_text_in(as_object(value, "the answer"), "id")


def maybe_id(value: object) -> str:
    """Read the id of what was made, "" where the platform does not tell it."""
    return text_in(as_object(value, "the answer"), "id") if isinstance(value, dict) else ""


def link_group_page(value: object) -> Page[LinkGroup]:
    """Read a page of link groups: a plain list by the document's example, one with a cursor as other pages are."""
    if isinstance(value, dict):
        items, cursor = as_items(value.get("records") or [], "records"), text_in(value, "next_cursor")
    else:
        items, cursor = as_items(value, "the answer"), ""
    return Page(tuple(link_group(item, "") for item in items), cursor)


def link_group(value: object, group_id: str) -> LinkGroup:
    """Read a link group; `group_id` is the one asked for, "" where the answer names it."""
    members = folded(value, "a link group")
    campaigns = members.get("campaigns")
    linked = [folded(item, "a linked campaign") for item in as_items(campaigns or [], "campaigns")]
    linked.sort(key=lambda each: integer_in(each, "order") or 0)
    return LinkGroup(
        id=group_id or needed_text_in(members, "id"),
        name=text_in(members, "name"),
        campaigns_count=len(linked) if campaigns is not None else integer_in(members, "campaignscount"),
        campaigns=tuple((needed_text_in(each, "campaignid"), text_in(each, "name")) for each in linked)
        if campaigns is not None
        else None,
    )

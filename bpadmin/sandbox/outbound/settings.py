"""Reading all of a campaign's settings, changing how it dials, copying and deleting it."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import parse_qs

from bpadmin.sandbox.errors import bad_request, conflict, not_found, unprocessable
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.outbound.state import Profile
from bpadmin.sandbox.state.campaigns import Campaign

MODES = ("PREVIEW", "PROGRESSIVE", "PREDICTIVE", "AUTOMATIC")
METHODS = (
    *("DEFAULT", "RND_WITHIN_LIST", "RND_WITHIN_STATE_OW_DEFAULT", "RND_WITHIN_STATE_OW_LIST"),
    *("RECORD_CALLING_NUMBER", "GEOGRAPHIC_PROXIMITY", "DMAPPING_INT_NUMBERS"),
)
NEEDS_DEFAULT = ("DEFAULT", "RND_WITHIN_STATE_OW_DEFAULT")
INTEGER = 2_147_483_647
_TIME = {"noAnswerTimeoutSec": ("no_answer", 0, INTEGER, 45)}
_NUMBERS = {
    "progressive": {**_TIME, "overdialRatePcnt": ("overdial", 100, 100_000, 100)},
    "predictive": {**_TIME, "initialOverdialRatePcnt": ("initial", 100, 100_000, 100)},
    "automatic": {**_TIME, "maxConcurrentCalls": ("concurrent", 1, INTEGER, 1)},
}


def voice_campaign(call: Call) -> Campaign:
    """Return the campaign that the path names, or refuse with 422 where it is one for messages."""
    campaign = call.campaign()
    if "messaging" in campaign.kind.lower():
        raise unprocessable("Not supported for Outbound Messaging campaigns")
    return campaign


def included(call: Call, campaign: Campaign, whole: dict[str, Any]) -> dict[str, Any]:
    """Return what `?include=` asks for of a campaign; `whole` is what it has without."""
    asked = {part.lower() for text in parse_qs(call.query).get("include", []) for part in text.split(",")}
    if "messaging" in campaign.kind.lower():
        raise unprocessable("Include parameter is not supported for Outbound Messaging campaigns")
    profile = call.tenant.outbound.profile(campaign.id)
    parts: dict[str, dict[str, Any]] = {
        "generalsettings": {
            **{name: whole[name] for name in ("name", "enabled", "state")},
            "type": campaign.kind.upper().replace(" ", "_"),
        },
        "calleridsettings": {
            "callerIdSettings": {
                "callerIdSelectionMethod": profile.method,
                "defaultCallerId": profile.default_number,
            }
        },
        "outboundgeneral": {"outboundGeneral": _outbound(profile)},
        "teams": {"teams": [{"id": id_, "name": call.tenant.outbound.teams[id_]} for id_ in profile.teams]},
        "callerids": {"callerIds": list(profile.caller_ids.values())},
        "dispositions": {"dispositions": sorted(profile.dispositions.values(), key=lambda each: each["orderNumber"])},
        "lists": {"lists": whole["lists"]},
        "dnclists": {"dncLists": whole["dncLists"]},
    }
    if unknown := asked - parts.keys() - {"*"}:
        raise bad_request(f"'include' has unsupported value '{unknown.pop()}'")
    shown: dict[str, Any] = {}
    for name, part in parts.items():
        if name in asked or "*" in asked:
            shown |= part
    return shown


def _outbound(profile: Profile) -> dict[str, Any]:
    return {
        "type": profile.mode,
        "noAnswerTimeoutSec": profile.no_answer,
        "progressive": {"overdialRatePcnt": profile.overdial, "autoAdjustOverdialRate": profile.adjusts},
        "predictive": {"initialOverdialRatePcnt": profile.initial},
        "automatic": {"maxConcurrentCalls": profile.concurrent},
    }


def update_general_settings(call: Call) -> Any:
    """Change name, whether it is enabled, and how it dials; blank and null put a parameter back to its default."""
    campaign = voice_campaign(call)
    body = parameters.parse_object(call.body, ("name", "enabled", "outboundGeneral"))
    name = parameters.text(body, "name")
    if any(each.name == name and each is not campaign for each in call.tenant.campaigns.values()):
        raise conflict(f"Duplicate name error: campaign '{name}' already exists")
    enabled = parameters.boolean(body, "enabled") if "enabled" in body else campaign.enabled
    draft = copy.copy(call.tenant.outbound.profile(campaign.id))
    _configure(draft, body.get("outboundGeneral") or {})
    campaign.name, campaign.enabled = name or campaign.name, enabled
    campaign.is_running = campaign.is_running and enabled
    call.tenant.outbound.profiles[campaign.id] = draft


def _configure(draft: Profile, given: Any) -> None:
    if not isinstance(given, dict):
        raise bad_request("'outboundGeneral' has unsupported value: object is expected")
    if unknown := given.keys() - {"type", *_NUMBERS}:
        raise bad_request(f"'outboundGeneral.{unknown.pop()}' is not supported")
    if "type" in given:
        draft.mode = parameters.text(given, "type").upper() or "PREVIEW"
        if draft.mode not in MODES:
            raise bad_request(f"'outboundGeneral.type' has unsupported value '{draft.mode}'")
    for mode, numbers in _NUMBERS.items():
        part = given.get(mode) or {}
        if unknown := part.keys() - numbers.keys() - ({"autoAdjustOverdialRate"} if mode == "progressive" else set()):
            raise bad_request(f"'outboundGeneral.{mode}.{unknown.pop()}' is not supported")
        for name, (attribute, low, high, default) in numbers.items():
            if name in part:
                setattr(draft, attribute, _bounded(part[name], f"outboundGeneral.{mode}.{name}", low, high, default))
        if "autoAdjustOverdialRate" in part:
            draft.adjusts = parameters.boolean(part, "autoAdjustOverdialRate", default=True)


def _bounded(value: Any, name: str, low: int, high: int, default: int) -> int:
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    if type(value) is not int or not low <= value <= high:
        raise bad_request(f"'{name}' has unsupported value '{value}': must be between {low} and {high}")
    return value


def update_caller_id_settings(call: Call) -> Any:
    """Choose the method, and the number that stands in."""
    profile = call.tenant.outbound.profile(voice_campaign(call).id)
    body = parameters.parse_object(call.body, ("callerIdSelectionMethod", "defaultCallerId"))
    method = (parameters.text(body, "callerIdSelectionMethod") or profile.method).upper()
    if method not in METHODS:
        raise bad_request(f"'callerIdSelectionMethod' has unsupported value '{method}'")
    number = parameters.text(body, "defaultCallerId") or None
    if number is None and method in NEEDS_DEFAULT:
        raise bad_request("'defaultCallerId' is required")
    if number is not None and number not in call.tenant.outbound.numbers:
        raise not_found("defaultCallerId")
    if number is not None and all(each["number"] != number for each in profile.caller_ids.values()):
        raise conflict("defaultCallerId is not associated with the campaign")
    profile.method, profile.default_number = method, number


def duplicate_campaign(call: Call) -> Any:
    """Copy a campaign without its lists: disabled and stopped, with new ids of dispositions."""
    body = parameters.parse_object(call.body, ("name", "sourceCampaignId"))
    call.ids = [parameters.text(body, "sourceCampaignId", is_required=True)]
    source = voice_campaign(call)
    name = parameters.text(body, "name") or f"Clone of {source.name}"
    if any(each.name == name for each in call.tenant.campaigns.values()):
        raise conflict(f"Duplicate name error: campaign '{name}' already exists")
    made = Campaign(call.tenant.new_id(), name, kind=source.kind, enabled=False, rate=source.rate)
    made.agents, made.custom_fields = source.agents, source.custom_fields
    made.dnc = copy.deepcopy(source.dnc)
    call.tenant.campaigns[made.id] = made
    call.user.assigned.add(made.id)
    profile = copy.deepcopy(call.tenant.outbound.profile(source.id))
    profile.dispositions = {
        new: {**each, "id": new} for each in profile.dispositions.values() for new in (call.tenant.new_id(),)
    }
    call.tenant.outbound.profiles[made.id] = profile
    return {"id": made.id}


def delete_campaign(call: Call) -> Any:
    """Delete a campaign with its results; it leaves its link group."""
    campaign = voice_campaign(call)
    if group := call.tenant.outbound.group_of(campaign.id):
        group.campaigns.remove(campaign.id)
    call.tenant.outbound.profiles.pop(campaign.id, None)
    del call.tenant.campaigns[campaign.id]

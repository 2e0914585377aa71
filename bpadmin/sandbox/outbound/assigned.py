"""Teams, caller IDs and dispositions of a campaign."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.outbound.settings import INTEGER, NEEDS_DEFAULT, voice_campaign
from bpadmin.sandbox.outbound.state import Profile

_TYPES = ("SUCCESS", "FAILURE", "CONTINUE", "DO_NOT_CALL")
_ACTIONS = ("WAIT", "RESCHEDULE", "SCENARIO", "STOP_NUMBER", "STOP_RECORD", "STOP_NUMBER_ALL")
_RULE_BOUNDS = {
    "maxRetries": (1, INTEGER),
    "retryIntervalMin": (0, 10),
    "minWaitMin": (2, INTEGER),
    "rescheduleMin": (2, INTEGER),
}
_MEMBERS = frozenset(
    {
        *("scope", "folder", "orderNumber", "name", "description", "code", "type", "agentCanSelect"),
        *("agentCanReschedule", "dialRule"),
    }
)


def assign_teams(call: Call) -> Any:
    """Assign teams by id."""
    profile, body = _profile(call), parameters.parse_object(call.body, ("teams", "skillLevel"))
    errors: dict[str, list[str]] = {}
    added = 0
    for id_ in _texts(body, "teams"):
        if id_ not in call.tenant.outbound.teams:
            errors.setdefault("idsNotFound", []).append(id_)
        elif id_ in profile.teams:
            errors.setdefault("duplicateIDs", []).append(id_)
        else:
            profile.teams[id_] = int(body.get("skillLevel") or 100)
            added += 1
    return _told("added", added, errors)


def unassign_teams(call: Call) -> Any:
    """Take teams off by id."""
    profile, body = _profile(call), parameters.parse_object(call.body, ("teams",))
    asked = _texts(body, "teams")
    missing = [id_ for id_ in asked if profile.teams.pop(id_, None) is None]
    return _told("removed", len(asked) - len(missing), {"idsNotFound": missing} if missing else {})


def assign_caller_ids(call: Call) -> Any:
    """Assign numbers that the tenant has."""
    profile, body = _profile(call), parameters.parse_object(call.body, ("callerIds",))
    items = body.get("callerIds")
    if not isinstance(items, list) or not items:
        raise bad_request("'callerIds' is required")
    errors: dict[str, list[str]] = {}
    added = 0
    for item in items:
        number = str(item.get("number") or "") if isinstance(item, dict) else ""
        if not number or set(item) - {"number", "stateProvince"}:
            errors.setdefault("formatError", []).append(number or str(item))
        elif number not in call.tenant.outbound.numbers:
            errors.setdefault("numbersNotFound", []).append(number)
        else:
            made = {"id": call.tenant.new_id(), "number": number, "stateProvince": item.get("stateProvince")}
            profile.caller_ids[made["id"]] = made
            added += 1
    return _told("added", added, errors)


def unassign_caller_ids(call: Call) -> Any:
    """Take caller IDs off by id; the default stays where the method needs it."""
    profile, body = _profile(call), parameters.parse_object(call.body, ("callerIds",))
    errors: dict[str, list[str]] = {}
    removed = 0
    for id_ in _texts(body, "callerIds"):
        held = profile.caller_ids.get(id_)
        if held is None:
            errors.setdefault("idsNotFound", []).append(id_)
        elif held["number"] == profile.default_number and profile.method in NEEDS_DEFAULT:
            errors.setdefault("isDefault", []).append(id_)
        else:
            del profile.caller_ids[id_]
            removed += 1
    return _told("removed", removed, errors)


def add_disposition(call: Call) -> Any:
    """Add one disposition; its name is the campaign's only one."""
    profile = _profile(call)
    given = parameters.parse_object(call.body, _MEMBERS)
    bucket, words = _fault(profile, given)
    if bucket:
        raise conflict(words) if bucket == "duplicateName" else bad_request(words)
    _add(call, profile, given)


def add_dispositions(call: Call) -> Any:
    """Add several; those refused come back by their names."""
    profile, body = _profile(call), parameters.parse_object(call.body, ("dispositions",))
    items = body.get("dispositions")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("'dispositions' is required: array of objects is expected")
    errors: dict[str, list[Any]] = {}
    added = 0
    for item in items:
        bucket = "formatError" if set(item) - _MEMBERS else _fault(profile, item)[0]
        if bucket:
            errors.setdefault(bucket, []).append(item)
        else:
            _add(call, profile, item)
            added += 1
    return _told("added", added, errors)


def update_disposition(call: Call) -> Any:
    """Change a disposition, also one of the system's."""
    profile = _profile(call)
    given = parameters.parse_object(call.body, _MEMBERS | {"id"})
    id_ = parameters.text(given, "id", is_required=True)
    if id_ not in profile.dispositions:
        others = call.tenant.outbound.profiles.values()
        if any(id_ in other.dispositions for other in others):
            raise conflict("Specified disposition id is not associated with the selected campaign")
        raise not_found("Specified disposition id")
    held = profile.dispositions[id_]
    bucket, words = _fault(profile, {**held, **given}, own=id_)
    if bucket:
        raise conflict(words) if bucket == "duplicateName" else bad_request(words)
    held.update(given)


def delete_dispositions(call: Call) -> Any:
    """Delete dispositions by id; those of the system stay."""
    profile, body = _profile(call), parameters.parse_object(call.body, ("dispositions",))
    errors: dict[str, dict[str, list[str]]] = {}
    removed = 0
    for id_ in _texts(body, "dispositions"):
        held = profile.dispositions.get(id_)
        if held is None or held["isSystem"]:
            errors.setdefault("isSystem" if held else "idsNotFound", {"ids": []})["ids"].append(id_)
        else:
            del profile.dispositions[id_]
            removed += 1
    return _told("removed", removed, errors)


def _profile(call: Call) -> Profile:
    return call.tenant.outbound.profile(voice_campaign(call).id)


def _texts(body: dict[str, Any], name: str) -> list[str]:
    items = body.get(name)
    if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
        raise bad_request(f"'{name}' is required: array of strings is expected")
    return items


def _told(word: str, count: int, errors: dict[str, Any]) -> dict[str, Any]:
    return {word: count, **({"error": errors} if errors else {})}


def _fault(profile: Profile, given: dict[str, Any], own: str = "") -> tuple[str, str]:
    """Return the document's bucket for what is wrong with a disposition, and words; "" where nothing is."""
    for name in ("folder", "name"):
        if not str(given.get(name) or "").strip():
            return "missingRequired", f"'{name}' is required"
    if (given.get("type") or "SUCCESS") not in _TYPES:
        return "formatError", f"'type' has unsupported value '{given['type']}'"
    rule = given.get("dialRule") or {}
    if rule.get("action") not in (None, *_ACTIONS):
        return "formatError", f"'dialRule.action' has unsupported value '{rule['action']}'"
    if rule.get("action") == "SCENARIO" and not rule.get("scenarioId"):
        return "missingRequired", "'dialRule.scenarioId' is required"
    for name, (low, high) in _RULE_BOUNDS.items():
        value = rule.get(name)
        if value is not None and (type(value) is not int or not low <= value <= high):
            return "formatError", f"'dialRule.{name}' has unsupported value '{value}'"
    if any(each["name"] == given["name"] and each["id"] != own for each in profile.dispositions.values()):
        return "duplicateName", f"Duplicate name error: disposition '{given['name']}' already exists"
    return "", ""


def _add(call: Call, profile: Profile, given: dict[str, Any]) -> None:
    id_ = call.tenant.new_id()
    last = max((each["orderNumber"] for each in profile.dispositions.values()), default=-1)
    order = given.get("orderNumber")
    profile.dispositions[id_] = {
        "scope": {"preview": False, "outbound": True},
        "description": "",
        "code": None,
        "type": "SUCCESS",
        "agentCanSelect": True,
        "agentCanReschedule": False,
        **given,
        "id": id_,
        "isSystem": False,
        "orderNumber": last + 1 if order is None else order,
    }

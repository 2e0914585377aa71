"""The methods of the server: reading requests, and on newer servers adding them and having them called again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from bpadmin.sandbox.conpeek.filters import REQUEST_PROPERTIES, SUMMARY_PROPERTIES, date_text, parse_filter, parse_list
from bpadmin.sandbox.conpeek.state import USERS, VoiceCampaign, VoiceRequest
from bpadmin.sandbox.errors import Refusal, bad_request, forbidden, not_found
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.http.wire import Answer
from bpadmin.sandbox.state.tenant import Tenant

REQUESTS_PAGE, SUMMARY_PAGE = 1000, 100
_ADDED = ("name", "contact_number", "contact_identifier", "note")
_SECONDS_OF_DAY = 24 * 3600
# What a recall sets, by the kind of its value.
_RECALL_FIELDS: dict[str, type] = {
    "process_not_before": str,
    "process_date": str,
    "process_from_date": str,
    "process_to_date": str,
    "process_days": list,
    "process_time": str,
    "process_from_time": int,
    "process_to_time": int,
    "process_hours": list,
}


@dataclass(slots=True)
class ConpeekCall:
    """A call: the ids from its path, its query, and its body."""

    tenant: Tenant
    ids: Sequence[str]
    query: Mapping[str, str]
    body: bytearray

    def campaign(self) -> VoiceCampaign:
        """Return the campaign that the path names, or refuse with 404."""
        found = self.tenant.conpeek.campaigns.get(self.ids[0])
        if found is None:
            raise not_found("voice_campaign")
        return found

    def number(self, name: str, default: int) -> int:
        """Return a parameter of the query that is a whole number."""
        text = self.query.get(name, "")
        if text and not (text.isascii() and text.isdecimal()):
            raise bad_request(f"'{name}' has to be a whole number")
        return int(text) if text else default


def read_requests(call: ConpeekCall) -> Any:
    """Return a campaign's requests that meet the filter, in the order they came in."""
    campaign = call.campaign()
    excluded = parse_list(call.query.get("exclude", ""), "exclude")
    if any(not isinstance(name, str) for name in excluded):
        raise bad_request("'exclude' has to be a list of texts")
    conditions = parse_filter(call.query.get("filter", ""), REQUEST_PROPERTIES, call.tenant.options)
    found = (one for one in campaign.requests.values() if all(is_met(one.fields) for is_met in conditions))
    return {"data": [one.as_json(excluded) for one in _page(call, found, REQUESTS_PAGE)]}


def add_request(call: ConpeekCall) -> Any:
    """Add one request, to be called as soon as its turn comes."""
    campaign = call.campaign()
    data = parameters.parse_object(call.body).get("data")
    if not isinstance(data, dict):
        raise bad_request("'data' is required: an object")
    if unknown := data.keys() - set(_ADDED):
        raise bad_request(f"'data' has no '{sorted(unknown)[0]}'")
    given = {name: parameters.text(data, name) for name in _ADDED}
    if not given["contact_number"]:
        raise bad_request("'contact_number' is required")
    # null, not "", is what was not given; but for the name, which is always a text.
    filled = {name: value or (None if name != "name" else "") for name, value in given.items()}
    made = call.tenant.conpeek.request_add(campaign, filled, call.tenant.clock.now())
    return {"data": made.as_json()}


def set_recall(call: ConpeekCall) -> Any:
    """Have a request called again, a closed one too; not while it is being called."""
    found = call.campaign().requests.get(call.ids[1])
    if found is None:
        raise not_found("request")
    if found.fields["state"] == "PROCESSING":
        raise forbidden("the request is being processed")
    body = parameters.parse_object(call.body) if call.body.strip() else {}
    changes = {name: _recalled(name, body[name]) for name in _RECALL_FIELDS if name in body}
    if unknown := body.keys() - _RECALL_FIELDS.keys() - {"assign_to", "set_priority"}:
        raise forbidden(f"there is no '{sorted(unknown)[0]}' to set")
    if body.get("assign_to") is not None:
        changes |= _assigned(body["assign_to"])
    if body.get("set_priority") is not None:
        changes["priority"] = _priority(found.fields["priority"], body["set_priority"])
    reopened = {"state": "OPEN", "application_state": "RECALL", "closed_date": None, "close_reason": None}
    found.fields = {**found.fields, **changes, **reopened, "call_state": "WAITING"}
    return Answer(202, orjson.dumps({"success": True}))


def read_summary(call: ConpeekCall) -> Any:
    """Return requests of all campaigns in short."""
    conditions = parse_filter(call.query.get("filter", ""), SUMMARY_PROPERTIES)
    found = (
        one
        for campaign in call.tenant.conpeek.campaigns.values()
        for one in campaign.requests.values()
        if all(is_met(one.fields) for is_met in conditions)
    )
    return {"data": [one.as_summary() for one in _page(call, found, SUMMARY_PAGE)]}


def _page(call: ConpeekCall, found: Iterable[VoiceRequest], size: int) -> Iterable[VoiceRequest]:
    offset, limit = call.number("offset", 0), call.number("limit", size)
    return islice(found, offset, offset + min(limit, call.tenant.options.conpeek_page_most or limit))


def _recalled(name: str, value: Any) -> Any:
    """Check one setting of a recall: lists, texts, seconds of the day, and one date."""
    if value is None:
        return value
    if type(value) is not _RECALL_FIELDS[name] or (type(value) is int and not 0 <= value <= _SECONDS_OF_DAY):
        raise forbidden(f"'{name}' cannot be {value!r}")
    if name == "process_not_before":
        try:
            return date_text(name, value)
        except Refusal as refusal:
            raise forbidden(refusal.description) from refusal
    return value


def _assigned(wanted: Any) -> dict[str, Any]:
    found = next((one for one in USERS.items() if wanted in one), None)
    if found is None:
        raise not_found("user")
    return {"assigned_tenant_user_id": found[0], "assigned_tenant_user_name": found[1]}


def _priority(present: int, change: Any) -> int:
    value = change.get("value") if isinstance(change, dict) else None
    if type(value) is not int or change.get("type") not in {"SET", "ADD", "MINUS"}:
        raise forbidden("'set_priority' needs a 'type' of SET, ADD or MINUS and a whole 'value'")
    return {"SET": value, "ADD": present + value, "MINUS": present - value}[change["type"]]

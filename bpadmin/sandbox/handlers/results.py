"""Campaign results: records of an instance with their status and attempts, page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from bpadmin.sandbox.clock import moment, stamp
from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.amend import missing_key
from bpadmin.sandbox.state.campaigns import DNC_MATCH, Campaign, Instance
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.results import Attempt

RECORDS_PAGE = 1000
_TIMED = ("instanceId", "startTime", "endTime", "extractAttempts", "limit", "cursor")


def get_all_records(call: Call) -> Any:
    """Return a page of an instance's records in the order of their database ids."""
    campaign = call.campaign()
    body = parameters.parse_object(call.body, ("instanceId", "extractAttempts", "limit", "cursor"))
    instance = _bound(campaign, body)
    limit = parameters.size(body, "limit", RECORDS_PAGE)
    is_full = parameters.boolean(body, "extractAttempts")
    cursor = parameters.text(body, "cursor")
    start = _position(instance.list, cursor) if cursor else 0
    page: list[Any] = []
    for at, _ in instance.list.walk(start):
        if len(page) == limit:
            return {"next_cursor": instance.list.record_id(at), "records": page}
        page.append(record_json(campaign, instance, at, is_full=is_full))
    return {"records": page}


def get_completed_records(call: Call) -> Any:
    """Return a page of the records that need no more calls, by time of completion."""
    return _timed(call, only_completed=True)


def get_updated_records(call: Call) -> Any:
    """Return a page of the records that were tried, by time of the last attempt."""
    return _timed(call, only_completed=False)


def query_record(call: Call) -> Any:
    """Return the record with these key values; other fields in the request do not matter."""
    campaign = call.campaign()
    body = parameters.parse_object(call.body, ("instanceId", "fields", "extractAttempts"))
    instance = _bound(campaign, body)
    is_full = parameters.boolean(body, "extractAttempts")
    at = find_record(instance.list, body.get("fields"))
    return record_json(campaign, instance, at, is_full=is_full)


def find_record(held: CallingList, fields: Any) -> int:
    """Find a record by its key fields; refuses with 400 or 404."""
    if not held.format.keys:
        raise bad_request("the list's format has no key fields, so a record cannot be found")
    if not isinstance(fields, dict) or not fields:
        raise bad_request("'fields' is required: an object with the key fields is expected")
    if missing := missing_key(held, fields):
        raise bad_request(f"missing key: {missing}")
    at = held.find(fields)
    if at is None:
        raise not_found("Specified record")
    return at


def record_json(campaign: Campaign, instance: Instance, at: int, *, is_full: bool) -> dict[str, Any]:
    """Return a record as the campaign methods show it; `is_full` adds all attempts."""
    row = instance.list.rows.get(at)
    shown: dict[str, Any] = {"entry": instance.list.entry(row), "status": _status(campaign, instance, at)}
    if is_full:
        shown["attempts"] = [
            {
                **attempt_json(campaign, instance, attempt),
                "CPADuration": min(2, attempt.dialing),
                "CPAResult": "Voice" if attempt.call > 0 else "No voice",
                **_custom(campaign, attempt),
            }
            for attempt in instance.results.history(at)
        ]
    return shown


def attempt_json(campaign: Campaign, instance: Instance, attempt: Attempt) -> dict[str, Any]:
    """Return an attempt with the members that both generations of methods show."""
    return {
        "call_attempted": attempt.disposition < DNC_MATCH,
        "disposition": campaign.disposition_named(attempt.disposition),
        "date": stamp(attempt.moment),
        "phone": instance.list.rows.get(attempt.record)[attempt.phone],
        "callDuration": attempt.call,
        "dialingDuration": attempt.dialing,
        "callNotes": "",
        "agent": campaign.agents[attempt.agent],
        "globalInteractionID": interaction_id(instance, attempt),
        "CPADuration": 0,
    }


def interaction_id(instance: Instance, attempt: Attempt) -> str:
    """Return the interaction's id: the same for the same attempt."""
    text = hashlib.blake2b(f"{instance.id}{attempt.moment}".encode(), digest_size=16).hexdigest().upper()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _status(campaign: Campaign, instance: Instance, at: int) -> dict[str, Any]:
    latest = instance.results.latest(at)
    if latest is None:
        return {
            "globalInteractionID": "",
            "lastCallDuration": 0,
            "lastDisposition": "",
            "totalAttempts": 0,
            "completed": False,
            "completedTime": "",
            "lastAgent": "",
            "lastPhone": "",
            "lastDate": "",
            **{f"custom_{name}": "" for name in campaign.custom_fields},
        }
    return {
        "globalInteractionID": interaction_id(instance, latest),
        "lastCallDuration": latest.call,
        "lastDisposition": campaign.disposition_named(latest.disposition),
        "totalAttempts": instance.results.count[at],
        "completed": latest.completes,
        "completedTime": stamp(latest.moment) if latest.completes else "",
        "lastAgent": campaign.agents[latest.agent],
        "lastPhone": instance.list.rows.get(at)[latest.phone],
        "lastDate": stamp(latest.moment),
        **_custom(campaign, latest),
    }


def _custom(campaign: Campaign, attempt: Attempt) -> dict[str, str]:
    if not attempt.completes:
        return {f"custom_{name}": "" for name in campaign.custom_fields}
    return {f"custom_{name}": str((attempt.moment + len(name)) % 10 + 1) for name in campaign.custom_fields}


def _bound(campaign: Campaign, body: dict[str, Any]) -> Instance:
    found = campaign.instances.get(parameters.text(body, "instanceId", is_required=True))
    if found is None:
        raise conflict("Specified instance is not bound to the selected campaign")
    return found


def _position(held: CallingList, record_id: str) -> int:
    """Return the position that a record's database id stands for; the record itself may be gone."""
    try:
        at = int(record_id[16:], 16)
    except ValueError:
        at = -1
    if at < 0 or held.record_id(at) != record_id:
        raise bad_request(f"wrong cursor '{record_id}'")
    return at


def _timed(call: Call, *, only_completed: bool) -> Any:
    campaign = call.campaign()
    body = parameters.parse_object(call.body, _TIMED)
    instance = _bound(campaign, body)
    limit = parameters.size(body, "limit", RECORDS_PAGE)
    start, end = parameters.time_of(body, "startTime"), parameters.time_of(body, "endTime")
    is_full = parameters.boolean(body, "extractAttempts")
    begin = max(start or 0, _moment_of(instance.list, parameters.text(body, "cursor")))
    page: list[Any] = []
    for at_time, record in _by_last_attempt(instance, begin, end, only_completed=only_completed):
        if len(page) == limit:
            return {"next_cursor": f"{stamp(at_time)}_{instance.list.record_id(record)}", "records": page}
        page.append(record_json(campaign, instance, record, is_full=is_full))
    return {"records": page}


def _by_last_attempt(
    instance: Instance, begin: int, end: int | None, *, only_completed: bool
) -> Iterable[tuple[int, int]]:
    for at_time, record, is_completed in instance.results.since(begin):
        if end is not None and at_time >= end:
            return
        if (is_completed or not only_completed) and instance.list.alive[record]:
            yield at_time, record


def _moment_of(held: CallingList, cursor: str) -> int:
    """Read the time out of a cursor such as 2023-01-10T12:13:59.001_590e9abd4abbf1165862d342."""
    if not cursor:
        return 0
    time_text, _, record_id = cursor.partition("_")
    at_time = moment(time_text)
    if at_time is None:
        raise bad_request(f"wrong cursor '{cursor}'")
    _position(held, record_id)
    return at_time

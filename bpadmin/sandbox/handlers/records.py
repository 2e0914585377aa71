"""Record methods: adding, updating and erasing records of a list."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.handlers.results import find_record
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state import amend
from bpadmin.sandbox.state.intake import DUPLICATE_KEY, KEY_NOT_FOUND, add_records
from bpadmin.sandbox.state.lists import CallingList


def add_many_records(call: Call) -> Any:
    """Add records; the refused ones come back by error."""
    held = call.calling_list()
    objects = call.arrived(parameters.parse_records(call.body))
    added, refused = add_records(held, objects, now=call.now(), room=call.room())
    answer: dict[str, Any] = {"added": added}
    if refused:
        answer["error"] = call.refused(objects, refused)
    return answer


def add_record(call: Call) -> Any:
    """Add one record; a duplicate is a 409, every other fault a 400."""
    held = call.calling_list()
    record = parameters.parse_object(call.body)
    _, refused = add_records(held, [record], now=call.now(), room=call.room())
    if refused:
        bucket, reason = refused[0]
        raise conflict(f"Duplicate key error: {reason}") if bucket == DUPLICATE_KEY else bad_request(reason)


def update_many_records(call: Call) -> Any:
    """Update records found by key; the refused ones come back by error."""
    held = _keyed(call.calling_list())
    objects = call.arrived(parameters.parse_records(call.body))
    updated, refused = amend.update_records(held, objects)
    answer: dict[str, Any] = {"updated": updated}
    if refused:
        answer["error"] = call.refused(objects, refused)
    return answer


def update_record(call: Call) -> Any:
    """Update one record found by key."""
    held = _keyed(call.calling_list())
    problem = amend.update_record(held, parameters.parse_object(call.body))
    if problem is not None:
        bucket, reason = problem
        raise not_found("Specified record") if bucket == KEY_NOT_FOUND else bad_request(reason)


def erase_record(call: Call) -> Any:
    """Erase one record with its results; a reason for the audit log is required."""
    held = call.calling_list()
    body = parameters.parse_object(call.body, ("fields", "reason"))
    reason = parameters.text(body, "reason", is_required=True)
    at = find_record(held, body.get("fields"))
    call.tenant.records_drop(held, [at])
    held.clear_aliases()
    call.tenant.erasures.append((held.id, reason))


def _keyed(held: CallingList) -> CallingList:
    if not held.format.keys:
        raise bad_request("the list's format has no key fields, so a record cannot be found")
    return held

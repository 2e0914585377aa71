"""The deprecated list methods, with the oddities that the document describes."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.clock import moment, stamp
from bpadmin.sandbox.errors import bad_request
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.handlers.results import RECORDS_PAGE, attempt_json, find_record, interaction_id
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.campaigns import Campaign, Instance
from bpadmin.sandbox.state.lists import CallingList


def get_all_records_deprecated(call: Call) -> Any:
    """Return records from an index on, with their status; an empty array when the list is not bound."""
    held, campaign = call.calling_list(), call.tenant.campaign_with(call.ids[1])
    body = parameters.parse_object(call.body, ("fromIndex", "maxSize"))
    limit = parameters.size(body, "maxSize", RECORDS_PAGE, may_be_text=True)
    start = first_index(body.get("fromIndex"))
    instance = next(iter(_instances(campaign, held)), None)
    if instance is None:
        return []
    page: list[Any] = []
    for at, row in held.walk(start):
        if len(page) == limit:
            break
        page.append({"entry": held.entry(row), "index": at, "status": short_status(campaign, instance, at)})
    return page


def get_updated_records_deprecated(call: Call) -> Any:
    """Return records with any activity since a time, by index; an empty array when the list is not bound."""
    held, campaign = call.calling_list(), call.tenant.campaign_with(call.ids[1])
    body = parameters.parse_object(call.body, ("fromTime", "maxSize"))
    limit = parameters.size(body, "maxSize", RECORDS_PAGE, may_be_text=True)
    start = moment(parameters.text(body, "fromTime", is_required=True))
    if start is None:
        raise bad_request(f'Unparseable date: "{body["fromTime"]}"')
    instance = next(iter(_instances(campaign, held)), None)
    if instance is None:
        return []
    changed = sorted(record for _, record, _ in instance.results.since(start) if held.alive[record])
    return [activity(campaign, instance, record) for record in changed[:limit]]


def query_record_deprecated(call: Call) -> Any:
    """Return a record by key: without status when the list is not bound there, an array when bound more than once."""
    held = call.calling_list()
    at = find_record(held, parameters.parse_object(call.body))
    entry = held.entry(held.rows.get(at))
    # Any string may stand for the campaign: an unknown one is like one that the list is not bound to.
    campaign = call.tenant.campaigns.get(call.ids[1])
    instances = _instances(campaign, held) if campaign is not None else []
    if campaign is None or not instances:
        return {"entry": entry}
    found = [{"entry": entry, "status": short_status(campaign, instance, at)} for instance in instances]
    return found[0] if len(found) == 1 else found


def _instances(campaign: Campaign, held: CallingList) -> list[Instance]:
    return [instance for instance in campaign.instances.values() if instance.list is held]


def first_index(value: Any) -> int:
    """Read fromIndex: a number in the document's example, a string in its table."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if type(value) is int and value >= 0:
        return value
    raise bad_request(f"invalid parameters: 'fromIndex' has unsupported value '{value}'")


def short_status(campaign: Campaign, instance: Instance, at: int) -> dict[str, Any]:
    """Return a record's status as the older methods show it: two members for one that was never called."""
    latest = instance.results.latest(at)
    if latest is None:
        return {"totalAttempts": 0, "completed": False}
    shown = {
        "globalInteractionID": interaction_id(instance, latest),
        "lastCallDuration": latest.call,
        "lastDisposition": campaign.disposition_named(latest.disposition),
        "totalAttempts": instance.results.count[at],
        "completed": latest.completes,
        "lastAgent": campaign.agents[latest.agent],
        "lastPhone": instance.list.rows.get(at)[latest.phone],
        "lastDate": stamp(latest.moment),
    }
    if latest.completes:
        shown["completedTime"] = stamp(latest.moment)
    return shown


def activity(campaign: Campaign, instance: Instance, record: int) -> dict[str, Any]:
    """Return a record that was tried, with all its attempts."""
    attempts = instance.results.history(record)
    latest = attempts[-1]
    return {
        "entry": instance.list.entry(instance.list.rows.get(record)),
        "completed": latest.completes,
        "recordDisposition": campaign.disposition_named(latest.disposition) if latest.completes else "",
        "recordDispositionCode": "",
        "totalAttempts": len(attempts),
        "attempts": [{**attempt_json(campaign, instance, one), "dispositionCode": ""} for one in attempts],
    }

"""The methods of v2. Answers name fields in lower case, in alphabetical order; errors are plain text.

Where the document is silent, it does what a tenant was seen to do: of many records given at once, those with a field
that the list does not have and those with letters in a whole number vanish without an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bpadmin.sandbox.clock import moment, stamp
from bpadmin.sandbox.errors import Refusal, bad_request
from bpadmin.sandbox.handlers import dnc, token
from bpadmin.sandbox.handlers.legacy import activity, first_index, short_status
from bpadmin.sandbox.handlers.results import RECORDS_PAGE
from bpadmin.sandbox.older.call import NamedCall, bound_in, missing
from bpadmin.sandbox.state import amend
from bpadmin.sandbox.state.campaigns import Campaign, Instance
from bpadmin.sandbox.state.intake import DUPLICATE_KEY, FORMAT_ERROR, KEY_NOT_FOUND, add_records
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.rows import Row

TOLD_LIFE = "3600"


def get_access_token(call: token.TokenCall) -> Any:
    """Return a token, which is as good for v3; this generation tells its whole life."""
    return {**token.get_access_token(call), "expires_in": TOLD_LIFE}


def add_many_records(call: NamedCall) -> Any:
    """Add records; refused ones come back by error, others vanish, and when nothing else is left it is a 400."""
    held, objects = call.calling_list(), call.records()
    added, refused = add_records(held, objects, now=call.now(), room=call.room())
    vanished = {place: reason for place, (bucket, reason) in refused.items() if _vanishes(bucket, reason)}
    if vanished and len(vanished) == len(objects):
        raise bad_request(min(vanished.items())[1])
    answer: dict[str, Any] = {"added": added}
    errors: dict[str, list[Any]] = {}
    for place in sorted(refused.keys() - vanished.keys()):
        errors.setdefault(refused[place][0], []).append(_lower(objects[place]))
    return {**answer, "error": errors} if errors else answer


def add_record(call: NamedCall) -> Any:
    """Add one record; one with a known key is a 409, or a 500 as an option has it."""
    held = call.calling_list()
    _, refused = add_records(held, [call.record()], now=call.now(), room=call.room())
    if refused:
        bucket, reason = refused[0]
        if bucket == DUPLICATE_KEY:
            raise duplicate_key(call, held)
        raise bad_request(in_words(reason))


def delete_all_records(call: NamedCall) -> Any:
    """Empty a list at once; its results go too."""
    held = call.calling_list()
    call.tenant.records_drop(held, [at for at, _ in held.walk()])
    held.clear_aliases()


def get_all_records(call: NamedCall) -> Any:
    """Return records from an index on, with their status."""
    campaign, instance = call.instance()
    body, limit = call.paging("fromIndex", RECORDS_PAGE)
    page: list[Any] = []
    for at, row in instance.list.walk(first_index(body["fromIndex"])):
        if len(page) == limit:
            break
        page.append(
            {"entry": entry_of(instance.list, row), "index": at, "status": _status(call, campaign, instance, at)}
        )
    return page


def get_completed_records(call: NamedCall) -> Any:
    """Return records that were completed at a time or later, by time of completion."""
    campaign, instance = call.instance()
    body, limit = call.paging("fromTime", RECORDS_PAGE)
    page: list[Any] = []
    for at_time, record, is_completed in instance.results.since(_start(body)):
        if len(page) == limit:
            break
        if is_completed and instance.list.alive[record]:
            entry = entry_of(instance.list, instance.list.rows.get(record))
            status = _status(call, campaign, instance, record)
            page.append({"completedTime": stamp(at_time), "entry": entry, "status": status})
    return page


def get_updated_records(call: NamedCall) -> Any:
    """Return records with any activity at a time or later with all their attempts, by time of the last one."""
    campaign, instance = call.instance()
    body, limit = call.paging("fromTime", RECORDS_PAGE)
    page: list[Any] = []
    for _, record, _ in instance.results.since(_start(body)):
        if len(page) == limit:
            break
        if instance.list.alive[record]:
            shown = activity(campaign, instance, record)
            page.append({**shown, "entry": entry_of(instance.list, instance.list.rows.get(record))})
    return page


def query_record(call: NamedCall) -> Any:
    """Return the record with these key values, with its status where the list is bound to a campaign of this name."""
    held, wanted = call.calling_list(), call.record()
    if absent := amend.missing_key(_keyed(held), wanted):
        raise bad_request(f"missing key: {absent}")
    at = held.find(wanted)
    if at is None:
        raise missing("record is not found")
    shown: dict[str, Any] = {"entry": entry_of(held, held.rows.get(at))}
    campaign = call.campaign_named()
    instance = bound_in(campaign, held) if campaign is not None else None
    if campaign is not None and instance is not None:
        shown["status"] = _status(call, campaign, instance, at)
    return shown


def update_record(call: NamedCall) -> Any:
    """Update one record found by key; whatever is not found is a 404 with an empty body."""
    try:
        held = call.calling_list()
    except Refusal as refusal:
        raise missing("") from refusal
    problem = amend.update_record(_keyed(held), call.record())
    if problem is not None:
        bucket, reason = problem
        raise missing("") if bucket == KEY_NOT_FOUND else bad_request(in_words(reason))


def get_campaigns(call: NamedCall) -> Any:
    """Return the enabled campaigns that the user may manage, with the names of their lists; they have no ids here."""
    return [
        {
            "name": campaign.name,
            "state": campaign.state,
            "lists": list(dict.fromkeys(instance.list.name for instance in campaign.instances.values())),
        }
        for campaign in call.tenant.campaigns.values()
        if campaign.enabled and call.user.may_manage(campaign.id)
    ]


def add_dnc_records(call: NamedCall) -> Any:
    """Add entries given as arrays; known keys are passed over."""
    return dnc.add_dnc_records_deprecated(call.of_dnc_list())


def replace_dnc_records(call: NamedCall) -> Any:
    """Empty a DNC list and fill it with entries given as arrays."""
    return dnc.replace_dnc_records_deprecated(call.of_dnc_list())


def delete_all_dnc_records(call: NamedCall) -> Any:
    """Empty a DNC list."""
    return dnc.delete_all_dnc_records(call.of_dnc_list())


def delete_dnc_records(call: NamedCall) -> Any:
    """Delete entries by key; the refused ones come back by error."""
    return dnc.delete_many_dnc_records(call.of_dnc_list())


def entry_of(held: CallingList, row: Row) -> dict[str, Any]:
    """Return a stored row as these APIs show it."""
    return _lower(held.entry(row))


def duplicate_key(call: NamedCall, held: CallingList) -> Refusal:
    """Refuse a record with a known key, with what the database says."""
    text = f"E11000 duplicate key error collection: list.{held.sort_id} index: key dup key"
    return Refusal(call.tenant.options.legacy_duplicate_status, "duplicate_key", text)


def in_words(reason: str) -> str:
    """Say what is wrong with a record as v2 says it; of a date it says more than v3."""
    return f"Error parsing datetime value, please {reason}" if reason.startswith("enter date") else reason


def _vanishes(bucket: str, reason: str) -> bool:
    return bucket == FORMAT_ERROR and (reason.startswith("unsupported field") or reason == "integer is expected")


def _lower(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in sorted(record.items())}


def _status(call: NamedCall, campaign: Campaign, instance: Instance, at: int) -> dict[str, Any]:
    shown = short_status(campaign, instance, at)
    shown.pop("completedTime", None)
    if call.tenant.options.older_no_time:
        shown.setdefault("lastDate", call.tenant.options.older_no_time)
    return shown


def _start(body: Mapping[str, Any]) -> int:
    read = moment(str(body["fromTime"]))
    if read is None:
        raise bad_request(f'Unparseable date: "{body["fromTime"]}"')
    return read


def _keyed(held: CallingList) -> CallingList:
    if not held.format.keys:
        raise bad_request("the list has no key fields")
    return held

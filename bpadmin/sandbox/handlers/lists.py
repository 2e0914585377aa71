"""List methods: finding, making and deleting calling lists."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.clock import stamp
from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.formats import Format, parse_fields
from bpadmin.sandbox.state.lists import CallingList

LISTS_PAGE = 100


def get_lists(call: Call) -> Any:
    """Return a page of lists, sorted by database id; `next_cursor` is null on the last page."""
    body = parameters.parse_object(call.body, ("limit", "cursor"))
    limit = parameters.size(body, "limit", LISTS_PAGE)
    cursor = parameters.text(body, "cursor")
    if cursor and (len(cursor) != 24 or any(c not in "0123456789abcdef" for c in cursor)):
        raise bad_request(f"wrong cursor '{cursor}'")
    ordered = sorted(call.tenant.lists.values(), key=lambda held: held.sort_id)
    ahead = [held for held in ordered if held.sort_id >= cursor]
    following = ahead[limit].sort_id if len(ahead) > limit else None
    return {"next_cursor": following, "records": [{"id": held.id, **_facts(held)} for held in ahead[:limit]]}


def get_list(call: Call) -> Any:
    """Return one list with the campaigns it is bound to."""
    held = call.calling_list()
    uses = [
        {"campaignName": campaign.name, "campaignId": campaign.id, "instanceId": instance.id}
        for campaign, instance in call.tenant.uses_of(held)
    ]
    return {**_facts(held), "campaigns": uses}


def delete_list(call: Call) -> Any:
    """Delete a list, its instances, and its format when nothing else uses it."""
    call.tenant.list_drop(call.calling_list().id)


def create_list(call: Call) -> Any:
    """Make an empty list of an existing format."""
    body = parameters.parse_object(call.body, ("name", "formatId"))
    format_id = parameters.text(body, "formatId", is_required=True)
    name = parameters.text(body, "name", is_required=True)
    fmt = call.tenant.formats.get(format_id)
    if fmt is None:
        raise not_found("Specified format")
    _refuse_double_name(call, name)
    return {"id": call.tenant.list_add(name, fmt).id}


def create_list_with_new_format(call: Call) -> Any:
    """Make a format and an empty list of it."""
    body = parameters.parse_object(call.body, ("formatName", "fields", "listName"))
    format_name = parameters.text(body, "formatName", is_required=True)
    name = parameters.text(body, "listName") or f"FORMAT: {format_name}"
    fields = parse_fields(body.get("fields"))
    if any(fmt.name == format_name for fmt in call.tenant.formats.values()):
        raise conflict(f"Duplicate name error: format '{format_name}' already exists")
    _refuse_double_name(call, name)
    made = call.tenant.list_add(name, Format(call.tenant.new_id(), format_name, fields))
    return {"id": made.id, "formatId": made.format.id}


def _facts(held: CallingList) -> dict[str, Any]:
    return {
        "name": held.name,
        "formatId": held.format.id,
        "formatName": held.format.name,
        "creationDate": stamp(held.created),
        "totalRecords": held.total,
    }


def _refuse_double_name(call: Call, name: str) -> None:
    if any(held.name == name for held in call.tenant.lists.values()):
        raise conflict(f"Duplicate name error: list '{name}' already exists")

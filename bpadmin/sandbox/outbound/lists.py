"""Records of lists without a campaign, and the properties of lists."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.handlers.legacy import first_index
from bpadmin.sandbox.handlers.results import RECORDS_PAGE
from bpadmin.sandbox.http import parameters

NAME_LENGTH = 255


def fetch_all_records(call: Call) -> Any:
    """Return records from an index on, without results."""
    held = call.calling_list()
    body = parameters.parse_object(call.body, ("fromIndex", "maxSize"))
    limit = parameters.size(body, "maxSize", RECORDS_PAGE, may_be_text=True)
    page: list[Any] = []
    for at, row in held.walk(first_index(body.get("fromIndex"))):
        if len(page) == limit:
            break
        page.append({"entry": held.entry(row), "index": at})
    return page


def fetch_record(call: Call) -> Any:
    """Return the records of some keys: by the document's example one object, also where several were asked for."""
    held = call.calling_list()
    body = parameters.parse_object(call.body)
    names = [held.format.stored[place].name for place in held.format.keys]
    if not names or any(name not in body for name in names):
        raise bad_request(f"missing key: {', '.join(names) or 'the list has none'}")
    given = [value if isinstance(value, list) else [value] for value in (body[name] for name in names)]
    found = [held.find(dict(zip(names, values, strict=True))) for values in zip(*given, strict=False)]
    there = [at for at in found if at is not None]
    if not there:
        raise not_found("Specified record")
    return {"entry": held.entry(held.rows.get(there[0]))}


def update_list_properties(call: Call) -> Any:
    """Rename a list, or say when its records expire."""
    held = call.calling_list()
    names = ("name", "expireRecords", "expirationPeriod", "expirationMode", "dateField")
    body = parameters.parse_object(call.body, names)
    name = parameters.text(body, "name")
    if len(name) > NAME_LENGTH:
        raise bad_request("'name' is too long")
    if any(each.name == name and each is not held for each in call.tenant.lists.values()):
        raise conflict(f"Duplicate name error: list '{name}' already exists")
    expires = parameters.boolean(body, "expireRecords")
    days, mode = body.get("expirationPeriod"), parameters.text(body, "expirationMode")
    if expires and (type(days) is not int or not 0 <= days <= 365):
        raise bad_request(f"'expirationPeriod' has unsupported value '{days}'")
    if expires and mode not in ("INSERTION", "DATE_FIELD"):
        raise bad_request(f"'expirationMode' has unsupported value '{mode}'")
    field = parameters.text(body, "dateField", is_required=mode == "DATE_FIELD")
    if field and (field not in held.format.places or not _is_date(call, field)):
        raise bad_request(f"'dateField' has unsupported value '{field}'")
    held.name = name or held.name
    if "expireRecords" in body:
        held.expiry = (int(days or 0), field) if expires else None


def _is_date(call: Call, name: str) -> bool:
    held = call.calling_list()
    return held.format.stored[held.format.places[name]].type.startswith("DATETIME")

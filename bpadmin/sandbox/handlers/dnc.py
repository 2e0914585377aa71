"""DNC list methods. Contents are not checked by type of list: a phone, a postal code and nonsense are all taken."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.errors import bad_request, forbidden
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.dnc import DAY_MS, DncList, DncType
from bpadmin.sandbox.state.formats import as_texts
from bpadmin.sandbox.state.intake import DUPLICATE_KEY, FORMAT_ERROR, KEY_NOT_FOUND, MISSING_KEY

MOST_DAYS = 365
# By whether the tenant has the newer methods.
_MEMBERS = {False: frozenset({"key", "comment"}), True: frozenset({"key", "comment", "expirationPeriod"})}


def delete_all_dnc_records(call: Call) -> Any:
    """Empty a DNC list."""
    held = editable_dnc_list(call)
    return {"deleted": held.entries.clear()}


def delete_many_dnc_records(call: Call) -> Any:
    """Delete entries by key; the refused ones come back by error."""
    held = editable_dnc_list(call)
    records = parameters.parse_records(call.body)
    refused: dict[int, tuple[str, str]] = {}
    for place, record in enumerate(records):
        key, bucket = _text(record.get("key"))
        if bucket or not key:
            refused[place] = (bucket or MISSING_KEY, "")
        elif not held.entries.remove(key):
            refused[place] = (KEY_NOT_FOUND, "")
    return _counted(call, "deleted", records, refused)


def add_many_dnc_records(call: Call) -> Any:
    """Add entries; the refused ones, known keys among them, come back by error."""
    held = editable_dnc_list(call)
    records = parameters.parse_records(call.body)
    refused: dict[int, tuple[str, str]] = {}
    known, now = _MEMBERS[call.tenant.options.newer_dnc], call.now()
    for place, record in enumerate(records):
        key, bad_key = _text(record.get("key"))
        comment, bad_comment = _text(record.get("comment"))
        days = record.get("expirationPeriod")
        is_period = days is None or (type(days) is int and 0 <= days <= MOST_DAYS)
        if bad_key or bad_comment or not is_period or not known.issuperset(record):
            refused[place] = (FORMAT_ERROR, "")
        elif not key:
            refused[place] = (MISSING_KEY, "")
        elif not held.entries.add(key, comment, now, None if days is None else now + days * DAY_MS):
            refused[place] = (DUPLICATE_KEY, "")
    return _counted(call, "added", records, refused)


def add_dnc_records_deprecated(call: Call) -> Any:
    """Add entries given as arrays; known keys are passed over."""
    held = editable_dnc_list(call)
    now = call.now()
    return {"added": sum([held.entries.add(key, comment, now) for key, comment in _rows(held, call.body).items()])}


def replace_dnc_records_deprecated(call: Call) -> Any:
    """Empty a DNC list and fill it with entries given as arrays."""
    held = editable_dnc_list(call)
    rows, now = _rows(held, call.body), call.now()
    held.entries.clear()
    return {"added": sum([held.entries.add(key, comment, now) for key, comment in rows.items()])}


def editable_dnc_list(call: Call) -> DncList:
    """Return the DNC list that the path names; refuses with 404, and with 403 one that the API may not change."""
    held = call.tenant.dnc_list_with(call.ids[0])
    if held.type is DncType.GEOGRAPHIC_STATE:
        raise forbidden("Modification of this type of list is not allowed")
    return held


def _text(value: Any) -> tuple[str, str]:
    """Return a value as trimmed text, and the bucket of what is wrong with it ("" when nothing is)."""
    bad: dict[int, str] = {}
    text = as_texts([value], bad)[0]
    return text, FORMAT_ERROR if bad else ""


def _rows(held: DncList, body: bytearray) -> dict[str, str]:
    """Read entries given as [key, comment]; lists without comments take [key] as well."""
    rows = parameters.parse_json(body)
    if not isinstance(rows, list):
        raise bad_request("malformed JSON: expected an array")
    lengths = {1, 2} if held.type is DncType.EXCLUSION else {2}
    entries: dict[str, str] = {}
    for row in rows:
        if not isinstance(row, list) or len(row) not in lengths:
            raise bad_request("malformed JSON: expected an array of arrays with a value for each field of the list")
        bad: dict[int, str] = {}
        key, *comment = as_texts(row, bad)
        if bad or not key:
            raise bad_request("a record needs a key that is a string")
        entries.setdefault(key, comment[0] if comment else "")
    return entries


def _counted(call: Call, what: str, records: list[dict[str, Any]], refused: dict[int, tuple[str, str]]) -> Any:
    answer: dict[str, Any] = {what: len(records) - len(refused)}
    if refused:
        answer["error"] = call.refused(records, refused)
    return answer

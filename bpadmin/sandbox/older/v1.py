"""The methods of v1 that are documented in full: reading records by index, adding one, adding many.

Values are strings, numbers in a status too. A status has what there is to tell: of a record that was never called that
it is not completed, and an agent where one was reached.
"""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.errors import Refusal, bad_request
from bpadmin.sandbox.handlers.legacy import first_index, short_status
from bpadmin.sandbox.handlers.results import RECORDS_PAGE
from bpadmin.sandbox.http.wire import Answer
from bpadmin.sandbox.older.call import NamedCall
from bpadmin.sandbox.older.v2 import duplicate_key, entry_of, in_words
from bpadmin.sandbox.state.campaigns import Campaign, Instance
from bpadmin.sandbox.state.intake import DUPLICATE_KEY, add_records

_SHOWN = ("lastDisposition", "lastDate", "lastPhone", "lastCallDuration", "lastAgent", "totalAttempts")


def get_all_records(call: NamedCall) -> Any:
    """Return records from an index on, with their status."""
    campaign, instance = call.instance()
    body, limit = call.paging("fromIndex", RECORDS_PAGE)
    page: list[Any] = []
    for at, row in instance.list.walk(first_index(body["fromIndex"])):
        if len(page) == limit:
            break
        entry = {name: str(value) for name, value in entry_of(instance.list, row).items()}
        page.append({"index": at, "entry": entry, "status": _status(call, campaign, instance, at)})
    return page


def add_record(call: NamedCall) -> Any:
    """Add one record; success is a 204, a known key a 500."""
    return _added(call, [call.record()])


def add_many_records(call: NamedCall) -> Any:
    """Add records, all or none, since a 204 has no body that could name the refused ones."""
    return _added(call, call.records())


def _added(call: NamedCall, objects: list[dict[str, Any]]) -> Answer:
    held = call.calling_list()
    before = len(held.rows)
    _, refused = add_records(held, objects, now=call.now(), room=call.room())
    if refused:
        call.tenant.records_drop(held, range(before, len(held.rows)))
        held.clear_aliases()
        bucket, reason = refused[min(refused)]
        if bucket == DUPLICATE_KEY:
            raise Refusal(500, "duplicate_key", duplicate_key(call, held).description)
        raise bad_request(in_words(reason))
    return Answer(204)


def _status(call: NamedCall, campaign: Campaign, instance: Instance, at: int) -> dict[str, Any]:
    full = short_status(campaign, instance, at)
    if not full["totalAttempts"]:
        no_time = call.tenant.options.older_no_time
        return {"completed": False, "lastDate": no_time} if no_time else {"completed": False}
    is_reached = full["lastCallDuration"] > 0
    shown = {name: str(full[name]) for name in _SHOWN if is_reached or name != "lastAgent"}
    return {"completed": full["completed"], **shown}

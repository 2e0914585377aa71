"""Turn Conpeek's answers into types: no I/O, so that every oddity is tested without a socket.

A request keeps its members as they came, but for those that have members of their own: `custom`, which is JSON inside
JSON, and `call_info` become one member for each of theirs, `custom.<name>` and `call_info.<name>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from bpadmin.platforms.http.lenient import Misshapen, as_items, as_object, bool_in, number_in, text_in, time_in
from bpadmin.platforms.types import Attempt, Record

HISTORY = ("history", "call_history", "dialogs")


def requests(value: object) -> tuple[Record, ...]:
    """Read requests, or their summaries."""
    return tuple(map(request, as_items(as_object(value, "the answer").get("data"), "data")))


def request(value: object) -> Record:
    """Read one request."""
    members = as_object(value, "a request")
    entry: dict[str, Any] = {}
    attempts: tuple[Attempt, ...] | None = None
    for name, item in members.items():
        if name == "custom":
            entry |= _unfolded(name, _parsed(item))
        elif name == "call_info":
            entry |= _call_info(item)
        elif name == "call_history" and (attempts := _attempts(item)) is not None:
            continue
        else:
            entry[name] = item
    return Record(entry=entry, attempts=attempts, id=text_in(members, "id"))


def added(value: object) -> Record:
    """Read what adding a request answers: the request, or at least its id; nothing where it tells nothing."""
    if value is None:
        return Record(entry={})
    members = as_object(value, "the answer")
    _refuse_failure(members)
    data = members.get("data", members)
    return request(data[0] if isinstance(data, list) and len(data) == 1 else data)


def done(value: object) -> None:
    """Accept a success, unless it says itself that it is none."""
    if value is not None:
        _refuse_failure(as_object(value, "the answer"))


def _refuse_failure(members: Mapping[str, Any]) -> None:
    if bool_in(members, "success") is False:
        raise Misshapen("success is false")


def _parsed(item: object) -> object:
    if not isinstance(item, str):
        return item
    try:
        value = orjson.loads(item)
    except orjson.JSONDecodeError:
        return item
    return value if isinstance(value, dict) else item


def _unfolded(name: str, item: object) -> dict[str, Any]:
    return {f"{name}.{key}": value for key, value in item.items()} if isinstance(item, dict) else {name: item}


def _call_info(item: object) -> dict[str, Any]:
    """Take call_info apart: what was noted stands under its key, who noted it and when beside it."""
    found: dict[str, Any] = {}
    for name, told in _unfolded("call_info", item).items():
        if isinstance(told, dict) and "value" in told:
            found[name] = told["value"]
            found |= {f"{name}.{key}": value for key, value in told.items() if key != "value"}
        else:
            found[name] = told
    return found


def _attempts(item: object) -> tuple[Attempt, ...] | None:
    """Read a history of calls, None for what is none. Its members are documented nowhere, so all are kept as well."""
    if not isinstance(item, list) or not all(isinstance(call, dict) for call in item):
        return None
    try:
        return tuple(map(_attempt, item))
    except Misshapen:
        return None


def _attempt(members: Mapping[str, Any]) -> Attempt:
    # The platform has no words for it, only the code.
    code = text_in(members, "call_state_reason") or text_in(members, "call_state")
    return Attempt(
        call_attempted=True,
        disposition=code,
        disposition_code=code,
        date=_first_time(members, "created_date", "date"),
        phone=text_in(members, "contact_number"),
        call_duration=number_in(members, "duration"),
        agent=text_in(members, "tenant_user_name") or text_in(members, "tenant_user_id"),
        extra=dict(members),
    )


def _first_time(members: Mapping[str, Any], *names: str) -> datetime | None:
    return next((when for name in names if (when := time_in(members, name)) is not None), None)

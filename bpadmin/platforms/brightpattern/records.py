"""Turn the records in answers of the List Management API into types. Pure, like decode.py, whose shapes these are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bpadmin.platforms.http.lenient import (
    Misshapen,
    as_items,
    as_object,
    integer_in,
    needed_bool_in,
    number_in,
    text_in,
    time_in,
)
from bpadmin.platforms.types import NOTHING, Attempt, Page, Record, RecordStatus

T = TypeVar("T")


def page(value: object, item: Callable[[Any], T]) -> Page[T]:
    """Read one page of a cursor walk; a page that is a bare array has no next one."""
    if isinstance(value, list):
        return Page(tuple(map(item, value)))
    members = as_object(value, "the page")
    items = as_items(members.get("records"), "records")
    return Page(tuple(map(item, items)), text_in(members, "next_cursor"))


def record_page(value: object) -> Page[Record]:
    """Read one page of records."""
    return page(value, record)


def records(value: object) -> tuple[Record, ...]:
    """Read records that come as an array, or as one object where there is one."""
    return tuple(map(record, as_items(value, "the answer")))


def one_record(value: object) -> Record:
    """Read the one record that was asked for."""
    found = records(value)
    if len(found) != 1:
        raise Misshapen(f"one record was asked for, but {len(found)} came")
    return found[0]


def record(value: object) -> Record:
    """Read one record, its results in a member of their own or, as the deprecated method has them, beside the entry."""
    # A million records are read in one go: what has its usual type is taken without asking further.
    members = value if value.__class__ is dict else as_object(value, "a record")
    get = members.get
    entry, results, attempts, index = get("entry"), get("status"), get("attempts"), get("index")
    if results is None and "status" not in members and "completed" in members:
        results = members
    return Record(
        entry if entry.__class__ is dict else as_object(entry, "entry"),
        _record_status(results) if results else None,
        None if attempts is None else tuple(map(_attempt, as_items(attempts, "attempts"))),
        index if index is None or index.__class__ is int else integer_in(members, "index"),
    )


_STATUS_NAMES = frozenset(
    {
        *("completed", "completedTime", "totalAttempts", "globalInteractionID", "lastCallDuration", "lastDate"),
        *("lastDisposition", "lastDispositionCode", "recordDisposition", "recordDispositionCode", "lastAgent"),
        # Members of the record itself, where its results stand beside the entry.
        *("lastPhone", "entry", "attempts", "index"),
    }
)


def _record_status(value: object) -> RecordStatus:
    members: dict[str, Any] = value if value.__class__ is dict else as_object(value, "status")
    get = members.get
    completed, total, seconds = get("completed"), get("totalAttempts"), get("lastCallDuration")
    interaction, disposition = get("globalInteractionID", ""), get("lastDisposition", "")
    code, agent, phone = get("lastDispositionCode", ""), get("lastAgent", ""), get("lastPhone", "")
    is_usual = (
        interaction.__class__ is disposition.__class__ is code.__class__ is agent.__class__ is phone.__class__ is str
    )
    if not is_usual:
        interaction, disposition = text_in(members, "globalInteractionID"), text_in(members, "lastDisposition")
        code, agent, phone = (text_in(members, name) for name in ("lastDispositionCode", "lastAgent", "lastPhone"))
    if not disposition and "recordDisposition" in members:
        disposition = text_in(members, "recordDisposition")
    if not code and "recordDispositionCode" in members:
        code = text_in(members, "recordDispositionCode")
    return RecordStatus(
        completed if completed is True or completed is False else needed_bool_in(members, "completed"),
        total if total.__class__ is int else integer_in(members, "totalAttempts"),
        interaction,
        seconds if seconds is None or seconds.__class__ is int else number_in(members, "lastCallDuration"),
        disposition,
        code,
        time_in(members, "completedTime") if get("completedTime") else None,
        agent,
        phone,
        time_in(members, "lastDate") if get("lastDate") else None,
        NOTHING if members.keys() <= _STATUS_NAMES else _others(members, _STATUS_NAMES),
    )


_ATTEMPT_NAMES = frozenset(
    {
        *("call_attempted", "disposition", "dispositionCode", "date", "phone", "callDuration", "dialingDuration"),
        *("callNotes", "agent", "globalInteractionID", "CPADuration", "CPAResult"),
    }
)


def _attempt(value: object) -> Attempt:
    members = as_object(value, "an attempt")
    return Attempt(
        call_attempted=needed_bool_in(members, "call_attempted"),
        disposition=text_in(members, "disposition"),
        disposition_code=text_in(members, "dispositionCode"),
        date=time_in(members, "date"),
        phone=text_in(members, "phone"),
        call_duration=number_in(members, "callDuration"),
        dialing_duration=number_in(members, "dialingDuration"),
        call_notes=text_in(members, "callNotes"),
        agent=text_in(members, "agent"),
        global_interaction_id=text_in(members, "globalInteractionID"),
        cpa_duration=number_in(members, "CPADuration"),
        cpa_result=text_in(members, "CPAResult"),
        extra=_others(members, _ATTEMPT_NAMES),
    )


def _others(members: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in known}

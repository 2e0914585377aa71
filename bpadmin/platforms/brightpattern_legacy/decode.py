"""Turn answers of the older APIs into types: no I/O. What v3 still writes the same way is read by v3's decoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bpadmin.platforms.brightpattern import records as newer
from bpadmin.platforms.brightpattern.decode import batch
from bpadmin.platforms.http.lenient import (
    Misshapen,
    as_items,
    as_object,
    choice_in,
    folded,
    needed_integer_in,
    needed_text_in,
    shown,
)
from bpadmin.platforms.names import id_of
from bpadmin.platforms.types import (
    BatchResult,
    Campaign,
    CampaignState,
    ListBinding,
    Record,
    RecordStatus,
)


def campaigns(value: object) -> tuple[Campaign, ...]:
    """Read the enabled campaigns with their states and lists; ids are made of names."""
    return tuple(map(_campaign, as_items(value, "the answer")))


def _campaign(value: object) -> Campaign:
    members = folded(value, "a campaign")
    name = needed_text_in(members, "name")
    needed_text_in(members, "state")
    lists = members.get("lists")
    return Campaign(
        id=id_of(name),
        name=name,
        state=choice_in(members, "state", CampaignState, CampaignState.UNKNOWN),
        enabled=True,
        lists=None if lists is None else tuple(map(_binding, _names(lists))),
    )


def _names(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise Misshapen(f"lists should be a list of names, but is {shown(value)}")
    return list(dict.fromkeys(value))


def _binding(name: str) -> ListBinding:
    # These versions have one instance of a list in a campaign, and know it by the list's name.
    return ListBinding(list_id=id_of(name), list_name=name, instance_id=id_of(name), enabled=None)


def records(value: object) -> tuple[Record, ...]:
    """Read records in the order in which they came."""
    return tuple(map(record, as_items(value, "the answer")))


def one_record(value: object) -> Record:
    """Read the one record that was asked for."""
    return record(as_object(value, "the answer"))


def record(value: object) -> Record:
    """Read a record: the time of its completion stands beside its status, the results of changed ones in attempts."""
    members = _trimmed(as_object(value, "a record"))
    if isinstance(status := members.get("status"), dict):
        times = {name: members[name] for name in ("completedTime",) if name in members}
        members["status"] = _trimmed(status) | times
    read = newer.record(members)
    return read._replace(status=_latest(read.status, read)) if read.status and read.attempts else read


def _trimmed(members: Mapping[str, Any]) -> dict[str, Any]:
    # The first document writes some names with a space before them.
    return {name.strip(): value for name, value in members.items()}


def _latest(status: RecordStatus, record: Record) -> RecordStatus:
    """Return the status of a record that comes with attempts, the last of which is its latest result."""
    last = max(record.attempts or (), key=lambda each: each.date.timestamp() if each.date else 0.0)
    return status._replace(
        last_date=status.last_date or last.date,
        last_agent=status.last_agent or last.agent,
        last_phone=status.last_phone or last.phone,
        last_disposition=status.last_disposition or last.disposition,
        last_disposition_code=status.last_disposition_code or last.disposition_code,
        last_call_duration=last.call_duration if status.last_call_duration is None else status.last_call_duration,
        global_interaction_id=status.global_interaction_id or last.global_interaction_id,
    )


def completed_at(record: Record) -> datetime | None:
    """Return when a record was completed."""
    return record.status.completed_time if record.status else None


def changed_at(record: Record) -> datetime | None:
    """Return when a record was last tried."""
    return record.status.last_date if record.status else None


def entries_added(value: object, count: int) -> BatchResult:
    """Read what adding `count` Do Not Call entries answers: the rest were there already, and are told as a number."""
    found = batch(value, "added")
    return replace(found, passed_over=max(0, count - found.count - found.error_count))


def entries_replaced(value: object) -> int:
    """Read how many Do Not Call entries a list has after it was filled anew."""
    return needed_integer_in(as_object(value, "the answer"), "added")

"""What the commands on single records share: FIELD=VALUE arguments, the list with its fields, and a record as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.catalogue import list_find
from bpadmin.platforms.types import Attempt, CallingList
from bpadmin.tenants.management.base import CommandRefused
from bpadmin.tenants.services import tenant_client
from lists.records.fields import RecordFields, record_fields_learn
from lists.records.services import Found, InstanceResult

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from bpadmin.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Order:
    """The list a command is about, what is known of its fields, and the values given."""

    calling_list: CallingList
    fields: RecordFields
    values: dict[str, str]

    def split(self) -> tuple[dict[str, str], dict[str, str]]:
        """Part the values into the key and the rest. CommandRefused where the keys are not known."""
        keys = {spec.name for spec in self.fields.keys}
        if not keys:
            raise CommandRefused(
                "The key fields of this list are not known. Look a record up by its key once (record_get), or say on "
                "the list's page which fields are keys."
            )
        key = {name: value for name, value in self.values.items() if name in keys}
        if missing := keys - key.keys():
            raise CommandRefused(f"Give the whole key of the record; {', '.join(sorted(missing))} is missing.")
        return key, {name: value for name, value in self.values.items() if name not in keys}


def add_record_arguments(parser: CommandParser) -> None:
    """Add LIST and FIELD=VALUE…"""
    parser.add_argument("list", metavar="LIST", help="name or id of the list")
    parser.add_argument("values", metavar="FIELD=VALUE", nargs="+", help="a field of the record and its value")


def order_read(*, tenant: Tenant, options: dict[str, Any]) -> Order:
    """Find the list, with where it is bound, and read the values. Raises what list_find raises, and RecordRefused."""
    values: dict[str, str] = {}
    for given in options["values"]:
        name, sign, value = given.partition("=")
        if not sign or not name.strip():
            raise CommandRefused(f"{given!r} is not of the form FIELD=VALUE.")
        if name.strip() in values:
            raise CommandRefused(f"{name.strip()} is given twice.")
        values[name.strip()] = value
    list_id = list_find(tenant=tenant, name_or_id=options["list"]).id
    with tenant_client(tenant) as client:
        found = client.get_list(list_id)
        fields = record_fields_learn(tenant=tenant, list_id=list_id, client=client, calling_list=found)
    return Order(found, fields, fields.spelled(values))


def found_json(found: Found) -> dict[str, Any]:
    """Return a record with its results as plain values; times are ISO in UTC, durations seconds."""
    return {"key": dict(found.key), "record": dict(found.entry), "campaigns": [_result(each) for each in found.results]}


def _result(result: InstanceResult) -> dict[str, Any]:
    where = {
        "campaign": result.use.campaign_name,
        "campaign_id": result.use.campaign_id,
        "instance_id": result.use.instance_id,
    }
    if result.record is None:
        return {**where, "error": result.trouble}
    status = result.record.status
    told: dict[str, Any] = {}
    if status is not None:
        told = {
            "completed": status.completed,
            "attempts_made": status.total_attempts,
            "last_disposition": status.last_disposition,
            "last_agent": status.last_agent,
            "last_phone": status.last_phone,
            "last_date": _iso(status.last_date),
            "completed_time": _iso(status.completed_time),
            **status.extra,
        }
    if result.record.attempts is not None:
        told["attempts"] = [_attempt(each) for each in result.record.attempts]
    return {**where, **told}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "date": _iso(attempt.date),
        "disposition": attempt.disposition,
        "call_attempted": attempt.call_attempted,
        "phone": attempt.phone,
        "agent": attempt.agent,
        "call_duration": attempt.call_duration,
        "dialing_duration": attempt.dialing_duration,
        "notes": attempt.call_notes,
        **attempt.extra,
    }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""

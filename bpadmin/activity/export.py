"""The log as a file: a table for people, or a line of JSON for each entry."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.sealing import signed_data
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.tabular.formula import guard
from bpadmin.tenants.models import Tenant

COLUMNS = (
    "number", "time", "time (UTC)", "person", "what", "object kind", "object id", "object", "outcome", "message",
    "details", "milliseconds", "address", "request", "signature",
)  # fmt: skip
AT_ONCE = 500


def log_csv(entries: QuerySet[AuditEntry], *, time_zone: str) -> Iterator[bytes]:
    """Return entries as CSV (UTF-8 with BOM, CRLF), the oldest first."""
    zone, buffer = ZoneInfo(time_zone), io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield "\ufeff".encode()
    for entry in entries.order_by("id").iterator(chunk_size=AT_ONCE):
        writer.writerow(["" if cell is None else guard(str(cell)) for cell in _cells(entry, zone)])
        if buffer.tell() > 65_536:
            yield _taken(buffer)
    yield _taken(buffer)


def log_json(entries: QuerySet[AuditEntry]) -> Iterator[bytes]:
    """Give entries as lines of JSON, the oldest first: what each signs, what it tells of people, and its two hashes."""
    for entry in entries.order_by("id").iterator(chunk_size=AT_ONCE):
        line = {**signed_data(entry), "prev_hash": entry.prev_hash, "hash": entry.hash, "told": entry.told}
        yield json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n"


def log_export_record(*, tenant: Tenant | None, actor: Actor, kind: str, filters: dict[str, Any]) -> None:
    """Write into the log that somebody has taken the log with them."""
    said = {name: each.isoformat() if isinstance(each, datetime) else str(each) for name, each in filters.items()}
    audit_record(
        verb=Verb.AUDIT_EXPORT,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor.name,
        target_kind="tenant" if tenant else "installation",
        target_id=tenant.slug if tenant else "",
        target_name=tenant.name if tenant else "the installation",
        details={"kind": kind, "filter": said},
    )


def _cells(entry: AuditEntry, zone: ZoneInfo) -> tuple[Any, ...]:
    told = entry.told
    return (
        entry.number,
        entry.at.astimezone(zone).isoformat(timespec="seconds"),
        entry.at.isoformat(timespec="milliseconds"),
        entry.actor_name,
        entry.verb,
        entry.target_kind,
        told["target_id"],
        told["target_name"],
        entry.outcome,
        told["message"],
        json.dumps(told["details"], ensure_ascii=False) if told["details"] else "",
        entry.duration_ms,
        entry.address,
        entry.request,
        entry.hash,
    )


def _taken(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode("utf-8", "replace")
    buffer.seek(0)
    buffer.truncate()
    return data

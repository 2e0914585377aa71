"""What an export is asked to contain: whose records, which of them, from when to when, as which rows and columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from django.db import models

from bpadmin.platforms.types import RecordKind

KIND_WORDS = {
    RecordKind.ALL: "all records",
    RecordKind.COMPLETED: "completed records",
    RecordKind.UPDATED: "records that were tried",
}
NAMES_SHOWN = 5


class ExportFormat(models.TextChoices):
    """What kind of file is made."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"
    NDJSON = "ndjson", "NDJSON, one JSON object a line"


class ExportRefused(Exception):
    """The order contradicts itself, or names nothing to export; `problems` are sentences. Nothing was read."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """Which results are exported, and how. Times are aware: from `start` on and before `end`.

    `campaigns` are pairs of id and name. `instances` names list instances, or is empty for every list of each campaign.
    `columns` are names as in the file's header, where "entry.*", "status.*" and "attempt.*" stand for all of their
    kind that are not named; empty for everything. `per_attempt` makes a row of each attempt instead of each record.
    """

    campaigns: tuple[tuple[str, str], ...]
    instances: tuple[str, ...] = ()
    list_name: str = ""
    kind: RecordKind = RecordKind.ALL
    start: datetime | None = None
    end: datetime | None = None
    attempts: bool = False
    per_attempt: bool = False
    columns: tuple[str, ...] = field(default=())
    format: ExportFormat = ExportFormat.CSV

    def checked(self) -> ExportOrder:
        """Give the order as it will be carried out. Raises ExportRefused."""
        problems = []
        if not self.campaigns:
            problems.append("Choose at least one campaign.")
        if self.kind is RecordKind.ALL and (self.start or self.end):
            problems.append(
                "All records are exported whatever their time, since a record that was never called has none. "
                "Choose completed records or records that were tried, or leave the times empty."
            )
        if self.start and self.end and self.start >= self.end:
            problems.append("The beginning of the time window must lie before its end.")
        if problems:
            raise ExportRefused(*problems)
        columns = tuple(dict.fromkeys(name.strip() for name in self.columns if name.strip()))
        return ExportOrder(
            campaigns=tuple(dict(self.campaigns).items()),
            instances=self.instances,
            list_name=self.list_name,
            kind=self.kind,
            start=self.start,
            end=self.end,
            attempts=self.attempts or self.per_attempt,
            per_attempt=self.per_attempt,
            columns=columns,
            format=self.format,
        )

    def as_json(self) -> dict[str, Any]:
        """Give a plain dict for the job's options; `from_json` takes it back."""
        return {
            "campaigns": [list(pair) for pair in self.campaigns],
            "instances": list(self.instances),
            "list_name": self.list_name,
            "kind": self.kind.value,
            "start": self.start.isoformat() if self.start else "",
            "end": self.end.isoformat() if self.end else "",
            "attempts": self.attempts,
            "per_attempt": self.per_attempt,
            "columns": list(self.columns),
            "format": self.format.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ExportOrder:
        """Take a dict as `as_json` wrote it."""
        return cls(
            campaigns=tuple((id_, name) for id_, name in data["campaigns"]),
            instances=tuple(data["instances"]),
            list_name=data["list_name"],
            kind=RecordKind(data["kind"]),
            start=datetime.fromisoformat(data["start"]) if data["start"] else None,
            end=datetime.fromisoformat(data["end"]) if data["end"] else None,
            attempts=data["attempts"],
            per_attempt=data["per_attempt"],
            columns=tuple(data["columns"]),
            format=ExportFormat(data["format"]),
        )

    @property
    def name(self) -> str:
        """Name what is exported: the list in its campaign, the campaign, or several."""
        first = self.campaigns[0][1]
        if len(self.campaigns) > 1:
            return f"{len(self.campaigns)} campaigns"
        return f"{self.list_name} in {first}" if self.list_name else first


def order_facts(order: ExportOrder, *, zone: tzinfo) -> list[list[str]]:
    """Read an order back as pairs of label and text, times in `zone`."""
    names = [name for _, name in order.campaigns]
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    rows = "one for each attempt" if order.per_attempt else "one for each record"
    if order.attempts and not order.per_attempt:
        rows += ", with its attempts"
    facts = [
        ["Campaign" if len(names) == 1 else "Campaigns", ", ".join(names[:NAMES_SHOWN]) + more],
        ["Lists", order.list_name or "all that are bound"],
        ["Records", KIND_WORDS[order.kind]],
        ["Rows", rows],
        ["Columns", f"{len(order.columns)} chosen" if order.columns else "all"],
        ["File", order.format.label],
    ]
    if order.start or order.end:
        parts = [f"from {_clock(order.start, zone)}"] if order.start else []
        parts += [f"before {_clock(order.end, zone)}"] if order.end else []
        facts.insert(3, ["Time window", ", ".join(parts)])
    return facts


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%d %B %Y %H:%M %Z}"

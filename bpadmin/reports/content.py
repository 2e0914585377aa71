"""What a report shows: figures of results, or the records of a source; typed, kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bpadmin.platforms.results import END, START
from bpadmin.platforms.sources import Condition
from bpadmin.records.exports.order import ExportFormat, ExportOrder
from bpadmin.reports.models import Report, Subject

VERSION = 1


class ContentNotUnderstood(Exception):
    """A report says more than this version understands; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The results of a campaign, of a list, or of all of a tenant; `tables` names those of the page that are wanted."""

    campaign_id: str = ""
    campaign_name: str = ""
    list_id: str = ""
    list_name: str = ""
    tables: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name what the figures are of."""
        return self.campaign_name or self.list_name or "all campaigns"

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return {"version": VERSION, **asdict(self), "tables": list(self.tables)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figures:
        """Take what `as_json` gave."""
        known = {name: data[name] for name in cls.__slots__ if name in data}
        return cls(**{**known, "tables": tuple(known.get("tables", ()))})


@dataclass(frozen=True, slots=True)
class Records:
    """The records that an order for an export names; the period of the report is put into its conditions."""

    order: ExportOrder

    @property
    def title(self) -> str:
        """Name what the records are of."""
        return self.order.name

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return {"version": VERSION, "order": self.order.as_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Records:
        """Take what `as_json` gave."""
        return cls(ExportOrder.from_json(data["order"]))

    def order_of(self, begin: datetime | None, end: datetime | None, format: str, time_zone: str) -> ExportOrder:
        """Return the order for one period; without one its own conditions on the time stay."""
        conditions = self.order.conditions
        if begin is not None:
            conditions = tuple(each for each in conditions if each.name not in (START, END))
            times = ((START, begin), (END, end))
            conditions += tuple(Condition(name, at.astimezone(UTC).isoformat()) for name, at in times if at)
        return replace(self.order, conditions=conditions, format=ExportFormat(format), time_zone=time_zone)


def content_of(report: Report) -> Figures | Records:
    """Return what a report shows. Raises ContentNotUnderstood."""
    if report.content.get("version") != VERSION:
        raise ContentNotUnderstood(f"Another version of this program kept “{report.name}”: make the report anew.")
    return (Figures if report.subject == Subject.RESULTS else Records).from_json(report.content)

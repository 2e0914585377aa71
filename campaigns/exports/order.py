"""An order for the results of campaigns: which of Bright Pattern's three walks, and from when to when."""

from __future__ import annotations

from datetime import UTC, datetime

from bpadmin.platforms.results import END, KIND, START
from bpadmin.platforms.sources import Condition
from bpadmin.platforms.types import RecordKind
from bpadmin.records.exports.order import UTC_NAME, ExportFormat, ExportOrder


def results_order(
    campaigns: tuple[tuple[str, str], ...],
    *,
    instances: tuple[str, ...] = (),
    list_name: str = "",
    kind: RecordKind = RecordKind.ALL,
    start: datetime | None = None,
    end: datetime | None = None,
    attempts: bool = False,
    per_attempt: bool = False,
    columns: tuple[str, ...] = (),
    format: ExportFormat = ExportFormat.CSV,
    time_zone: str = UTC_NAME,
) -> ExportOrder:
    """Make an order for all lists of campaigns (pairs of id and name), or for the instances of one list.

    Times are aware: from `start` on and before `end`.
    """
    times = [(START, start), (END, end)]
    return ExportOrder(
        campaigns=campaigns,
        conditions=(
            Condition(KIND, kind.value),
            *(Condition(name, moment.astimezone(UTC).isoformat()) for name, moment in times if moment),
        ),
        instances=instances,
        list_name=list_name,
        attempts=attempts,
        per_attempt=per_attempt,
        columns=columns,
        format=format,
        time_zone=time_zone,
    )

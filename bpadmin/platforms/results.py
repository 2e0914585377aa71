"""Results of lists in campaigns as records from a source, where a platform reads them in three kinds and a time window.

A source is a list instance in a campaign; its id is made of both. The names of the filters are the platform's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.names import id_of, names_of
from bpadmin.platforms.sources import Condition, FilterKind, SourceFilter
from bpadmin.platforms.types import Record, RecordKind


@dataclass(frozen=True, slots=True)
class ResultNews:
    """What a platform sends by itself of one record: how it stands at the moment `at`, by the platform's clock.

    `name` is the platform's word for the event, `source_name` "" where it does not tell, `made_at` when the record was
    added.
    """

    name: str
    at: datetime
    source_id: str
    source_name: str
    record: Record
    made_at: datetime | None = None


KIND, START, END = "kind", "startTime", "endTime"

FILTERS = (
    SourceFilter(
        KIND,
        "Records",
        FilterKind.CHOICE,
        choices=(
            (RecordKind.ALL.value, "All records"),
            (RecordKind.COMPLETED.value, "Completed records"),
            (RecordKind.UPDATED.value, "Records that were tried"),
        ),
    ),
    SourceFilter(START, "From", FilterKind.TIME, help="Completed or last tried at this time or later."),
    SourceFilter(END, "Before", FilterKind.TIME, help="Completed or last tried before this time."),
)


def source_id_of(campaign_id: str, instance_id: str) -> str:
    """Name the source that is this instance of a list in this campaign."""
    return id_of(campaign_id, instance_id)


def instance_of(source_id: str) -> tuple[str, str]:
    """Return the campaign and the instance that a source is. Raises Invalid for an id that names none."""
    names = names_of(source_id)
    if len(names) != 2:
        raise Invalid("This address names no list of a campaign. Go back to the records.", reason=Reason.BAD_REQUEST)
    return names[0], names[1]


def source_id_of_list(list_id: str) -> str:
    """Name the source that is a list itself, whatever campaigns have it."""
    return id_of("", list_id)


def list_of_source(source_id: str) -> str:
    """Return the list that a source is by itself, "" where it is an instance in a campaign."""
    names = names_of(source_id)
    return names[1] if len(names) == 2 and not names[0] else ""


def wanted_of(conditions: Sequence[Condition]) -> tuple[RecordKind, datetime | None, datetime | None]:
    """Return the kind of records and the window of time that conditions ask for. Invalid for what cannot be."""
    given = {condition.name: str(condition.value) for condition in conditions}
    unknown = given.keys() - {KIND, START, END}
    if unknown:
        raise Invalid(f"Results cannot be filtered by {', '.join(sorted(unknown))}.", reason=Reason.BAD_REQUEST)
    try:
        kind = RecordKind(given.get(KIND, RecordKind.ALL.value))
        times = [datetime.fromisoformat(given[name]) if name in given else None for name in (START, END)]
    except ValueError as error:
        raise Invalid(f"The filter cannot be understood: {error}.", reason=Reason.BAD_REQUEST) from error
    if kind is RecordKind.ALL and any(times):
        raise Invalid(
            "All records are read whatever their time, since a record that was never called has none. Choose completed "
            "records or records that were tried, or leave the times empty.",
            reason=Reason.BAD_REQUEST,
        )
    return kind, times[0], times[1]

"""Which columns a person sees of records; remembered for each person and source, or calling list.

A column is a field of the record, or one of its results in the campaign, which only some platforms have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bpadmin.platforms.sources import ColumnKind, Source, SourceColumn
from bpadmin.platforms.types import Record
from bpadmin.records.models import ColumnChoice, ColumnScope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

FIELD, RESULT = "field:", "result:"
# What it is called, and the column of an export that holds the same.
RESULTS = {
    "state": ("Progress", "status.completed"),
    "attempts": ("Attempts", "status.totalAttempts"),
    "disposition": ("Last result", "status.lastDisposition"),
    "date": ("Last attempt", "status.lastDate"),
    "phone": ("Number called", "status.lastPhone"),
    "agent": ("Agent", "status.lastAgent"),
    "completed": ("Completed at", "status.completedTime"),
    "duration": ("Last call", "status.lastCallDuration"),
}
RESULTS_GROUP = "Results"
USUAL_RESULTS = ("state", "attempts", "disposition", "date")
USUAL_FIELDS = 6
REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """A column; `key` is how it is remembered, `shown_as` a ColumnKind of a field or the name of a result.

    `words` are those of codes and `zone` that of times, as in `SourceColumn`.
    """

    key: str
    label: str
    group: str = ""
    shown_as: str = ColumnKind.TEXT
    words: tuple[tuple[str, str], ...] = ()
    zone: str = ""

    @property
    def is_result(self) -> bool:
        """Return whether the campaign says it, not the record."""
        return self.key.startswith(RESULT)

    @property
    def name(self) -> str:
        """Return the field's or the result's own name."""
        return self.key.removeprefix(RESULT if self.is_result else FIELD)

    @property
    def is_number(self) -> bool:
        """Return whether values stand under each other by their digits."""
        return self.shown_as in ("attempts", "duration", ColumnKind.NUMBER)

    @property
    def export_name(self) -> str:
        """Name the column of an export that holds the same."""
        return RESULTS[self.name][1] if self.is_result else self.name

    def value(self, record: Record) -> Any:
        """Return a record's value in this column, None where it has none."""
        if not self.is_result:
            return record.entry.get(self.name)
        status = record.status
        if status is None:
            return None
        values: dict[str, Any] = {
            "state": status,
            "attempts": status.total_attempts,
            "disposition": status.last_disposition,
            "date": status.last_date,
            "phone": status.last_phone,
            "agent": status.last_agent,
            "completed": status.completed_time,
            "duration": status.last_call_duration,
        }
        return values.get(self.name)


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """What a choice is remembered for."""

    scope: ColumnScope
    id: str

    @classmethod
    def of_list(cls, list_id: str) -> ColumnPlace:
        """Return the place of a calling list, whatever the campaign its records are read through."""
        return cls(ColumnScope.LIST, list_id)

    @classmethod
    def of(cls, source: Source) -> ColumnPlace:
        """Return the place of a source: that of its list where it is one."""
        return cls.of_list(source.list_id) if source.list_id else cls(ColumnScope.SOURCE, source.id)


def columns_available(
    known: Sequence[SourceColumn], records: Sequence[Record], *, has_results: bool | None = None
) -> list[RecordColumn]:
    """Return every column there is: known fields, fields seen in these records, results where records have them."""
    columns = {each.name: field_column(each) for each in known}
    for record in records:
        for name in record.entry:
            if name not in columns:
                columns[name] = RecordColumn(f"{FIELD}{name}", name)
    if has_results is None:
        has_results = any(record.status is not None for record in records)
    results = [_result_column(name) for name in RESULTS] if has_results else []
    return [*columns.values(), *results]


def field_column(known: SourceColumn) -> RecordColumn:
    """Return the column of a field that is known."""
    label = known.label or known.name
    return RecordColumn(f"{FIELD}{known.name}", label, known.group, known.kind, known.words, known.zone)


def _result_column(name: str) -> RecordColumn:
    return RecordColumn(f"{RESULT}{name}", RESULTS[name][0], RESULTS_GROUP, name)


def columns_chosen(
    *, user: User, tenant: Tenant, place: ColumnPlace, usual: Collection[str], available: Sequence[RecordColumn]
) -> list[RecordColumn]:
    """Return the columns this person chose; until then the usual ones, by their keys, and the main results.

    A chosen field that none of these records has stays a column: others may have it.
    """
    choice = ColumnChoice.objects.filter(user=user, tenant=tenant, scope=place.scope, scope_id=place.id).first()
    if choice is None:
        wanted = {*usual, *(f"{RESULT}{name}" for name in USUAL_RESULTS)}
        return [column for column in available if column.key in wanted] or list(available)
    keys = {column.key for column in available}
    absent = [key for key in choice.columns if key not in keys]
    gone = [RecordColumn(key, key.removeprefix(FIELD)) for key in absent if key.startswith(FIELD)]
    wanted = set(choice.columns)
    shown = [column for column in available if column.key in wanted]
    fields = [column for column in shown if not column.is_result]
    return [*fields, *gone, *shown[len(fields) :]] or list(available)


def columns_choose(*, user: User, tenant: Tenant, place: ColumnPlace, keys: Iterable[str]) -> None:
    """Remember columns for a person; none at all means the usual ones again."""
    kept = [key for key in dict.fromkeys(keys) if key.startswith(FIELD) or key.removeprefix(RESULT) in RESULTS]
    theirs = ColumnChoice.objects.filter(user=user, tenant=tenant, scope=place.scope, scope_id=place.id)
    if not kept:
        theirs.delete()
        return
    ColumnChoice.objects.update_or_create(
        user=user, tenant=tenant, scope=place.scope, scope_id=place.id, defaults={"columns": kept[:REMEMBERED]}
    )


def usual_fields(known: Sequence[SourceColumn], available: Sequence[RecordColumn]) -> set[str]:
    """Return the keys of the fields that are shown until a person chooses: those the platform's documents make so."""
    usual = [each.name for each in known if each.is_usual]
    if not usual:
        usual = [column.name for column in available if not column.is_result][:USUAL_FIELDS]
    return {f"{FIELD}{name}" for name in usual}


def columns_grouped(available: Sequence[RecordColumn], chosen: Sequence[RecordColumn]) -> list[dict[str, Any]]:
    """Return the columns group by group with whether each is chosen, for the form that chooses."""
    every = [*available, *(column for column in chosen if column not in available)]
    groups: dict[str, list[tuple[RecordColumn, bool]]] = {}
    for column in every:
        groups.setdefault(column.group, []).append((column, column in chosen))
    return [{"title": title, "columns": columns} for title, columns in groups.items()]

"""Which columns a person sees when they browse a list's records; remembered for each person and list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bpadmin.platforms.types import FieldType, Record
from lists.models import ColumnChoice
from lists.record_fields import RecordFields

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

FIELD, RESULT = "field:", "result:"
RESULTS = (
    ("state", "Progress"),
    ("attempts", "Attempts"),
    ("disposition", "Last result"),
    ("date", "Last attempt"),
    ("phone", "Number called"),
    ("agent", "Agent"),
    ("completed", "Completed at"),
    ("duration", "Last call"),
)
USUAL_RESULTS = ("state", "attempts", "disposition", "date")
USUAL_FIELDS = 5
NAMES = (FieldType.FIRST_NAME, FieldType.LAST_NAME, FieldType.COMPANY)


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """A column: a field of the record, or one of its results in the campaign. `key` is how it is remembered."""

    key: str
    label: str

    @property
    def is_result(self) -> bool:
        """Tell whether the campaign says it, not the record."""
        return self.key.startswith(RESULT)

    @property
    def kind(self) -> str:
        """Say how the value is shown: "field", or the name of the result."""
        return self.key.removeprefix(RESULT) if self.is_result else "field"

    @property
    def is_number(self) -> bool:
        """Tell whether values stand under each other by their digits."""
        return self.is_result and self.kind in ("attempts", "duration")

    def value(self, record: Record) -> Any:
        """Give a record's value in this column, None where it has none."""
        if not self.is_result:
            return record.entry.get(self.key.removeprefix(FIELD))
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
        return values[self.kind]


def columns_available(fields: RecordFields, records: Sequence[Record]) -> list[RecordColumn]:
    """Give every column there is: known fields, fields seen in these records, results."""
    names = dict.fromkeys([spec.name for spec in fields.specs])
    names |= dict.fromkeys(name for record in records for name in record.entry)
    results = [RecordColumn(f"{RESULT}{key}", label) for key, label in RESULTS]
    return [*(RecordColumn(f"{FIELD}{name}", name) for name in names), *results]


def columns_chosen(
    *, user: User, tenant: Tenant, list_id: str, fields: RecordFields, available: Sequence[RecordColumn]
) -> list[RecordColumn]:
    """Give the columns this person chose for the list; until then keys, numbers, names and the main results."""
    choice = ColumnChoice.objects.filter(user=user, tenant=tenant, list_id=list_id).first()
    wanted = set(choice.columns) if choice else _usual(fields, available)
    return [column for column in available if column.key in wanted] or list(available)


def columns_choose(*, user: User, tenant: Tenant, list_id: str, keys: Sequence[str]) -> None:
    """Remember the columns of a list for a person; none at all means the usual ones again."""
    kept = [key for key in keys if key.startswith((FIELD, RESULT))]
    if not kept:
        ColumnChoice.objects.filter(user=user, tenant=tenant, list_id=list_id).delete()
        return
    ColumnChoice.objects.update_or_create(user=user, tenant=tenant, list_id=list_id, defaults={"columns": kept})


def _usual(fields: RecordFields, available: Sequence[RecordColumn]) -> set[str]:
    ranked = sorted(
        fields.specs, key=lambda spec: (not spec.key, spec.type is not FieldType.PHONE, spec.type not in NAMES)
    )
    names = [spec.name for spec in ranked[:USUAL_FIELDS]]
    if not names:
        names = [column.label for column in available if not column.is_result][:USUAL_FIELDS]
    return {f"{FIELD}{name}" for name in names} | {f"{RESULT}{key}" for key in USUAL_RESULTS}

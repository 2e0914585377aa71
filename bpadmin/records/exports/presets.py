"""Exports that come again and again, kept under a name: which period, which columns, on whose clock, as what file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import models, transaction

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.types import RecordKind
from bpadmin.records.exports.order import UTC_NAME, ExportFormat, ExportOrder
from bpadmin.records.models import ExportPreset
from bpadmin.texts import text_clean

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

LONGEST_NAME = 80


class PresetRefused(Exception):
    """A preset cannot be kept or found like this; the message says why and what to do."""


class Period(models.TextChoices):
    """Days that are meant anew each time, on the clock of the export."""

    YESTERDAY = "yesterday", "Yesterday"
    TODAY = "today", "Today, until now"
    WEEK = "last-7-days", "The seven days before today"
    MONTH = "last-month", "The month before this one"

    def window(self, zone: str, now: datetime) -> tuple[datetime, datetime | None]:
        """Return from when to before when; None is now. Days begin at midnight in the zone."""
        clock = ZoneInfo(zone)
        today = now.astimezone(clock).date()
        first, last = {
            Period.YESTERDAY: (today - timedelta(days=1), today),
            Period.TODAY: (today, None),
            Period.WEEK: (today - timedelta(days=7), today),
            Period.MONTH: ((today.replace(day=1) - timedelta(days=1)).replace(day=1), today.replace(day=1)),
        }[self]
        end = datetime.combine(last, time(), clock) if last else None
        return datetime.combine(first, time(), clock), end


@dataclass(frozen=True, slots=True)
class Preset:
    """What is kept of an export's order; its place, a campaign or list, is said each time. `period` is "" for none."""

    kind: str = RecordKind.ALL.value
    period: str = ""
    attempts: bool = False
    per_attempt: bool = False
    columns: tuple[str, ...] = ()
    format: str = ExportFormat.CSV.value
    time_zone: str = UTC_NAME

    @classmethod
    def of(cls, order: ExportOrder, *, period: str = "") -> Preset:
        """Return what is to be kept of an order."""
        return cls(
            kind=order.kind,
            period=period,
            attempts=order.attempts,
            per_attempt=order.per_attempt,
            columns=order.columns,
            format=order.format.value,
            time_zone=order.time_zone,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Preset:
        """Take what `as_json` gave. Raises PresetRefused where it says more than is understood here."""
        known = {name: value for name, value in data.items() if name in cls.__slots__}
        if len(known) < len(data):
            raise PresetRefused("A newer version of this program kept this preset: keep it anew.")
        return cls(**{**known, "columns": tuple(known.get("columns", ()))})

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return {**asdict(self), "columns": list(self.columns)}

    def window(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """Return from when to before when it is about, None where there is no bound."""
        return Period(self.period).window(self.time_zone, now) if self.period else (None, None)


def presets_of(*, tenant: Tenant) -> list[ExportPreset]:
    """Return the presets of a tenant by name."""
    return sorted(ExportPreset.objects.filter(tenant=tenant), key=lambda each: each.name.casefold())


def preset_find(*, tenant: Tenant, name: str) -> Preset:
    """Find a preset by its name, whatever its case. Raises PresetRefused with the names there are."""
    wanted = " ".join(name.split()).casefold()
    presets = presets_of(tenant=tenant)
    found = next((each for each in presets if each.name.casefold() == wanted), None)
    if found is None:
        names = ", ".join(f"“{each.name}”" for each in presets) or "none yet"
        raise PresetRefused(f"There is no export preset “{name}” (there are {names}).")
    return Preset.from_json(found.content)


def preset_keep(*, tenant: Tenant, name: str, preset: Preset, by_name: str) -> ExportPreset:
    """Keep a preset under a name; one of that name is replaced. Raises PresetRefused."""
    name = " ".join(text_clean(name).split())[:LONGEST_NAME]
    if not name:
        raise PresetRefused("Give the preset a name.")
    with transaction.atomic():
        same = [each for each in presets_of(tenant=tenant) if each.name.casefold() == name.casefold()]
        kept = same[0] if same else ExportPreset(tenant=tenant)
        kept.name, kept.content, kept.saved_by_name = name, preset.as_json(), by_name[:150]
        kept.save()
    _log(tenant, f"Export preset “{name}” {'replaced' if same else 'kept'}.", by_name, preset.as_json())
    return kept


def preset_delete(*, preset: ExportPreset, by_name: str) -> None:
    """Forget a preset."""
    preset.delete()
    _log(preset.tenant, f"Export preset “{preset.name}” deleted.", by_name, preset.content)


def _log(tenant: Tenant, words: str, by_name: str, content: Mapping[str, Any]) -> None:
    audit_record(
        verb=Verb.EXPORT_PRESET_CHANGE,
        tenant=tenant,
        actor=None,
        actor_name=by_name,
        target_kind="tenant",
        target_id=str(tenant.pk),
        target_name=tenant.name,
        message=words,
        details=dict(content),
    )

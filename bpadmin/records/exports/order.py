"""What an export is asked to contain: from which sources, which of their records, as which rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django.db import models

from bpadmin.extensions import ExtensionPoint
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.results import END, FILTERS, KIND, START
from bpadmin.platforms.sources import Condition, Source, SourceFilter
from bpadmin.platforms.types import RecordKind
from bpadmin.records.conditions import conditions_told

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant

NAMES_SHOWN = 5
UTC_NAME = "UTC"


def is_zone(name: str) -> bool:
    """Return whether this is the name of a time zone."""
    return name in available_timezones()


def zone_choices(time_zone: str) -> list[tuple[str, str]]:
    """Return in which zones the times of a file may be written, the tenant's first."""
    there = [(time_zone, f"As on the clocks of {time_zone}")] if time_zone != UTC_NAME else []
    return [*there, (UTC_NAME, "UTC")]


class ExportFormat(models.TextChoices):
    """What kind of file is made."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"
    NDJSON = "ndjson", "NDJSON, one JSON object a line"
    OWN_CSV = "own.csv", "CSV as the platform's own import takes it"

    @classmethod
    def said(cls, platform: str) -> list[tuple[str, str]]:
        """Return the choices of a form: those of every platform, and this one's own kind of file where it has one."""
        info = REGISTRY.get(platform)
        form = info.csv_form if info is not None else None
        own = [(cls.OWN_CSV.value, form.label)] if form is not None else []
        return [*((value, label) for value, label in cls.choices if value != cls.OWN_CSV), *own]


class Rows(models.TextChoices):
    """What a row of the file is; `said` writes it with the platform's word for a record."""

    RECORD = "record", "A row for each {noun}"
    WITH_ATTEMPTS = "with_attempts", "A row for each {noun}, with all its attempts in one cell"
    ATTEMPT = "attempt", "A row for each attempt"

    @classmethod
    def said(cls, noun: str = "record") -> list[tuple[str, str]]:
        """Return the choices of a form."""
        return [(rows.value, rows.label.format(noun=noun)) for rows in cls]


class ExportRefused(Exception):
    """The order contradicts itself, or names nothing to export; `problems` are sentences. Nothing was read."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """Which records are exported, and how.

    Either `sources` are named, or `campaigns` (pairs of id and name) stand for all sources that they have when the
    export begins; `instances` then names list instances, or is empty for every one, and `list_name` their list.
    `columns` are names as in the file's header, where "entry.*", "status.*" and "attempt.*" stand for all of their
    kind that are not named; empty for everything. `time_zone` is that of the times in CSV and XLSX. `per_attempt`
    makes a row of each attempt instead of each record.
    """

    campaigns: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = ()
    conditions: tuple[Condition, ...] = ()
    instances: tuple[str, ...] = ()
    list_name: str = ""
    attempts: bool = False
    per_attempt: bool = False
    columns: tuple[str, ...] = ()
    format: ExportFormat = ExportFormat.CSV
    time_zone: str = UTC_NAME

    def checked(self) -> ExportOrder:
        """Return the order as it will be carried out. Raises ExportRefused."""
        problems = []
        if not self.campaigns and not self.sources:
            problems.append("Choose at least one campaign.")
        start, end = self.said(START), self.said(END)
        if self.kind == RecordKind.ALL and (start or end):
            problems.append(
                "All records are exported whatever their time, since a record that was never called has none. "
                "Choose completed records or records that were tried, or leave the times empty."
            )
        if start and end and datetime.fromisoformat(start) >= datetime.fromisoformat(end):
            problems.append("The beginning of the time window must lie before its end.")
        if not is_zone(self.time_zone):
            problems.append(f"“{self.time_zone}” is no time zone. Write one such as Europe/Berlin, or UTC.")
        if problems:
            raise ExportRefused(*problems)
        return replace(
            self,
            campaigns=tuple(dict(self.campaigns).items()),
            attempts=self.attempts or self.per_attempt,
            columns=tuple(dict.fromkeys(name.strip() for name in self.columns if name.strip())),
        )

    def said(self, name: str) -> str:
        """Return the value of the condition of this name, "" where there is none."""
        return next((str(each.value) for each in self.conditions if each.name == name), "")

    @property
    def kind(self) -> str:
        """Say which of its three walks Bright Pattern is asked for; other platforms have one only."""
        return self.said(KIND) or RecordKind.ALL.value

    @property
    def name(self) -> str:
        """Name what is exported: the source in its campaign, the campaign, or several."""
        if self.sources:
            first = self.sources[0]
            more = f" and {len(self.sources) - 1} more" if len(self.sources) > 1 else ""
            is_within = first.group and first.group != first.title
            return (f"{first.title} in {first.group}" if is_within else first.title) + more
        campaign = self.campaigns[0][1]
        if len(self.campaigns) > 1:
            return f"{len(self.campaigns)} campaigns"
        return f"{self.list_name} in {campaign}" if self.list_name else campaign

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for the job's options; `from_json` takes it back."""
        return {
            "campaigns": [list(pair) for pair in self.campaigns],
            "sources": [source.as_json() for source in self.sources],
            "conditions": [condition.as_json() for condition in self.conditions],
            "instances": list(self.instances),
            "list_name": self.list_name,
            "attempts": self.attempts,
            "per_attempt": self.per_attempt,
            "columns": list(self.columns),
            "format": self.format.value,
            "time_zone": self.time_zone,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ExportOrder:
        """Take a dict as `as_json` wrote it, or as it was written while only results of campaigns were exported."""
        if "conditions" in data:
            conditions = tuple(map(Condition.from_json, data["conditions"]))
        else:
            conditions = tuple(
                Condition(name, data[key])
                for name, key in ((KIND, "kind"), (START, "start"), (END, "end"))
                if data.get(key)
            )
        return cls(
            campaigns=tuple((id_, name) for id_, name in data["campaigns"]),
            sources=tuple(map(Source.from_json, data.get("sources", ()))),
            conditions=conditions,
            instances=tuple(data["instances"]),
            list_name=data["list_name"],
            attempts=data["attempts"],
            per_attempt=data["per_attempt"],
            columns=tuple(data["columns"]),
            format=ExportFormat(data["format"]),
            time_zone=data.get("time_zone", UTC_NAME),
        )


def order_facts(
    order: ExportOrder, *, zone: tzinfo, filters: Sequence[SourceFilter] = FILTERS, noun: str = "record"
) -> list[list[str]]:
    """Read an order back as pairs of label and text, times in `zone`; `noun` is the platform's word for a record."""
    rows = "one for each attempt" if order.per_attempt else f"one for each {noun}"
    if order.attempts and not order.per_attempt:
        rows += ", with its attempts"
    told = conditions_told(order.conditions, filters, zone=zone)
    return [
        *_places_told(order, noun),
        *([label, words] for label, words in told or [(f"{noun.capitalize()}s", "all")]),
        ["Rows", rows],
        ["Columns", f"{len(order.columns)} chosen" if order.columns else "all"],
        ["File", order.format.label],
        *([["Times", order.time_zone]] if order.format is not ExportFormat.NDJSON else []),
    ]


def _places_told(order: ExportOrder, noun: str) -> list[list[str]]:
    if order.sources:
        groups = dict.fromkeys(source.group for source in order.sources if source.group)
        facts = [[f"{noun.capitalize()}s of", _listed([source.title for source in order.sources])]]
        return [["Campaign", _listed(list(groups))], *facts] if groups else facts
    names = [name for _, name in order.campaigns]
    return [
        ["Campaign" if len(names) == 1 else "Campaigns", _listed(names)],
        ["Lists", order.list_name or "all that are bound"],
    ]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


order_keepers: ExtensionPoint[Callable[[Tenant, ExportOrder, Actor], str]] = ExtensionPoint()
"""Who keeps an order so that its export comes again; returns the page on which that goes on. Raises ExportRefused."""

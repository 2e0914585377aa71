"""What an export keeps: the order that a person gave, and how far its running job has read which source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import JobOptions, JobRemote, ResultReport, stored
from bpadmin.platforms.names import id_of
from bpadmin.records.exports.columns import BEFORE_PLACES
from bpadmin.records.exports.order import ExportOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions(JobOptions):
    """What was ordered."""

    export: ExportOrder = field(default=ExportOrder(), metadata=stored(ExportOrder.from_json, ExportOrder.as_json))


@dataclass(frozen=True, slots=True)
class Watch:
    """An earlier cursor with which later ones are compared, and when it moves on (Brent's way to find a cycle)."""

    cursor: str = ""
    steps: int = 0
    power: int = 1

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Watch | None:
        """Take what `as_json` gave."""
        return cls(data["cursor"], int(data["steps"]), int(data["power"])) if data else None

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Place:
    """A source that an export reads: what it holds (`total`, None where that is not known), what it gave, its end.

    `campaign` and `campaign_id` name its group, `instance` its part. One that `is_whole` comes in one answer. `problem`
    says why it could not be read to its end. `cursor` is from where it is read on, `watch` what later ones are compared
    with.
    """

    source_id: str = ""
    campaign_id: str = ""
    campaign: str = ""
    list: str = ""
    instance: str = ""
    instance_id: str = ""
    is_whole: bool = False
    total: int | None = None
    read: int = 0
    is_complete: bool = False
    problem: str = ""
    cursor: str = ""
    watch: Watch | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Place:
        """Take what `as_json` gave; before there were sources, a campaign and a list instance were named."""
        known = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        if not known.get("source_id"):
            known["source_id"] = id_of(data["campaign_id"], data["instance_id"])
        return cls(**{**known, "watch": Watch.from_json(known.get("watch"))})

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return asdict(self)

    @property
    def is_done(self) -> bool:
        """Return whether nothing more is read of it."""
        return bool(self.is_complete or self.problem)


@dataclass(frozen=True, slots=True)
class PartFile:
    """A file of records that were read: its name in storage, whose they are, the rows and bytes that were written.

    Parts from before several places were read at the same time have a name only and come first; each place was read to
    its end before the next, so that they are in order.
    """

    name: str
    place: int = BEFORE_PLACES
    rows: int = 0
    size: int = 0

    @classmethod
    def from_json(cls, data: Any) -> PartFile:
        """Take what `as_json` gave, or a name alone."""
        return cls(data) if isinstance(data, str) else cls(*data)

    def as_json(self) -> Any:
        """Return what is stored."""
        return self.name if self.place == BEFORE_PLACES else [self.name, self.place, self.rows, self.size]


def _parts_read(data: Any) -> tuple[PartFile, ...]:
    return tuple(map(PartFile.from_json, data))


def _parts_write(parts: tuple[PartFile, ...]) -> list[Any]:
    return [part.as_json() for part in parts]


def _places_read(data: Any) -> tuple[Place, ...]:
    return tuple(map(Place.from_json, data))


def _places_write(places: tuple[Place, ...]) -> list[dict[str, Any]]:
    return [place.as_json() for place in places]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRemote(JobRemote):
    """What an export remembers: its `places` (None before they were found), and what it has read of them.

    `parts` are the files read so far, `gathered` what `Gathered` keeps. `began` is an ISO time; `called_meanwhile`
    counts records that were called since. `cursor` and `watch` were those of the first place not done with, before each
    place had its own.
    """

    OMITS_DEFAULTS: ClassVar[bool] = False

    places: tuple[Place, ...] | None = field(default=None, metadata=stored(_places_read, _places_write))
    cursor: str = ""
    parts: tuple[PartFile, ...] = field(default=(), metadata=stored(_parts_read, _parts_write))
    gathered: Mapping[str, Any] = field(default_factory=dict, metadata=stored(dict, dict))
    began: str = ""
    watch: Watch | None = field(default=None, metadata=stored(Watch.from_json, Watch.as_json))
    called_meanwhile: int = 0


def export_order(job: Job) -> ExportOrder:
    """Return what was ordered. Raises JobRefused."""
    return structure_read(ExportOptions, job.options, job).export


def export_remote(job: Job) -> ExportRemote:
    """Return what an export remembers. Raises JobRefused."""
    return structure_read(ExportRemote, job.remote, job)


def export_places(job: Job) -> tuple[Place, ...]:
    """Return the sources that an export reads; () before they were found. Raises JobRefused."""
    return export_remote(job).places or ()


def export_report(job: Job) -> ResultReport:
    """Return what came of an export. Raises JobRefused."""
    return structure_read(ResultReport, job.report, job)

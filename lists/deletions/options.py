"""What a deletion is asked for and remembers: the filter, its calls, its sentence, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import JobOptions, JobRemote, stored
from bpadmin.platforms.types import DeletePolicy

VALUES_PER_CALL = 1000

POLICY_WORDS = {
    DeletePolicy.ALL: "whatever came of it",
    DeletePolicy.ONLY_COMPLETED: "completed or expired",
    DeletePolicy.ONLY_NEVER_ATTEMPTED: "never attempted",
}


class FilterRefused(Exception):
    """The filter selects nothing, or contradicts itself; `problems` are sentences. Nothing was sent."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records of a list go: all of them, or those that match every criterion given. Times are UTC.

    `fields` maps the name of a key or searchable field to the values it may have.
    """

    is_all: bool = False
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    campaign_id: str = ""
    campaign_name: str = ""
    policy: DeletePolicy = DeletePolicy.ALL
    created_from: datetime | None = None
    created_to: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether no criterion is given."""
        return not (self.is_all or self.fields or self.campaign_id or self.created_from or self.created_to)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for the job's options; `from_json` takes it back."""
        return {
            "is_all": self.is_all,
            "fields": [[name, list(values)] for name, values in self.fields],
            "campaign_id": self.campaign_id,
            "campaign_name": self.campaign_name,
            "policy": self.policy.value,
            "created_from": self.created_from.isoformat() if self.created_from else "",
            "created_to": self.created_to.isoformat() if self.created_to else "",
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RecordFilter:
        """Take a dict as `as_json` wrote it."""
        return cls(
            is_all=data["is_all"],
            fields=tuple((name, tuple(values)) for name, values in data["fields"]),
            campaign_id=data["campaign_id"],
            campaign_name=data["campaign_name"],
            policy=DeletePolicy(data["policy"]),
            created_from=datetime.fromisoformat(data["created_from"]) if data["created_from"] else None,
            created_to=datetime.fromisoformat(data["created_to"]) if data["created_to"] else None,
        )

    def checked(self) -> RecordFilter:
        """Return the filter with its values trimmed and each once. Raises FilterRefused."""
        fields = tuple((name.strip(), _values(values)) for name, values in self.fields)
        problems = [f"Give at least one value for “{name}”." for name, values in fields if not values]
        names = [name.casefold() for name, _ in fields]
        if len(set(names)) < len(names):
            problems.append("Name each field once; put all its values together.")
        if self.created_from and self.created_to and self.created_from >= self.created_to:
            problems.append("The beginning of the creation window must lie before its end.")
        if self.policy != DeletePolicy.ALL and not self.campaign_id:
            problems.append("Choose the campaign in which the records are completed or never attempted.")
        if self.is_empty:
            problems.append(
                "Say which records to delete: by a field, by their state in a campaign, or by when they were created. "
                "An empty filter deletes nothing; to delete everything, choose “all records” (in a shell: --all)."
            )
        if self.is_all and (fields or self.campaign_id or self.created_from or self.created_to):
            problems.append("Choose either all records or a filter.")
        if problems:
            raise FilterRefused(*problems)
        return RecordFilter(
            self.is_all, fields, self.campaign_id, self.campaign_name, self.policy, self.created_from, self.created_to
        )

    def calls(self) -> list[dict[str, tuple[str, ...]]]:
        """Return the field criteria of each call: the longest list of values is spread over several.

        Only one field is spread, so that a record matching all criteria is met by exactly one of the calls.
        """
        if not self.fields:
            return [{}]
        longest, values = max(self.fields, key=lambda each: len(each[1]))
        rest = {name: their for name, their in self.fields if name != longest}
        starts = range(0, len(values), VALUES_PER_CALL)
        return [{**rest, longest: values[start : start + VALUES_PER_CALL]} for start in starts]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionOptions(JobOptions):
    """What a deletion was asked for: the filter as it is sent, and the sentence that reads it back."""

    filter: RecordFilter = field(default=RecordFilter(), metadata=stored(RecordFilter.from_json, RecordFilter.as_json))
    sentence: str = ""


NOT_TOLD = -1


def total_read(data: int | None) -> int:
    """Return a total as DeletionRemote keeps it, NOT_TOLD where the platform does not tell it."""
    return NOT_TOLD if data is None else int(data)


def _total_write(total: int) -> int | None:
    return None if total == NOT_TOLD else total


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRemote(JobRemote):
    """What a deletion remembers from turn to turn.

    `asked`: the platform was asked at all; `asking`: number of the call whose request may have left and whose answer
    is not stored; `calls_done`: calls that are done. `deleted` is as the platform counts, unless it does not tell
    (`count_is_unknown`) or one of its answers was lost (`count_is_partial`). The list's totals are None before they
    were read, and NOT_TOLD where the platform does not tell them.
    """

    asked: bool = False
    asking: int | None = None
    calls_done: int = 0
    deleted: int = 0
    count_is_unknown: bool = False
    count_is_partial: bool = False
    estimated_seconds: float | None = None
    percentage: float = 0.0
    total_before: int | None = field(default=None, metadata=stored(total_read, _total_write))
    total_after: int | None = field(default=None, metadata=stored(total_read, _total_write))


def deletion_options(job: Job) -> DeletionOptions:
    """Return what a deletion was asked for. Raises JobRefused."""
    return structure_read(DeletionOptions, job.options, job)


def deletion_remote(job: Job) -> DeletionRemote:
    """Return what a deletion remembers. Raises JobRefused."""
    return structure_read(DeletionRemote, job.remote, job)


def _values(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def filter_sentence(criteria: RecordFilter, *, list_name: str, time_zone: str) -> str:
    """Read a filter back: which records go, in one sentence without its full stop; times as clocks there show them."""
    if criteria.is_all:
        return f"all records of “{list_name}”, in all campaigns"
    parts = []
    for name, values in criteria.fields:
        if len(values) == 1:
            parts.append(f"whose {name} is “{values[0]}”")
        else:
            parts.append(f"whose {name} is one of {len(values):,} values (“{values[0]}” … “{values[-1]}”)")
    if criteria.campaign_id:
        state = POLICY_WORDS[criteria.policy]
        name = criteria.campaign_name or criteria.campaign_id
        if criteria.policy == DeletePolicy.ALL:
            parts.append(f"that belongs to campaign “{name}”")
        else:
            parts.append(f"that is {state} in campaign “{name}”")
    if criteria.created_from:
        parts.append(f"created at or after {_clock(criteria.created_from, time_zone)}")
    if criteria.created_to:
        parts.append(f"created before {_clock(criteria.created_to, time_zone)}")
    return f"every record of “{list_name}” {', '.join(parts)}, in all campaigns"


def _clock(moment: datetime, time_zone: str) -> str:
    there = moment.astimezone(ZoneInfo(time_zone))
    return f"{there:%-d %B %Y %H:%M} ({time_zone}, UTC{there:%z})"


def total_told(total: int | None) -> int | None:
    """Return a total of DeletionRemote, None also where the platform does not tell it."""
    return None if total == NOT_TOLD else total

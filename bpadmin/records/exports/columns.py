"""The columns of an export, and how records become lines of its part files and cells of its rows.

A line of a part file for a workbook or NDJSON is a JSON array: place, entry, status, attempts. The place is the number
of the list instance; status and attempts have the platform's own names, with whatever members the platform adds beside
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from bpadmin.platforms.types import Attempt, Record, RecordStatus

Line = tuple[int, dict[str, Any], dict[str, Any], list[dict[str, Any]] | None]


class Section(StrEnum):
    """Where a column's value comes from."""

    PLACE = "place"
    ENTRY = "entry"
    STATUS = "status"
    ATTEMPT = "attempt"
    ATTEMPTS = "attempts"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where its value comes from, its name there, and the name in the file's header."""

    section: Section
    name: str
    header: str


PLACE_NAMES = ("campaign", "list", "instance")
STATUS_ATTRIBUTES = {
    "completed": "completed",
    "completedTime": "completed_time",
    "totalAttempts": "total_attempts",
    "lastDisposition": "last_disposition",
    "lastDispositionCode": "last_disposition_code",
    "lastDate": "last_date",
    "lastPhone": "last_phone",
    "lastAgent": "last_agent",
    "lastCallDuration": "last_call_duration",
    "globalInteractionID": "global_interaction_id",
}
STATUS_NAMES = tuple(STATUS_ATTRIBUTES)
ATTEMPT_NAMES = (
    *("number", "date", "phone", "call_attempted", "disposition", "dispositionCode", "agent", "callDuration"),
    *("dialingDuration", "callNotes", "globalInteractionID", "CPADuration", "CPAResult"),
)
ALL_ATTEMPTS = "attempts"
BEFORE_PLACES = -1


def status_json(status: RecordStatus | None) -> dict[str, Any]:
    """Return a record's results under the platform's names."""
    if status is None:
        return {}
    results = {name: getattr(status, attribute) for name, attribute in STATUS_ATTRIBUTES.items()}
    return {**results, **status.extra}


def attempt_json(number: int, attempt: Attempt) -> dict[str, Any]:
    """Return an attempt under the platform's names, with its number among the record's attempts, the first being 1."""
    return {
        "number": number,
        "date": attempt.date,
        "phone": attempt.phone,
        "call_attempted": attempt.call_attempted,
        "disposition": attempt.disposition,
        "dispositionCode": attempt.disposition_code,
        "agent": attempt.agent,
        "callDuration": attempt.call_duration,
        "dialingDuration": attempt.dialing_duration,
        "callNotes": attempt.call_notes,
        "globalInteractionID": attempt.global_interaction_id,
        "CPADuration": attempt.cpa_duration,
        "CPAResult": attempt.cpa_result,
        **attempt.extra,
    }


def attempts_json(attempts: Sequence[Attempt] | None) -> list[dict[str, Any]] | None:
    """Return a record's attempts as `attempt_json` gives them; None where they were not asked for."""
    return None if attempts is None else [attempt_json(number, each) for number, each in enumerate(attempts, 1)]


class Names:
    """Names of members, each with the first place that has it: in the order in which the places stand.

    Several places are read at the same time; whoever comes first must not decide how columns are ordered.
    """

    def __init__(self, kept: Iterable[Any]) -> None:
        self._at: dict[str, tuple[int, int]] = {}
        for number, each in enumerate(kept):
            # Before places were read at the same time, names were kept in the order in which they had come.
            name, place, at = (each, BEFORE_PLACES, number) if isinstance(each, str) else each
            self._at[name] = (place, at)
        self._known: dict[int, set[str]] = {}
        self._next: dict[int, int] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._at, key=self._at.__getitem__))

    def __len__(self) -> int:
        return len(self._at)

    def known(self, place: int) -> set[str]:
        """Return the names that this place or one before it has; `note` adds to them."""
        if place not in self._known:
            self._known[place] = {name for name, (first, _) in self._at.items() if first <= place}
            self._next[place] = 1 + max((at for first, at in self._at.values() if first == place), default=-1)
        return self._known[place]

    def note(self, place: int, names: Iterable[str]) -> None:
        """Take note of the names that a record of a place has."""
        known = self.known(place)
        for name in names:
            if name not in known:
                known.add(name)
                if name not in self._at or self._at[name][0] > place:
                    self._at[name] = (place, self._next[place])
                    self._next[place] += 1

    def as_json(self) -> list[list[Any]]:
        """Return plain lists for storage."""
        return [[name, *place] for name, place in self._at.items()]


class Gathered:
    """What a reading has met so far: counts, the span of times, and every name of a member.

    Kept in the job as `as_json` gives it, so that a later turn goes on where an earlier one stopped.
    """

    def __init__(self, kept: Mapping[str, Any], *, by_completion: bool, per_attempt: bool) -> None:
        self.records = int(kept.get("records", 0))
        # Kept before it was noted, only records with results were exported.
        self.has_status = bool(kept.get("has_status", kept))
        self.rows = int(kept.get("rows", 0))
        self.first = _moment(kept.get("first"))
        self.last = _moment(kept.get("last"))
        self.entry = Names(kept.get("entry", ()))
        self.status = Names(kept.get("status", STATUS_NAMES))
        self.attempt = Names(kept.get("attempt", ATTEMPT_NAMES))
        self._by_completion, self._per_attempt = by_completion, per_attempt

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for storage."""
        return {
            "records": self.records,
            "has_status": self.has_status,
            "rows": self.rows,
            "first": self.first.isoformat() if self.first else "",
            "last": self.last.isoformat() if self.last else "",
            "entry": self.entry.as_json(),
            "status": self.status.as_json(),
            "attempt": self.attempt.as_json(),
        }

    def take(self, place: int, records: Sequence[Record]) -> None:
        """Take note of records of a place."""
        known = self.entry.known(place)
        moments = []
        for record in records:
            entry, status = record.entry, record.status
            if not entry.keys() <= known:
                self.entry.note(place, entry)
            if status is not None:
                self.has_status = True
                if status.extra:
                    self.status.note(place, status.extra)
                if moment := status.completed_time if self._by_completion else status.last_date:
                    moments.append(moment)
            if record.attempts:
                for each in record.attempts:
                    if each.extra:
                        self.attempt.note(place, each.extra)
                if self._per_attempt:
                    self.rows += len(record.attempts) - 1
        self.rows += len(records)
        self.records += len(records)
        if moments:
            first, last = min(moments), max(moments)
            self.first = first if self.first is None else min(self.first, first)
            self.last = last if self.last is None else max(self.last, last)


def lines_of(place: int, records: Sequence[Record]) -> bytes:
    """Return records as lines of a part file."""
    made = [
        orjson.dumps((place, record.entry, status_json(record.status), attempts_json(record.attempts)), option=JSON)
        for record in records
    ]
    return b"\n".join([*made, b""])


JSON = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def columns_of(
    gathered: Gathered, *, chosen: Sequence[str], attempts: bool, per_attempt: bool, many_places: bool
) -> list[Column]:
    """Return the file's columns: those chosen in the order chosen, or all: where from, fields, results, attempts.

    A column that was chosen and that no record has stays, empty. A field called like another column gets a number.
    """
    known: dict[str, Column] = {}

    def add(section: Section, name: str, header: str) -> None:
        spelling, number = header, 2
        while spelling in known:
            spelling, number = f"{header} ({number})", number + 1
        known[spelling] = Column(section, name, spelling)

    for name in PLACE_NAMES:
        add(Section.PLACE, name, f"place.{name}")
    for name in gathered.entry:
        add(Section.ENTRY, name, name)
    # Contacts and requests have no results; an export without any record shows what its records would have.
    for name in gathered.status if gathered.has_status or not gathered.records else ():
        add(Section.STATUS, name, f"status.{name}")
    if per_attempt:
        for name in gathered.attempt:
            add(Section.ATTEMPT, name, f"attempt.{name}")
    elif attempts:
        add(Section.ATTEMPTS, ALL_ATTEMPTS, ALL_ATTEMPTS)
    if not chosen:
        return [column for column in known.values() if many_places or column.section is not Section.PLACE]
    return _chosen(known, chosen)


TIMES = frozenset({(Section.STATUS, "completedTime"), (Section.STATUS, "lastDate"), (Section.ATTEMPT, "date")})


def times_of(columns: Sequence[Column]) -> list[int]:
    """Return the places of the columns that hold moments, which a line has as ISO texts in UTC."""
    return [at for at, column in enumerate(columns) if (column.section, column.name) in TIMES]


def _chosen(known: Mapping[str, Column], chosen: Sequence[str]) -> list[Column]:
    named = set(chosen)
    wanted: dict[str, Column] = {}
    for name in chosen:
        section = name.removesuffix(".*")
        if name in known:
            wanted[name] = known[name]
        elif section != name and section in set(Section):
            found = {key: column for key, column in known.items() if column.section == section and key not in named}
            wanted.update(found)
        else:
            wanted[name] = Column(*_sectioned(name), name)
    return list(wanted.values())


def _sectioned(header: str) -> tuple[Section, str]:
    section, dot, name = header.partition(".")
    return (Section(section), name) if dot and section in set(Section) else (Section.ENTRY, header)


def row_maker(
    columns: Sequence[Column], places: Sequence[Mapping[str, str]], *, per_attempt: bool
) -> Callable[[Line], Iterable[list[Any]]]:
    """Return the function that makes the rows of a line: one, or one for each attempt; a record never tried has one."""
    index = {Section.PLACE: 0, Section.ENTRY: 1, Section.STATUS: 2, Section.ATTEMPT: 3, Section.ATTEMPTS: 4}
    runs = [
        (index[section], _cells_maker([column.name for column in run]))
        for section, run in groupby(columns, key=lambda column: column.section)
    ]
    nothing: dict[str, Any] = {}

    def of_record(line: Line) -> Iterable[list[Any]]:
        place, entry, status, attempts = line
        sources = (places[place], entry, status, nothing, {ALL_ATTEMPTS: attempts})
        return ([cell for at, cells_of in runs for cell in cells_of(sources[at])],)

    def of_attempts(line: Line) -> Iterable[list[Any]]:
        place, entry, status, attempts = line
        rows = []
        for attempt in attempts or (nothing,):
            sources = (places[place], entry, status, attempt, nothing)
            rows.append([cell for at, cells_of in runs for cell in cells_of(sources[at])])
        return rows

    return of_attempts if per_attempt else of_record


def _cells_maker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Return the function that takes these members; nearly always all are there, and then it is the quickest one."""
    all_of = itemgetter(*names)
    is_one = len(names) == 1

    def cells_of(members: Mapping[str, Any]) -> Sequence[Any]:
        try:
            return (all_of(members),) if is_one else all_of(members)
        except KeyError:
            return [members.get(name) for name in names]

    return cells_of


def object_maker(
    columns: Sequence[Column], places: Sequence[Mapping[str, str]], *, is_whole: bool, per_attempt: bool
) -> Callable[[Line], Iterable[dict[str, Any]]]:
    """Return the function that makes the JSON objects of a line, with the chosen members, or all when `is_whole`."""
    names = {section: [column.name for column in columns if column.section is section] for section in Section}
    has_place = bool(names[Section.PLACE])

    def picked(section: Section, members: Mapping[str, Any]) -> Mapping[str, Any]:
        return members if is_whole else {name: members[name] for name in names[section] if name in members}

    def make(line: Line) -> Iterable[dict[str, Any]]:
        place, entry, status, attempts = line
        made: dict[str, Any] = dict(picked(Section.PLACE, places[place])) if has_place else {}
        made |= {"entry": picked(Section.ENTRY, entry), "status": picked(Section.STATUS, status)}
        if per_attempt:
            return [{**made, "attempt": picked(Section.ATTEMPT, each)} for each in attempts or ({},)]
        if attempts is not None and (is_whole or names[Section.ATTEMPTS]):
            made["attempts"] = attempts
        return (made,)

    return make

"""What a record read from a platform tells of its attempts and of how it stands, whatever the platform calls it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, tzinfo
from typing import Any

from bpadmin.platforms.types import Attempt, Record
from bpadmin.results.reading.identity import Hasher

JTEL, CONPEEK = "jtel", "conpeek"
_TRUE = frozenset({"1", "true"})
# What the database keeps as a number of attempts or seconds; no call lasts 68 years.
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AttemptFact:
    """An attempt as it is kept; `mark` tells it from all others of its source."""

    mark: int
    at: datetime
    disposition: str
    seconds: int | None
    is_call: bool
    agent: str


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """A record as it is kept. `told` is how many attempts the platform says there were; 0: it was never attempted."""

    record: int
    is_exact: bool
    attempts: tuple[AttemptFact, ...]
    told: int
    is_completed: bool
    disposition: str

    @property
    def newest(self) -> datetime | None:
        """Return the time of its last attempt."""
        return max((each.at for each in self.attempts), default=None)


def facts_plain(facts: RecordFacts) -> dict[str, Any]:
    """Return facts as plain data, for `facts_of`."""
    plain = asdict(facts)
    attempts = [each | {"at": each["at"].isoformat()} for each in plain["attempts"]]
    return plain | {"attempts": attempts}


def facts_of(plain: Mapping[str, Any]) -> RecordFacts:
    """Return what `facts_plain` made plain."""
    attempts = [AttemptFact(**each | {"at": datetime.fromisoformat(each["at"])}) for each in plain["attempts"]]
    return RecordFacts(**{**plain, "attempts": tuple(attempts)})


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads records of one source. `zone` is the platform's own clock, None where it tells times in UTC.

    `takes_last`: the platform gives no attempts, so that the last one, which the status tells, is taken.
    """

    hasher: Hasher
    platform: str
    zone: tzinfo | None = None
    takes_last: bool = False

    def read(self, records: Iterable[Record]) -> list[RecordFacts]:
        """Return what the records tell; one that comes twice counts once, as it came last."""
        found = {facts.record: facts for facts in map(self._one, records)}
        return list(found.values())

    def _one(self, record: Record) -> RecordFacts:
        who, is_exact = self.hasher.record(record)
        attempts, told, is_completed, last = self._told(record)
        kept: dict[int, AttemptFact] = {}
        for each in attempts:
            if each.date is None:
                continue  # it is counted by its number alone
            at = self._utc(each.date)
            mark = self.hasher.attempt(who, each.date, each.global_interaction_id, each.disposition, is_exact=is_exact)
            seconds = None if each.call_duration is None else min(_MOST, max(0, int(each.call_duration)))
            kept[mark] = AttemptFact(mark, at, each.disposition[:200], seconds, each.call_attempted, each.agent)
        ordered = tuple(sorted(kept.values(), key=lambda each: each.at))
        told = min(_MOST, max(told, len(attempts)))
        last = last or (ordered[-1].disposition if ordered else "")
        return RecordFacts(who, is_exact, ordered, told, is_completed, last[:200])

    def _utc(self, moment: datetime) -> datetime:
        return moment if self.zone is None else moment.replace(tzinfo=self.zone).astimezone(UTC)

    def _told(self, record: Record) -> tuple[tuple[Attempt, ...], int, bool, str]:
        if self.platform == JTEL:
            return _contact(record.entry)
        if self.platform == CONPEEK:
            return _request(record)
        status, attempts = record.status, record.attempts or ()
        if status is None:
            return attempts, len(attempts), False, ""
        if self.takes_last and not attempts and status.last_date is not None:
            last = Attempt(
                call_attempted=True,
                disposition=status.last_disposition,
                date=status.last_date,
                call_duration=status.last_call_duration,
                agent=status.last_agent,
                global_interaction_id=status.global_interaction_id,
            )
            attempts = (last,)
        return attempts, status.total_attempts or 0, status.completed, status.last_disposition


def _contact(entry: Mapping[str, Any]) -> tuple[tuple[Attempt, ...], int, bool, str]:
    """A contact of jtel: the number of tries, and the last one's time where the release tells it."""
    tries = _number(entry.get("nTries")) or sum(_number(entry.get(f"nTriesPhoneNumber{n}")) for n in range(1, 7))
    code = str(entry.get("ResultCodesExportKey") or entry.get("DiallerCampaignsResultCodesID") or "")
    is_completed = any(str(entry.get(name)).strip().lower() in _TRUE for name in ("bDone", "bAborted", "Done"))
    when = _moment(entry.get("dtLastTry"))
    if not tries or when is None:
        return (), tries, is_completed, code
    return (Attempt(call_attempted=True, disposition=code, date=when),), tries, is_completed, code


def _request(record: Record) -> tuple[tuple[Attempt, ...], int, bool, str]:
    """A request of Conpeek: its history of calls, and why it was closed."""
    attempts = record.attempts or ()
    is_closed = str(record.entry.get("state") or "").upper() == "CLOSED"
    return attempts, max(_number(record.entry.get("contact_try")), len(attempts)), is_closed, ""


def _number(value: object) -> int:
    try:
        return max(0, int(str(value)))
    except (TypeError, ValueError):
        return 0


def _moment(value: object) -> datetime | None:
    """Read a time without a zone, or one that says its own; None for what is none, or stands for none."""
    try:
        when = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    if when.year in (MINYEAR, MAXYEAR):
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when

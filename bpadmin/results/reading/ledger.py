"""Put what was read into the ledger: each attempt once, the counts in the same transaction, whatever comes twice.

A page may be read again after a cut, a restart or a new reading: what is known of it changes nothing. The caller holds
the tenant's lease, so that nobody else writes its results meanwhile.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import F

from bpadmin.results.groups.proposals import group_proposed
from bpadmin.results.models import Attempt, Disposition, HourCount, Place, RecordState, ResultSource, StockCount
from bpadmin.results.reading.facts import RecordFacts

T = TypeVar("T")
# Ids in one query, and rows in one insert: SQLite takes 999 parameters at least.
SOME = 400
DEEPEST = 4
StockKey = tuple[int, int, int]


@dataclass(slots=True)
class Stored:
    """What a page changed: attempts that are new, records never attempted in it, records that stand otherwise."""

    attempts: int = 0
    never: int = 0
    changed: int = 0
    newest: datetime | None = None
    removed: int = 0


@dataclass(slots=True)
class Deltas:
    """Changes of the counts that one page makes."""

    hours: Counter[tuple[datetime, int, bool]] = field(default_factory=Counter)
    seconds: Counter[tuple[datetime, int, bool]] = field(default_factory=Counter)
    stock: dict[StockKey, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))

    def state(self, state: RecordState, sign: int) -> None:
        """Count a state in, or out."""
        entry = self.stock[stock_key(state)]
        entry[0] += sign
        entry[1] += sign * state.told
        entry[2] += sign * max(0, state.told - state.kept)


def stock_key(state: RecordState) -> StockKey:
    """Return the count that a state belongs to."""
    return state.place, state.disposition_id, min(DEEPEST, max(1, state.told))


def hour_of(moment: datetime, zone: tzinfo) -> datetime:
    """Return the beginning of the hour on the clock of `zone`; each of the two hours of autumn is one of its own."""
    there = moment.astimezone(zone)
    return moment - timedelta(minutes=there.minute, seconds=there.second, microseconds=there.microsecond)


def some(items: Iterable[T], size: int = SOME) -> Iterator[list[T]]:
    """Cut items into pieces that one query takes."""
    piece: list[T] = []
    for item in items:
        piece.append(item)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece


class Dispositions:
    """The dispositions of a tenant by their names, made when they are first seen."""

    def __init__(self, tenant_id: int) -> None:
        self._tenant_id = tenant_id
        self._ids = dict(Disposition.objects.filter(tenant_id=tenant_id).values_list("name", "id"))

    def id_of(self, name: str) -> int:
        """Return the id of a disposition."""
        if name not in self._ids:
            made, _ = Disposition.objects.get_or_create(
                tenant_id=self._tenant_id, name=name, defaults={"group": group_proposed(name)}
            )
            self._ids[name] = made.pk
        return self._ids[name]


def page_store(
    *,
    source: ResultSource,
    facts: Sequence[RecordFacts],
    dispositions: Dispositions,
    keeps_agents: bool = False,
    walk: int = 0,
    born: int = 0,
    late: Collection[int] = (),
) -> Stored:
    """Store what a page of records tells, within the caller's transaction.

    `walk` is the number of the whole reading that the page is of, 0 for a reading of changes; `born` that of the whole
    reading that is under way meanwhile. Of `late` records newer things are known: only their attempts are counted.
    """
    deltas, stored = Deltas(), Stored()
    states = {
        state.record: state
        for piece in some({each.record for each in facts})
        for state in RecordState.objects.filter(source=source, record__in=piece)
    }
    known = _marks_known(source, facts)
    _records_renamed(source, facts, known, states, deltas)
    zone = ZoneInfo(source.tenant.time_zone)
    fresh: list[Attempt] = []
    touched: list[RecordState] = []
    for each in facts:
        mine = [
            Attempt(
                source=source,
                mark=attempt.mark,
                record=each.record,
                at=attempt.at,
                disposition_id=dispositions.id_of(attempt.disposition),
                seconds=attempt.seconds,
                is_call=attempt.is_call,
                agent=attempt.agent if keeps_agents else "",
            )
            for attempt in each.attempts
            if attempt.mark not in known
        ]
        fresh += mine
        if each.newest is not None:
            stored.newest = max(stored.newest or each.newest, each.newest)
        state = states.get(each.record)
        if each.record in late:
            after = _state_kept(state, len(mine))
        else:
            after = _state_after(source, each, state, len(mine), dispositions, walk=walk, born=born, stored=stored)
        if after is not None and (state is None or _values(after) != _values(state)):
            if state is not None:
                deltas.state(state, -1)
            deltas.state(after, +1)
            touched.append(after)
    Attempt.objects.bulk_create(fresh, batch_size=100)
    for attempt in fresh:
        key = (hour_of(attempt.at, zone), attempt.disposition_id, attempt.is_call)
        deltas.hours[key] += 1
        deltas.seconds[key] += attempt.seconds or 0
    _states_write(touched)
    _counts_write(source, deltas)
    stored.attempts = len(fresh)
    return stored


def _marks_known(source: ResultSource, facts: Sequence[RecordFacts]) -> dict[int, int]:
    marks = [attempt.mark for each in facts for attempt in each.attempts]
    return {
        mark: record
        for piece in some(marks)
        for mark, record in Attempt.objects.filter(source=source, mark__in=piece).values_list("mark", "record")
    }


def _records_renamed(
    source: ResultSource,
    facts: Sequence[RecordFacts],
    known: dict[int, int],
    states: dict[int, RecordState],
    deltas: Deltas,
) -> None:
    """A record without a key of which a field was changed: its attempts are known under another hash."""
    for each in facts:
        if each.is_exact:
            continue
        for before in {known.get(attempt.mark, each.record) for attempt in each.attempts} - {each.record}:
            Attempt.objects.filter(source=source, mark__in=[a.mark for a in each.attempts]).update(record=each.record)
            old = RecordState.objects.filter(source=source, record=before).first()
            if old is None:
                continue
            if each.record in states:
                deltas.state(old, -1)
                old.delete()
            else:
                RecordState.objects.filter(pk=old.pk).update(record=each.record)
                old.record = each.record
                states[each.record] = old


def _state_after(
    source: ResultSource,
    facts: RecordFacts,
    before: RecordState | None,
    fresh: int,
    dispositions: Dispositions,
    *,
    walk: int,
    born: int,
    stored: Stored,
) -> RecordState | None:
    """Return how a record stands now, None where nothing is to be kept of it."""
    is_gone = before is None or before.place == Place.GONE
    if not facts.told:
        stored.never += 1
        if before is None or is_gone:
            return None
        # It was attempted and is as new: emptied and filled again, or set back. Its attempts stay what they were.
        stored.changed += 1
        stored.removed += 1
        return RecordState(**_values(before) | {"place": Place.GONE})
    kept = (0 if before is None or is_gone else before.kept) + fresh
    if before is not None and not is_gone and kept > facts.told:
        # The dialler shows fewer attempts than it did: this is a record that was filled in anew under the same key.
        stored.removed += 1
        is_filled_anew, kept = True, len(facts.attempts)
    else:
        is_filled_anew = False
    after = RecordState(
        source=source,
        record=facts.record,
        place=Place.COMPLETED if facts.is_completed else Place.OPEN,
        disposition_id=dispositions.id_of(facts.disposition),
        told=facts.told,
        kept=max(kept, len(facts.attempts)) if is_gone else kept,
        walk=walk or (before.walk if before is not None else 0),
        born=(born if is_gone else before.born) if before is not None else born,
    )
    if is_gone and not walk and source.never is not None:
        source.never -= 1
    stood = None if before is None else (before.place, before.disposition_id, before.told)
    if is_filled_anew or stood != (after.place, after.disposition_id, after.told):
        stored.changed += 1
    return after


def _state_kept(before: RecordState | None, fresh: int) -> RecordState | None:
    """Return how a record stands of which an older telling came late: as it did, with more of its attempts known."""
    if before is None or not fresh:
        return before
    kept = before.kept + fresh
    return RecordState(**_values(before) | {"kept": kept, "told": max(before.told, kept)})


def _values(state: RecordState) -> dict[str, object]:
    names = ("source_id", "record", "place", "disposition_id", "told", "kept", "walk", "born")
    return {name: getattr(state, name) for name in names}


def _states_write(states: Sequence[RecordState]) -> None:
    fields = ["place", "disposition", "told", "kept", "walk", "born"]
    for each in states:
        each.pk = None
    RecordState.objects.bulk_create(
        states, batch_size=100, update_conflicts=True, unique_fields=["source", "record"], update_fields=fields
    )


def _counts_write(source: ResultSource, deltas: Deltas) -> None:
    seen: Counter[int] = Counter()
    for (hour, disposition, is_call), count in deltas.hours.items():
        seen[disposition] += count
        seconds = deltas.seconds[(hour, disposition, is_call)]
        where = {"source": source, "hour": hour, "disposition_id": disposition, "is_call": is_call}
        more = {"count": F("count") + count, "seconds": F("seconds") + seconds}
        if not HourCount.objects.filter(**where).update(**more):
            HourCount.objects.create(**where, count=count, seconds=seconds)
    for disposition, count in seen.items():
        Disposition.objects.filter(pk=disposition).update(seen=F("seen") + count)
    for (place, disposition, depth), (records, attempts, unseen) in deltas.stock.items():
        if not (records or attempts or unseen):
            continue
        where = {"source": source, "place": place, "disposition_id": disposition, "depth": depth}
        added = {"records": records, "attempts": attempts, "unseen": unseen}
        if not StockCount.objects.filter(**where).update(**{name: F(name) + n for name, n in added.items()}):
            StockCount.objects.create(**where, **added)

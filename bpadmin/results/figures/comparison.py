"""A list beside other lists at the same penetration: what each had come to when as much of it had been attempted.

Lists are compared by how far they are, not by the calendar: the last records of a list are the hardest to reach. A list
has reached a penetration when that share of its records had their first attempt; all its calls until then count. What
is not wholly known until then is not compared, and said.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, F, Min, Sum, Window
from django.db.models.functions import RowNumber

from bpadmin.counts import counted
from bpadmin.results.figures.events import CONTACTS
from bpadmin.results.figures.stock import Stock, stocks_of
from bpadmin.results.groups.services import groups_changed_at
from bpadmin.results.models import Attempt, Disposition, DispositionGroup, Gap, HourCount, ResultSource, StockCount
from bpadmin.results.reading.ledger import hour_of

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# A rate of fewer calls says more of chance than of a list.
LEAST_CALLS = 100
# The lists that were dialled last; each takes a walk through its attempts.
MOST_OTHERS = 100
# Somebody waits for the part; what is not done by then goes on with the next look.
SECONDS = 2.0
KEPT_SECONDS = 600
TURN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class AtPoint:
    """A list when `percent` of its records had been attempted, at `until`; counts are None where that is not known.

    `records` were attempted by then, of `size`. `trouble` says why it is not compared. `tells_success`: the tenant has
    dispositions that count as success.
    """

    source: ResultSource
    percent: int
    size: int = 0
    records: int = 0
    until: datetime | None = None
    calls: int | None = None
    contacts: int = 0
    successes: int = 0
    tells_success: bool = True
    trouble: str = ""

    @property
    def is_compared(self) -> bool:
        """Return whether it is known, with calls enough."""
        return self.calls is not None and not self.trouble

    @property
    def contact_rate(self) -> float | None:
        """Return contacts of 100 calls; None of too few."""
        return 100 * self.contacts / self.calls if self.calls and self.is_compared else None

    @property
    def success_rate(self) -> float | None:
        """Return successes of 100 calls; None of too few, or where nothing counts as one."""
        return 100 * self.successes / self.calls if self.calls and self.is_compared and self.tells_success else None

    @property
    def query(self) -> str:
        """Return what is added to the name of a figure in an address, so that it counts this list until then."""
        until = {"until": self.until.isoformat()} if self.until else {}
        return f"&{urlencode({'source': self.source.pk, **until})}"

    @property
    def depth(self) -> float | None:
        """Return the calls a record that was attempted."""
        return self.calls / self.records if self.calls is not None and self.records else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A list at the whole percent of penetration that it has now, and the others when they had it.

    `missing` of them were not looked at yet, `left_out` are more than are compared.
    """

    mine: AtPoint
    others: tuple[AtPoint, ...]
    missing: int = 0
    left_out: int = 0

    @property
    def percent(self) -> int:
        """Return the penetration that is compared at."""
        return self.mine.percent

    @property
    def _told(self) -> list[AtPoint]:
        return [each for each in self.others if each.is_compared]

    @property
    def compared(self) -> int:
        """Return how many others count."""
        return len(self._told)

    @property
    def calls(self) -> int:
        """Return the calls of all others that count."""
        return sum(each.calls or 0 for each in self._told)

    @property
    def contacts(self) -> int:
        """Return the contacts of all others that count."""
        return sum(each.contacts for each in self._told)

    @property
    def successes(self) -> int:
        """Return the successes of all others that count."""
        return sum(each.successes for each in self._told)

    @property
    def contact_rate(self) -> float | None:
        """Return the contact rate of all others together; None where none counts."""
        return 100 * self.contacts / self.calls if self.calls else None

    @property
    def success_rate(self) -> float | None:
        """Return the success rate of all others together; None where none counts, or nothing is a success."""
        return 100 * self.successes / self.calls if self.calls and self.mine.tells_success else None

    @property
    def contact_range(self) -> tuple[float, float] | None:
        """Return the lowest and the highest contact rate among the others, None of fewer than two."""
        rates = [each.contact_rate for each in self._told if each.contact_rate is not None]
        return (min(rates), max(rates)) if len(rates) > 1 else None

    @property
    def is_open(self) -> bool:
        """Return whether another look would find more."""
        return bool(self.missing)


@dataclass(slots=True)
class _Facts:
    """What is known of a list before its attempts are looked at."""

    stock: Stock
    unseen: int
    gaps: list[Gap]

    @property
    def attempted(self) -> int:
        """Records ever attempted: those that are gone since count, as their attempts do."""
        return self.stock.attempted + self.stock.gone

    @property
    def size(self) -> int:
        return (self.stock.base or 0) + self.stock.gone

    @property
    def percent(self) -> int:
        return int(100 * self.attempted / self.size) if self.size else 0

    @property
    def trouble(self) -> str:
        """Say why nothing can be told of any penetration, "" where it can."""
        if not self.stock.is_read:
            return "It was not read yet."
        if not self.stock.is_counted:
            return "It is being read for the first time."
        if not self.size:
            return "It has no records."
        if self.unseen:
            return f"Of {counted(self.unseen, 'attempt')} when they were made is not known."
        return ""


def comparisons_of(*, tenant: Tenant, sources: Sequence[ResultSource], seconds: float = SECONDS) -> list[Comparison]:
    """Compare each of some lists that are bound with the other lists of the tenant; stops after some seconds.

    What was found is kept for a while, so that the next look goes on where this one stopped.
    """
    mine = [each for each in sources if each.is_bound]
    rest, left_out = _others(tenant)
    pool = {each.pk: each for each in [*mine, *rest]}
    facts = _facts(list(pool.values()))
    wanted: dict[int, set[int]] = defaultdict(set)
    pairs: list[tuple[ResultSource, int, list[ResultSource]]] = []
    for source in mine:
        percent = facts[source.pk].percent
        beside = [each for each in rest if not _is_same_list(each, source)] if percent else []
        pairs.append((source, percent, beside))
        for each in [source, *beside]:
            wanted[each.pk].add(percent)
    finder = _Finder(tenant, facts, time.monotonic() + seconds)
    points = {pk: finder.points(pool[pk], percents) for pk, percents in wanted.items()}
    made = []
    for source, percent, beside in pairs:
        found = [points[each.pk].get(percent) for each in beside]
        told = tuple(each for each in found if each is not None)
        here = points[source.pk].get(percent) or AtPoint(source, percent, trouble="It is still being looked through.")
        is_late = percent not in points[source.pk]
        made.append(Comparison(here, told, len(found) - len(told) + is_late, left_out))
    return made


def _is_same_list(one: ResultSource, other: ResultSource) -> bool:
    return one.pk == other.pk or (bool(one.list_id) and one.list_id == other.list_id)


def _others(tenant: Tenant) -> tuple[list[ResultSource], int]:
    """Return the lists that were dialled last, those no longer bound among them, and how many more there are."""
    from bpadmin.tenants.limits import LISTS, limited

    found = limited(ResultSource.objects.filter(tenant=tenant, newest__isnull=False), LISTS, "list_id")
    found = found.select_related("tenant").order_by("-newest", "-pk")
    return list(found[:MOST_OTHERS]), max(0, found.count() - MOST_OTHERS)


def _facts(sources: Sequence[ResultSource]) -> dict[int, _Facts]:
    stocks = stocks_of(sources)
    unseen = dict(
        StockCount.objects.filter(source__in=list(stocks)).order_by().values_list("source_id").annotate(n=Sum("unseen"))
    )
    gaps: dict[int, list[Gap]] = defaultdict(list)
    for gap in Gap.objects.filter(source__in=list(stocks)).order_by("ended_at"):
        gaps[gap.source_id].append(gap)
    return {pk: _Facts(stock, unseen.get(pk, 0), gaps[pk]) for pk, stock in stocks.items()}


class _Finder:
    """Finds lists at penetrations until its time is up, and keeps what it found."""

    def __init__(self, tenant: Tenant, facts: Mapping[int, _Facts], until: float) -> None:
        self._zone = ZoneInfo(tenant.time_zone)
        self._facts = facts
        self._until = until
        self._changed_at = groups_changed_at(tenant=tenant)
        dispositions = Disposition.objects.filter(tenant=tenant, group=DispositionGroup.SUCCESS)
        self._tells_success = dispositions.exists()

    def points(self, source: ResultSource, percents: Iterable[int]) -> dict[int, AtPoint]:
        """Return a list at some penetrations, without those that there was no time for."""
        facts, percents = self._facts[source.pk], sorted(percents)
        found: dict[int, AtPoint] = {}
        if facts.trouble:
            return {percent: AtPoint(source, percent, trouble=facts.trouble) for percent in percents}
        for percent in percents:
            if not percent:
                found[percent] = AtPoint(source, percent, trouble="Less than 1 % of its records was attempted so far.")
            elif ceil(facts.size * percent / 100) > facts.attempted:
                words = f"Fewer than {percent} % of its records were attempted so far."
                found[percent] = AtPoint(source, percent, trouble=words)
        keys = {self._key(source, percent): percent for percent in percents if percent not in found}
        kept = cache.get_many(list(keys))
        found |= {keys[key]: self._point(source, keys[key], *values) for key, values in kept.items()}
        open_ = [percent for percent in percents if percent not in found]
        # A large list takes seconds: whoever else looks meanwhile waits for what this look finds.
        turn = f"results:at:{source.pk}:turn"
        if open_ and time.monotonic() < self._until and cache.add(turn, 1, TURN_SECONDS):
            try:
                fresh = self._look(source, open_)
                cache.set_many({self._key(source, percent): values for percent, values in fresh.items()}, KEPT_SECONDS)
            finally:
                cache.delete(turn)
            found |= {percent: self._point(source, percent, *values) for percent, values in fresh.items()}
        return found

    def _key(self, source: ResultSource, percent: int) -> str:
        facts = self._facts[source.pk]
        stamp = self._changed_at.timestamp() if self._changed_at else 0
        return f"results:at:{source.pk}:{percent}:{facts.size}:{source.walk_number}:{stamp}"

    def _look(
        self, source: ResultSource, percents: Sequence[int]
    ) -> dict[int, tuple[datetime | None, int, dict[str, int]]]:
        """Walk through the attempts: when each penetration was reached, and the calls by group until then."""
        facts = self._facts[source.pk]
        places = {ceil(facts.size * percent / 100): percent for percent in percents}
        firsts = Attempt.objects.filter(source=source).order_by().values("record").annotate(first=Min("at"))
        numbered = firsts.annotate(place=Window(RowNumber(), order_by=[F("first").asc(), F("record").asc()]))
        # The last one shows whether all are there that were attempted.
        wanted = {*places, facts.attempted}
        moments = dict(numbered.filter(place__in=wanted).values_list("place", "first"))
        is_whole = facts.attempted in moments
        made: dict[int, tuple[datetime | None, int, dict[str, int]]] = {}
        hours = list(
            HourCount.objects.filter(source=source, is_call=True)
            .order_by()
            .values_list("hour", "disposition__group")
            .annotate(n=Sum("count"))
        )
        for place, percent in places.items():
            until = moments.get(place) if is_whole else None
            made[percent] = (until, place, self._calls(source, until, hours) if until else {})
        return made

    def _calls(
        self, source: ResultSource, until: datetime, hours: Sequence[tuple[datetime, str, int]]
    ) -> dict[str, int]:
        begun = hour_of(until, self._zone)
        groups: Counter[str] = Counter()
        for hour, group, n in hours:
            if hour < begun:
                groups[group] += n
        rest = Attempt.objects.filter(source=source, is_call=True, at__gte=begun, at__lte=until).order_by()
        for group, n in rest.values_list("disposition__group").annotate(n=Count("id")):
            groups[group] += n
        return dict(groups)

    def _point(
        self, source: ResultSource, percent: int, until: datetime | None, records: int, groups: Mapping[str, int]
    ) -> AtPoint:
        facts = self._facts[source.pk]
        if until is None:
            return AtPoint(source, percent, facts.size, trouble="Attempts of that time are no longer kept.")
        calls = sum(groups.values())
        before = [gap for gap in facts.gaps if gap.began_at is None or gap.began_at < until]
        trouble = ""
        if before:
            trouble = f"Attempts before that may be unknown: {before[0].get_reason_display()}."
        elif calls < LEAST_CALLS:
            trouble = f"Fewer than {LEAST_CALLS:,} calls by then."
        return AtPoint(
            source=source,
            percent=percent,
            size=facts.size,
            records=records,
            until=until,
            calls=calls,
            contacts=sum(groups.get(group.value, 0) for group in CONTACTS),
            successes=groups.get(DispositionGroup.SUCCESS.value, 0),
            tells_success=self._tells_success,
            trouble=trouble,
        )


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a list beside the others, for commands and the API."""
    return {
        "percent": comparison.percent,
        **_point_json(comparison.mine),
        "others": {
            "compared": comparison.compared,
            "not_looked_at": comparison.missing,
            "left_out": comparison.left_out,
            "calls": comparison.calls,
            "contacts": comparison.contacts,
            "successes": comparison.successes,
            "contact_rate": comparison.contact_rate,
            "success_rate": comparison.success_rate,
            "lists": [_point_json(each) for each in comparison.others],
        },
    }


def _point_json(point: AtPoint) -> dict[str, Any]:
    source = point.source
    return {
        "source": source.source_id,
        "campaign": {"id": source.campaign_id, "name": source.campaign_name},
        "list": {"id": source.list_id, "name": source.title},
        "until": point.until.isoformat() if point.until else None,
        "records": point.size or None,
        "attempted": point.records or None,
        "calls": point.calls,
        "contacts": point.contacts if point.calls is not None else None,
        "successes": point.successes if point.calls is not None else None,
        "contact_rate": point.contact_rate,
        "success_rate": point.success_rate,
        "calls_a_record": point.depth,
        "trouble": point.trouble,
    }

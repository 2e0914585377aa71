"""What happened in a period: attempts by disposition and group, by hour or day, by list; and the rates made of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum

from bpadmin.results.figures.periods import Period, day_of
from bpadmin.results.models import Attempt, Disposition, DispositionGroup, Ending, HourCount, ResultSource
from bpadmin.tenants.models import Tenant

# A person was spoken with; a group may say more of what came of it.
CONTACTS = frozenset(
    {
        DispositionGroup.CONTACT,
        DispositionGroup.RIGHT_PARTY,
        DispositionGroup.SUCCESS,
        DispositionGroup.REFUSED,
        DispositionGroup.DO_NOT_CALL,
    }
)
RIGHT_PARTIES = frozenset({DispositionGroup.RIGHT_PARTY, DispositionGroup.SUCCESS})


@dataclass(frozen=True, slots=True)
class DispositionCount:
    """Attempts that ended in a disposition, those that dialled somebody and the dialler's own decisions."""

    disposition: Disposition
    calls: int
    decisions: int

    @property
    def count(self) -> int:
        """Return both."""
        return self.calls + self.decisions


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour or a day of a chart, with its attempts by group; `begin` is UTC."""

    begin: datetime
    words: str
    groups: Counter[str]

    @property
    def count(self) -> int:
        """Return all attempts in it."""
        return self.groups.total()


@dataclass(frozen=True, slots=True)
class Events:
    """Attempts in a period: `calls` dialled somebody, `decisions` did not. `seconds` adds up callDuration as told."""

    period: Period
    by_disposition: tuple[DispositionCount, ...]
    calls: int
    decisions: int
    seconds: int
    groups: Counter[str]

    @property
    def attempts(self) -> int:
        """Return both, calls and decisions."""
        return self.calls + self.decisions

    @property
    def contacts(self) -> int:
        """Return the calls with a person."""
        return sum(self.groups[group.value] for group in CONTACTS)

    @property
    def contact_rate(self) -> float | None:
        """Return contacts of 100 calls."""
        return 100 * self.contacts / self.calls if self.calls else None

    @property
    def successes(self) -> int:
        """Return the calls that ended in a success."""
        return self.groups[DispositionGroup.SUCCESS.value]

    @property
    def success_rate(self) -> float | None:
        """Return successes of 100 calls."""
        return 100 * self.successes / self.calls if self.calls else None

    @property
    def no_agent_rate(self) -> float | None:
        """Return “No agent” of 100 answered calls, as the dialler recorded it; None where no agent spoke at all."""
        answered = self.groups[DispositionGroup.NO_AGENT.value] + self.contacts
        return 100 * self.groups[DispositionGroup.NO_AGENT.value] / answered if answered else None

    @property
    def not_grouped(self) -> int:
        """Return the calls whose disposition counts as nothing yet."""
        return self.groups[DispositionGroup.NONE.value]

    def of(self, group: DispositionGroup) -> int:
        """Return the calls of a group."""
        return self.groups[group.value]

    @property
    def by_group(self) -> list[tuple[DispositionGroup, int, float]]:
        """Return each group that came, with its calls and their share of 100."""
        found = [(group, self.groups[group.value]) for group in DispositionGroup if self.groups[group.value]]
        return [(group, n, 100 * n / self.calls if self.calls else 0.0) for group, n in found]

    @property
    def by_ending(self) -> list[tuple[Ending, int, float]]:
        """Return the calls by what the dialler's result codes do, with their share; [] where it types none."""
        counts: Counter[str] = Counter()
        for each in self.by_disposition:
            counts[each.disposition.ending] += each.calls
        if not counts.keys() - {Ending.NONE.value}:
            return []
        return [
            (ending, counts[ending.value], 100 * counts[ending.value] / self.calls if self.calls else 0.0)
            for ending in Ending
            if counts[ending.value]
        ]


def _rows(sources: Sequence[ResultSource], period: Period) -> list[tuple[int, datetime, int, bool, int, int]]:
    rows = HourCount.objects.filter(
        source__in=[each.pk for each in sources], hour__gte=period.begin, hour__lt=period.end
    )
    return list(rows.values_list("source_id", "hour", "disposition_id", "is_call", "count", "seconds"))


def events_of(tenant: Tenant, sources: Sequence[ResultSource], period: Period) -> Events:
    """Count what happened in a period; two queries, of kept counts."""
    rows = HourCount.objects.filter(
        source__in=[each.pk for each in sources], hour__gte=period.begin, hour__lt=period.end
    )
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    seconds = 0
    grouped = rows.order_by().values_list("disposition_id", "is_call").annotate(n=Sum("count"), s=Sum("seconds"))
    for disposition, is_call, n, s in grouped:
        counts[disposition][0 if is_call else 1] += n
        seconds += s
    return _events(tenant, period, counts, seconds)


def _events(tenant: Tenant, period: Period, counts: dict[int, list[int]], seconds: int) -> Events:
    known = Disposition.objects.filter(tenant=tenant, pk__in=list(counts)).in_bulk()
    found = [
        DispositionCount(known[pk], calls, decisions) for pk, (calls, decisions) in counts.items() if calls + decisions
    ]
    found.sort(key=lambda each: (-each.count, each.disposition.name))
    groups: Counter[str] = Counter()
    for each in found:
        groups[each.disposition.group] += each.calls
    calls = sum(each.calls for each in found)
    return Events(period, tuple(found), calls, sum(each.decisions for each in found), seconds, +groups)


def events_by_source(tenant: Tenant, sources: Sequence[ResultSource], period: Period) -> dict[int, Events]:
    """Count what happened in a period for each source, by its primary key; two queries."""
    counts: dict[int, dict[int, list[int]]] = {each.pk: defaultdict(lambda: [0, 0]) for each in sources}
    for source_id, _, disposition, is_call, n, _ in _rows(sources, period):
        counts[source_id][disposition][0 if is_call else 1] += n
    wanted = {pk for found in counts.values() for pk in found}
    groups = dict(Disposition.objects.filter(tenant=tenant, pk__in=wanted).values_list("pk", "group"))
    made = {}
    for source_id, found in counts.items():
        by_group: Counter[str] = Counter()
        for pk, (calls, _) in found.items():
            by_group[groups[pk]] += calls
        calls = sum(each[0] for each in found.values())
        decisions = sum(each[1] for each in found.values())
        made[source_id] = Events(period, (), calls, decisions, 0, +by_group)
    return made


def slots_of(tenant: Tenant, sources: Sequence[ResultSource], period: Period) -> list[Slot]:
    """Return the hours, or the days, of a period with their calls by group; empty ones are among them."""
    zone = ZoneInfo(tenant.time_zone)
    groups = dict(Disposition.objects.filter(tenant=tenant).values_list("pk", "group"))
    found: dict[datetime, Counter[str]] = defaultdict(Counter)
    for _, hour, disposition, is_call, n, _ in _rows(sources, period):
        if is_call:
            key = hour if period.is_by_hour else day_of(tenant, hour).begin
            found[key][groups[disposition]] += n
    slots = []
    begin = period.begin
    while begin < period.end:
        there = begin.astimezone(zone)
        words = f"{there:%H:%M}" if period.is_by_hour else f"{there:%-d %b}"
        if period.is_by_hour and there.utcoffset() != (begin - timedelta(hours=1)).astimezone(zone).utcoffset():
            words = f"{there:%H:%M %Z}"
        slots.append(Slot(begin, words, found.get(begin, Counter())))
        begin = begin + timedelta(hours=1) if period.is_by_hour else day_of(tenant, begin).end
    return slots


def last_hour(sources: Sequence[ResultSource], now: datetime) -> dict[int, int]:
    """Return the calls of the sixty minutes before `now` by source; from the ledger itself, since no hour is whole."""
    rows = Attempt.objects.filter(
        source__in=[each.pk for each in sources], at__gte=now - timedelta(hours=1), at__lte=now, is_call=True
    )
    return dict(rows.order_by().values_list("source_id").annotate(n=Count("id")))


def agents_of(sources: Sequence[ResultSource], period: Period) -> list[tuple[str, int, int]]:
    """Return agents with their calls and contacts in a period, where the tenant keeps agents' logins."""
    rows = Attempt.objects.filter(
        source__in=[each.pk for each in sources], at__gte=period.begin, at__lt=period.end, is_call=True
    ).exclude(agent="")
    calls: Counter[str] = Counter()
    contacts: Counter[str] = Counter()
    grouped = rows.order_by().values_list("agent", "disposition__group").annotate(n=Count("id"))
    for agent, group, n in grouped:
        calls[agent] += n
        if group in CONTACTS:
            contacts[agent] += n
    return [(agent, n, contacts[agent]) for agent, n in calls.most_common()]


def records_reached(sources: Sequence[ResultSource], period: Period) -> tuple[int, int]:
    """Return how many different records were dialled in a period, and with how many of them a person was reached."""
    rows = Attempt.objects.filter(
        source__in=[each.pk for each in sources], at__gte=period.begin, at__lt=period.end, is_call=True
    )
    dialled = rows.values("source_id", "record").distinct().count()
    reached = rows.filter(disposition__group__in=CONTACTS).values("source_id", "record").distinct().count()
    return dialled, reached

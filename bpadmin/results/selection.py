"""Records of a list chosen by what the ledger knows of their attempts, over all lists of the tenant.

The ledger holds keyed hashes only, so that a choice is of hashes: whoever has the records finds them by the same hash.
What it cannot know: a number that another list has under another key, and what was called before the reading began or
is older than attempts are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bpadmin.results.figures.events import CONTACTS
from bpadmin.results.models import Attempt, Disposition, DispositionGroup, RecordState, ResultSource

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

AT_ONCE = 5000
MOST_HOURS = 24 * 400


class SelectionRefused(Exception):
    """Records cannot be chosen like this; the message is a sentence, `field` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFilter:
    """Which records are meant.

    `groups` and `dispositions` are of the last attempt, none for any; `least` to `most` attempts in the list (`most` 0:
    no bound); the last attempt in any list is at least `age_hours` old. `skips_contacted`: not those with whom somebody
    has spoken in any list since. `cap` attempts in all lists, within `cap_days` (0: ever), are the most that a record
    may have had (`cap` 0: no bound).
    """

    groups: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    least: int = 1
    most: int = 0
    age_hours: int = 0
    skips_contacted: bool = True
    cap: int = 0
    cap_days: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AttemptFilter:
        """Take what `as_json` gave."""
        known = {name: data[name] for name in cls.__slots__ if name in data}
        return cls(**{**known, **{name: tuple(known.get(name, ())) for name in ("groups", "dispositions")}})

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        return {**asdict(self), "groups": list(self.groups), "dispositions": list(self.dispositions)}

    def checked(self, tenant: Tenant) -> AttemptFilter:
        """Return the filter as it is carried out. Raises SelectionRefused."""
        if unknown := [each for each in self.groups if each not in DispositionGroup.values]:
            raise SelectionRefused(f"There is no group of dispositions “{unknown[0]}”.", "groups")
        known = set(Disposition.objects.filter(tenant=tenant).values_list("name", flat=True))
        if unknown := [each for each in self.dispositions if each not in known]:
            raise SelectionRefused(f"No attempt here ended in “{unknown[0]}” so far.", "dispositions")
        if self.least < 1 or self.most < 0 or (self.most and self.most < self.least):
            raise SelectionRefused("Say from how many attempts to how many, at least 1.", "least")
        if not 0 <= self.age_hours <= MOST_HOURS:
            raise SelectionRefused(f"The age lies between 0 and {MOST_HOURS:,} hours.", "age_hours")
        if self.cap < 0 or self.cap_days < 0 or (self.cap_days and not self.cap):
            raise SelectionRefused("Say how many attempts a number may have had within those days.", "cap")
        return replace(self, groups=tuple(dict.fromkeys(self.groups)))

    @property
    def words(self) -> str:
        """Say in words which records are meant."""
        ends = [DispositionGroup(each).label for each in self.groups] + [f"“{each}”" for each in self.dispositions]
        told = [f"last attempt: {' or '.join(ends)}" if ends else "whatever the last attempt was"]
        many = f"{self.least} to {self.most}" if self.most else f"{self.least} or more"
        told.append(f"{many} attempts")
        if self.age_hours:
            told.append(f"none in the last {self.age_hours} hours")
        if self.skips_contacted:
            told.append("not contacted since")
        if self.cap:
            told.append(
                f"fewer than {self.cap} attempts in all lists"
                + (f" within {self.cap_days} days" if self.cap_days else "")
            )
        return "; ".join(told)


@dataclass(slots=True)
class Selection:
    """The records that were chosen: `attempts` in all lists by hash. The counts are of those that are not among them.

    `matched` met the filter; of those `contacted` were spoken with since, `capped` had too many attempts, and of
    `untold` nobody knows when they were called.
    """

    attempts: dict[int, int] = field(default_factory=dict)
    matched: int = 0
    contacted: int = 0
    capped: int = 0
    untold: int = 0


@dataclass(slots=True)
class _Known:
    """What the ledger knows of a record."""

    told: Counter[int] = field(default_factory=Counter)
    kept: Counter[int] = field(default_factory=Counter)
    calls: Counter[int] = field(default_factory=Counter)
    recent: int = 0
    last_here: datetime | None = None
    disposition_here: int = 0
    last: datetime | None = None
    contact: datetime | None = None
    dispositions: set[int] = field(default_factory=set)

    def count(self, sources: frozenset[int] | None = None) -> int:
        """Count the attempts in some sources, in all where none are given: what is told or what is kept, the more."""
        wanted = (self.told.keys() | self.calls.keys()) if sources is None else sources
        return sum(max(self.told[each], self.calls[each]) for each in wanted)

    def count_recent(self) -> int:
        """Count those of the window, and with them all of which nobody knows when they were."""
        return self.recent + sum(max(0, self.told[each] - self.kept[each]) for each in self.told)


def sources_of_list(*, tenant: Tenant, list_id: str) -> list[ResultSource]:
    """Return what was read of a list, in whatever campaigns. Raises SelectionRefused where nothing was."""
    found = list(ResultSource.objects.filter(tenant=tenant, list_id=list_id).exclude(first_read_at=None))
    if not found:
        raise SelectionRefused(
            "Nothing is known of this list's attempts: its results were not read yet. Bind it to a campaign, or wait."
        )
    return found


def records_select(*, tenant: Tenant, list_id: str, wanted: AttemptFilter, now: datetime) -> Selection:
    """Choose records of a list. Raises SelectionRefused.

    Reads the states of the list and goes through the ledger of the tenant once.
    """
    here = frozenset(source.pk for source in sources_of_list(tenant=tenant, list_id=list_id))
    known: dict[int, _Known] = defaultdict(_Known)
    states = RecordState.objects.filter(source__in=here, told__gt=0)
    for record in states.values_list("record", flat=True).iterator(chunk_size=AT_ONCE):
        known[record] = known[record]
    _states_add(tenant, known, here)
    _attempts_add(tenant, known, here, now - timedelta(days=wanted.cap_days) if wanted.cap_days else None)
    ends = _ends(tenant, wanted)
    selection = Selection()
    for record, facts in known.items():
        _judge(selection, record, facts, wanted, here, ends, now)
    return selection


def _judge(
    selection: Selection,
    record: int,
    facts: _Known,
    wanted: AttemptFilter,
    here: frozenset[int],
    ends: set[int] | None,
    now: datetime,
) -> None:
    count = facts.count(here)
    if count < wanted.least or (wanted.most and count > wanted.most):
        return
    mine = {facts.disposition_here} if facts.last_here else facts.dispositions
    if ends is not None and not mine & ends:
        return
    if wanted.age_hours and facts.last and now - facts.last < timedelta(hours=wanted.age_hours):
        return
    selection.matched += 1
    since = facts.last_here
    if wanted.age_hours and facts.last is None:
        selection.untold += 1
    elif wanted.skips_contacted and facts.contact and (since is None or facts.contact > since):
        selection.contacted += 1
    elif wanted.cap and (facts.count_recent() if wanted.cap_days else facts.count()) >= wanted.cap:
        selection.capped += 1
    else:
        selection.attempts[record] = facts.count()


def _states_add(tenant: Tenant, known: dict[int, _Known], here: frozenset[int]) -> None:
    rows = RecordState.objects.filter(source__tenant=tenant, told__gt=0)
    names = ("record", "source_id", "told", "kept", "disposition_id")
    for record, source, told, kept, disposition in rows.values_list(*names).iterator(chunk_size=AT_ONCE):
        facts = known.get(record)
        if facts is not None:
            facts.told[source] += told
            facts.kept[source] += kept
            if source in here:
                facts.dispositions.add(disposition)


def _attempts_add(tenant: Tenant, known: dict[int, _Known], here: frozenset[int], since: datetime | None) -> None:
    spoken = set(Disposition.objects.filter(tenant=tenant, group__in=CONTACTS).values_list("pk", flat=True))
    rows = Attempt.objects.filter(source__tenant=tenant, is_call=True)
    names = ("record", "source_id", "at", "disposition_id")
    for record, source, at, disposition in rows.values_list(*names).iterator(chunk_size=AT_ONCE):
        facts = known.get(record)
        if facts is None:
            continue
        facts.calls[source] += 1
        facts.recent += since is not None and at >= since
        facts.last = max(facts.last or at, at)
        if disposition in spoken:
            facts.contact = max(facts.contact or at, at)
        if source in here and (facts.last_here is None or at >= facts.last_here):
            facts.last_here, facts.disposition_here = at, disposition


def _ends(tenant: Tenant, wanted: AttemptFilter) -> set[int] | None:
    """Return the dispositions that are meant, None for any."""
    if not wanted.groups and not wanted.dispositions:
        return None
    mine = Disposition.objects.filter(tenant=tenant)
    found = set(mine.filter(group__in=wanted.groups).values_list("pk", flat=True))
    return found | set(mine.filter(name__in=wanted.dispositions).values_list("pk", flat=True))

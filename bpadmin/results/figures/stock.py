"""The stock of a list or campaign: never attempted, attempted and open, completed by group, gone since.

It sums to the total that the dialler gives; what is left over is told as a difference, never hidden in another part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone

from bpadmin.results.models import DispositionGroup, Place, ResultSource, StockCount
from bpadmin.results.reading.ledger import DEEPEST

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# What was read longer ago decides nothing.
LATELY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Stock:
    """Records by where they stand. `total` is what the dialler says, None where it does not tell.

    `never` is None before anything tells it. `is_counted`: each record was looked at; else `never` is the total less
    what was attempted; where not even `is_read`, all is unknown. `depths` counts records attempted once, twice, three
    times, four times or more. `unseen` are attempts known by number only.
    """

    total: int | None
    never: int | None
    open: int
    completed: int
    gone: int
    by_group: tuple[tuple[DispositionGroup, int], ...] = ()
    depths: tuple[int, ...] = ()
    attempts: int = 0
    unseen: int = 0
    is_read: bool = True
    is_counted: bool = False
    counted_at: datetime | None = None

    @property
    def attempted(self) -> int:
        """Records with at least one attempt that are still there."""
        return self.open + self.completed

    @property
    def present(self) -> int:
        """The parts added up: records that are there."""
        return self.attempted + (self.never or 0)

    @property
    def left(self) -> int | None:
        """Records that are not completed; some may wait, or be out of their hours."""
        if not self.is_read:
            return None
        if self.total is not None:
            return max(0, self.total - self.completed)
        return None if self.never is None else self.never + self.open

    @property
    def difference(self) -> int:
        """What the dialler's total has more, or less (negative), than the parts add up to; 0 where it tells none."""
        return 0 if self.total is None or self.never is None else self.total - self.present

    @property
    def base(self) -> int | None:
        """What shares are of: the dialler's total, or the parts added up where it tells none; None before a reading."""
        if not self.is_read:
            return None
        return self.total if self.total is not None else (self.present if self.never is not None else None)

    @property
    def completed_percent(self) -> float | None:
        """Completed records of 100."""
        return _percent(self.completed, self.base)

    @property
    def penetration(self) -> float | None:
        """Records with at least one attempt, of 100."""
        return _percent(self.attempted, self.base)

    @property
    def depth(self) -> float | None:
        """Attempts a record that was attempted."""
        return self.attempts / self.attempted if self.attempted else None


def _percent(part: int, whole: int | None) -> float | None:
    return 100 * part / whole if whole else None


@dataclass(slots=True)
class _Sum:
    open: int = 0
    completed: int = 0
    gone: int = 0
    attempts: int = 0
    unseen: int = 0
    groups: Counter[str] = field(default_factory=Counter)
    depths: list[int] = field(default_factory=lambda: [0] * DEEPEST)


def stocks_of(sources: Sequence[ResultSource]) -> dict[int, Stock]:
    """Return the stock of each source by its primary key; one query."""
    sums = {each.pk: _Sum() for each in sources}
    rows = (
        StockCount.objects.filter(source__in=list(sums))
        .order_by()
        .values_list("source_id", "place", "disposition__group", "depth")
        .annotate(n=Sum("records"), a=Sum("attempts"), u=Sum("unseen"))
    )
    for source_id, place, group, depth, records, attempts, unseen in rows:
        found = sums[source_id]
        if place == Place.GONE:
            found.gone += records
            continue
        found.attempts += attempts
        found.unseen += unseen
        found.depths[depth - 1] += records
        if place == Place.OPEN:
            found.open += records
        else:
            found.completed += records
            found.groups[group] += records
    return {each.pk: _stock(each, sums[each.pk]) for each in sources}


def never_attempted(tenant: Tenant, campaign_id: str, instance_id: str) -> int | None:
    """Return how many records of a list in a campaign were never attempted; None where that was not read lately."""
    source = ResultSource.objects.filter(
        tenant=tenant,
        campaign_id=campaign_id,
        instance_id=instance_id,
        is_bound=True,
        walk_done_at__isnull=False,
        read_at__gte=timezone.now() - LATELY,
    ).first()
    if source is None:
        return None
    stock = stocks_of([source])[source.pk]
    return None if stock.difference else stock.never


def _stock(source: ResultSource, found: _Sum) -> Stock:
    is_counted = source.walk_done_at is not None
    never: int | None = None
    if is_counted:
        never = max(0, source.never or 0)
    elif source.total is not None and source.read_at is not None:
        never = max(0, source.total - found.open - found.completed)
    return Stock(
        total=source.total,
        never=never,
        open=found.open,
        completed=found.completed,
        gone=found.gone,
        by_group=_groups(found.groups),
        depths=tuple(found.depths),
        attempts=found.attempts,
        unseen=found.unseen,
        is_read=source.read_at is not None,
        is_counted=is_counted,
        counted_at=source.walk_done_at,
    )


def _groups(groups: Counter[str]) -> tuple[tuple[DispositionGroup, int], ...]:
    return tuple((group, groups[group.value]) for group in DispositionGroup if groups[group.value])


def stock_sum(stocks: Sequence[Stock]) -> Stock:
    """Add stocks up, as of all lists of a campaign, without those of lists that were never read.

    A part that one of them does not tell is not told.
    """
    stocks = [each for each in stocks if each.is_read]
    groups: Counter[str] = Counter()
    for each in stocks:
        groups.update({group.value: n for group, n in each.by_group})
    totals = [each.total for each in stocks if each.total is not None]
    nevers = [each.never for each in stocks if each.never is not None]
    counted = [each.counted_at for each in stocks if each.counted_at is not None]
    return Stock(
        total=sum(totals) if stocks and len(totals) == len(stocks) else None,
        never=sum(nevers) if stocks and len(nevers) == len(stocks) else None,
        open=sum(each.open for each in stocks),
        completed=sum(each.completed for each in stocks),
        gone=sum(each.gone for each in stocks),
        by_group=_groups(groups),
        depths=tuple(map(sum, zip(*(each.depths or (0,) * DEEPEST for each in stocks), strict=True))),
        attempts=sum(each.attempts for each in stocks),
        unseen=sum(each.unseen for each in stocks),
        is_read=bool(stocks),
        is_counted=bool(stocks) and all(each.is_counted for each in stocks),
        counted_at=min(counted, default=None),
    )
